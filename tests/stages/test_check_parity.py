"""What the stage ``check`` says about groups of people: the parity table, its facts and sentences."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.chain.outcomes import TRUTH
from datatools.images import write_mask
from datatools.masks import Mask, iou
from datatools.progress import Progress
from datatools.records import MaskRow, Measurement, ParityRow
from datatools.stages.check import Settings, run
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people

_CHECKS = ("corrupt", "mask_area")
_N_PEOPLE, _N_DROPPED = 24, 6


def _drawn(number: int) -> Mask:
    return draw_person(seed=number)[1]


@pytest.fixture
def judged(workspace: Workspace) -> Workspace:
    """Give portraits with human masks; refine made nothing of the first six, all of them women's."""
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    samples, masks = [], []
    for number in range(_N_PEOPLE):
        Image.fromarray(draw_person(seed=number)[0]).save(folder / f"{number}.png")
        reference = Image.fromarray(_drawn(number).array.astype(np.uint8) * 255)
        reference.save(folder / f"{number}_mask.png")
        samples.append(
            replace(
                people.sample(number, path=f"{number}.png"),
                reference_mask=f"{number}_mask.png",
                mask_source="human",
                mask_encoding="binary255",
            )
        )
        masks.append(_mask_row(workspace, number))
    people.ingest(workspace, folder, samples)
    workspace.write(tables.MASKS, masks)
    gender = ["female" if number < _N_PEOPLE // 2 else "male" for number in range(_N_PEOPLE)]
    workspace.append_batch([people.answer(number, value) for number, value in enumerate(gender)])
    return workspace


def _mask_row(workspace: Workspace, number: int) -> MaskRow:
    made = np.roll(_drawn(number).array, 1, axis=0)
    if number < _N_DROPPED:
        made = np.zeros_like(made)
    path = workspace.mask_file(people.sample_id(number))
    return MaskRow(
        sample_id=people.sample_id(number),
        path=workspace.relative(path),
        rules_applied=[],
        mask_source="model:selfie",
        sha256=tables.sha256_bytes(write_mask(path, Mask(made))),
        parents="p",
        status="ok",
        error=None,
    )


def _parity(workspace: Workspace) -> dict[tuple[str, str], ParityRow]:
    return {(row.outcome, row.group): row for row in workspace.rows(tables.PARITY)}


def test_people_who_are_dropped_more_are_named(judged: Workspace, quiet: Progress) -> None:
    """In the table, in the facts and in a sentence."""
    result = run(judged, Settings(checks=_CHECKS), quiet)
    row = _parity(judged)["accepted", "female"]
    assert (row.value, row.gap, row.n_people, row.verdict) == (0.5, -0.5, 12, "gap")
    told = [note for note in result.notes if note.startswith("Acceptance: perceived_gender = female")]
    assert "50.0 points lower" in told[0]
    parity = result.facts["parity"]
    assert isinstance(parity, dict)
    assert parity["gaps"][0]["outcome"] == "accepted"


def test_true_quality_is_the_iou_with_the_human_mask(judged: Workspace, quiet: Progress) -> None:
    """Of all masks, and of those that were accepted."""
    run(judged, Settings(checks=_CHECKS), quiet)
    rows = _parity(judged)
    good = [
        iou(Mask(np.roll(_drawn(number).array, 1, axis=0)), _drawn(number))
        for number in range(_N_DROPPED, _N_PEOPLE)
    ]
    assert rows["accepted_reference_iou", "all"].value == pytest.approx(np.mean(good))
    assert rows["reference_iou", "all"].value == pytest.approx(sum(good) / _N_PEOPLE)
    assert rows["reference_iou", "all"].reference_source == "human"


@pytest.mark.parametrize("source", ["keyed", "model:selfie"])
def test_masks_nobody_drew_are_no_truth(judged: Workspace, source: str, quiet: Progress) -> None:
    """Agreement is not told as accuracy."""
    samples = judged.rows(tables.MANIFEST)
    judged.write(tables.MANIFEST, [replace(row, mask_source=source) for row in samples])
    run(judged, Settings(checks=_CHECKS), quiet)
    assert {row.outcome for row in judged.rows(tables.PARITY)} == {"accepted"}


def test_a_reference_that_cannot_be_read_rejects_nobody(judged: Workspace, quiet: Progress) -> None:
    """Its picture has no true quality; the mask that was made is judged all the same."""
    last = judged.samples()[-1]
    reference = judged.reference_file(last)
    assert reference is not None
    reference.write_bytes(b"no mask")
    run(judged, Settings(checks=_CHECKS), quiet)
    assert _parity(judged)["reference_iou", "all"].n_images == _N_PEOPLE - 1
    assert _parity(judged)["accepted", "male"].value == 1.0


def test_another_reference_is_looked_at_again(judged: Workspace, quiet: Progress) -> None:
    """A corrected human mask makes that one observation stale; a lost one too."""
    settings = Settings(checks=_CHECKS)
    run(judged, settings, quiet)
    path = judged.reference_file(judged.samples()[-1])
    assert path is not None
    Image.fromarray(np.full((128, 96), 255, np.uint8)).save(path)
    assert run(judged, settings, quiet).facts["n_computed"] == 1
    seen = {row.sample_id: row.value for row in judged.rows(tables.OBSERVATIONS) if row.check == TRUTH}
    assert json.loads(seen[people.sample_id(_N_PEOPLE - 1)]) < 0.5
    path.unlink()
    assert run(judged, settings, quiet).facts["n_computed"] == 1


def test_measured_bands_are_compared_too(judged: Workspace, quiet: Progress) -> None:
    """Numbers of the stage measure, at fixed edges."""
    judged.write(
        tables.MEASUREMENTS,
        [
            Measurement(
                sample_id=people.sample_id(number),
                name="hair_below_chin",
                value=0.3 if number % 2 else -0.8,
                measured_by="pixels@1:human",
            )
            for number in range(_N_PEOPLE)
        ],
    )
    run(judged, Settings(checks=_CHECKS), quiet)
    row = _parity(judged)["accepted", "hair_below_chin >= 0"]
    assert (row.n_people, row.answered_by) == (12, ["measured"])


def test_attributes_are_the_audit_s(judged: Workspace, quiet: Progress) -> None:
    """Those that were asked for alone; a wrong one stops the stage before it starts."""
    with pytest.raises(UsageError, match="hat"):
        run(judged, Settings(checks=_CHECKS, attributes=["hat"]), quiet)
    assert not judged.has(tables.OBSERVATIONS)
    result = run(judged, Settings(checks=_CHECKS, attributes=[]), quiet)
    assert any("neither answers about the people nor measurements" in note for note in result.notes)


def test_small_groups_are_not_shown(judged: Workspace, quiet: Progress) -> None:
    """With twelve people a group, thirteen are wanted here."""
    result = run(judged, Settings(checks=_CHECKS, min_people=13), quiet)
    assert _parity(judged)["accepted", "female"].verdict == "suppressed"
    assert "Parity between groups: no two groups are large enough to be compared." in result.notes


def test_a_second_run_writes_the_same_parity(judged: Workspace, quiet: Progress) -> None:
    """Equal pictures and seed, equal bytes."""
    run(judged, Settings(checks=_CHECKS), quiet)
    before = judged.table_file(tables.PARITY).read_bytes()
    run(judged, Settings(checks=_CHECKS), quiet)
    assert judged.table_file(tables.PARITY).read_bytes() == before


def test_parity_is_told_before_the_gate(judged: Workspace, tmp_path: Path, quiet: Progress) -> None:
    """The gate's sentence stays the last of the summary."""
    result = run(judged, Settings(checks=_CHECKS, min_accepted_frac=0.9), quiet)
    assert not result.passed
    assert result.notes[-1].startswith("The gate is not met")
