"""Each rule is measured alone and left out, against the same matte."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import ablation, plugins
from datatools.errors import DataError
from datatools.masks import Mask, Matte
from datatools.metrics._counts import count
from datatools.progress import Progress
from datatools.refiners import Refiner
from datatools.refiners._chain import refine
from datatools.selection import Target
from datatools.workspace import Workspace
from tests.unit.refiners.heads import doubting, ellipse, face, head

NAMES = ("face_seed", "shoulder_wedge", "edge_colour", "face_component", "fill_holes")
PATCH = ellipse((100, 150), 25, 20)


def _rules() -> list[Refiner]:
    return [plugins.build("refiners", name) for name in NAMES]


def test_leaving_out_is_what_refining_without_it_gives() -> None:
    """Also for the rules that had nothing to do, which are not run again."""
    image, person = head()
    rough = doubting(person, PATCH & person).array.copy()
    rough[20:26, 20:26] = 1  # a crumb
    matte, rules = Matte(rough), _rules()
    found = ablation.variants(image, matte, [face()], rules)
    assert len(found) == 2 + 2 * len(NAMES)
    for rule in rules:
        others = [other for other in rules if other is not rule]
        expected = refine(image, matte, [face()], others).mask.array
        assert (found[f"all rules without {rule.name}"].array == expected).all()
        alone = refine(image, matte, [face()], [rule]).mask.array
        assert (found[f"{rule.name} alone"].array == alone).all()
    assert (found["no rule"].array == (rough > 0.5)).all()


def _measured(good: int, reference: str = "human") -> ablation.Measured:
    """Give a picture on which the rule ``mend`` adds pixels that are right, and the others nothing."""
    truth = np.zeros((40, 40), np.bool_)
    truth[10:30, 10:30] = True
    before = truth.copy()
    before[10 : 10 + good, 10:30] = False
    masks = {
        "no rule": before,
        "mend alone": truth,
        "all rules without mend": before,
        "idle alone": before,
        "all rules without idle": truth,
        "all rules": truth,
    }
    counts = {name: count(Mask(mask), Mask(truth)) for name, mask in masks.items()}
    return ablation.Measured(person_id=str(good), reference=reference, counts=counts)


def test_contributions_are_differences_with_intervals() -> None:
    """Alone, left out and together; the idle rule is worth nothing."""
    rows = ablation.contributions(
        [_measured(2), _measured(4), _measured(6)], ["mend", "idle"], np.random.default_rng(0)
    )
    by_name = {(row.rule, row.how): row for row in rows}
    assert list(by_name) == [
        ("mend", "alone"),
        ("idle", "alone"),
        ("mend", "left out"),
        ("idle", "left out"),
        ("all rules", "together"),
    ]
    for key in (("mend", "alone"), ("mend", "left out"), ("all rules", "together")):
        row = by_name[key]
        assert row.iou_difference == pytest.approx(0.2)
        assert row.iou_without == pytest.approx(0.8)
        assert (row.iou_with, row.n_changed) == (1.0, 3)
        assert row.lost_a_point_frac == 0
    for how in ("alone", "left out"):
        row = by_name["idle", how]
        assert (row.iou_difference, row.boundary_f1_difference, row.n_changed) == (0, 0, 0)


def test_kinds_of_reference_are_kept_apart() -> None:
    """Human and rendered masks are not averaged."""
    both = [_measured(2), _measured(4), _measured(6, "rendered"), _measured(8, "rendered")]
    rows = ablation.contributions(both, ["mend"], np.random.default_rng(0))
    alone = {row.reference: row.iou_difference for row in rows if row.how == "alone"}
    assert alone == {"human": pytest.approx(0.15), "rendered": pytest.approx(0.35)}


def test_one_picture_has_a_value_but_no_interval() -> None:
    """The sentence says the value alone."""
    (row, idle, *_) = ablation.contributions([_measured(2)], ["mend", "idle"], np.random.default_rng(0))
    assert ablation.sentence(idle) == "idle, alone: changed none of 1 pictures (human masks)"
    assert (row.iou_low, row.iou_high) == (None, None)
    assert ablation.sentence(row).startswith("mend, alone: IoU +10.00, boundary F1 +")


def _picture(folder: Path, number: int, *, broken: bool = False) -> ablation.Picture:
    image, person = head()
    path = folder / f"{number}.png"
    Image.fromarray(person.astype(np.uint8) * 255).save(path)

    def fused() -> ablation.Fused:
        if broken:
            raise DataError("no matte")
        return image, doubting(person, PATCH & person), [face()]

    return ablation.Picture(person_id=str(number), target=Target(path, "human"), fused=fused)


def test_a_run_writes_its_rows_and_counts_failures(
    workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """As CSV, as JSON, in the run record, and as sentences."""
    pictures = [_picture(tmp_path, 0), _picture(tmp_path, 1), _picture(tmp_path, 2, broken=True)]
    result = ablation.run(workspace, {}, pictures, _rules(), seed=0, progress=quiet)
    assert (result.facts["n_images"], result.facts["n_failed"]) == (2, 1)
    folder = workspace.report_folder("ablation")
    rows = json.loads((folder / "ablation.json").read_text())
    assert rows == result.facts["contributions"]
    assert len((folder / "ablation.csv").read_text().splitlines()) == len(rows) + 1 == 12
    record = json.loads(workspace.run_files()[0].read_text())
    assert set(record["outputs"]) == {"reports/ablation/ablation.csv", "reports/ablation/ablation.json"}
    assert result.notes[-1] == "1 pictures failed and were left out, the last because: no matte"
    wedge = next(row for row in rows if (row["rule"], row["how"]) == ("shoulder_wedge", "alone"))
    assert wedge["iou_difference"] > 0.02


def test_without_a_picture_to_measure_on_it_says_so(
    workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """None at all, or all failed."""
    with pytest.raises(DataError, match=r"human or rendered masks, got none$"):
        ablation.run(workspace, {}, [], _rules(), seed=0, progress=quiet)
    with pytest.raises(DataError, match="all 1 failed, the last because: no matte"):
        ablation.run(workspace, {}, [_picture(tmp_path, 0, broken=True)], _rules(), seed=0, progress=quiet)
    assert workspace.run_files() == []
