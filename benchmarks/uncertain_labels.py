"""Do gaps hold what they promise when people are put in groups by annotators who err?

Simulated people, scores with the skew of real ones, and annotators who are right in 70 to 95% of the
cases. For each case, per cent of studies whose 95% interval holds the planted gap, or where there is
none, leaves out 0 (5 is right): with the true groups (which nobody has), with the majority of the
answers, with groups drawn from the consensus without regard to the scores and combined by Rubin's rules,
and by what the audit does (``fairness/labels/label_draws.py``). Beside it the mean of the gaps, in points.

    python benchmarks/uncertain_labels.py --simulations 1000 --seed 2
"""

import argparse
from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.estimates import Estimate
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.labels.label_beliefs import Belief, belief
from datatools.fairness.labels.label_draws import uncertain
from datatools.fairness.statistics import power
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.people import by_person
from datatools.fairness.statistics.resampling import Sample
from datatools.fairness.who.groups import Axis, axis
from datatools.progress import Progress
from datatools.records import Annotation

# As in benchmarks/calibration.py: 1 - IoU of the published ExtremeC3Net weights is log-normal.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
ANNOTATOR_SD = 0.03  # annotators differ in how often they are right
AREA_PX = 1_000_000
PLANTED_GAP = 0.03
QUESTIONS = {
    2: ("perceived_gender", "gender@1", ("female", "male")),
    3: ("perceived_race", "race_coarse@1", ("white", "black", "asian")),
}
HEADER = (
    *("people", "groups", "annotators", "right %", "less if hard", "gap", "groups by"),
    *("mean gap", "holds %", "finds %", "width", "studies"),
)
METHODS = ("true groups", "majority", "blind draws", "drawn")

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Case:
    """How people are answered about; the first group's scores lie ``gap`` lower."""

    n_annotators: int
    right: float  # on average
    gap: float
    n_people: int = 200
    shares: tuple[float, ...] = (0.3, 0.7)
    hard_loss: float = 0.0  # how much less often they are right on the third of people with the lowest scores


CASES = [
    *(Case(n, right, gap) for gap in (PLANTED_GAP, 0.0) for n in (1, 3, 5) for right in (0.7, 0.8, 0.95)),
    Case(3, 0.8, PLANTED_GAP, 200, (0.2, 0.3, 0.5)),
    Case(3, 0.8, 0.0, 200, (0.2, 0.3, 0.5)),
    Case(3, 0.8, PLANTED_GAP, 60),
    Case(3, 0.8, PLANTED_GAP, 1000),
    Case(2, 0.8, PLANTED_GAP),
    Case(3, 0.9, PLANTED_GAP, hard_loss=0.3),
    Case(3, 0.9, 0.0, hard_loss=0.3),
]


@dataclass(frozen=True, slots=True, eq=False)
class Study:
    """One simulated data set."""

    scores: pd.DataFrame
    annotations: list[Annotation]
    person_of: dict[str, str]
    truth: Axis


def simulate(case: Case, rng: np.random.Generator) -> Study:
    """Draw people, what a model scores on them, and what annotators say."""
    question, vocabulary, values = QUESTIONS[len(case.shares)]
    truth = rng.choice(len(values), case.n_people, p=case.shares)
    mean_error = np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD**2 / 2)
    worse = np.where(truth == 0, (mean_error + case.gap) / mean_error, 1.0)
    error = np.exp(ERROR_LOG_MEAN + ERROR_LOG_SD * rng.normal(size=case.n_people)) * worse
    people = [f"p{number:05d}" for number in range(case.n_people)]
    tp = np.round(AREA_PX * (1 - np.minimum(error, 1.0)))
    scores = pd.DataFrame({"person_id": people, "tp": tp, "fp": 0, "fn": AREA_PX - tp})
    scores = scores.assign(model="m", reference_source="human")
    is_hard = error > np.quantile(error, 2 / 3)
    annotations = []
    for annotator in range(case.n_annotators):
        right = np.clip(rng.normal(case.right, ANNOTATOR_SD), 0.5, 0.99) - case.hard_loss * is_hard
        other = (truth + rng.integers(1, len(values), case.n_people)) % len(values)
        said = np.where(rng.random(case.n_people) < right, truth, other)
        annotations += [
            _answer(person, question, values[value], vocabulary, f"a{annotator}")
            for person, value in zip(people, said, strict=True)
        ]
    group_of = {person: (values[value],) for person, value in zip(people, truth, strict=True)}
    levels = tuple((value,) for value in values)
    known = Axis(("truth",), ("known",), levels, group_of)
    return Study(scores, annotations, dict(zip(people, people, strict=True)), known)


def _answer(person: str, question: str, value: str, vocabulary: str, annotator: str) -> Annotation:
    return Annotation(
        sample_id=person,
        question=question,
        value=value,
        annotator_id=annotator,
        source="annotator",
        vocabulary=vocabulary,
        created_at=None,
        lead_time_s=None,
        presentation_order=None,
        batch="b",
    )


def audited(case: Case, study: Study, seed: int, n_replicates: int) -> dict[str, Estimate]:
    """Give the first group's gap by method; one annotator alone has no ``blind draws`` and ``drawn``."""
    question, _, values = QUESTIONS[len(case.shares)]
    metric = plugins.build("metrics", "iou_fg_image")
    by_majority = axis(question, study.annotations, [], study.person_of)
    plan = Plan(
        metrics=[metric],
        axes=[study.truth, by_majority],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=2,
        n_replicates=n_replicates,
        seed=seed,
    )
    models = audit_models(study.scores, plan, Progress("quiet")).models
    found: dict[str, Estimate] = {}
    for method, audit in zip(METHODS, models[0].attributes, strict=False):
        found[method] = next(g.comparison.gap for g in audit.groups if g.group == values[0])
    known = belief(question, study.annotations, study.person_of, seed)
    if known is not None:
        found["blind draws"] = _blind(known, study, values[0], np.random.default_rng(seed))
        for told in uncertain(study.scores, plan, models, [known], Progress("quiet")):
            found["drawn"] = next(group.drawn for group in told.groups if group.group == values[0])
    return found


def _blind(known: Belief, study: Study, first: str, rng: np.random.Generator) -> Estimate:
    """Draw everybody's group from the consensus alone; combine as Barnard & Rubin (1999)."""
    metric = plugins.build("metrics", "iou_fg_image")
    people = by_person(study.scores, [metric])
    reached = known.of(people.ids).cumsum(axis=1)
    place = known.groups.index(first)
    gaps, variances, dofs = [], [], []
    for _ in range(len(known.draws)):
        drawn = (rng.random((len(people), 1)) > reached).sum(axis=1)
        group = (drawn != place).astype(np.int64)
        sample = Sample(metric, people.sums[metric.name], group)
        if len(sample.n_people) < 2 or sample.n_people.min() < 2:
            continue
        seen = sample.observed()
        gaps.append(seen.gap[0])
        variances.append(seen.gap_se[0] ** 2)
        dofs.append(power.degrees_of_freedom(*seen.se.tolist(), *sample.n_people.tolist()))
    between = (1 + 1 / len(gaps)) * np.var(gaps, ddof=1)
    total = np.mean(variances) + between
    missing, complete = between / total, np.mean(dofs)
    observed = (complete + 1) / (complete + 3) * complete * (1 - missing)
    dof = 1 / (missing**2 / (len(gaps) - 1) + 1 / observed)
    half, value = stats.t.ppf(0.975, dof) * np.sqrt(total), float(np.mean(gaps))
    return Estimate(
        value=value, low=value - half, high=value + half, n_images=len(people), n_people=len(people)
    )


@dataclass(slots=True)
class Tally:
    """What a method gave over all studies of a case."""

    gaps: list[float] = field(default_factory=list)
    holds: list[bool] = field(default_factory=list)  # the planted gap
    finds: list[bool] = field(default_factory=list)  # the interval leaves out 0
    widths: list[float] = field(default_factory=list)

    def add(self, gap: Estimate, planted: float) -> None:
        """Count one study."""
        if gap.value is None or gap.low is None or gap.high is None:
            return
        self.gaps.append(gap.value)
        self.holds.append(gap.low <= -planted <= gap.high)
        self.finds.append(gap.low > 0 or gap.high < 0)
        self.widths.append(gap.high - gap.low)


def run(case: Case, n: int, seed: int, n_replicates: int = 1000) -> dict[str, Tally]:
    """Audit ``n`` simulated data sets."""
    rng = np.random.default_rng([seed, case.n_annotators, case.n_people, round(1000 * case.right)])
    tallies = {method: Tally() for method in METHODS}
    for number in range(n):
        for method, gap in audited(case, simulate(case, rng), number, n_replicates).items():
            tallies[method].add(gap, case.gap)
    return tallies


def lines(case: Case, tallies: dict[str, Tally]) -> Iterator[str]:
    """Give one row of the table for each method."""
    for method, tally in tallies.items():
        if tally.gaps:
            yield (
                f"| {case.n_people} | {len(case.shares)} | {case.n_annotators} | {100 * case.right:.0f} | "
                f"{100 * case.hard_loss:.0f} | {100 * case.gap:.0f} | {method} | "
                f"{100 * np.mean(tally.gaps):.2f} | "
                f"{100 * np.mean(tally.holds):.1f} | {100 * np.mean(tally.finds):.1f} | "
                f"{100 * np.median(tally.widths):.1f} | {len(tally.gaps)} |"
            )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--cases", type=int, nargs="*", help="numbers of cases, all by default")
    arguments = parser.parse_args()
    print(f"{arguments.simulations} simulations each, seed {arguments.seed}; first group against the rest\n")
    print(f"| {' | '.join(HEADER)} |")
    print("|" + "---|" * len(HEADER))
    for number, case in enumerate(CASES):
        if arguments.cases is None or number in arguments.cases:
            for line in lines(case, run(case, arguments.simulations, arguments.seed)):
                print(line, flush=True)


if __name__ == "__main__":
    main()
