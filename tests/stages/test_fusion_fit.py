"""The stage fusion fit learns from the train split's human masks and is measured on the val split."""

import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import UsageError
from datatools.images import read_mask, write_mask
from datatools.masks import Mask, Matte, iou
from datatools.progress import Progress
from datatools.records import SplitRow, StageResult
from datatools.stages import fusion_fit, refine
from datatools.stages.fusion_fit import Settings
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people
from tests.stages.test_refine import matte_row

N_TRAIN, N_VAL = 10, 4


def fill(workspace: Workspace, *, mask_source: str = "human") -> Path:
    """Write drawn people with exact masks, and mattes of two teachers who both draw them too small."""
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    samples, rows, splits = [], [], []
    for number in range(N_TRAIN + N_VAL):
        image, mask = draw_person(seed=number)
        Image.fromarray(image).save(folder / f"{number}.png")
        write_mask(folder / f"mask{number}.png", mask)
        samples.append(
            replace(
                people.sample(number, path=f"{number}.png"),
                width_px=96,
                height_px=128,
                reference_mask=f"mask{number}.png",
                mask_source=mask_source,
                mask_encoding="binary255",
            )
        )
        small = cv2.erode(mask.array.astype(np.float32), np.ones((5, 5)))
        soft = np.asarray(cv2.GaussianBlur(small, (0, 0), 2), np.float32)
        rows += [matte_row(workspace, number, name, Matte(soft)) for name in ("heavy", "light")]
        split = "train" if number < N_TRAIN else "val"
        sample_id = people.sample_id(number)
        splits.append(SplitRow(sample_id=sample_id, person_id=sample_id, split=split))
    people.ingest(workspace, folder, samples)
    workspace.write(tables.MATTES, rows)
    workspace.write(tables.SPLITS, splits)
    return folder


def fit(workspace: Workspace, **settings: object) -> StageResult:
    """Run the stage quietly."""
    chosen = Settings.model_validate({"teachers": ("light", "heavy"), "epochs": 12, **settings})
    return fusion_fit.run(workspace, chosen, Progress("quiet"))


def test_the_fit_is_measured_and_used(workspace: Workspace) -> None:
    """It beats both teachers and their mean on people it never saw, and refine takes it from then on."""
    fill(workspace)
    result = fit(workspace, epochs=40, batch=2)
    scores, gain = result.facts["iou_fg_image"], result.facts["gain_over_mean"]
    assert isinstance(scores, dict)
    assert isinstance(gain, dict)
    assert set(scores) == {"light", "heavy", "mean", "learned"}
    assert scores["learned"] > scores["mean"] + 0.01
    assert 0 < gain["low"] <= gain["value"] <= gain["high"]
    assert (result.facts["n_train"], result.facts["n_scored"], result.facts["n_people"]) == (10, 4, 4)
    assert "Learned less mean: +" in result.notes[0]
    record = json.loads(workspace.run_files()[-1].read_text())
    assert record["outputs"] == {"fusion/learned.pt": tables.sha256_file(workspace.fusion_file)}

    refine.run(workspace, refine.Settings(fusion="learned", rules=()), Progress("quiet"))
    number = N_TRAIN + 1
    made = read_mask(workspace.mask_file(people.sample_id(number)))
    small = Mask(cv2.erode(draw_person(seed=number)[1].array.astype(np.uint8), np.ones((5, 5))) > 0)
    truth = draw_person(seed=number)[1]
    assert iou(made, truth) > iou(small, truth)


def test_the_same_seed_fits_the_same_file(workspace: Workspace) -> None:
    """And another seed another."""
    fill(workspace)
    files = []
    for seed in (1, 1, 2):
        fit(workspace, epochs=1, seed=seed)
        files.append(tables.sha256_file(workspace.fusion_file))
    assert files[0] == files[1] != files[2]


def test_a_dry_run_writes_nothing(workspace: Workspace) -> None:
    """It says on how many pictures it would fit."""
    fill(workspace)
    assert "light, heavy on 10 pictures" in fit(workspace, dry_run=True).notes[0]
    assert not workspace.fusion_file.exists()
    assert workspace.run_files() == []


def test_nothing_is_learnt_from_masks_of_models(workspace: Workspace) -> None:
    """A committee that learns from a model learns the model's errors."""
    fill(workspace, mask_source="model:selfie")
    with pytest.raises(UsageError, match=r"at least 8 .*human or rendered mask.*got 0 and 0"):
        fit(workspace)


def test_pictures_without_mattes_of_all_are_left_out(workspace: Workspace) -> None:
    """Each must be there; the error counts what is left."""
    fill(workspace)
    with pytest.raises(UsageError, match="mattes of all of light, absent; got 0 and 0"):
        fit(workspace, teachers=("light", "absent"))


def test_the_split_comes_first(workspace: Workspace) -> None:
    """Otherwise the gain would be measured on what was learnt."""
    fill(workspace)
    workspace.table_file(tables.SPLITS).unlink()
    with pytest.raises(UsageError, match=r"nothing was split: run `datatools split --workspace"):
        fit(workspace)
