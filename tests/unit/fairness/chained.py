"""Cases of the chain, of people whose errors are known."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datatools.fairness.chain.chain_cases import NO_MASKS
from datatools.fairness.chain.steps import COLUMNS
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.who.groups import Axis

Row = tuple[str, str, str, str, float]


def plan(*axes: Axis, min_people: int = 5, n_replicates: int = 400, seed: int = 0) -> Plan:
    """Give an audit's plan."""
    return Plan(
        metrics=[MeanValue()],
        axes=axes,
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=min_people,
        n_replicates=n_replicates,
        seed=seed,
    )


def axis(sizes: Mapping[str, int], name: str = "hair") -> Axis:
    """Put people p0, p1 ... into groups of these sizes, one group after the other."""
    names = [group for group, n in sizes.items() for _ in range(n)]
    group_of = {f"p{number}": (group,) for number, group in enumerate(names)}
    return Axis((name,), ("annotator",), tuple((group,) for group in sizes), group_of)


def step(name: str, values: Sequence[float], *, source: str = NO_MASKS) -> list[Row]:
    """Give a number to one picture of each of p0, p1 ..."""
    return [(name, source, f"s{number}", f"p{number}", value) for number, value in enumerate(values)]


def frame(*steps: list[Row]) -> pd.DataFrame:
    """Put steps together."""
    return pd.DataFrame([row for rows in steps for row in rows], columns=list(COLUMNS))


def ious(n: int, mean_error: float, rng: np.random.Generator) -> list[float]:
    """Draw IoUs whose errors have a long tail."""
    errors = np.exp(rng.normal(np.log(mean_error) - 0.18, 0.6, n))
    return [float(value) for value in 1 - np.minimum(errors, 0.95)]
