"""How many people in each group settle a gap, and what would more pictures of each buy?

Pure: numbers in, one result out. The tests that are planned are those of the audit: a group against
everybody else at Holm's strictest step, and two one-sided tests at the margin. Power is that of ``power``,
which the calibration benchmark holds against simulated audits. A group that is worse is taken to vary more,
in proportion to its error: so do log-normal errors, which real scores have.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from scipy import stats

from datatools.fairness.planning.planning_result import (
    PlannedGroup,
    PlannedPictures,
    PlanResult,
    PowerCurve,
    Variation,
)
from datatools.fairness.statistics import power
from datatools.progress import Advance, Progress

MOST_PEOPLE = 1_000_000  # of a group; a plan that needs more is none
_PICTURES = (1, 2, 3, 5, 10)  # of each person: the rows of the table
_DRAWN_PICTURES = (1, 3, 10)  # ... and the curves
_N_POINTS = 20  # of a curve
_LEAST_PEOPLE = 2  # one person shows no spread
_SMALLEST_GAP = 0.002  # where the search for the detectable gap begins
_BISECTIONS = 7  # of a doubling: to 1% of the detectable gap
_STRIDE = 1.3  # from one number of people to the next, before the fewest are bracketed
_LARGEST_ERROR = 0.98  # of a group whose gap is asked about


@dataclass(frozen=True, slots=True, kw_only=True)
class Goal:
    """What is to be settled, and how surely."""

    metric: str
    gap: float  # 0-1
    margin: float  # 0-1
    power: float
    alpha: float
    n_groups: int
    n_comparisons: int
    pictures_per_person: int

    @property
    def strictest(self) -> float:
        """Give the level of Holm's first step."""
        return self.alpha / self.n_comparisons


@dataclass(frozen=True, slots=True, kw_only=True)
class Sized:
    """A group as large as it is."""

    attribute: str
    group: str
    n_people: int
    n_rest: int


def plan(
    goal: Goal,
    variation: Variation,
    groups: Sequence[Sized],
    *,
    name: str,
    settings: Mapping[str, object],
    n_suppressed: int = 0,
    inputs: Mapping[str, str] | None = None,
    versions: Mapping[str, str],
    progress: Progress | None = None,
) -> PlanResult:
    """Work out how many people settle the goal.

    Args:
        goal: what is to be settled.
        variation: how much values vary.
        groups: the people who are there; may be empty.
        name: of the report.
        settings: kept in the result, so that it can be made again.
        n_suppressed: groups that are there but too small to show.
        inputs: table file to SHA-256, kept in the result.
        versions: of the packages, kept in the result.
        progress: shows one step for each group.
    """
    progress = progress or Progress("quiet")
    asked = goal.pictures_per_person
    of_pictures = [
        _of_pictures(goal, variation, n) for n in (asked, *(other for other in _PICTURES if other != asked))
    ]
    with progress.bar("plan", len(groups)) as advance:
        of_groups = [_of_group(goal, variation, group, advance) for group in groups]
    return PlanResult(
        name=name,
        settings=dict(settings),
        metric=goal.metric,
        gap=goal.gap,
        margin=goal.margin,
        power=goal.power,
        alpha=goal.alpha,
        n_groups=goal.n_groups,
        n_comparisons=goal.n_comparisons,
        variation=variation,
        pictures=of_pictures,
        groups=of_groups,
        n_suppressed=n_suppressed,
        curves=_curves(goal, variation, of_pictures[0]),
        notes=_limits(goal, variation),
        inputs=dict(inputs or {}),
        versions=dict(versions),
    )


def equivalence_power(margin: float, sd: float, n_people: int, n_rest: int, alpha: float) -> float:
    """Give the chance that two one-sided tests show equivalence where groups are alike, 0 to 1.

    Args:
        margin: a smaller gap is negligible, 0-1.
        sd: spread of people's means, 0-1.
        n_people: of the group.
        n_rest: of the others.
        alpha: of each one-sided test.
    """
    se, rest_se = sd / math.sqrt(n_people), sd / math.sqrt(n_rest)
    dof = power.degrees_of_freedom(se, rest_se, n_people, n_rest)
    room = margin / math.hypot(se, rest_se) - stats.t.ppf(1 - alpha, dof)
    return max(0.0, float(2 * stats.t.cdf(room, dof) - 1))


def _of_pictures(goal: Goal, variation: Variation, n_pictures: int) -> PlannedPictures:
    sd, of_one = _sd(variation, n_pictures), _sd(variation, 1)
    return PlannedPictures(
        pictures_per_person=n_pictures,
        design_effect=n_pictures * sd**2 / of_one**2,
        n_people_gap=_fewest_for_gap(goal, variation, sd, lambda n: n * (goal.n_groups - 1)),
        n_people_equivalence=_fewest_for_equivalence(goal, sd, lambda n: n * (goal.n_groups - 1)),
    )


def _of_group(goal: Goal, variation: Variation, group: Sized, advance: Advance) -> PlannedGroup:
    advance()
    sd = _sd(variation, goal.pictures_per_person)
    n, rest = group.n_people, group.n_rest
    is_known = min(n, rest) >= _LEAST_PEOPLE

    def in_step(m: int) -> int:
        return max(_LEAST_PEOPLE, round(m * rest / n))

    def more(fewest: int | None) -> int | None:
        return None if fewest is None else max(0, fewest - n)

    return PlannedGroup(
        attribute=group.attribute,
        group=group.group,
        n_people=n,
        n_rest=rest,
        detectable_gap=_detectable(goal, variation, sd, n, rest) if is_known else None,
        power=_finds(goal, variation, sd, n, rest) if is_known else None,
        more_alone=more(_fewest_for_gap(goal, variation, sd, lambda _: max(_LEAST_PEOPLE, rest))),
        more_in_step=more(_fewest_for_gap(goal, variation, sd, in_step)),
        more_for_equivalence=more(_fewest_for_equivalence(goal, sd, in_step)),
    )


def _sd(variation: Variation, n_pictures: int) -> float:
    return power.person_sd(variation.between, variation.within, n_pictures)


def _finds(goal: Goal, variation: Variation, sd: float, n: int, rest: int, gap: float | None = None) -> float:
    """Give the chance that a gap (the goal's by default) is found after the correction."""
    wanted = goal.gap if gap is None else gap
    sd_own = _sd_of_worse(variation, sd, wanted)
    return power.power_of(wanted, sd_own, sd, n, rest, goal.strictest, variation.level)


def _sd_of_worse(variation: Variation, sd: float, gap: float) -> float:
    """Give the spread of people who are worse by a gap than those of spread ``sd``."""
    error = min(variation.level, 1 - variation.level)  # from the nearer bound
    if error <= 0:
        return sd
    larger = min(error + gap, _LARGEST_ERROR)
    # No spread within 0 to 1 is larger than that of values which are all 0 or 1.
    return min(sd * larger / error, max(sd, math.sqrt(larger * (1 - larger))))


def _detectable(goal: Goal, variation: Variation, sd: float, n: int, rest: int) -> float | None:
    """Give the smallest gap that is found with the goal's power."""
    most = _LARGEST_ERROR - min(variation.level, 1 - variation.level)
    high = _SMALLEST_GAP
    while _finds(goal, variation, sd, n, rest, high) < goal.power:
        if high >= most:
            return None
        high = min(2 * high, most)
    low = high / 2
    for _ in range(_BISECTIONS):
        middle = (low + high) / 2
        is_found = _finds(goal, variation, sd, n, rest, middle) >= goal.power
        low, high = (low, middle) if is_found else (middle, high)
    return high


def _fewest_for_gap(goal: Goal, variation: Variation, sd: float, rest_of: Callable[[int], int]) -> int | None:
    """Give the fewest people of a group that find the gap, beside a rest that may grow with it."""
    far = stats.norm.isf(goal.strictest / 2) + stats.norm.isf(1 - goal.power)
    return _fewest(
        lambda n: _finds(goal, variation, sd, n, rest_of(n)) >= goal.power,
        (far * _sd_of_worse(variation, sd, goal.gap) / goal.gap) ** 2,
    )


def _fewest_for_equivalence(goal: Goal, sd: float, rest_of: Callable[[int], int]) -> int | None:
    far = stats.norm.isf(goal.alpha) + stats.norm.isf((1 - goal.power) / 2)
    return _fewest(
        lambda n: equivalence_power(goal.margin, sd, n, rest_of(n), goal.alpha) >= goal.power,
        (far * sd / goal.margin) ** 2,
    )


def _fewest(is_enough: Callable[[int], bool], guess: float) -> int | None:
    """Give the fewest people that are enough, searched from a guess on; None above MOST_PEOPLE."""
    if not is_enough(MOST_PEOPLE):
        return None
    enough = min(max(_LEAST_PEOPLE, round(guess)), MOST_PEOPLE)
    while not is_enough(enough):
        enough = min(math.ceil(enough * _STRIDE), MOST_PEOPLE)
    short = enough
    while short > _LEAST_PEOPLE and is_enough(short):
        enough, short = short, max(_LEAST_PEOPLE, math.floor(short / _STRIDE))
    if is_enough(short):
        return short
    while enough - short > 1:
        middle = (short + enough) // 2
        short, enough = (short, middle) if is_enough(middle) else (middle, enough)
    return enough


def _curves(goal: Goal, variation: Variation, asked: PlannedPictures) -> list[PowerCurve]:
    """Give power by people for the goal's pictures and others, and for equivalence."""
    most = max(asked.n_people_gap or MOST_PEOPLE, asked.n_people_equivalence or 0, 10)
    ratio = (2 * most / _LEAST_PEOPLE) ** (1 / (_N_POINTS - 1))
    sizes = sorted({round(_LEAST_PEOPLE * ratio**place) for place in range(_N_POINTS)})
    n_others = goal.n_groups - 1
    found = []
    for n_pictures in sorted({goal.pictures_per_person, *_DRAWN_PICTURES}):
        sd = _sd(variation, n_pictures)
        found.append(
            PowerCurve(
                name="gap",
                pictures_per_person=n_pictures,
                n_people=sizes,
                power=[_finds(goal, variation, sd, n, n * n_others) for n in sizes],
            )
        )
    sd = _sd(variation, goal.pictures_per_person)
    found.append(
        PowerCurve(
            name="equivalence",
            pictures_per_person=goal.pictures_per_person,
            n_people=sizes,
            power=[equivalence_power(goal.margin, sd, n, n * n_others, goal.alpha) for n in sizes],
        )
    )
    return found


def _limits(goal: Goal, variation: Variation) -> list[str]:
    """Say what the reader must know before believing a number."""
    notes = [f"How much values vary: {variation.source}"]
    if variation.n_people is not None and variation.n_people < 50:
        notes.append(
            f"Measured on {variation.n_people} people only: a spread from so few may be off by a fifth, and "
            "the people needed by two fifths."
        )
    notes.append(
        f"Comparisons corrected together: {goal.n_comparisons}. Each is planned at Holm's strictest step, "
        f"{goal.strictest:.2g}: a gap is found more often where others are found too."
    )
    notes.append(
        "A group that is worse is taken to vary more, in proportion to its error. Equivalence is planned for "
        "groups that do not differ at all; where they differ by part of the margin, it takes more people."
    )
    return notes
