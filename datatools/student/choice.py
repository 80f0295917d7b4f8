"""Which epoch's weights are kept, and when is it time to stop?

By the mean of the validation pictures, or by the worst group's. The smallest of several noisy means is
itself noise, and a group of few people is where it lands, so a group's mean is drawn towards that of all
pictures before the smallest is taken: a group of n people counts n / (n + 10), the mean of all the rest.
10 is what an empirical-Bayes mean takes where people differ within a group (0.06 of IoU) about three times
as much as groups do among themselves (0.02). Groups of fewer people than a minimum are not used.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field

from datatools.student.groups import Groups

ChooseBy = Literal["mean", "worst_group"]

_PRIOR_PEOPLE = 10.0


class Choice(BaseModel):
    """How epochs are compared."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    by: ChooseBy = "mean"
    """The mean of the validation pictures, or that of the worst group, drawn towards it."""

    min_people: int = Field(default=5, ge=1)
    """Groups of fewer people are left out: not drawn more often, not weighted, not shown, not chosen by."""

    patience: int | None = Field(default=None, ge=1)
    """End a phase after so many epochs without a better one; None trains to the end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """What an epoch is worth."""

    mean: float  # over the validation pictures
    value: float  # what epochs are compared by; higher is better
    by_group: Mapping[str, float]  # plain means of the groups that are large enough


def judge(
    values: NDArray[np.float64], pictures: NDArray[np.int64], groups: Groups, choice: Choice
) -> Verdict:
    """Judge an epoch by its validation pictures.

    Args:
        values: IoU of each picture, (n,).
        pictures: which of the packed pictures they are, (n,).
        groups: whom those show. Pictures of one person are no independent witnesses: a group's size is
            counted in people.
        choice: what to compare epochs by; the mean where no group is large enough.
    """
    mean = float(values.mean())
    by_group: dict[str, float] = {}
    shrunken: list[float] = []
    member = groups.large(pictures, choice.min_people)[pictures]  # (n,)
    for number, name in enumerate(groups.names):
        chosen = member == number
        if not chosen.any():
            continue
        by_group[name] = float(values[chosen].mean())
        n_people = len(np.unique(groups.person[pictures[chosen]]))
        trust = n_people / (n_people + _PRIOR_PEOPLE)
        shrunken.append(trust * by_group[name] + (1 - trust) * mean)
    value = min(shrunken) if choice.by == "worst_group" and shrunken else mean
    return Verdict(mean=mean, value=value, by_group=by_group)


def is_stalled(values: Sequence[float], patience: int | None) -> bool:
    """Say whether the last ``patience`` epochs brought nothing better than the best one before them.

    Args:
        values: what each epoch of a phase is worth, in their order.
        patience: epochs to wait for a better one; None waits for ever.
    """
    if patience is None or len(values) <= patience:
        return False
    return max(values[-patience:]) <= max(values[:-patience])
