"""Make people, labels and answers for the tests of the composition audit."""

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from datatools.fairness.composition.labelled import Everybody, Labels, everybody


def people(n: int, n_images: int = 1) -> Everybody:
    """Give ``n`` people with as many pictures each."""
    return everybody({f"s{i:05d}-{k}": f"p{i:05d}" for i in range(n) for k in range(n_images)})


def labels(
    counts: Mapping[str, int],
    *,
    name: str = "perceived_gender",
    levels: Sequence[str] | None = None,
    n_missing: int = 0,
    reasons: Mapping[int, int] | None = None,
) -> Labels:
    """Give as many people of each level, in this order, then those in no group."""
    order = list(levels or counts)
    codes = [order.index(level) for level, n in counts.items() for _ in range(n)]
    codes += [-1] * n_missing + [code for code, n in (reasons or {}).items() for _ in range(n)]
    return Labels((name,), ("annotator",), (tuple(order),), np.array(codes, np.int64)[:, None])


def said(rows: Sequence[tuple[str, str | None]], vocabulary: str = "gender@1") -> pd.DataFrame:
    """Give answers (sample, value) as ``answers.columns`` does; a value of None contradicts itself."""
    frame = pd.DataFrame(rows, columns=["sample_id", "value"])
    frame = frame.assign(vocabulary=vocabulary, source="annotator", question="perceived_gender")
    return frame.astype("category")
