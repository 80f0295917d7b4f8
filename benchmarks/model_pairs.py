"""Do comparisons of two models keep their promises on simulated people?

Two models are scored on the same pictures; their errors are log-normal and correlated as those of the
published ExtremeC3Net weights and of our student on CelebAMask. Four worlds: no difference, between models
that err alike or unlike; and a loss of exactly the margin, which must not pass for equivalent or for
harmless. Printed beside it: a paired Wilcoxon test that takes pictures of one person as independent.

    python benchmarks/model_pairs.py --simulations 2000 --seed 2
"""

import argparse
import itertools
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from datatools import plugins
from datatools.fairness.estimates import Estimate
from datatools.fairness.gaps import Plan
from datatools.fairness.models.model_pairs import model_pairs
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress

# Log of 1 - IoU on 505 portraits: the published weights, our student, and their correlation. The difference
# of the two then has the skew of the real one (2.2).
BASE_LOG_MEAN, BASE_LOG_SD, MODEL_LOG_SD, CORRELATION = -2.89, 0.79, 0.91, 0.76
PERSON_FRAC = 0.64  # of the log error's variance lies between people: assumed, no set of ours tells
MARGIN = 0.01
PICTURES = (1, 5)
SIZES = ((10, 90), (100, 100), (10, 20, 40, 80), (400,))
COLUMNS = (
    "rejected",
    "family",
    "not harmed",
    "equivalent",
    "group",
    "everybody",
    "worst group",
    "largest gap",
    "Wilcoxon",
)
_AREA_PX = 1_000_000

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """How the model differs from the baseline, for everybody alike."""

    name: str
    log_sd: float  # of the model's error
    loss: float = 0.0  # of IoU, in every picture


WORLDS = (
    World("no difference, errors alike", BASE_LOG_SD),
    World("no difference, errors unlike", MODEL_LOG_SD),
    World("a loss of the margin, errors unlike", MODEL_LOG_SD, MARGIN),
    World("a loss of the margin, errors alike", BASE_LOG_SD, MARGIN),
)


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Who is in which picture and group: the same in all studies of a line."""

    rows: pd.DataFrame  # of the baseline, then of the model; without scores
    axis: Axis
    person: NDArray[np.int64]  # (n_images,)
    is_first: NDArray[np.bool_]  # (n_images,) in the first group

    @staticmethod
    def made(sizes: Sequence[int], n_pictures: int) -> "Frame":
        """Give people so many pictures each, and deal them to groups."""
        group = np.repeat(np.arange(len(sizes)), sizes)
        person = np.repeat(np.arange(len(group)), n_pictures)
        names = {"sample_id": np.arange(len(person)), "person_id": [f"p{n}" for n in person]}
        rows = [
            pd.DataFrame({"model": model, "reference_source": "human", **names}) for model in ("old", "new")
        ]
        levels = tuple((f"g{n}",) for n in range(len(sizes)))
        axis = Axis(("group",), ("annotator",), levels, {f"p{n}": levels[one] for n, one in enumerate(group)})
        return Frame(pd.concat(rows, ignore_index=True), axis, person, group[person] == 0)


def simulate(world: World, frame: Frame, rng: np.random.Generator) -> tuple[Floats, Floats]:
    """Draw the IoU of both models, (n_images,) each; a picture is hard for both, a person's all are."""
    n_people, n_images = int(frame.person.max()) + 1, len(frame.person)
    of_people = np.sqrt(PERSON_FRAC) * rng.normal(size=(3, n_people))[:, frame.person]
    hard, *own = of_people + np.sqrt(1 - PERSON_FRAC) * rng.normal(size=(3, n_images))  # standard normal
    error = np.exp(BASE_LOG_MEAN + BASE_LOG_SD**2 / 2)
    iou = []
    for log_sd, loss, alone in ((BASE_LOG_SD, 0.0, own[0]), (world.log_sd, world.loss, own[1])):
        z = np.sqrt(CORRELATION) * hard + np.sqrt(1 - CORRELATION) * alone
        # Not cut at 0: the mean difference is then exactly the loss.
        iou.append(1 - np.exp(np.log(error) - log_sd**2 / 2 + log_sd * z) - loss)
    return iou[0], iou[1]


def scored(frame: Frame, old: Floats, new: Floats) -> pd.DataFrame:
    """Give the rows of the scores table."""
    tp = np.round(_AREA_PX * np.concatenate([old, new]))
    none = np.zeros_like(tp)
    return frame.rows.assign(tp=tp, fp=none, fn=_AREA_PX - tp, tn=none)


@dataclass(slots=True)
class Tally:
    """What each simulation gave, by column."""

    seen: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def share(self, column: str) -> float:
        """Give the share of simulations, in per cent."""
        return 100 * float(np.mean(self.seen[column]))


def run(
    world: World,
    sizes: Sequence[int],
    n_pictures: int,
    n: int,
    seed: Sequence[int],
    n_replicates: int = 1000,
) -> Tally:
    """Compare two models in ``n`` simulated studies."""
    rng = np.random.default_rng(seed)
    tally, frame = Tally(), Frame.made(sizes, n_pictures)
    for number in range(n):
        old, new = simulate(world, frame, rng)
        plan = Plan(
            metrics=[plugins.build("metrics", "iou_fg_image")],
            axes=[frame.axis],
            rules=Rules(margin=MARGIN, alpha=0.05),
            min_people=5,
            n_replicates=n_replicates,
            seed=number,
        )
        (pair,) = model_pairs(scored(frame, old, new), plan, "old", Progress("quiet")).pairs
        (attribute,) = pair.attributes
        first = attribute.groups[0]
        every = [pair.overall, *attribute.groups]
        blind = stats.wilcoxon((new - old)[frame.is_first])
        found = {
            "rejected": (1.0 if first.p_value is None else first.p_value) < 0.05,
            "family": min(1.0 if one.p_holm is None else one.p_holm for one in every) < 0.05,
            "not harmed": first.harm == "not harmed",
            "equivalent": first.verdict == "equivalent",
            "group": _holds(first.difference, -world.loss),
            "everybody": _holds(pair.overall.difference, -world.loss),
            "worst group": attribute.gaps is None or _holds(attribute.gaps.worst_group, -world.loss),
            "largest gap": attribute.gaps is None or _holds(attribute.gaps.largest_gap, 0.0),
            "Wilcoxon": blind.pvalue < 0.05,
        }
        for name, value in found.items():
            tally.seen[name].append(bool(value))
    return tally


def _holds(estimate: Estimate, truth: float) -> bool:
    return estimate.low is not None and estimate.high is not None and estimate.low <= truth <= estimate.high


def _line(
    world: World, case: tuple[int, tuple[int, ...]], n: int, seed: Sequence[int], n_replicates: int
) -> str:
    n_pictures, sizes = case
    tally = run(world, sizes, n_pictures, n, seed, n_replicates)
    shares = [
        "–" if name in {"worst group", "largest gap"} and len(sizes) == 1 else f"{tally.share(name):.1f}"
        for name in COLUMNS
    ]
    return f"| {' | '.join([str(n_pictures), '/'.join(map(str, sizes)), *shares])} |"


def main() -> None:
    """Print a table for each world."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--simulations", type=int, default=2000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replicates", type=int, default=1000, help="resamples of people in each study")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    arguments = parser.parse_args()
    n, seed = arguments.simulations, arguments.seed
    print(f"{n} simulated studies a line, seed {seed}; per cent; the first group, and intervals' coverage")
    cases = list(itertools.product(PICTURES, SIZES))
    with ProcessPoolExecutor(arguments.jobs) as pool:
        for place, world in enumerate(WORLDS):
            print(f"\n**{world.name}**\n")
            print(f"| pictures a person | people | {' | '.join(COLUMNS)} |")
            print("|---" * (2 + len(COLUMNS)) + "|")
            seeds = [(seed, place, number) for number in range(len(cases))]
            worlds, numbers, replicates = ([value] * len(cases) for value in (world, n, arguments.replicates))
            for line in pool.map(_line, worlds, cases, numbers, seeds, replicates):
                print(line, flush=True)


if __name__ == "__main__":
    main()
