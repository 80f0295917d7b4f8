"""Do changes between two audits keep their promises on simulated people?

A model is audited twice. Between the audits some people leave, others come, and some answers move people to
another group. What changes is known: nothing, or every score by the same amount. Printed for each way of
comparing: how often an interval holds the truth, how often a true null is called a change (of one group, and
anywhere in the family after Holm's correction), and how often a change of the margin passes for equivalent.
Beside them an unpaired t test on all scores, which takes every picture as another person.

    python benchmarks/report_diff.py --simulations 1000 --seed 1
"""

import argparse
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.audit import Scope, audit
from datatools.fairness.differences.difference_result import Change
from datatools.fairness.differences.differing import difference
from datatools.fairness.differences.known import Known
from datatools.fairness.recorded import Asked
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress

# Log of 1 - IoU of published weights and of a student on 505 portraits, as in model_pairs.py.
LOG_MEAN, LOG_SD, CORRELATION, PERSON_FRAC = -2.89, 0.79, 0.76, 0.64
MARGIN, AREA_PX = 0.01, 1_000_000
SIZES, PICTURES = (60, 40), 2
COLUMNS = ("everybody", "group", "gap", "rejected", "family", "equivalent", "t test")
_QUIET = Progress("quiet")

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class World:
    """What happens between the two audits."""

    name: str
    share_kept: float  # of the people
    shift: float = 0.0  # of IoU in every picture of the second audit
    has_scores: bool = True
    share_moved: float = 0.0  # of the people kept: to the other group


WORLDS = (
    World("everyone stays, nothing changes", 1.0),
    World("everyone stays, all gain the margin", 1.0, MARGIN),
    World("three of four stay, some move to the other group", 0.75, share_moved=0.05),
    World("one of four stays", 0.25),
    World("nobody stays", 0.0),
    World("nobody stays, and one audit's scores are lost", 0.0, has_scores=False),
    World("everyone stays, and one audit's scores are lost", 1.0, has_scores=False),
)


def asked(seed: int, replicates: int) -> Asked:
    """Give the settings of one audit."""
    nothing = dict.fromkeys(
        [
            *(
                "attributes",
                "models",
                "baseline",
                "split",
                "only",
                "limit",
                "scores",
                "groups",
                "pred",
                "ref",
            ),
            *("id_column", "person_column", "model_column", "reference_source", "metrics"),
        ]
    )
    return Asked.model_validate(
        {
            **nothing,
            "name": "a",
            "cross": 1,
            "adjust": ["none"],
            "slices": 0,
            "codings": False,
            "chain": False,
            "exclude": [],
            "margin": MARGIN,
            "alpha": 0.05,
            "contrasts": "rest",
            "correction": "holm",
            "replicates": replicates,
            "min_people": 5,
            "seed": seed,
            "answered_by": "dataset",
        }
    )


@dataclass(frozen=True, slots=True, eq=False)
class People:
    """Who is in an audit, in which group, and how hard their pictures are."""

    ids: NDArray[np.int64]
    group: NDArray[np.int64]
    hard: Floats  # (n_people, n_pictures) standard normal


def drawn(rng: np.random.Generator, first_id: int) -> People:
    """Draw people, their groups and their pictures."""
    n_people = sum(SIZES)
    return People(
        first_id + np.arange(n_people), np.repeat(np.arange(len(SIZES)), SIZES), _pictures(rng, n_people)
    )


def _pictures(rng: np.random.Generator, n_people: int) -> Floats:
    of_person = np.sqrt(PERSON_FRAC) * rng.normal(size=(n_people, 1))
    of_picture = np.sqrt(1 - PERSON_FRAC) * rng.normal(size=(n_people, PICTURES))
    return np.asarray(of_person + of_picture, np.float64)


def later(world: World, before: People, rng: np.random.Generator) -> People:
    """Let some people leave, as many others come in each group, and some be told to be in the other group."""
    fresh = drawn(rng, 10_000)
    stays = rng.permuted(np.arange(len(before.ids))) < world.share_kept * len(before.ids)
    group = np.where(stays, before.group, fresh.group)
    moves = stays & (rng.random(len(group)) < world.share_moved)
    return People(
        np.where(stays, before.ids, fresh.ids),
        np.where(moves, 1 - group, group),
        np.where(stays[:, None], before.hard, fresh.hard),
    )


def known(people: People, shift: float, rng: np.random.Generator, how: Asked) -> Known:
    """Score people's pictures and audit them."""
    own = _pictures(rng, len(people.ids))  # what this network finds hard itself
    z = np.sqrt(CORRELATION) * people.hard + np.sqrt(1 - CORRELATION) * own
    iou = (1 - np.exp(LOG_MEAN + LOG_SD * z) + shift).ravel()  # not cut: the mean moves by exactly the shift
    person = np.repeat([f"p{n}" for n in people.ids], PICTURES)
    sample = [f"{one}/{n}" for one in people.ids for n in range(PICTURES)]
    tp = np.round(AREA_PX * iou)
    scores = pd.DataFrame({"sample_id": sample, "person_id": person, "tp": tp, "fp": 0.0, "fn": AREA_PX - tp})
    fixed = {"model": "m", "reference_source": "human", "split": None, "status": "ok", "tn": 0.0}
    levels = tuple((f"g{n}",) for n in range(len(SIZES)))
    group_of = {f"p{one}": levels[n] for one, n in zip(people.ids, people.group, strict=True)}
    scope = Scope(
        person_of=dict(zip(sample, person.tolist(), strict=True)),
        scores=scores.assign(**fixed),
        axes=[Axis(("group",), ("annotator",), levels, group_of)],
        checked=frozenset(),
        accepted=None,
        n_unreadable=0,
        notes=(),
    )
    result = audit(scope, how.question, settings={}, inputs={}, versions={}, progress=_QUIET)
    return Known(result, how, scope)


@dataclass(slots=True)
class Tally:
    """What each simulation gave, by column."""

    seen: dict[str, list[bool]] = field(default_factory=lambda: {name: [] for name in COLUMNS})

    def share(self, column: str) -> float:
        """Give the share of simulations, in per cent."""
        return 100 * float(np.mean(self.seen[column]))


def run(world: World, n: int, seed: Sequence[int], n_replicates: int = 1000) -> Tally:
    """Compare two audits in ``n`` simulated studies."""
    rng = np.random.default_rng(seed)
    tally = Tally()
    for number in range(n):
        how = asked(number, n_replicates)
        first = drawn(rng, 0)
        before, after = known(first, 0.0, rng, how), known(later(world, first, rng), world.shift, rng, how)
        if not world.has_scores:
            before = replace(before, scope=None, problem="lost")
        result = difference((before, after), {}, seed=number, progress=_QUIET)
        (model,) = result.differences
        (attribute,) = model.attributes
        groups = attribute.groups
        gap = groups[0].gap
        assert gap is not None
        every = [model.overall, gap, *(group.value for group in groups)]
        value = groups[0].value
        found = {
            "everybody": _holds(model.overall, world.shift),
            "group": _holds(value, world.shift),
            "gap": _holds(gap, 0.0),
            "rejected": (1.0 if value.p_value is None else value.p_value) < 0.05,
            "family": min(1.0 if one.p_holm is None else one.p_holm for one in every) < 0.05,
            "equivalent": value.verdict == "equivalent",
            "t test": _t_test(before, after),
        }
        for name, is_so in found.items():
            tally.seen[name].append(bool(is_so))
    return tally


def _holds(change: Change, truth: float) -> bool:
    found = change.difference
    return found.low is not None and found.high is not None and found.low <= truth <= found.high


def _t_test(before: Known, after: Known) -> bool:
    """Say whether a t test on all pictures of both finds a change; of lost scores nothing can be tested."""
    if before.scope is None or after.scope is None:
        return False
    one, other = (side.scope.scores["tp"] / AREA_PX for side in (before, after) if side.scope is not None)
    return bool(stats.ttest_ind(one, other, equal_var=False).pvalue < 0.05)


def _line(world: World, n: int, seed: Sequence[int], n_replicates: int) -> str:
    tally = run(world, n, seed, n_replicates)
    told = " | ".join(f"{tally.share(name):.1f}" for name in COLUMNS)
    return f"| {world.name} | {told} |"


def main() -> None:
    """Print a line for each world."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--simulations", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--replicates", type=int, default=1000, help="resamples of people in each study")
    parser.add_argument("--jobs", type=int, default=1, help="processes at once")
    arguments = parser.parse_args()
    n = arguments.simulations
    print(
        f"{n} simulated studies a line, seed {arguments.seed}; per cent; {'/'.join(map(str, SIZES))} people"
    )
    print(f"\n| world | {' | '.join(COLUMNS)} |")
    print("|---" * (1 + len(COLUMNS)) + "|")
    seeds = [(arguments.seed, place) for place in range(len(WORLDS))]
    with ProcessPoolExecutor(arguments.jobs) as pool:
        counts, replicates = [n] * len(WORLDS), [arguments.replicates] * len(WORLDS)
        for line in pool.map(_line, WORLDS, counts, seeds, replicates):
            print(line, flush=True)


if __name__ == "__main__":
    main()
