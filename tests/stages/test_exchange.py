"""Answers leave a workspace in any format and come into another one as they were."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from openpyxl import load_workbook
from PIL import Image

from datatools import plugins, tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Annotation, StageResult
from datatools.stages import annotate_export, annotate_import
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.people import answer, ingest, sample, sample_id

NAMES = plugins.names("exchange")
NINE, TEN = "2024-06-01T09:00:00+00:00", "2024-06-01T10:00:00.250000+00:00"
_GPS, _DESCRIPTION, _ORIENTATION = 0x8825, 0x010E, 0x0112


def _pictures(folder: Path) -> None:
    """Write three pictures that lie on their side and say where they were taken."""
    folder.mkdir()
    for number in range(3):
        picture, _ = draw_person(seed=number)
        exif = Image.Exif()
        exif[_ORIENTATION], exif[_DESCRIPTION] = 6, "the garden of N. N."
        exif[_GPS] = {1: "N", 2: (60.0, 10.0, 5.0)}
        Image.fromarray(picture).save(folder / f"{number}.jpg", exif=exif)


def _workspace(tmp_path: Path, name: str) -> Workspace:
    workspace = Workspace(tmp_path / name)
    workspace.create()
    if not (tmp_path / "src").exists():
        _pictures(tmp_path / "src")
    ingest(workspace, tmp_path / "src", [sample(number) for number in range(3)])
    return workspace


def _export(workspace: Workspace, **settings: object) -> Path:
    given = annotate_export.Settings.model_validate(settings)
    return Path(str(annotate_export.run(workspace, given, Progress("quiet")).facts["sheet"]))


def _import(workspace: Workspace, path: Path, **settings: object) -> StageResult:
    given = annotate_import.Settings.model_validate({"sheet": path, "answered_at": NINE, **settings})
    return annotate_import.run(workspace, given, Progress("quiet"))


def _answers() -> list[Annotation]:
    """Give answers with everything that an answer can have, and without."""
    race = {"question": "self_reported_race", "vocabulary": "london_race@2"}
    age = {"question": "perceived_age", "vocabulary": "age_years@1"}
    rows = [
        answer(0, "male"),
        replace(answer(0, "female", created_at=TEN), lead_time_s=2.25, presentation_order=7),
        answer(1, "44", annotator_id="=cmd|' /C", **age),
        answer(1, "cannot_tell", annotator_id="b", **age),
        replace(answer(1, "male", annotator_id="model:x"), source="model"),
        # One moment, two batches, two answers: a contradiction, which must stay one.
        replace(answer(2, "male", created_at=NINE), batch="sheet:one.csv"),
        replace(answer(2, "female", created_at=NINE), batch="sheet:two.csv"),
    ]
    rows += [
        replace(answer(2, value, created_at=NINE, **race), source="self_report", annotator_id="2")
        for value in ("white", "east_asian")
    ]
    return rows


def _sorted(workspace: Workspace) -> list[Annotation]:
    return sorted(workspace.rows(tables.ANNOTATIONS), key=repr)


@pytest.mark.parametrize("name", NAMES)
def test_stored_answers_come_into_another_workspace_as_they_were(tmp_path: Path, name: str) -> None:
    """Every field of every answer, several values, and even contradictions; a second import adds nothing."""
    here, there = _workspace(tmp_path, "here"), _workspace(tmp_path, "there")
    here.append_batch(_answers())
    path = _export(here, answers=True, format=name)
    assert _import(there, path).facts["n_imported"] == len(_answers())
    assert _sorted(there) == sorted(_answers(), key=repr)
    assert _import(there, path).facts["n_imported"] == 0
    assert _import(here, path).facts["n_imported"] == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_sheet_that_nobody_filled_in_holds_no_answers(tmp_path: Path, name: str) -> None:
    """Its open questions are counted."""
    workspace = _workspace(tmp_path, "ws")
    path = _export(
        workspace, questions=["perceived_gender", "perceived_age"], annotator_id="ann01", format=name
    )
    facts = _import(workspace, path).facts
    assert (facts["n_imported"], facts["n_blank"], facts["n_rejected"]) == (0, 6, 0)


@pytest.mark.parametrize("name", NAMES)
def test_pictures_that_leave_are_upright_and_say_nothing_of_their_camera(tmp_path: Path, name: str) -> None:
    """No format's pictures carry EXIF: places and names stay here."""
    workspace = _workspace(tmp_path, "ws")
    _export(workspace, questions=["perceived_gender"], annotator_id="ann01", format=name)
    found = sorted((workspace.root / "sheets").rglob("*.jpg"))
    assert [path.stem for path in found] == [sample_id(number) for number in range(3)]
    for path in found:
        with Image.open(path) as image:
            assert dict(image.getexif()) == {}
            assert set(image.info) <= {"jfif", "jfif_version", "jfif_unit", "jfif_density"}
            assert image.size == (draw_person()[0].shape[0], draw_person()[0].shape[1])
        assert b"garden" not in path.read_bytes()


@pytest.mark.parametrize("name", ["csv", "xlsx", "label_studio", "cvat", "fiftyone"])
def test_an_answer_that_was_changed_in_the_file_is_a_new_one(tmp_path: Path, name: str) -> None:
    """It gets the moment of the import, not that of the answer in whose place it stands."""
    here, there = _workspace(tmp_path, "here"), _workspace(tmp_path, "there")
    here.append_batch([replace(answer(0, "female", created_at=NINE), lead_time_s=2.0)])
    path = _export(here, answers=True, format=name)
    _change(path / "samples.json" if path.is_dir() else path)
    assert _import(here, path, answered_at=TEN).facts["n_imported"] == 1
    assert {(row.value, row.created_at) for row in here.rows(tables.ANNOTATIONS)} == {
        ("female", NINE),
        ("male", TEN),
    }
    assert _import(there, path).facts["n_imported"] == 1


def _change(path: Path) -> None:
    """Say male where female was said, as a person would in that tool."""
    if path.suffix == ".xlsx":
        book = load_workbook(path)
        page = book["answers"]
        page.cell(2, [cell.value for cell in page[1]].index("value") + 1).value = "male"
        book.save(path)
        return
    way = {
        ".csv": r"(,)female(,)",
        ".json": r'("label": |"choices": \[\s*)"female"()',
        ".xml": r'(<attribute name="value">)female(<)',
    }[path.suffix]
    word = '"male"' if path.suffix == ".json" else "male"
    text, n_changed = re.subn(way, rf"\g<1>{word}\g<2>", path.read_text())
    assert n_changed == 1
    path.write_text(text)


def test_a_workbook_that_a_person_filled_in_comes_back(tmp_path: Path) -> None:
    """Words, several of them, a note; the order and who answered are the sheet's."""
    workspace = _workspace(tmp_path, "ws")
    path = _export(workspace, questions=["perceived_race"], annotator_id="ann01", format="xlsx")
    book = load_workbook(path)
    page = book["answers"]
    columns = [cell.value for cell in page[1]]
    for row, said in ((2, "white | black"), (4, "cannot_tell")):
        page.cell(row, columns.index("value") + 1).value = said
        page.cell(row, columns.index("note") + 1).value = "=odd"
    book.save(path)
    facts = _import(workspace, path, skip_invalid=True).facts
    assert (facts["n_imported"], facts["n_blank"], facts["n_rejected"]) == (0, 1, 2)  # notes are no formulas
    for row in (2, 4):
        page.cell(row, columns.index("note") + 1).value = "odd"
    book.save(path)
    assert _import(workspace, path).facts["n_imported"] == 3
    rows = workspace.rows(tables.ANNOTATIONS)
    assert sorted((row.value, row.presentation_order, row.annotator_id) for row in rows) == [
        ("black", 1, "ann01"),
        ("cannot_tell", 3, "ann01"),
        ("white", 1, "ann01"),
    ]


def test_answers_can_be_chosen(tmp_path: Path) -> None:
    """By question, annotator, source and number of samples."""
    workspace = _workspace(tmp_path, "ws")
    workspace.append_batch(_answers())
    path = _export(workspace, answers=True, questions=["perceived_gender"], annotator_id="ann01", limit=1)
    assert _import(_workspace(tmp_path, "there"), path).facts["n_imported"] == 2


def test_a_dry_run_of_the_answers_writes_nothing(tmp_path: Path) -> None:
    """It says how many there are: the values of one answer are one."""
    workspace = _workspace(tmp_path, "ws")
    workspace.append_batch(_answers())
    given = annotate_export.Settings(answers=True, dry_run=True)
    facts = annotate_export.run(workspace, given, Progress("quiet")).facts
    assert (facts["n_answers"], facts["n_values"]) == (8, 9)
    assert not (workspace.root / "sheets").exists()


def test_no_answers_make_no_sheet(tmp_path: Path) -> None:
    """An empty file would look like one that lost something."""
    workspace = _workspace(tmp_path, "ws")
    assert not _export(workspace, answers=True).exists()


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"questions": ["hair"]}, "expected --annotator-id CODE and --questions"),
        ({"annotator_id": "ann01"}, "expected --annotator-id CODE and --questions"),
        ({"answers": True, "html": True}, "the page asks, it shows no answers"),
        ({"answers": True, "format": "xls"}, "expected one of the exchange csv, cvat"),
    ],
)
def test_settings_that_say_nothing_or_two_things_are_refused(
    tmp_path: Path, settings: dict[str, object], message: str
) -> None:
    """The error says what is missing."""
    with pytest.raises(UsageError, match=message):
        _export(_workspace(tmp_path, "ws"), **settings)


def test_a_picture_that_vanished_does_not_take_its_answers_along(tmp_path: Path) -> None:
    """The answer leaves without the picture."""
    here, there = _workspace(tmp_path, "here"), _workspace(tmp_path, "there")
    here.append_batch([answer(0, "male", created_at=NINE)])
    (tmp_path / "src" / "0.jpg").unlink()
    path = _export(here, answers=True, format="fiftyone")
    assert json.loads((path / "samples.json").read_text())["samples"][0]["metadata"] is None
    assert _import(there, path).facts["n_imported"] == 1


def test_what_a_format_cannot_read_is_listed_with_the_rest(tmp_path: Path) -> None:
    """With its place and its reason; with skip_invalid the rest is imported."""
    workspace = _workspace(tmp_path, "ws")
    path = tmp_path / "tasks.json"
    result = [{"from_name": name, "value": {"choices": ["male"]}} for name in ("perceived_gender", "mood")]
    task = {"id": 4, "data": {"image": "0.jpg"}, "annotations": [{"result": result, "completed_by": 3}]}
    path.write_text(json.dumps([task]))
    with pytest.raises(DataError, match=r"task 4: mood: expected a control named after a question"):
        _import(workspace, path)
    assert _import(workspace, path, skip_invalid=True).facts["n_imported"] == 1
    assert [row.annotator_id for row in workspace.rows(tables.ANNOTATIONS)] == ["label_studio:3"]


def test_a_file_of_an_unknown_kind_asks_for_its_format(tmp_path: Path) -> None:
    """The flag is named; given, it is believed."""
    workspace = _workspace(tmp_path, "ws")
    path = tmp_path / "sheet.dat"
    path.write_text("sample,hair\n0.jpg,bald\n")
    with pytest.raises(UsageError, match=r"sheet\.dat: expected one of the formats csv.* with --format"):
        _import(workspace, path, annotator_id="a")
    assert _import(workspace, path, annotator_id="a", format="csv").facts["n_imported"] == 1


def test_a_data_sets_columns_are_told_by_options(tmp_path: Path) -> None:
    """Each column that answers a question is named once."""
    workspace = _workspace(tmp_path, "ws")
    path = tmp_path / "labels.jsonl"
    path.write_text('{"file_name": "0.jpg", "sex": "Female"}\n{"file_name": "1.jpg", "sex": null}\n')
    flags = {"annotator_id": "dataset:faces", "answer_source": "dataset"}
    facts = _import(workspace, path, options={"sex": "perceived_gender"}, **flags).facts
    assert (facts["n_imported"], facts["n_blank"]) == (1, 1)


def test_another_workspaces_batches_can_be_imported(tmp_path: Path) -> None:
    """A folder of them is a sheet like any other: two workspaces become one."""
    here, there = _workspace(tmp_path, "here"), _workspace(tmp_path, "there")
    here.append_batch(_answers())
    assert _import(there, here.root / "tables" / "annotations").facts["n_imported"] == len(_answers())
    assert _sorted(there) == _sorted(here)


def test_answers_about_broken_pictures_leave_with_the_others(tmp_path: Path) -> None:
    """What was said stays said."""
    workspace = _workspace(tmp_path, "ws")
    broken = replace(sample(7), status="failed", error="cut off", width_px=None, height_px=None)
    ingest(workspace, tmp_path / "src", [sample(0), broken])
    workspace.append_batch([answer(0, "male"), answer(7, "male")])
    path = _export(workspace, answers=True, format="fiftyone")
    assert len(json.loads((path / "samples.json").read_text())["samples"]) == 2
