"""Is a planted gap found, by its right name, with the number of people that ``audit plan`` asks for?

Portraits are rendered; their exact masks are damaged by known amounts and scored against the exact ones: a
pool of real rows of the scores table. Data sets are drawn from it: people in 3 x 4 cells of two attributes,
their errors (1 - IoU) log-normal as those of real scores, a part of it shared by a person's pictures. One
cell is 2 points worse than the other 11. A pilot data set tells the plan how much values vary; then each run
is audited as a user would: both attributes and their crossing, one family.

    python benchmarks/planted_gap.py --simulations 200 --seed 1

*found*: the planted cell's verdict is a gap. *right name*: and it is the lowest cell with that verdict.
*others worse*, *others better*: some cell, or some group that the planted cell is no part of, has that
verdict too. (Beside a cell 2 points down, such others are truly better than their rest, by 0.2 to 0.3
points.) *any, no gap*: the same audits without a planted gap that name anything. *shown equivalent*: the
share of cells, none of which differs, with as many people as the plan asks for that.
"""

import argparse
import dataclasses
import itertools
import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import optimize, special

from datatools import plugins
from datatools.fairness.estimates import ModelAudit
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.planning.planning import Goal, plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.variation import measured
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis, group_name
from datatools.metrics import Metric
from datatools.metrics._counts import count
from datatools.progress import Progress
from datatools.records import Score
from datatools.synthetic.damage import damage
from datatools.synthetic.dataset import RenderSettings
from datatools.synthetic.dataset import plan as plan_portraits
from datatools.synthetic.portrait import stage

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# 1 - IoU of the published ExtremeC3Net weights on 150 CelebAMask portraits, as in ``calibration``.
ERROR_LOG_MEAN, ERROR_LOG_SD = -2.93, 0.78
PERSON_FRAC = 0.64  # of the log error's variance, between people: assumed, no set of ours tells
SHAPE = (3, 4)
PLANTED = (1, 2)  # the cell's levels
GAP, MARGIN, ALPHA = 0.02, 0.01, 0.05
N_COMPARISONS = sum(SHAPE) + math.prod(SHAPE)
N_REPLICATES = 400
N_PILOT = 1000  # people
METRIC: Metric = plugins.build("metrics", "iou_fg_image")
HIGHEST_ERROR = 0.9


@dataclass(frozen=True, slots=True, eq=False)
class Pool:
    """Scored masks: each portrait damaged by each of some amounts."""

    rows: pd.DataFrame  # of the scores table: portrait by portrait, amounts rising
    iou: Floats  # (n_portraits, n_amounts), as scored
    edges: Floats  # (n_amounts - 1,) of the log error, between neighbouring amounts

    def mean(self, log_mean: float) -> float:
        """Give the mean IoU of pictures whose log error is normal with this mean: exact for this pool."""
        ends = special.ndtr((self.edges - log_mean) / ERROR_LOG_SD)
        return float(self.iou.mean(axis=0) @ np.diff(np.concatenate([[0.0], ends, [1.0]])))

    def log_mean_of(self, mean: float) -> float:
        """Give the mean of the log error that makes a mean IoU."""
        return float(optimize.brentq(lambda log_mean: self.mean(log_mean) - mean, -6.0, -0.5))

    def draw(self, log_means: Floats, pictures: int, rng: np.random.Generator) -> pd.DataFrame:
        """Draw scores of people (n_people,), each with so many pictures."""
        n = len(log_means)
        person = np.repeat(np.arange(n), pictures)
        shared, own = rng.normal(size=n)[person], rng.normal(size=n * pictures)
        noise = PERSON_FRAC**0.5 * shared + (1 - PERSON_FRAC) ** 0.5 * own
        amount = np.searchsorted(self.edges, log_means[person] + ERROR_LOG_SD * noise)
        portrait = rng.integers(0, len(self.iou), n * pictures)
        drawn: pd.DataFrame = self.rows.iloc[portrait * self.iou.shape[1] + amount].reset_index(drop=True)
        drawn["sample_id"] = [f"s{number}" for number in range(len(drawn))]
        drawn["person_id"] = [f"p{number:06d}" for number in person.tolist()]
        return drawn


def make_pool(n_portraits: int, n_amounts: int, seed: int) -> Pool:
    """Render portraits, damage their masks, score them."""
    rng = np.random.default_rng([seed, 0])
    settings = RenderSettings(n_people=n_portraits, max_pictures=1, seed=seed, min_px=128, max_px=160)
    amounts = np.exp(np.linspace(np.log(0.002), np.log(HIGHEST_ERROR), n_amounts))
    rows: list[dict[str, object]] = []
    for picture in plan_portraits(settings):
        mask = stage(picture.identity, picture.scene, picture.companion).take(picture.scene).mask
        for amount in amounts.tolist():
            counts = count(damage(mask, amount, rng).mask, mask)
            rows.append(dataclasses.asdict(counts))
    names = {field.name for field in dataclasses.fields(Score)}
    frame = pd.DataFrame(rows)
    frame = frame[[name for name in frame.columns if name in names]].assign(
        sample_id="", person_id="", model="student", reference_source="rendered", split=None, status="ok"
    )
    iou = METRIC.value(METRIC.columns(frame)).reshape(-1, n_amounts)
    logs = np.log(amounts)
    return Pool(frame, iou, (logs[1:] + logs[:-1]) / 2)


def axes_of(n_each: int) -> list[Axis]:
    """Put ``n_each`` people into each cell of two attributes."""
    cells = [tuple(map(str, levels)) for levels in itertools.product(*map(range, SHAPE))]
    of_person = [cell for cell in cells for _ in range(n_each)]
    singles = [
        Axis(
            (name,),
            ("dataset",),
            tuple((str(level),) for level in range(SHAPE[place])),
            {f"p{number:06d}": (cell[place],) for number, cell in enumerate(of_person)},
        )
        for place, name in enumerate(("tone", "age"))
    ]
    return [*singles, *crossings(singles, 2)]


def people_needed(pool: Pool, pictures: int, power: float, seed: int) -> tuple[int, int]:
    """Ask the plan, which learns from a pilot without a gap how much values vary.

    Returns:
        People in each cell to find the gap, and to show equivalence.
    """
    pilot = pool.draw(np.full(N_PILOT, ERROR_LOG_MEAN), max(2, pictures), np.random.default_rng([seed, 1]))
    goal = Goal(
        metric=METRIC.name,
        gap=GAP,
        margin=MARGIN,
        power=power,
        alpha=ALPHA,
        n_groups=math.prod(SHAPE),
        n_comparisons=N_COMPARISONS,
        pictures_per_person=pictures,
    )
    found = plan(goal, measured(pilot, METRIC), [], name="", settings={}, versions={})
    for_gap, for_equivalence = found.pictures[0].n_people_gap, found.pictures[0].n_people_equivalence
    assert for_gap is not None
    assert for_equivalence is not None
    return for_gap, for_equivalence


@dataclass(frozen=True, slots=True)
class Run:
    """What one audit says."""

    is_found: bool
    is_right: bool
    names_others_worse: bool
    names_others_better: bool
    names_any: bool
    is_worst: bool  # the planted cell is the one picked as the lowest
    holds_worst: bool  # the corrected interval of the picked cell holds its truth
    equivalent_frac: float  # of the cells


def audited(pool: Pool, n_each: int, pictures: int, gap: float, rng: np.random.Generator) -> Run:
    """Draw one data set and audit it."""
    everybody = pool.mean(ERROR_LOG_MEAN)
    planted = np.ravel_multi_index(PLANTED, SHAPE)
    log_means = np.full((math.prod(SHAPE), n_each), ERROR_LOG_MEAN)
    log_means[planted] = pool.log_mean_of(everybody - gap)
    scores = pool.draw(log_means.ravel(), pictures, rng)
    asked = Plan(
        metrics=[METRIC],
        axes=axes_of(n_each),
        rules=Rules(margin=MARGIN, alpha=ALPHA),
        min_people=5,
        n_replicates=N_REPLICATES,
        seed=int(rng.integers(2**31)),
    )
    (model,) = audit_models(scores, asked, Progress("quiet")).models
    return _run(model, everybody, gap)


def _run(model: ModelAudit, everybody: float, gap: float) -> Run:
    name = group_name(tuple(map(str, PLANTED)))
    found = {
        (place, group.group): group.comparison.gap.value or 0.0
        for place, attribute in enumerate(model.attributes)
        for group in attribute.groups
        if group.comparison.verdict == "gap"
    }
    cells = {group: gap for (place, group), gap in found.items() if place == len(SHAPE)}
    parts = {(place, str(level)) for place, level in enumerate(PLANTED)}
    others = [gap for named, gap in found.items() if named not in {*parts, (len(SHAPE), name)}]
    worst = model.attributes[-1].worst
    assert worst is not None
    truth = everybody - (gap if worst.group == name else 0.0)
    low, high = worst.corrected.low or 0.0, worst.corrected.high or 0.0
    return Run(
        is_found=name in cells,
        is_right=bool(cells) and min(cells, key=lambda cell: cells[cell]) == name,
        names_others_worse=any(gap < 0 for gap in others),
        names_others_better=any(gap > 0 for gap in others),
        names_any=bool(found),
        is_worst=worst.group == name,
        holds_worst=low <= truth <= high,
        equivalent_frac=float(
            np.mean([g.comparison.verdict == "equivalent" for g in model.attributes[-1].groups])
        ),
    )


def study(
    pool: Pool, n_each: int, pictures: int, gap: float, n: int, seed: Sequence[int]
) -> dict[str, float]:
    """Give the share of ``n`` runs for each field of ``Run``."""
    rng = np.random.default_rng(seed)
    runs = [audited(pool, n_each, pictures, gap, rng) for _ in range(n)]
    names = [field.name for field in dataclasses.fields(Run)]
    return {name: float(np.mean([getattr(run, name) for run in runs])) for name in names}


def _table(*columns: str) -> None:
    print(f"\n| {' | '.join(columns)} |\n|{'---|' * len(columns)}", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=100)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--power", type=float, default=0.9)
    parser.add_argument("--portraits", type=int, default=60)
    parser.add_argument("--pictures", type=int, nargs="+", default=[1, 3])
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    pool = make_pool(arguments.portraits, 120, seed)
    needed = {k: people_needed(pool, k, arguments.power, seed) for k in arguments.pictures}
    print(f"{n} runs each, seed {seed}; planned power {100 * arguments.power:g}%; per cent of runs")
    sizes = ("pictures a person", "people a cell")
    shown = (
        "found",
        "right name",
        "others worse",
        "others better",
        "is the worst cell",
        "its interval holds",
    )
    _table(*sizes, *shown)
    for pictures, (n_each, _) in needed.items():
        found = study(pool, n_each, pictures, GAP, n, [seed, 2, pictures])
        names = (
            "is_found",
            "is_right",
            "names_others_worse",
            "names_others_better",
            "is_worst",
            "holds_worst",
        )
        print(
            f"| {pictures} | {n_each} | {' | '.join(f'{100 * found[name]:.1f}' for name in names)} |",
            flush=True,
        )
    _table(*sizes, "any, no gap")
    for pictures, (n_each, _) in needed.items():
        found = study(pool, n_each, pictures, 0.0, n, [seed, 3, pictures])
        print(f"| {pictures} | {n_each} | {100 * found['names_any']:.1f} |", flush=True)
    _table(*sizes, "shown equivalent")
    for pictures, (_, n_each) in needed.items():
        # Twelve cells a run: fewer runs tell as much.
        found = study(pool, n_each, pictures, 0.0, max(1, n // 4), [seed, 4, pictures])
        print(f"| {pictures} | {n_each} | {100 * found['equivalent_frac']:.1f} |", flush=True)


if __name__ == "__main__":
    main()
