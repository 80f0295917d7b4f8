"""Which pictures does an epoch show, how often, and in which order?

The draws of an epoch are shared out among strata (who made the mask, and the picture's group); within one,
every picture is drawn as often as the others, give or take once, over all epochs together. The strata are
spread evenly over an epoch, so that each step holds them in about the same proportion.

A picture of unknown group (-1) stays in, with the share that it has among the pictures.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from datatools.errors import UsageError

Sampler = Literal["plain", "balanced", "inverse_frequency"]

# A group of n pictures gets a share in proportion to n ** (1 - power).
_POWERS: dict[Sampler, float] = {"inverse_frequency": 0.5, "balanced": 1.0}
_STREAM = 1  # keeps these random numbers apart from the augmentation's, whose keys are shorter


class Sampling(BaseModel):
    """How an epoch's draws are shared out."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    sampler: Sampler = "plain"
    """plain: every picture equally often. balanced: every group equally often, whatever its size.
    inverse_frequency: half-way, a picture in proportion to one over the root of its group's size."""

    generated_share: float | None = Field(default=None, ge=0, le=1)
    """Share of the draws whose mask the toolkit made; None: as many as there are."""


@dataclass(frozen=True, slots=True, eq=False)
class Stratum:
    """Pictures that are drawn alike."""

    members: NDArray[np.int64]  # indices of pictures, (n,)
    groups: NDArray[np.int64]  # each one's group, -1 unknown, (n,)
    n_draws: int  # in an epoch


@dataclass(frozen=True, slots=True, eq=False)
class Plan:
    """What every epoch of a run draws from."""

    strata: tuple[Stratum, ...]

    def draws(self, epoch: int, key: tuple[int, ...]) -> NDArray[np.int64]:
        """Give an epoch's pictures in their order, by index; it depends on plan, epoch and key alone."""
        drawn = [_drawn(stratum, epoch, (*key, n)) for n, stratum in enumerate(self.strata)]
        if len(drawn) == 1:
            return drawn[0]
        rng = np.random.default_rng((*key, len(drawn), epoch, _STREAM))
        # Somewhere in the first, second, ... n-th part of the epoch.
        places = [(np.arange(len(part)) + rng.random(len(part))) / max(1, len(part)) for part in drawn]
        order = np.argsort(np.concatenate(places), kind="stable")
        return np.concatenate(drawn)[order]

    def group_shares(self, n_groups: int) -> NDArray[np.float64]:
        """Give each group's share of the draws whose group is known; (n_groups,)."""
        draws = np.zeros(n_groups)
        for stratum in self.strata:
            known = stratum.groups[stratum.groups >= 0]
            each = stratum.n_draws / max(1, len(stratum.members))
            draws += np.bincount(known, minlength=n_groups) * each
        return np.asarray(draws / max(1.0, draws.sum()), np.float64)


def plan(
    pictures: NDArray[np.int64],
    groups: NDArray[np.int64],
    is_generated: NDArray[np.bool_],
    sampling: Sampling,
    n_draws: int,
) -> Plan:
    """Share out an epoch's draws.

    Args:
        pictures: indices of the pictures to learn from, (n,).
        groups: index of each one's group, -1 where it is unknown; (n,).
        is_generated: whether each one's mask was made by the toolkit; (n,).
        sampling: how to share them out.
        n_draws: how many pictures an epoch shows.

    Raises:
        UsageError: a share of generated (or of other) masks is wanted, and there are none.
    """
    parts, quotas = [np.ones(len(pictures), np.bool_)], [n_draws]
    if sampling.generated_share is not None:
        parts = [~is_generated, is_generated]
        quotas = _rounded([1 - sampling.generated_share, sampling.generated_share], n_draws)
        for part, quota, what in zip(parts, quotas, ("other", "generated"), strict=True):
            if quota and not part.any():
                raise UsageError(
                    f"expected training pictures with {what} masks, since generated_share is "
                    f"{sampling.generated_share:g}; got none among {len(pictures)}: leave generated_share out"
                )
    strata: list[Stratum] = []
    for part, quota in zip(parts, quotas, strict=True):
        strata += _shared_out(pictures[part], groups[part], quota, sampling.sampler)
    return Plan(tuple(stratum for stratum in strata if stratum.n_draws))


def _shared_out(
    pictures: NDArray[np.int64], groups: NDArray[np.int64], n_draws: int, sampler: Sampler
) -> Iterator[Stratum]:
    """Share the draws of pictures that are alike in all but their group."""
    if sampler == "plain":  # groups change nothing, not even the order
        yield Stratum(pictures, groups, n_draws)
        return
    present = np.unique(groups)
    sizes = np.array([(groups == group).sum() for group in present], np.float64)
    wanted = sizes ** (1 - _POWERS[sampler])
    is_known = present >= 0
    wanted *= sizes[is_known].sum() / max(1.0, wanted[is_known].sum())
    wanted[~is_known] = sizes[~is_known]
    for group, quota in zip(present, _rounded(wanted, n_draws), strict=True):
        chosen = groups == group
        yield Stratum(pictures[chosen], groups[chosen], quota)


def _rounded(wanted: Sequence[float] | NDArray[np.float64], total: int) -> list[int]:
    """Share a total out in proportion, in whole numbers that sum to it."""
    sums = np.cumsum(wanted)
    ends = np.rint(sums * (total / sums[-1])) if len(sums) else sums
    return [int(high - low) for low, high in pairwise([0.0, *ends])]


def _drawn(stratum: Stratum, epoch: int, key: tuple[int, ...]) -> NDArray[np.int64]:
    """Give what an epoch draws from a stratum; epochs go on through one permutation after another."""
    n, count = len(stratum.members), stratum.n_draws
    first, last = epoch * count, (epoch + 1) * count
    rounds = range(first // n, -(-last // n))
    rngs = [np.random.default_rng((*key, number, _STREAM)) for number in rounds]
    stream = np.concatenate([rng.permutation(n) for rng in rngs])
    places = stream[first - rounds.start * n : last - rounds.start * n]
    return np.asarray(stratum.members[places], np.int64)
