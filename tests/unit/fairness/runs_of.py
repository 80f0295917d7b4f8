"""Scores of arms that were trained with several seeds, drawn from known truths."""

from collections.abc import Mapping, Sequence

import numpy as np

from datatools.fairness.models.board import Run, Trial
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.records import Score
from tests.scores import score_with_iou

N_PEOPLE = 40


def drawn(
    rng: np.random.Generator,
    *,
    n_people: int = N_PEOPLE,
    n_runs: int = 3,
    gain: float = 0.0,
    luck: float = 0.0,
) -> Floats:
    """Draw an arm's IoU of each person's picture, by run (n_runs, n_people)."""
    runs = rng.normal(0, luck, (n_runs, 1)) if luck else np.zeros((n_runs, 1))
    return np.asarray(0.8 + gain + runs + rng.uniform(-0.05, 0.05, (n_runs, n_people)))


def scores(values: Sequence[float], model: str, people: Sequence[str] | None = None) -> list[Score]:
    """Make a score of each value; without ``people`` everybody has one picture."""
    return [
        score_with_iou(f"s{n}", people[n] if people else f"p{n:02d}", float(value), model=model)
        for n, value in enumerate(values)
    ]


def runs(name: str, values: Floats) -> list[Run]:
    """Give an arm's runs of values (n_runs, n_images)."""
    return [
        Run(model=f"{name}-{seed}", seed=seed, scores=scores(of_run.tolist(), f"{name}-{seed}"))
        for seed, of_run in enumerate(values)
    ]


def axis(names: Sequence[str] = ("a", "b"), n_people: int = N_PEOPLE) -> Axis:
    """Deal people to groups in turn."""
    group_of = {f"p{n:02d}": (names[n % len(names)],) for n in range(n_people)}
    return Axis(("hair",), ("annotator",), tuple((name,) for name in sorted(names)), group_of)


def trial(
    arms: Mapping[str, Floats],
    axes: Sequence[Axis] = (),
    **changes: str,
) -> Trial:
    """Give a test of arms, against masks that people drew."""
    return Trial(
        test=changes.get("test", "held out"),
        reference_source=changes.get("reference_source", "human"),
        axes=axes,
        arms={name: runs(name, values) for name, values in arms.items()},
    )
