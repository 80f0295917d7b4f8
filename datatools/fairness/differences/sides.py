"""Whose scores stand on each side of a comparison of two audits, and how is a change of theirs estimated?

The people of both audits are laid out together. A person in both has a score on either side, and what a
person moves on one side is taken together with what the same person moves on the other: the bootstrap draws
people, not scores. A person in one audit alone moves that side alone.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from datatools.fairness.differences.difference_result import How
from datatools.fairness.estimates import Estimate
from datatools.fairness.models.runs import Bools, Contrast, Ints, Spread, Term, spreads
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats, People
from datatools.fairness.who.groups import Levels
from datatools.metrics import Metric

BEFORE, AFTER = 0, 1
_NOBODY = -2  # not in this audit
_UNLABELLED = -1
_FEWEST = 2  # people who show any spread


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """All people of two audits' scores of one model."""

    metric: Metric
    columns: tuple[Floats, Floats]  # (1, n_people, k) each; 0 where the person is not in it
    is_in: tuple[Bools, Bools]  # (n_people,)
    n_images: tuple[Ints, Ints]  # (n_people,)
    ids: tuple[str, ...]

    @property
    def in_both(self) -> Bools:
        """Say who is in both audits (n_people,)."""
        return self.is_in[BEFORE] & self.is_in[AFTER]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Which group each person is in, on either side."""

    names: tuple[Levels, ...]  # those to compare
    of: tuple[Ints, Ints]  # (n_people,) the place among the names; others behind them, or nobody, unlabelled
    stratum: Ints  # (n_people,)


def together(metric: Metric, before: People, after: People) -> Sides:
    """Lay the people of both sides out together."""
    ids = tuple(sorted({*before.ids, *after.ids}))
    place = {person: number for number, person in enumerate(ids)}
    columns, is_in, n_images = [], [], []
    for people in (before, after):
        at = np.array([place[person] for person in people.ids], np.int64)
        sums = people.sums[metric.name]
        laid = np.zeros((1, len(ids), sums.shape[1]))
        laid[0, at] = sums
        there, images = np.zeros(len(ids), np.bool_), np.zeros(len(ids), np.int64)
        there[at], images[at] = True, people.n_images
        columns.append(laid)
        is_in.append(there)
        n_images.append(images)
    return Sides(metric, (columns[0], columns[1]), (is_in[0], is_in[1]), (n_images[0], n_images[1]), ids)


def grouped(
    sides: Sides, names: Sequence[Levels], group_of: tuple[Mapping[str, Levels], Mapping[str, Levels]]
) -> Groups:
    """Lay groups over the people; people are drawn among those who are in the same groups on both sides."""
    known = {levels: number for number, levels in enumerate(names)}
    of = [
        np.array(
            [
                _NOBODY
                if not there
                else known.get(side[person], len(known))
                if person in side
                else _UNLABELLED
                for person, there in zip(sides.ids, is_in, strict=True)
            ],
            np.int64,
        )
        for side, is_in in zip(group_of, sides.is_in, strict=True)
    ]
    return Groups(tuple(names), (of[0], of[1]), _strata(of[0], of[1]))


def everybody(sides: Sides) -> Groups:
    """Take all people as one group."""
    of = [np.where(there, 0, _NOBODY).astype(np.int64) for there in sides.is_in]
    return Groups((("all",),), (of[0], of[1]), _strata(of[0], of[1]))


def _strata(before: Ints, after: Ints) -> Ints:
    pairs = list(zip(before.tolist(), after.tolist(), strict=True))
    counts = Counter(pairs)
    # One person alone shows no spread: those of their kind are drawn together.
    kept = {pair: number for number, pair in enumerate(pair for pair in counts if counts[pair] >= _FEWEST)}
    codes = np.array([kept.get(pair, len(kept)) for pair in pairs], np.int64)
    return np.unique(codes, return_inverse=True)[1].astype(np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """One change to estimate: whom it is about, on either side, and over whom."""

    contrast: Contrast
    how: How
    people: Bools  # (n_people,) everyone who takes part

    @property
    def is_told(self) -> bool:
        """Say whether every part has people enough to show a spread."""
        return min(int(term.people.sum()) for term in self.contrast) >= _FEWEST


def of_value(groups: Groups, number: int, least: int) -> Asked:
    """Ask for the change of a group's value: over those in it on both sides, if they are so many."""
    here = [side == number for side in groups.of]
    both = here[BEFORE] & here[AFTER]
    is_paired = _is_paired(both, here, least)
    chosen = [both, both] if is_paired else here
    contrast = (Term(AFTER, chosen[AFTER], 1.0), Term(BEFORE, chosen[BEFORE], -1.0))
    return Asked(contrast, "paired" if is_paired else "everyone", chosen[BEFORE] | chosen[AFTER])


def of_gap(groups: Groups, number: int, least: int) -> Asked:
    """Ask for the change of a group's gap to the rest: the labelled people who are not in it."""
    here = [side == number for side in groups.of]
    rest = [(side >= 0) & (side != number) for side in groups.of]
    both, both_rest = here[BEFORE] & here[AFTER], rest[BEFORE] & rest[AFTER]
    is_paired = _is_paired(both, here, least) and _is_paired(both_rest, rest, least)
    if is_paired:
        here, rest = [both, both], [both_rest, both_rest]
    contrast = (
        Term(AFTER, here[AFTER], 1.0),
        Term(AFTER, rest[AFTER], -1.0),
        Term(BEFORE, here[BEFORE], -1.0),
        Term(BEFORE, rest[BEFORE], 1.0),
    )
    people = np.any([*here, *rest], axis=0)
    return Asked(contrast, "paired" if is_paired else "everyone", people)


def _is_paired(both: Bools, sides: Sequence[Bools], least: int) -> bool:
    """Say whether those in both stand for the two: not a few of many."""
    n_both = int(both.sum())
    return n_both >= max(least, min(int(side.sum()) for side in sides) / 2)


def estimated(
    sides: Sides, groups: Groups, asked: Sequence[Asked], n_replicates: int, seed: int
) -> list[Spread]:
    """Estimate changes on the same resamples of people."""
    return spreads(
        sides.metric,
        sides.columns,
        [one.contrast for one in asked],
        groups.stratum,
        n_replicates=n_replicates,
        seed=seed,
        is_trained=(False, False),
    )


def from_intervals(before: Estimate, after: Estimate, n_replicates: int) -> Spread | None:
    """Estimate a change of two values that are known with their intervals alone, of different people.

    Each side's interval tells how far its value may be off up and down; the squares add (Zou & Donner 2008,
    "Construction of confidence limits about effect measures", the method of variance estimates recovery).
    None where an interval is not known.
    """
    if None in (before.value, before.low, before.high, after.value, after.low, after.high):
        return None
    assert before.value is not None and before.low is not None and before.high is not None  # noqa: PT018
    assert after.value is not None and after.low is not None and after.high is not None  # noqa: PT018
    reach = float(stats.norm.ppf((1 + LEVEL) / 2))
    down = np.hypot(after.value - after.low, before.high - before.value) / reach
    up = np.hypot(after.high - after.value, before.value - before.low) / reach
    z = stats.norm.ppf((np.arange(n_replicates) + 0.5) / n_replicates)
    value = after.value - before.value
    truths = value + z * np.where(z < 0, down, up)
    return Spread(value=value, se_people=float(max(down, up)), se_seeds=None, truths=truths)
