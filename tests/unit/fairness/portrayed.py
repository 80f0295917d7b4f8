"""Make people, scores and measured conditions for tests of why there is a gap."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools import plugins
from datatools.fairness.gaps import Plan
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.groups import Axis
from datatools.records import Measurement
from tests.scores import frame_of, score_with_iou

LIGHT = "picture_lightness"


def plan_of(axes: Sequence[Axis], *, metric: str = "iou_fg_image", min_people: int = 5) -> Plan:
    """Give a plan that compares one metric."""
    return Plan(
        metrics=[plugins.build("metrics", metric)],
        axes=list(axes),
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=min_people,
        n_replicates=200,
        seed=0,
    )


def axis_of(groups: Sequence[str], name: str = "perceived_gender") -> Axis:
    """Put person number i in ``groups[i]``, or in none; a ``name`` with edges is measured."""
    levels = tuple((name,) for name in dict.fromkeys(sorted(filter(None, groups))))
    group_of = {f"p{number}": (group,) for number, group in enumerate(groups) if group}
    return Axis((name,), ("measured" if ":" in name else "annotator",), levels, group_of)


def measurement(sample_id: str, name: str, value: float, measured_by: str = "pixels@3") -> Measurement:
    """Make one row of the measurements table."""
    return Measurement(sample_id=sample_id, name=name, value=value, measured_by=measured_by)


def scene(
    n_people: int = 120,
    n_images: int = 1,
    *,
    less_light: float = 1.0,
    gap: float = 0.0,
    seed: int = 0,
    model: str = "student",
) -> tuple[pd.DataFrame, list[Measurement], list[str]]:
    """Portray people, every third of them in group a and in less light; light moves the score.

    Returns:
        Scores of pictures ``s{person}-{image}``, their lightness, and the people's groups a and b.
    """
    rng = np.random.default_rng(seed)
    rows, measurements = [], []
    groups = ["a" if number % 3 == 0 else "b" for number in range(n_people)]
    for number, group in enumerate(groups):
        shared = rng.normal(scale=0.01)
        for image in range(n_images):
            light = rng.normal() - less_light * (group == "a")
            iou = 0.9 + 0.02 * light - gap * (group == "a") + shared + rng.normal(scale=0.01)
            sample_id = f"s{number}-{image}"
            rows.append(score_with_iou(sample_id, f"p{number}", min(iou, 1.0), model=model))
            measurements.append(measurement(sample_id, LIGHT, 50 + 10 * light))
    return frame_of(rows), measurements, groups
