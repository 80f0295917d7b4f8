"""Two folders of masks, scored pair by pair."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from numpy.typing import NDArray
from PIL import Image

from datatools.errors import DataError, UsageError
from datatools.fairness.audit import Scope
from datatools.fairness.brought.bring import Stated, scope
from datatools.progress import Progress
from tests.pictures import draw_person

_Bits = NDArray[np.bool_]


def _truth(number: int) -> _Bits:
    return draw_person(seed=number, centre_frac=0.4 + 0.02 * number)[1].array


def _grey(bits: _Bits) -> Image.Image:
    return Image.fromarray(bits.astype(np.uint8) * 255)


def _ones(bits: _Bits) -> Image.Image:
    return Image.fromarray(bits.astype(np.uint8))


def _palette(bits: _Bits) -> Image.Image:
    image = Image.fromarray(bits.astype(np.uint8) * 3).convert("P")
    image.putpalette([0, 0, 0, *([200, 10, 10] * 255)])
    return image


def _alpha(bits: _Bits) -> Image.Image:
    image = Image.new("RGBA", (bits.shape[1], bits.shape[0]), "white")
    image.putalpha(_grey(bits))
    return image


def _save(folder: Path, name: str, image: Image.Image) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    image.save(folder / name)


def _scope(tmp_path: Path, groups: Path | None = None, **stated: object) -> Scope:
    return scope(
        pred=tmp_path / "pred",
        ref=tmp_path / "ref",
        groups=groups,
        stated=Stated(**stated),  # type: ignore[arg-type]  # each test gives the fields it means
        progress=Progress("quiet"),
    )


def _iou(found: Scope) -> list[float]:
    assert found.metrics is not None
    sums = found.metrics[0].columns(found.scores)
    return [float(value) for value in found.metrics[0].value(sums)]


@pytest.mark.parametrize("encode", [_grey, _ones, _palette, _alpha], ids=["255", "1", "palette", "alpha"])
def test_masks_are_read_however_they_are_written(
    tmp_path: Path, encode: Callable[[_Bits], Image.Image]
) -> None:
    """0 and 255, 0 and 1, a palette, a cut-out: the same mask."""
    for number in range(3):
        _save(tmp_path / "ref", f"{number}.png", _grey(_truth(number)))
        _save(tmp_path / "pred", f"{number}.png", encode(_truth(number)))
    found = _scope(tmp_path, reference_source="human")
    assert _iou(found) == [1.0, 1.0, 1.0]
    assert set(found.scores["model"]) == {"pred"}


def test_masks_are_paired_by_path_and_else_by_name(tmp_path: Path) -> None:
    """Suffixes, case and a folder in between may differ; what is alone is counted and named."""
    for name in ("a/0.png", "a/1.png", "b/2.png", "b/3.png"):
        _save(tmp_path / "ref", name, _grey(_truth(0)))
    for name in ("A/0.bmp", "other/1.png", "2.png", "9.png"):
        _save(tmp_path / "pred", name, _grey(_truth(0)))
    (tmp_path / "pred" / "notes.txt").write_text("no mask")
    found = _scope(tmp_path, model="mine")
    assert sorted(found.person_of) == ["a/0", "a/1", "b/2"]
    assert set(found.scores["model"]) == {"mine"}
    assert "In pred alone, and so not scored: 1 mask (9)." in found.notes
    assert "In ref alone, and so not scored: 1 mask (b/3)." in found.notes


def test_a_prediction_is_scaled_to_its_reference(tmp_path: Path) -> None:
    """Of half the size it scores nearly the same; of other proportions it is a failed row with a reason."""
    truth = _truth(0)
    for name in ("half", "wrong", "good"):
        _save(tmp_path / "ref", f"{name}.png", _grey(truth))
    _save(tmp_path / "pred", "half.png", _grey(truth[::2, ::2]))
    _save(tmp_path / "pred", "wrong.png", _grey(truth.T))
    _save(tmp_path / "pred", "good.png", _grey(truth))
    found = _scope(tmp_path)
    status = dict(zip(found.scores["sample_id"], found.scores["status"], strict=True))
    assert status == {"good": "ok", "half": "ok", "wrong": "failed"}
    assert any(note.startswith("Could not be scored: wrong: expected a reference") for note in found.notes)
    good = found.scores[found.scores["status"] == "ok"]
    assert found.metrics is not None
    assert found.metrics[0].value(found.metrics[0].columns(good)).min() > 0.95


def test_edges_are_counted_where_a_metric_asks_for_them(tmp_path: Path) -> None:
    """Areas alone otherwise, with the same IoU."""
    _save(tmp_path / "pred", "0.png", _grey(_truth(1)))
    _save(tmp_path / "ref", "0.png", _grey(_truth(0)))
    plain = _scope(tmp_path)
    edges = _scope(tmp_path, metrics=["boundary_f1", "iou_fg_image"])
    assert plain.scores["edge_pred"].isna().all()
    assert edges.scores["edge_pred"].notna().all()
    assert edges.metrics is not None
    columns = edges.metrics[1].columns(edges.scores)
    assert edges.metrics[1].value(columns.sum(axis=0)) == pytest.approx(_iou(plain)[0])


def test_groups_meet_masks_by_their_names(tmp_path: Path) -> None:
    """The table of groups names the pictures; any metric of ours may be asked for."""
    for number in range(4):
        _save(tmp_path / "ref", f"{number}.png", _grey(_truth(number)))
        _save(tmp_path / "pred", f"{number}.png", _grey(np.roll(_truth(number), 2, axis=1)))
    pd.DataFrame(
        {
            "photo": [f"{number}.jpg" for number in range(4)],
            "who": ["p", "p", "q", "r"],
            "hair": ["dark", "dark", "fair", "fair"],
        }
    ).to_csv(tmp_path / "groups.csv", index=False)
    metrics = ["boundary_f1_5px", "over_band_frac"]
    found = _scope(tmp_path, tmp_path / "groups.csv", id="photo", person="who", metrics=metrics)
    assert found.metrics is not None
    assert [metric.name for metric in found.metrics] == metrics
    assert dict(found.axes[0].group_of) == {"p": ("dark",), "q": ("fair",), "r": ("fair",)}
    assert _iou(found) == [1.0, 1.0, 1.0, 1.0]


def test_folders_that_do_not_meet_are_an_error(tmp_path: Path) -> None:
    """With names of both."""
    _save(tmp_path / "ref", "a.png", _grey(_truth(0)))
    _save(tmp_path / "pred", "b.png", _grey(_truth(0)))
    with pytest.raises(DataError, match="expected masks of the same names in pred and ref, got b and a"):
        _scope(tmp_path)


def test_two_masks_of_one_name_are_an_error(tmp_path: Path) -> None:
    """Which one is meant cannot be known."""
    _save(tmp_path / "ref", "a.png", _grey(_truth(0)))
    _save(tmp_path / "pred", "a.png", _grey(_truth(0)))
    _save(tmp_path / "pred", "A.bmp", _grey(_truth(0)))
    with pytest.raises(DataError, match="expected one mask for each name in pred, got A twice"):
        _scope(tmp_path)


def test_nothing_that_can_be_scored_is_an_error(tmp_path: Path) -> None:
    """It says what was wrong with the first one."""
    _save(tmp_path / "ref", "a.png", _grey(_truth(0)))
    (tmp_path / "pred").mkdir()
    (tmp_path / "pred" / "a.png").write_bytes(b"no mask")
    with pytest.raises(DataError, match=r"got none of 1: a: a\.png: not a picture"):
        _scope(tmp_path)


def test_a_missing_folder_is_a_usage_error(tmp_path: Path) -> None:
    """It is named."""
    with pytest.raises(UsageError, match="expected a folder of masks, there is none at"):
        _scope(tmp_path)
