"""Are masks of a workspace compared once, in the right direction, and again when they changed?"""

from collections.abc import Iterable
from dataclasses import replace

import cv2
import numpy as np
import pytest

from datatools import tables
from datatools.fairness.chain.mask_pairs import (
    FUSED,
    GENERATED,
    MaskPair,
    Side,
    compare_masks,
    given_pairs,
    of_teacher,
    pairs_frame,
    proposal_pairs,
)
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import MaskPairRow
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import judged, people
from tests.unit.fairness.proposed import fuse, propose

_N = 3
_IDS = [people.sample_id(number) for number in range(_N)]


def _rows(workspace: Workspace, pairs: Iterable[MaskPair], quiet: Progress) -> list[MaskPairRow]:
    return list(compare_masks(workspace, pairs, quiet).own())


def test_a_given_mask_is_held_against_the_refined_one(workspace: Workspace, quiet: Progress) -> None:
    """What the refined mask lost, the given one has beyond it."""
    judged.checked(workspace, [0.0, 0.1, 0.2])
    rows = _rows(workspace, given_pairs(workspace, _IDS), quiet)
    assert [(row.mask, row.against, row.fn) for row in rows] == [("human", GENERATED, 0)] * _N
    lost = [row.fp / (row.tp + row.fp) for row in rows if row.tp is not None and row.fp is not None]
    assert lost == pytest.approx([0.0, 0.1, 0.2], abs=0.01)
    shifts = [row.edge_shift_px for row in rows]
    assert shifts[0] == 0.0
    area = draw_person(seed=0)[1].array.size
    assert {sum((row.tp or 0, row.fp or 0, row.fn or 0, row.tn or 0)) for row in rows} == {area}


def test_proposals_are_held_against_the_given_mask(workspace: Workspace, quiet: Progress) -> None:
    """Mattes are cut at one half; those that are tighter have a shift inwards."""
    judged.checked(workspace, [0.0] * _N)
    propose(workspace, "selfie", range(_N))
    propose(workspace, "other", range(_N))
    fuse(workspace, range(_N))
    pairs = list(proposal_pairs(workspace, _IDS, {"selfie"}))
    assert {(pair.mask.name, pair.against.name) for pair in pairs} == {
        (of_teacher("selfie"), "human"),
        (FUSED, "human"),
    }
    rows = {(row.sample_id, row.mask): row for row in _rows(workspace, pairs, quiet)}
    selfie, fused = rows[_IDS[0], of_teacher("selfie")], rows[_IDS[0], FUSED]
    assert selfie.edge_shift_px is not None
    assert selfie.edge_shift_px < -1
    assert (selfie.fp, fused.fp, fused.fn) == (0, 0, 0)


def test_fused_mattes_of_another_run_are_left_out(workspace: Workspace) -> None:
    """The last refine did not write them: they may be of other masks."""
    judged.checked(workspace, [0.0] * _N)
    fuse(workspace, range(_N))
    fuse(workspace, range(0), maps=False)
    assert list(proposal_pairs(workspace, _IDS, set())) == []


def test_keyed_masks_are_no_truth_for_proposals(workspace: Workspace) -> None:
    """But they have a direction of their own."""
    judged.checked(workspace, [0.0] * _N, mask_source="keyed")
    propose(workspace, "selfie", range(_N))
    assert list(proposal_pairs(workspace, _IDS, {"selfie"})) == []
    assert {pair.mask.name for pair in given_pairs(workspace, _IDS)} == {"keyed"}


def test_only_the_pictures_that_are_asked_for_are_compared(workspace: Workspace) -> None:
    """And of these those with a mask that came with the data."""
    judged.checked(workspace, [0.0] * _N)
    assert [pair.sample_id for pair in given_pairs(workspace, {_IDS[1], "elsewhere"})] == [_IDS[1]]
    samples = [replace(sample, reference_mask=None) for sample in workspace.samples()]
    workspace.write(tables.MANIFEST, samples)
    assert list(given_pairs(workspace, _IDS)) == []


def test_nothing_is_compared_twice(workspace: Workspace, quiet: Progress) -> None:
    """Until one of both masks changes."""
    judged.checked(workspace, [0.0] * _N)
    first = compare_masks(workspace, given_pairs(workspace, _IDS), quiet)
    again = compare_masks(workspace, given_pairs(workspace, _IDS), quiet)
    assert (first.n_computed, again.n_computed, again.n_kept) == (_N, 0, _N)
    assert list(again.own()) == list(first.own())
    masks = workspace.rows(tables.MASKS)
    data = write_mask(workspace.mask_file(_IDS[0]), judged.damaged(0.3, 0))
    workspace.write(tables.MASKS, [replace(masks[0], sha256=tables.sha256_bytes(data)), *masks[1:]])
    third = compare_masks(workspace, given_pairs(workspace, _IDS), quiet)
    assert (third.n_computed, third.n_kept) == (1, _N - 1)


def test_other_pairs_stay_in_the_table(workspace: Workspace, quiet: Progress) -> None:
    """The rows that come back are those that were asked for."""
    judged.checked(workspace, [0.0] * _N)
    compare_masks(workspace, given_pairs(workspace, _IDS), quiet)
    found = compare_masks(workspace, given_pairs(workspace, _IDS[:1]), quiet)
    assert [row.sample_id for row in found.own()] == _IDS[:1]
    assert len(workspace.rows(tables.MASK_PAIRS)) == _N


def test_a_mask_that_cannot_be_read_is_a_failed_row(workspace: Workspace, quiet: Progress) -> None:
    """And no number."""
    judged.checked(workspace, [0.0] * _N)
    workspace.mask_file(_IDS[0]).write_bytes(b"no picture")
    found = compare_masks(workspace, given_pairs(workspace, _IDS), quiet)
    assert found.n_failed == 1
    (failed,) = [row for row in found.own() if row.status == "failed"]
    assert (failed.sample_id, failed.tp, failed.edge_shift_px) == (_IDS[0], None, None)
    frame = pairs_frame(found.own(), dict.fromkeys(_IDS, "p"))
    assert len(frame) == _N - 1
    assert frame["edge_shift_px"].dtype == np.float64


def test_masks_of_other_proportions_are_failed_rows(workspace: Workspace, quiet: Progress) -> None:
    """One of another scale is brought to the other's size instead."""
    first, second = (workspace.root / f"{name}.png" for name in "ab")
    whole = draw_person()[1]
    write_mask(first, whole)
    pair = MaskPair(
        sample_id=_IDS[0],
        mask=Side(name="annotator:a", path=first, content="1", is_given=True),
        against=Side(name="annotator:b", path=second, content="2", is_given=True),
    )
    write_mask(second, Mask(whole.array[:, : whole.array.shape[1] // 2]))
    assert compare_masks(workspace, [pair], quiet).n_failed == 1
    twice = cv2.resize(whole.array.astype(np.uint8), None, fx=2, fy=2, interpolation=cv2.INTER_NEAREST)
    write_mask(second, Mask(twice > 0))
    (row,) = _rows(workspace, [pair], quiet)
    assert (row.fp, row.fn, row.edge_shift_px) == (0, 0, 0.0)


def test_nobodys_masks_make_an_empty_frame() -> None:
    """With the columns that the comparison reads."""
    assert set(pairs_frame([], {}).columns) >= {"person_id", "mask", "against", "tp", "edge_shift_px"}
