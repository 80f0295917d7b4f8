"""Does the audit's inference keep its promises on simulated people?

Scores are simulated with no gap, with groups that share a mean but not a spread, and with a planted
gap; one, five or one to five pictures a person, groups of 10 to 400 people. Every number comes from the
audit's own formulas, computed for many studies at once (``batched``); in every scenario one study is held
against the audit's own code. Printed beside it: a Mann-Whitney test that takes pictures of one person as
independent, the same between all pairs of groups of 20 pictures and more under Bonferroni's correction
(as FHIBE's evaluation does), and fairlearn's bootstrap interval of the largest difference.

    python benchmarks/calibration.py --simulations 2000 --seed 2
"""

import argparse
import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from batched import Batch, Ends, Floats, Judged, check, judge, resampled
from fairlearn.metrics import MetricFrame
from scipy import optimize, stats

from datatools.fairness.statistics import power
from datatools.fairness.statistics.inference import Rules, holm

# 1 - IoU of the published ExtremeC3Net weights on 505 CelebAMask portraits is log-normal with these
# parameters (Kolmogorov-Smirnov p = 0.15); those of our own student with -3.16 and 0.91 (p = 0.70).
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.89, 0.79
WIDE_LOG_SD = 1.1
PERSON_FRAC = 0.64  # of the log error's variance lies between people: assumed, no set of ours tells
PLANTED_GAP = 0.02
ALPHA = 0.05
PICTURES = {"1": (1,), "5": (5,), "1 to 5": (1, 1, 2, 5)}
SIZES = ((10, 90), (10, 400), (30, 170), (100, 100), (400, 400), (10, 20, 40, 80))
LARGER_SIZES = ((30, 170), (100, 100), (400, 400))  # where a gap can be shown to be negligible
MARGINS = (0.01, 0.03)
N_REPLICATES = 1_000
N_AT_ONCE = 100  # studies that share their draws
MIN_PICTURES = 20  # of a group that FHIBE's evaluation compares
FAIRLEARN_REPLICATES = 100  # a second's work

Case = tuple[str, tuple[int, ...]]  # a key of PICTURES, and the groups' numbers of people


@dataclass(frozen=True, slots=True)
class World:
    """How the errors of a group's pictures are distributed: log-normal, and at most 1."""

    log_mean: float
    log_sd: float

    @property
    def error(self) -> float:
        """Give the mean error."""
        mean, sd = self.log_mean, self.log_sd
        below = np.exp(mean + sd**2 / 2) * stats.norm.cdf(-mean / sd - sd)
        return float(below + stats.norm.sf(-mean / sd))


def world(error: float, log_sd: float = ERROR_LOG_SD) -> World:
    """Make the world with this mean error."""
    found = optimize.brentq(lambda log_mean: World(log_mean, log_sd).error - error, -12.0, 2.0)
    return World(float(found), log_sd)


REST = World(ERROR_LOG_MEAN, ERROR_LOG_SD)
WORLDS = {
    "No gap": REST,
    "No gap, but the first group varies more": world(REST.error, WIDE_LOG_SD),
    "Planted gap of 2 points": world(REST.error + PLANTED_GAP),
}


@dataclass(frozen=True, slots=True, eq=False)
class Studies:
    """Simulated data sets of the same sizes."""

    sizes: tuple[int, ...]
    iou: Floats  # (n_studies, n_people, n_pictures); NaN where a person has fewer

    def batch(self) -> Batch:
        """Sum each person's pictures."""
        return Batch(
            self.sizes, np.nansum(self.iou, axis=-1), np.isfinite(self.iou).sum(axis=-1).astype(float)
        )

    def pictures(self, group: int) -> Floats:
        """Give the pictures of a group (n_studies, n_pictures), NaN where there is none."""
        start = sum(self.sizes[:group])
        return self.iou[:, start : start + self.sizes[group]].reshape(len(self.iou), -1)


def simulate(
    first: World, sizes: tuple[int, ...], pictures: Sequence[int], n: int, rng: np.random.Generator
) -> Studies:
    """Draw people, each with some of ``pictures``; their pictures share a part of their error."""
    n_people, most = sum(sizes), max(pictures)
    is_first = (np.arange(n_people) < sizes[0])[:, None]
    shared = rng.normal(size=(n, n_people, 1)) * np.sqrt(PERSON_FRAC)
    own = rng.normal(size=(n, n_people, most)) * np.sqrt(1 - PERSON_FRAC)
    log_mean = np.where(is_first, first.log_mean, REST.log_mean)
    log_sd = np.where(is_first, first.log_sd, REST.log_sd)
    error = np.minimum(np.exp(log_mean + log_sd * (shared + own)), 1.0)
    has_picture = np.arange(most) < rng.choice(pictures, (n, n_people, 1))
    return Studies(sizes, np.where(has_picture, 1 - error, np.nan))


def audits(
    first: World, case: Case, n: int, margin: float, seed: Sequence[int]
) -> Iterator[tuple[Studies, Judged]]:
    """Simulate and audit ``n`` data sets, some at a time; the first one is checked."""
    pictures, sizes = case
    rng = np.random.default_rng(seed)
    for done in range(0, n, N_AT_ONCE):
        studies = simulate(first, sizes, PICTURES[pictures], min(N_AT_ONCE, n - done), rng)
        batch = studies.batch()
        found = resampled(batch, N_REPLICATES, rng)
        judged = judge(batch, found, ALPHA)
        if done == 0:
            check(batch, found, judged, 0, Rules(margin=margin, alpha=ALPHA))
        yield studies, judged


def shares(first: World, case: Case, n: int, seed: Sequence[int]) -> dict[str, float]:
    """Give the share of data sets, in per cent, in which each statement was made or held."""
    told: dict[str, list[bool]] = {}
    for studies, judged in audits(first, case, n, MARGINS[0], seed):
        tested = judged.p_values if len(case[1]) > 2 else judged.p_values[:, :1]
        found = {
            "rejected": judged.p_values[:, 0] < ALPHA,
            "family": [min(holm(list(row))) < ALPHA for row in tested],
            "any group": judged.any_group < ALPHA,
            "value held": _holds(judged.value, 1 - first.error),
            "gap held": _holds(judged.gap, REST.error - first.error),
            "Mann-Whitney": mann_whitney(studies.pictures(0), _rest(studies)) < ALPHA,
            "FHIBE-style": fhibe_style(studies),
        }
        for name, answers in found.items():
            told.setdefault(name, []).extend(answers)
    return {name: 100 * float(np.mean(answers)) for name, answers in told.items()}


def _holds(ends: Ends, truth: float) -> Floats:
    """Say whether the first group's interval holds the truth."""
    return (ends[0][:, 0] <= truth) & (truth <= ends[1][:, 0])


def _rest(studies: Studies) -> Floats:
    return np.concatenate([studies.pictures(g) for g in range(1, len(studies.sizes))], axis=1)


def mann_whitney(one: Floats, other: Floats) -> Floats:
    """Test pictures (n_studies, n_pictures) as if they were independent; NaN where there is none."""
    both = np.concatenate([one, other], axis=1)
    ranks = both.argsort(axis=1).argsort(axis=1) + 1.0  # NaN come last; there are no ties
    n, m = np.isfinite(one).sum(axis=1), np.isfinite(other).sum(axis=1)
    total = np.where(np.isfinite(one), ranks[:, : one.shape[1]], 0.0).sum(axis=1)
    distance = np.abs(total - n * (n + m + 1) / 2) - 0.5
    return np.minimum(1.0, 2 * stats.norm.sf(distance / np.sqrt(n * m * (n + m + 1) / 12)))


def fhibe_style(studies: Studies) -> Floats:
    """Say whether any two groups with enough pictures differ, by Mann-Whitney and Bonferroni."""
    every = [studies.pictures(group) for group in range(len(studies.sizes))]
    is_tested = np.stack([np.isfinite(pictures).sum(axis=1) >= MIN_PICTURES for pictures in every])
    pairs = list(itertools.combinations(range(len(every)), 2))
    p_values = np.stack(
        [np.where(is_tested[a] & is_tested[b], mann_whitney(every[a], every[b]), 1.0) for a, b in pairs]
    )
    n_tests = np.sum([is_tested[a] & is_tested[b] for a, b in pairs], axis=0)
    return p_values.min(axis=0) * n_tests < ALPHA * (n_tests > 0)


def wrongly_equivalent(case: Case, margin: float, side: int, n: int, seed: Sequence[int]) -> float:
    """Give how often, in per cent, a gap as large as the margin is called equivalent."""
    first = world(REST.error + side * margin)
    inside = [
        (-margin < judged.narrow_gap[0][:, 0]) & (judged.narrow_gap[1][:, 0] < margin)
        for _, judged in audits(first, case, n, margin, seed)
    ]
    return 100 * float(np.mean(np.concatenate(inside)))


def planned_and_found(case: Case, n: int, seed: Sequence[int]) -> tuple[float, float]:
    """Give the gap that should be found in 80%, and how often, in per cent, it is."""
    pictures, (n_people, n_rest) = case
    sd = _person_sd(PICTURES[pictures], np.random.default_rng(seed))

    def planned(gap: float) -> float:
        # Errors that are larger all by one factor vary more by the same factor.
        sd_own = sd * (REST.error + gap) / REST.error
        return power.power_of(gap, sd_own, sd, n_people, n_rest, ALPHA, 1 - REST.error)

    gap = float(optimize.brentq(lambda gap: planned(gap) - power.POWER, 1e-4, 0.5, xtol=1e-5))
    found = [
        judged.p_values[:, 0] < ALPHA for _, judged in audits(world(REST.error + gap), case, n, gap, seed)
    ]
    return gap, 100 * float(np.mean(np.concatenate(found)))


def _person_sd(pictures: Sequence[int], rng: np.random.Generator) -> float:
    people = simulate(REST, (100_000,), pictures, 1, rng).batch()
    residual = people.iou[0] - people.n_images[0] * people.iou[0].sum() / people.n_images[0].sum()
    return float(residual.std() / people.n_images[0].mean())


def fairlearn_above_zero(case: Case, n: int, seed: Sequence[int]) -> float:
    """Give how often, in per cent, its interval of the largest difference is above 0 without a gap."""
    pictures, sizes = case
    studies = simulate(REST, sizes, PICTURES[pictures], n, np.random.default_rng(seed))
    above = []
    for number in range(n):
        by_group = [studies.pictures(group)[number] for group in range(len(sizes))]
        iou = np.concatenate([row[np.isfinite(row)] for row in by_group])
        group = np.repeat(np.arange(len(sizes)), [int(np.isfinite(row).sum()) for row in by_group])
        frame = MetricFrame(
            metrics=lambda truth, iou: float(np.mean(iou)),  # noqa: ARG005  # fairlearn's signature
            y_true=np.zeros(len(iou)),
            y_pred=iou,
            sensitive_features=pd.Series(group, name="group"),
            n_boot=FAIRLEARN_REPLICATES,
            ci_quantiles=[0.025, 0.975],
            random_state=number,
        )
        above.append(frame.difference_ci()[0] > 0)
    return 100 * float(np.mean(above))


def _print_row(case: Case, *numbers: str) -> None:
    print(f"| {case[0]} | {'/'.join(map(str, case[1]))} | {' | '.join(numbers)} |", flush=True)


def _print_head(title: str, *names: str) -> None:
    print(
        f"\n**{title}**\n\n| pictures a person | people | {' | '.join(names)} |\n|{'---|' * (len(names) + 2)}"
    )


def main() -> None:
    """Print every table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    print(f"{n} simulations each, seed {seed}; per cent; first group against the rest")
    cases = list(itertools.product(PICTURES, SIZES))
    for place, (title, first) in enumerate(WORLDS.items()):
        for number, case in enumerate(cases):
            found = shares(first, case, n, (seed, place, number))
            if number == 0:
                _print_head(title, *found)
            _print_row(case, *(f"{share:.1f}" for share in found.values()))
    _print_head(
        "Wrongly equivalent", *(f"{100 * m:g} points {s}" for m in MARGINS for s in ("worse", "better"))
    )
    for number, case in enumerate(itertools.product(("1", "5"), LARGER_SIZES)):
        wrong = [
            wrongly_equivalent(case, margin, side, n, (seed, 3, number, place))
            for place, (margin, side) in enumerate(itertools.product(MARGINS, (1, -1)))
        ]
        _print_row(case, *(f"{share:.1f}" for share in wrong))
    _print_head("Power where 80 is planned", "gap, points", "found")
    for number, case in enumerate(case for case in cases if len(case[1]) == 2):
        gap, found_frac = planned_and_found(case, n, (seed, 4, number))
        _print_row(case, f"{100 * gap:.2f}", f"{found_frac:.1f}")
    _print_head("No gap, fairlearn's interval of the largest difference", "above 0")
    for number, case in enumerate(itertools.product(("1", "5"), ((100, 100), (10, 20, 40, 80)))):
        _print_row(case, f"{fairlearn_above_zero(case, max(1, n // 100), (seed, 5, number)):.0f}")


if __name__ == "__main__":
    main()
