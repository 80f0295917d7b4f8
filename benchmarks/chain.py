"""Do the intervals of the transfer from teacher to student hold the truth?

People are simulated with an error under a teacher and one under a student. The teacher serves the first
group worst (errors 1.6 times those of the last). Of that the student takes over a planted part:

- ``slope``: what the student's group means follow of each point of the teacher's;
- ``within``: what the student's error follows of the teacher's on the same person, within groups.

Printed: how often the 95% intervals hold the planted values (95 is right), and how often no slope can be
told because the teacher's groups differ too little. The part of the first group's gap that is carried
needs the audit's interval of the teacher's gap, so it is looked at in fewer studies.

    python benchmarks/chain.py --simulations 1000 --audited 100 --seed 2
"""

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.fairness.chain.chain_cases import STUDENT, TEACHER
from datatools.fairness.chain.pass_through import Errors, correlation, regression
from datatools.fairness.chain.pass_through import slope as between
from datatools.fairness.chain.steps import COLUMNS
from datatools.fairness.chain.transfer import transfers
from datatools.fairness.estimates import Estimate, Interval
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress

# Of 1 - IoU, log-normal: see benchmarks/calibration.py.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
PERSON_FRAC = 0.64  # of the log error's variance lies between people
OWN_LOG_MEAN = -3.2  # of the student's own error, beside what it takes over
MOST_TIMES = 1.6  # the first group's error under the teacher, in the last group's
SIZES = ((100, 100), (30, 170), (60, 60, 60, 60), (10, 20, 40, 80))
PICTURES = {"1": (1,), "1 to 5": (1, 1, 2, 5)}
WORLDS = ((0.0, 0.0), (0.5, 0.5), (1.0, 1.0), (0.0, 1.0))  # within, slope
_N_REPLICATES = 1_000
_N_TRUTH = 100_000  # people behind a true correlation

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """Pictures with their person's number and group, and their errors under both."""

    person: NDArray[np.int64]
    group: NDArray[np.int64]
    teacher: Floats
    student: Floats
    true_gap: float  # of the first group to the rest under the teacher, in IoU

    def frame(self) -> pd.DataFrame:
        """Give the study as the chain's cases."""
        n = len(self.person)
        parts = [
            pd.DataFrame(
                {
                    "step": step,
                    "reference_source": "human",
                    "sample_id": [f"{number:06d}" for number in range(n)],
                    "person_id": [f"p{person:06d}" for person in self.person],
                    "value": 1 - error,
                }
            )
            for step, error in ((f"{TEACHER}t", self.teacher), (f"{STUDENT}s", self.student))
        ]
        return pd.concat(parts, ignore_index=True)[list(COLUMNS)]

    def axis(self) -> Axis:
        """Give the groups."""
        of_person = dict(zip(self.person.tolist(), self.group.tolist(), strict=True))
        levels = tuple((f"g{group}",) for group in range(int(self.group.max()) + 1))
        return Axis(
            ("planted",),
            ("dataset",),
            levels,
            {f"p{person:06d}": (f"g{group}",) for person, group in of_person.items()},
        )

    def errors(self) -> Errors:
        """Give the people's mean errors."""
        n = np.bincount(self.person).astype(np.float64)
        of_person = np.zeros(len(n), np.int64)
        of_person[self.person] = self.group
        means = (np.bincount(self.person, errors) / n for errors in (self.teacher, self.student))
        teacher, student = means
        return Errors(of_person, n, teacher, student)


def simulate(
    within: float, slope: float, sizes: Sequence[int], pictures: Sequence[int], rng: np.random.Generator
) -> Study:
    """Draw people, each with some of ``pictures``; their pictures share a part of their error."""
    of_person = np.repeat(np.arange(len(sizes)), sizes)
    person = np.repeat(np.arange(len(of_person)), rng.choice(pictures, len(of_person)))
    group = of_person[person]
    times = np.linspace(MOST_TIMES, 1.0, len(sizes))
    teacher = _errors(ERROR_LOG_MEAN, person, rng) * times[group]
    means = times * np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD**2 / 2)
    direct = (slope - within) * means
    student = within * teacher + direct[group] + _errors(OWN_LOG_MEAN, person, rng)
    rest = means[1:] @ np.asarray(sizes[1:], np.float64) / sum(sizes[1:])
    return Study(person, group, teacher, student, float(rest - means[0]))


def _errors(log_mean: float, person: NDArray[np.int64], rng: np.random.Generator) -> Floats:
    shared = rng.normal(size=person.max() + 1)[person] * np.sqrt(PERSON_FRAC)
    own = rng.normal(size=len(person)) * np.sqrt(1 - PERSON_FRAC)
    return np.asarray(np.exp(log_mean + ERROR_LOG_SD * (shared + own)), np.float64)


@dataclass(slots=True)
class Tally:
    """What the studies of one setting gave."""

    slope_holds: list[bool] = field(default_factory=list)  # also where it cannot be told
    slope_is_told: list[bool] = field(default_factory=list)
    told_holds: list[bool] = field(default_factory=list)
    slopes: list[float] = field(default_factory=list)
    correlation_holds: list[bool] = field(default_factory=list)
    within_holds: list[bool] = field(default_factory=list)
    carried_holds: list[bool] = field(default_factory=list)


def run(
    within: float,
    slope: float,
    sizes: Sequence[int],
    pictures: Sequence[int],
    n: int,
    seed: Sequence[int],
    n_audited: int = 0,
) -> Tally:
    """Tell the transfer of ``n`` simulated studies, of ``n_audited`` with the part that is carried."""
    rng = np.random.default_rng(seed)
    tally = Tally()
    large = tuple(round(size * _N_TRUTH / sum(sizes)) for size in sizes)
    true_correlation = correlation(simulate(within, slope, large, pictures, rng).errors()).value or 0.0
    for number in range(n):
        study = simulate(within, slope, sizes, pictures, rng)
        errors = study.errors()
        found = between(errors)
        is_told = found.value is not None
        tally.slope_is_told.append(is_told)
        tally.slope_holds.append(not is_told or _holds(found, slope))
        if found.value is not None:
            tally.slopes.append(found.value)
            tally.told_holds.append(_holds(found, slope))
        tally.correlation_holds.append(_holds(correlation(errors), true_correlation))
        tally.within_holds.append(_holds(regression(errors), within))
        if number < n_audited:
            tally.carried_holds.append(_holds(_carried(study, number), within * study.true_gap))
    return tally


def _carried(study: Study, seed: int) -> Estimate:
    plan = Plan(
        metrics=[MeanValue()],
        axes=[study.axis()],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=5,
        n_replicates=_N_REPLICATES,
        seed=seed,
    )
    (found,) = transfers(study.frame(), plan, Progress("quiet"))
    return found.carried[0]


def _holds(found: Interval | Estimate, truth: float) -> bool:
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def _percent(shares: Sequence[bool]) -> str:
    return f"{100 * np.mean(shares):.1f}" if shares else "-"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--simulations", type=int, default=1_000)
    parser.add_argument("--audited", type=int, default=100, help="studies that are audited, which is slow")
    parser.add_argument("--seed", type=int, default=1)
    asked = parser.parse_args()
    columns = (
        *("planted slope", "within", "pictures", "people", "slope told", "slope holds", "of told"),
        *("median slope", "correlation holds", "within holds", "carried holds"),
    )
    print(f"| {' | '.join(columns)} |")
    print("|" + "---|" * len(columns))
    for world, (within, slope) in enumerate(WORLDS):
        for name, pictures in PICTURES.items():
            for place, sizes in enumerate(SIZES):
                seed = [asked.seed, world, len(pictures), place]
                found = run(within, slope, sizes, pictures, asked.simulations, seed, asked.audited)
                cells = (
                    f"{slope:g}",
                    f"{within:g}",
                    name,
                    "/".join(map(str, sizes)),
                    _percent(found.slope_is_told),
                    _percent(found.slope_holds),
                    _percent(found.told_holds),
                    f"{np.median(found.slopes):.2f}" if found.slopes else "-",
                    _percent(found.correlation_holds),
                    _percent(found.within_holds),
                    _percent(found.carried_holds),
                )
                print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    main()
