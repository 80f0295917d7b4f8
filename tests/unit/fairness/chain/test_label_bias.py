"""Are masks that err in a direction for one group named, with sign and size, and no others?"""

import dataclasses
import functools

import cv2
import numpy as np
import pandas as pd
import pytest

from datatools.errors import DataError
from datatools.fairness.chain.chain_result import LabelBias
from datatools.fairness.chain.edge_shift import edge_shift_px
from datatools.fairness.chain.label_bias import EDGE, EDGE_MARGIN_PX, MEASURES, label_bias
from datatools.masks import Mask, disk
from datatools.metrics._counts import count
from datatools.progress import Progress
from datatools.synthetic.damage import damage
from tests.portraits import rendered
from tests.unit.fairness import chained

_SIZES = {"long": 24, "short": 36}
_N = sum(_SIZES.values())
_N_DRAWN = 4  # portraits; each stands for several people, whose masks' noise differs
_GROWN_PX = 2
_MARGIN = 0.01
_NOISE = 0.02  # of IoU, between the mask and the consensus


@functools.cache
def _consensus(number: int) -> Mask:
    return rendered(number % _N_DRAWN).mask


def _drawn(number: int, grown_px: int, rng: np.random.Generator) -> Mask:
    """Draw a mask with noise, and perhaps wider all round."""
    mask = damage(_consensus(number), _NOISE, rng).mask
    if grown_px:
        mask = Mask(cv2.dilate(mask.array.astype(np.uint8), disk(grown_px)) > 0)
    return mask


@functools.cache
def _pairs(grown_px: int = 0) -> pd.DataFrame:
    """Hold masks against the consensus; those of the first group are drawn wider."""
    rng = np.random.default_rng(0)
    rows = []
    for number in range(_N):
        mask = _drawn(number, grown_px if number < _SIZES["long"] else 0, rng)
        counts = dataclasses.asdict(count(mask, _consensus(number)))
        rows.append(
            {
                "sample_id": f"s{number}",
                "person_id": f"p{number}",
                "mask": "human",
                "against": "generated",
                **{name: counts[name] for name in ("tp", "fp", "fn", "tn")},
                EDGE: edge_shift_px(mask, _consensus(number)),
            }
        )
    return pd.DataFrame(rows)


def _told(pairs: pd.DataFrame) -> list[LabelBias]:
    return label_bias(pairs, chained.plan(chained.axis(_SIZES), n_replicates=1_000), Progress("quiet"))


def _of(found: list[LabelBias], measure: str) -> LabelBias:
    (one,) = [bias for bias in found if bias.measure == measure]
    return one


def test_masks_of_one_group_drawn_wider_are_named() -> None:
    """By the edge's shift with its sign and size, as larger, and as reaching over."""
    found = _told(_pairs(_GROWN_PX))
    shift = _of(found, EDGE)
    gap = shift.groups["long"].gap
    assert shift.groups["long"].verdict == "gap"
    assert gap.value == pytest.approx(_GROWN_PX, abs=0.5)
    assert gap.low is not None
    assert gap.high is not None
    assert 1 < gap.low < gap.high < 3
    assert dict(shift.values)["short"].value == pytest.approx(0, abs=0.3)
    assert _of(found, "area_ratio").groups["long"].verdict == "gap"
    assert _of(found, "over_frac").groups["short"].gap.value == pytest.approx(
        -(_of(found, "over_frac").groups["long"].gap.value or 0.0)
    )


def test_dice_does_not_see_what_the_direction_shows() -> None:
    """Half the masks 1 px wide, half 1 px tight: the IoUs are within the margin, the shifts are not."""
    wide, tight = (_shifted(grown_px) for grown_px in (1, -1))
    n_long = _SIZES["long"]
    pairs = pd.concat([wide[:n_long], tight[n_long:]], ignore_index=True)
    iou = pairs["tp"] / (pairs["tp"] + pairs["fp"] + pairs["fn"])
    assert abs(iou[:n_long].mean() - iou[n_long:].mean()) < _MARGIN
    shift = _of(_told(pairs), EDGE).groups["long"]
    assert shift.verdict == "gap"
    assert shift.gap.value == pytest.approx(2, abs=0.5)


def _shifted(grown_px: int) -> pd.DataFrame:
    """Draw everybody's mask wider, or tighter; exactly."""
    rows = []
    for number in range(_N):
        bits = _consensus(number).array.astype(np.uint8)
        change = cv2.dilate if grown_px > 0 else cv2.erode
        mask = Mask(change(bits, disk(abs(grown_px))) > 0)
        counts = dataclasses.asdict(count(mask, _consensus(number)))
        ids = {"sample_id": f"s{number}", "person_id": f"p{number}", "mask": "human", "against": "generated"}
        shift = edge_shift_px(mask, _consensus(number))
        rows.append({**ids, **{name: counts[name] for name in ("tp", "fp", "fn", "tn")}, EDGE: shift})
    return pd.DataFrame(rows)


def test_masks_with_noise_alone_are_not_named() -> None:
    """No group of no measure."""
    found = _told(_pairs())
    assert {comparison.verdict for bias in found for comparison in bias.groups.values()}.isdisjoint({"gap"})


def test_every_measure_is_told_with_its_unit_and_margin() -> None:
    """All of them are one family."""
    found = _told(_pairs())
    assert [bias.measure for bias in found] == list(MEASURES)
    assert {bias.n_comparisons for bias in found} == {len(MEASURES)}
    assert [(bias.unit, bias.margin) for bias in found[-2:]] == [("frac", _MARGIN), ("px", EDGE_MARGIN_PX)]


def test_a_shift_within_half_a_pixel_is_equivalent() -> None:
    """The margin of the edge is its own."""
    pairs = _pairs().assign(**{EDGE: np.random.default_rng(0).normal(0, 0.2, _N)})
    shift = _of(_told(pairs), EDGE)
    assert shift.groups["long"].verdict == "equivalent"
    detectable = shift.groups["long"].detectable_gap
    assert detectable is not None
    assert 0.05 < detectable < EDGE_MARGIN_PX


def test_each_pair_of_masks_is_told_apart() -> None:
    """One annotator's masks against another's, and against the committee's."""
    other = _pairs().assign(against="annotator:b", mask="annotator:a")
    found = _told(pd.concat([_pairs(), other], ignore_index=True))
    assert {(bias.mask_source, bias.consensus) for bias in found} == {
        ("human", "generated"),
        ("annotator:a", "annotator:b"),
    }


def test_an_empty_consensus_and_a_missing_edge_count_for_nothing() -> None:
    """They are no 0: the other pictures' mean stays."""
    whole = _told(_pairs())
    empty = _pairs().assign(sample_id=[f"e{number}" for number in range(_N)], tp=0, fn=0, **{EDGE: None})
    found = _told(pd.concat([_pairs(), empty], ignore_index=True))
    for one, other in zip(found, whole, strict=True):
        assert one.overall.value == pytest.approx(other.overall.value)
        assert one.overall.n_images == other.overall.n_images


def test_attributes_of_nobody_are_left_out() -> None:
    """The people with such masks may have no answers."""
    plan = chained.plan(dataclasses.replace(chained.axis(_SIZES), group_of={"elsewhere": ("long",)}))
    assert label_bias(_pairs(), plan, Progress("quiet")) == []


def test_nothing_to_compare_gives_nothing() -> None:
    """No masks came with the data, or none were made."""
    assert _told(_pairs()[:0]) == []


def test_two_rows_for_one_pair_are_refused() -> None:
    """Which of them would count?"""
    with pytest.raises(DataError, match="s0 has two of human against generated"):
        _told(pd.concat([_pairs(), _pairs()[:1]], ignore_index=True))


def test_missing_columns_are_named() -> None:
    """All of them."""
    with pytest.raises(DataError, match="missing: fp"):
        _told(_pairs().drop(columns="fp"))
