"""Under which conditions does a model do worse than elsewhere?

Conditions are measurements cut at quantiles and answers about things in the picture. Groups of people are
no conditions here: they are audited by name, with their own correction. A search over thousands of slices
finds a bad one in any data, so the same search is made again on scores dealt to people at random: a slice
counts when the worst slices of dealt scores are seldom as bad. Slices are looked for by normal scores
(ranks): on skewed scores, means of a few dozen pictures miss most of what ranks find (docs/why.md). What is
told of a slice is its mean gap, without the optimism of having been picked (a truncated normal's median),
in an interval as wide as the search asks for.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats
from scipy.optimize import brentq

from datatools.errors import UsageError
from datatools.fairness.estimates import Estimate
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.numbers import Numbers
from datatools.fairness.why.slice_scene import Scene, scene_of
from datatools.fairness.why.slice_search import Bools, Search, correlation, deal
from datatools.fairness.why.why_result import Slice, SliceSearch
from datatools.progress import Advance, Progress
from datatools.records import Measurement

Members = frozenset[int]  # a slice's conditions

MAX_DEPTH = 3
_MIN_PEOPLE = 20  # in a slice: t of fewer strays too far
_MIN_FRAC = 0.05  # of the pictures, in a slice
_MAX_LISTED = 300  # slices that are held against each other
_WORSE_T = 1.645  # a slice inside another must do worse than the rest of it (one-sided 5%)
_STREAM = 61  # of the random numbers, this section's own


@dataclass(frozen=True, slots=True, eq=False)
class _Dealt:
    """The most extreme slices of searches on dealt scores."""

    worst: Floats  # (n_dealt,), t of the worst slice, falling
    largest: Floats  # (n_dealt,), t on either side, falling
    place: int  # of the value that the worst slice must pass, and the largest one

    def p_value(self, t: float) -> float:
        """Give how often a search on dealt scores finds a slice as bad."""
        return float(1 + (self.worst >= t).sum()) / (len(self.worst) + 1)


def slices(
    scores: pd.DataFrame,
    plan: Plan,
    measurements: Sequence[Measurement] | Numbers,
    depth: int,
    n_dealt: int,
    progress: Progress,
    answered: Sequence[Axis] = (),
) -> list[SliceSearch]:
    """Search every model's scores against every kind of reference.

    Args:
        scores: good rows of all models.
        plan: what is compared; its first metric, its alpha for each search, its seed.
        measurements: of any pictures; those that most pictures have are searched.
        depth: conditions in a slice, at most.
        n_dealt: how often the search is made again on dealt scores.
        progress: shows one step for each dealt search.
        answered: axes of single questions that may be searched, beside those of the plan.

    Raises:
        UsageError: a depth or a number of deals that cannot be searched.
    """
    if not 1 <= depth <= MAX_DEPTH:
        raise UsageError(f"expected a depth of slices from 1 to {MAX_DEPTH}, got {depth}")
    if n_dealt < 1 / plan.rules.alpha:
        raise UsageError(
            f"expected at least {int(np.ceil(1 / plan.rules.alpha))} dealt searches to test at "
            f"{plan.rules.alpha:g}, got {n_dealt}"
        )
    numbers = Numbers.of(measurements)
    parts = list(scores.groupby(["model", "reference_source"], sort=True))
    found = []
    with progress.bar("slices", len(parts) * n_dealt) as advance:
        for (model, source), rows in parts:
            rng = np.random.default_rng([plan.seed, _STREAM])
            scene = scene_of(rows, plan.metrics[0], numbers, [*plan.axes, *answered], rng)
            told, n_looked = _searched(scene, plan, depth, n_dealt, rng, advance) if scene else ([], 0)
            found.append(
                SliceSearch(
                    model=str(model),
                    reference_source=str(source),
                    metric=plan.metrics[0].name,
                    features=scene.features if scene else [],
                    depth=depth,
                    n_people=len(np.unique(scene.person)) if scene else 0,
                    n_candidates=n_looked,
                    n_dealt=n_dealt,
                    slices=told,
                )
            )
    return found


def pictures_of(
    rows: pd.DataFrame,
    plan: Plan,
    measurements: Sequence[Measurement] | Numbers,
    texts: Sequence[str],
    answered: Sequence[Axis] = (),
) -> list[str]:
    """Give the samples that meet all of a slice's conditions, among those that ``slices`` searches.

    Args:
        rows: good rows of one model against one kind of reference.
        plan: as of ``slices``.
        measurements: as of ``slices``.
        texts: the conditions, as a ``Slice`` has them.
        answered: as of ``slices``.

    Raises:
        UsageError: a condition that is not among those that are searched.
    """
    numbers = Numbers.of(measurements)
    rng = np.random.default_rng([plan.seed, _STREAM])
    scene = scene_of(rows, plan.metrics[0], numbers, [*plan.axes, *answered], rng)
    known = () if scene is None else scene.conditions.texts
    unknown = [text for text in texts if text not in known]
    if scene is None or unknown:
        raise UsageError(f"expected conditions that are searched here, got {' and '.join(unknown or texts)}")
    holds = np.flatnonzero(scene.conditions.holds[:, [known.index(text) for text in texts]].all(axis=1))
    return [scene.sample_ids[place] for place in holds]


def _searched(
    scene: Scene, plan: Plan, depth: int, n_dealt: int, rng: np.random.Generator, advance: Advance
) -> tuple[list[Slice], int]:
    """Give the slices of one model, the worst first, and how many were looked at."""
    search = Search(
        scene.conditions,
        scene.person,
        depth,
        alike=correlation(scene.score, scene.person),
        min_people=max(plan.min_people, _MIN_PEOPLE),
        min_images=max(_MIN_PEOPLE, int(np.ceil(_MIN_FRAC * len(scene.person)))),
    )
    worst, largest = np.empty(n_dealt), np.empty(n_dealt)
    for number in range(n_dealt):
        seen = search.rank(deal(scene.score, scene.person, rng))
        worst[number], largest[number] = seen.worst, seen.largest
        advance()
    # With p = (1 + dealt searches as bad) / (1 + n_dealt), so many may be as bad.
    place = int(np.ceil(plan.rules.alpha * (n_dealt + 1))) - 2
    dealt = _Dealt(-np.sort(-worst), -np.sort(-largest), place)
    critical = float(dealt.worst[place])
    ranked = search.rank(scene.score, critical)
    t_of = {
        frozenset(members): float(t)
        for members, t in zip(ranked.members[:_MAX_LISTED], ranked.t, strict=False)
    }
    kept = _kept(search, scene, t_of, critical)
    told = [_told(search, scene, members, t_of[members], dealt) for members in kept]
    return sorted(told, key=lambda one: scene.sign * (one.gap.value or 0.0)), ranked.n_looked


def _kept(search: Search, scene: Scene, t_of: Mapping[Members, float], critical: float) -> list[Members]:
    """Choose among slices that all do worse: the plainest, and none that another one accounts for.

    Args:
        search: the pictures of slices.
        scene: their scores.
        t_of: t of the slices that do worse, the largest first.
        critical: the t that what a slice adds to those before must pass as well.
    """
    kept: list[Members] = []
    covered = np.zeros(len(scene.person), bool)
    for found in t_of:
        plain = _plainest(search, scene, found, t_of)
        pictures = search.pictures(plain)
        left = pictures & ~covered
        adds = search.is_large(left) and _t(scene, left, ~(covered | pictures)) > critical
        if (left != pictures).any() and not adds:
            continue
        kept = [
            old
            for old in kept
            if (search.pictures(old) & ~pictures).any() or _does_worse(search, scene, old, pictures)
        ]
        kept.append(plain)
        covered |= pictures
    return kept


def _plainest(search: Search, scene: Scene, members: Members, t_of: Mapping[Members, float]) -> Members:
    """Take conditions away while the slice does no worse than what they keep out."""
    while True:
        wider = [
            one
            for one in (members - {gone} for gone in sorted(members))
            if one in t_of and not _does_worse(search, scene, members, search.pictures(one))
        ]
        if not wider:
            return members
        members = max(wider, key=lambda one: t_of[one])


def _does_worse(search: Search, scene: Scene, members: Members, others: Bools) -> bool:
    """Say whether a slice does worse than the rest of the pictures that it lies among."""
    pictures = search.pictures(members)
    return _t(scene, pictures, others & ~pictures) > _WORSE_T


def _difference(values: Floats, scene: Scene, pictures: Bools, others: Bools) -> tuple[float, float]:
    """Give the mean of pictures minus that of others, and its error, clustered by person."""
    moves = np.zeros(len(scene.person))
    gap = 0.0
    for sign, side in ((1.0, pictures), (-1.0, others)):
        mean = float(values[side].mean())
        gap += sign * mean
        moves[side] += sign * (values[side] - mean) / side.sum()
    return gap, float(np.sqrt((np.bincount(scene.person, moves) ** 2).sum()))


def _t(scene: Scene, pictures: Bools, others: Bools) -> float:
    """Give t of pictures against others in normal scores, positive where they do worse."""
    if not pictures.any() or not others.any():
        return 0.0
    gap, se = _difference(scene.score, scene, pictures, others)
    return -gap / se if se > 0 else 0.0


def _told(search: Search, scene: Scene, members: Members, t: float, dealt: _Dealt) -> Slice:
    pictures = search.pictures(members)
    gap, se = _difference(scene.value, scene, pictures, ~pictures)
    reach = float(dealt.largest[dealt.place]) * se
    corrected = gap * _unpicked(t, float(dealt.worst[dealt.place])) / t
    n_own = np.bincount(scene.person[pictures])
    n_people = int((n_own > 0).sum())
    value = float(scene.value[pictures].mean())
    own = np.bincount(scene.person[pictures], scene.value[pictures] - value)
    own_se = float(np.sqrt((own**2).sum() * n_people / (n_people - 1))) / pictures.sum()
    own_reach = float(stats.t.ppf((1 + LEVEL) / 2, n_people - 1)) * own_se
    return Slice(
        conditions=[scene.conditions.texts[number] for number in sorted(members)],
        estimate=Estimate(
            value=value,
            low=value - own_reach,
            high=value + own_reach,
            n_images=int(pictures.sum()),
            n_people=n_people,
        ),
        gap=Estimate(
            value=corrected,
            low=gap - reach,
            high=gap + reach,
            n_images=len(scene.person),
            n_people=int(scene.person.max()) + 1,
        ),
        p_corrected=dealt.p_value(t),
    )


def _unpicked(t: float, passed: float) -> float:
    """Give the t of which half would be larger, among those that pass a bound (Zollner & Pritchard 2007).

    Never below 0: a slice that barely passed may as well be no worse than the rest.
    """

    def excess(centre: float) -> float:
        return float(stats.norm.logsf(t - centre) - stats.norm.logsf(passed - centre) - np.log(0.5))

    return 0.0 if excess(0.0) > 0 else float(brentq(excess, 0.0, t + 1.0))
