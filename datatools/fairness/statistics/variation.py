"""How much do people's values vary, and how much one person's pictures?

The two standard deviations that a sample size is worked out from: those of earlier scores, or published ones.
"""

import numpy as np
import pandas as pd

from datatools.errors import DataError
from datatools.fairness.planning.planning_result import Variation
from datatools.metrics import Metric

# 1 - IoU of the published ExtremeC3Net weights on 150 CelebAMask-HQ portraits is log-normal with log-mean
# -2.93 and log-sd 0.78 (benchmarks/calibration.py): mean IoU 0.928, standard deviation 0.066.
_LEVEL, _SD = 0.928, 0.066
# Of the variance, 57% between people: 64% of the log error's, which is assumed (no set of ours tells).
_BETWEEN_FRAC = 0.57

PUBLISHED = Variation(
    level=_LEVEL,
    between=round(_SD * _BETWEEN_FRAC**0.5, 3),
    within=round(_SD * (1 - _BETWEEN_FRAC) ** 0.5, 3),
    n_people=None,
    n_images=None,
    source=(
        "assumed, nothing was measured here: foreground IoU of the published ExtremeC3Net weights on 150 "
        "CelebAMask-HQ portraits has a mean of 92.8 and a standard deviation of 6.6 points; that 57% of its "
        "variance lies between people is a guess. The intervals of MediaPipe's selfie-segmentation model "
        "card (100 pictures a region) imply 2.5 to 8 points. Give --model of a workspace with scores, or "
        "--between and --within."
    ),
)


def measured(scores: pd.DataFrame, metric: Metric) -> Variation:
    """Part the variance of pictures' values into that between people and that within one person.

    The analysis-of-variance estimate for unequal numbers of pictures (Searle, Casella & McCulloch 1992,
    section 3.6). Pictures whose value is undefined are left out. Where nobody has two pictures, the published
    share of the variance lies between people, and ``source`` says so.

    Args:
        scores: good rows of one model against one kind of reference.
        metric: its value for each picture alone is what varies.

    Raises:
        DataError: fewer than two people with a value, or all values are the same.
    """
    model, reference = (str(scores[name].iloc[0]) for name in ("model", "reference_source"))
    values = metric.value(metric.columns(scores))
    is_defined = np.isfinite(values)
    everything, who = values[is_defined], scores["person_id"].to_numpy()[is_defined]
    codes, ids = pd.factorize(who)
    n_people, n_images = len(ids), len(everything)
    if n_people < 2 or np.ptp(everything) == 0.0:
        raise DataError(
            f"expected scores of two people or more that vary, to tell by how much; got {n_images} pictures "
            f"of {n_people} people by {model}, all of one value: score more, or give --between and --within"
        )
    sizes = np.bincount(codes).astype(np.float64)
    means = np.bincount(codes, everything) / sizes
    level = float(everything.mean())
    told = f"{metric.name} of {model} against {reference} masks, {n_images:,} pictures of {n_people:,} people"
    if n_images == n_people:
        total = float(everything.var(ddof=1))
        within, between = (1 - _BETWEEN_FRAC) * total, _BETWEEN_FRAC * total
        told += (
            ". Each has one picture, which does not tell people from pictures: that 57% of the variance lies "
            "between people is a guess, and so is what more pictures buy"
        )
    else:
        within = float(((everything - means[codes]) ** 2).sum()) / (n_images - n_people)
        of_people = float((sizes * (means - level) ** 2).sum()) / (n_people - 1)
        typical = (n_images - float((sizes**2).sum()) / n_images) / (n_people - 1)
        between = max(0.0, (of_people - within) / typical)
    return Variation(
        level=level,
        between=between**0.5,
        within=within**0.5,
        n_people=n_people,
        n_images=n_images,
        source=f"{told}.",
    )
