"""The named metrics, against scikit-learn and by hand."""

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from sklearn.metrics import f1_score, jaccard_score

from datatools import plugins
from datatools.errors import UsageError
from datatools.masks import Mask
from datatools.metrics import Metric
from tests.scores import frame_of, random_mask, score_of, stacked_zones


def _metric(name: str, **options: int) -> Metric:
    metric: Metric = plugins.build("metrics", name, options)
    return metric


def _value(metric: Metric, scores: pd.DataFrame) -> float:
    return float(metric.value(metric.columns(scores).sum(axis=0)))


def _pairs(n_images: int) -> tuple[list[NDArray[np.bool_]], list[NDArray[np.bool_]], pd.DataFrame]:
    rng = np.random.default_rng(11)
    preds = [random_mask(rng) for _ in range(n_images)]
    refs = [random_mask(rng) for _ in range(n_images)]
    scores = frame_of([score_of(p, r, i) for i, (p, r) in enumerate(zip(preds, refs, strict=True))])
    return [p.array.ravel() for p in preds], [r.array.ravel() for r in refs], scores


def _empty(width_px: int = 30) -> Mask:
    return Mask(np.zeros((40, width_px), bool))


def test_iou_and_dice_per_picture_are_those_of_scikit_learn() -> None:
    """Means of scikit-learn's Jaccard and F1 over the same pictures."""
    preds, refs, scores = _pairs(12)
    jaccard = [jaccard_score(r, p) for p, r in zip(preds, refs, strict=True)]
    f1 = [f1_score(r, p) for p, r in zip(preds, refs, strict=True)]
    macro = [jaccard_score(r, p, average="macro") for p, r in zip(preds, refs, strict=True)]
    assert _value(_metric("iou_fg_image"), scores) == pytest.approx(np.mean(jaccard))
    assert _value(_metric("dice_image"), scores) == pytest.approx(np.mean(f1))
    assert _value(_metric("miou2_image"), scores) == pytest.approx(np.mean(macro))


def test_global_metrics_are_those_of_scikit_learn_on_all_pixels() -> None:
    """One Jaccard over the pixels of all pictures laid end to end."""
    preds, refs, scores = _pairs(6)
    pred, ref = np.concatenate(preds), np.concatenate(refs)
    assert _value(_metric("iou_fg_global"), scores) == pytest.approx(jaccard_score(ref, pred))
    macro = jaccard_score(ref, pred, average="macro")
    assert _value(_metric("miou2_global"), scores) == pytest.approx(macro)


def test_the_official_protocol_averages_batches() -> None:
    """Five pictures in batches of two: the fifth weighs as much as two others."""
    _, _, scores = _pairs(5)
    per_image = [_value(_metric("iou_fg_image"), scores.iloc[[i]]) for i in range(5)]
    expected = np.mean([np.mean(per_image[:2]), np.mean(per_image[2:4]), per_image[4]])
    assert _value(_metric("official_batchmean", batch_size=2), scores) == pytest.approx(expected)


def test_the_official_protocol_wants_a_batch() -> None:
    """A batch of no pictures is a usage error."""
    with pytest.raises(UsageError, match="batch_size"):
        _metric("official_batchmean", batch_size=0)


def test_directional_errors_are_relative_to_the_reference() -> None:
    """A prediction twice too wide is over by 1, half too narrow is under by a half."""
    ref, wide, narrow = (np.zeros((40, 40), bool) for _ in range(3))
    ref[:, :10], wide[:, :20], narrow[:, :5] = True, True, True
    over = frame_of([score_of(Mask(wide), Mask(ref))])
    under = frame_of([score_of(Mask(narrow), Mask(ref))])
    assert (_value(_metric("over_frac"), over), _value(_metric("under_frac"), over)) == (1.0, 0.0)
    assert (_value(_metric("over_frac"), under), _value(_metric("under_frac"), under)) == (0.0, 0.5)


@pytest.mark.parametrize("direction", ["over", "under"])
def test_errors_of_all_places_add_up(direction: str) -> None:
    """Band and interior to the whole; the zones to what lies in any of them."""
    rng = np.random.default_rng(7)
    zones = stacked_zones()
    pairs = [(random_mask(rng), random_mask(rng)) for _ in range(4)]
    scores = frame_of([score_of(pred, ref, i, zones) for i, (pred, ref) in enumerate(pairs)])

    def value(place: str) -> float:
        return _value(_metric(f"{direction}_{place}frac"), scores)

    assert value("band_") + value("interior_") == pytest.approx(value(""))
    wrong = [
        (p.array & ~r.array if direction == "over" else r.array & ~p.array) & (zones > 0) for p, r in pairs
    ]
    shares = [bits.sum() / ref.array.sum() for bits, (_, ref) in zip(wrong, pairs, strict=True)]
    by_zone = sum(value(f"{zone}_") for zone in ("hair", "face", "neck", "shoulders"))
    assert by_zone == pytest.approx(np.mean(shares))


@pytest.mark.parametrize(
    "name", ["iou_fg_image", "iou_fg_global", "dice_image", "boundary_iou", "boundary_f1", "miou2_global"]
)
def test_two_empty_masks_agree(name: str) -> None:
    """Nothing predicted where nothing is: the value is 1."""
    assert _value(_metric(name), frame_of([score_of(_empty(), _empty())])) == 1.0


@pytest.mark.parametrize("name", ["iou_fg_image", "dice_image", "boundary_iou", "boundary_f1"])
def test_an_empty_prediction_of_a_person_scores_zero(name: str) -> None:
    """A person who is missed altogether is worth nothing."""
    person = random_mask(np.random.default_rng(2))
    assert _value(_metric(name), frame_of([score_of(_empty(), person)])) == 0.0


@pytest.mark.parametrize("name", ["over_frac", "under_frac"])
def test_directional_errors_leave_out_references_without_a_person(name: str) -> None:
    """Relative to no area nothing can be said: NaN alone, no weight beside others."""
    rng = np.random.default_rng(3)
    nobody = score_of(random_mask(rng), _empty(), 1)
    someone = score_of(random_mask(rng), random_mask(rng), 2)
    metric = _metric(name)
    assert np.isnan(_value(metric, frame_of([nobody])))
    assert _value(metric, frame_of([nobody, someone])) == _value(metric, frame_of([someone]))


def test_boundary_f1_is_the_harmonic_mean_of_precision_and_recall() -> None:
    """By hand: half of the prediction's contour and a quarter of the reference's are met."""
    scores = frame_of([score_of(random_mask(np.random.default_rng(4)), _empty())])
    scores.loc[0, ["edge_pred", "edge_pred_hit", "edge_ref", "edge_ref_hit"]] = [10, 5, 20, 5]
    assert _value(_metric("boundary_f1"), scores) == pytest.approx(2 * 0.5 * 0.25 / 0.75)


def test_a_failed_picture_never_passes_for_a_perfect_one() -> None:
    """Absent counts are NaN, and NaN has no weight in a mean over pictures."""
    rng = np.random.default_rng(6)
    good = frame_of([score_of(random_mask(rng), random_mask(rng), i) for i in range(2)])
    counts = [name for name in good.columns if good[name].dtype.kind == "i"]
    both = good.astype(dict.fromkeys(counts, np.float64))
    both.loc[1, counts] = np.nan
    assert _value(_metric("iou_fg_image"), both) == _value(_metric("iou_fg_image"), good.iloc[[0]])
