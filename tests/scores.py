"""Make rows of the scores table for tests, from random masks or from wanted values."""

import dataclasses
from collections.abc import Sequence

import numpy as np
import pandas as pd

from datatools.masks import Mask
from datatools.metrics._counts import count
from datatools.metrics._zones import ZoneMap
from datatools.records import Score

_AREA_PX = 10_000


def random_mask(rng: np.random.Generator, height_px: int = 40, width_px: int = 30) -> Mask:
    """Draw a blob-like mask: noise smoothed by its own neighbours, cut at its mean."""
    noise = rng.normal(size=(height_px, width_px)).cumsum(axis=0).cumsum(axis=1)
    return Mask(noise > noise.mean())


def stacked_zones(height_px: int = 40, width_px: int = 30) -> ZoneMap:
    """Give zones that lie one below the other, each a fifth of the picture, under a strip of none."""
    return np.repeat(np.arange(5, dtype=np.uint8), height_px // 5)[:, None].repeat(width_px, axis=1)


def score_of(pred: Mask, ref: Mask, number: int = 0, zones: ZoneMap | None = None) -> Score:
    """Score one pair of masks."""
    return _score(f"{number:016x}", f"p{number}", **dataclasses.asdict(count(pred, ref, zones)))


def score_with_iou(
    sample_id: str,
    person_id: str,
    iou: float,
    *,
    model: str = "student",
    reference_source: str = "human",
    split: str | None = None,
) -> Score:
    """Make a score whose foreground IoU is ``iou`` to four digits, all of its error false negatives."""
    tp = round(iou * _AREA_PX)
    counts = dict.fromkeys(
        ("band_tp", "band_union", "edge_pred", "edge_pred_hit", "edge_ref", "edge_ref_hit"), 100
    )
    errors = {"tp": tp, "fp": 0, "fn": _AREA_PX - tp, "tn": _AREA_PX, "fp_band": 0, "fn_band": 0}
    return dataclasses.replace(
        _score(sample_id, person_id, **counts, **errors, band_px=3, edge_tolerance_px=3),
        model=model,
        reference_source=reference_source,
        split=split,
    )


def _score(sample_id: str, person_id: str, **counts: int) -> Score:
    return Score(
        sample_id=sample_id,
        person_id=person_id,
        model="student",
        reference_source="human",
        split=None,
        seconds=None,
        parents="",
        status="ok",
        error=None,
        **counts,
    )


def frame_of(rows: Sequence[Score]) -> pd.DataFrame:
    """Put scores into a frame in their order."""
    return pd.DataFrame([dataclasses.asdict(row) for row in rows])
