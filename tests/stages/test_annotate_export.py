"""A label sheet asks what is still open, in an order of the annotator's own, and comes back whole."""

import csv
from pathlib import Path

import pytest
from PIL import Image

from datatools import sheets, tables
from datatools.errors import UsageError
from datatools.images import read_rgb, write_mask
from datatools.progress import Progress
from datatools.records import MaskRow, StageResult
from datatools.stages import annotate_export, annotate_import
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages.people import answer, ingest, sample, sample_id


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give twenty pictures; one has a file name that a spreadsheet would run."""
    rows = [*(sample(number) for number in range(19)), sample(19, path="=1+1.jpg", source="=x")]
    for number, row in enumerate(rows):
        picture, _ = draw_person(seed=number)
        Image.fromarray(picture).save(tmp_path / row.path)
    ingest(workspace, tmp_path, rows)
    return workspace


def _run(workspace: Workspace, **settings: object) -> StageResult:
    given = {"questions": ["perceived_gender"], "annotator_id": "ann01", **settings}
    return annotate_export.run(workspace, annotate_export.Settings.model_validate(given), Progress("quiet"))


def _lines(workspace: Workspace, name: str = "ann01") -> list[dict[str, str]]:
    with (workspace.root / "sheets" / f"{name}.csv").open(newline="") as stream:
        return list(csv.DictReader(stream))


def test_a_sheet_asks_every_open_question_of_a_picture_together(people: Workspace) -> None:
    """Lines are numbered in the order in which they are shown, and say what may be answered."""
    _run(people, questions=["perceived_gender", "perceived_age_band:fairface_age@1"])
    lines = _lines(people)
    assert [line["presentation_order"] for line in lines] == [str(n) for n in range(1, 41)]
    assert [line["question"] for line in lines[:4]] == ["perceived_gender", "perceived_age_band"] * 2
    assert lines[0]["sample"] == lines[1]["sample"] != lines[2]["sample"]
    assert lines[1]["vocabulary"] == "fairface_age@1"
    assert lines[1]["allowed"].startswith("0-2 | 3-9")
    assert {line["value"] for line in lines} == {""}


def test_each_annotator_has_an_order_of_their_own_that_the_seed_repeats(people: Workspace) -> None:
    """The same seed and annotator give the same sheet; another of either does not."""
    orders = []
    for name, annotator_id, seed in [
        ("a", "ann01", 0),
        ("b", "ann01", 0),
        ("c", "ann02", 0),
        ("d", "ann01", 1),
    ]:
        _run(people, sheet=people.root / "sheets" / f"{name}.csv", annotator_id=annotator_id, seed=seed)
        orders.append([line["sample"] for line in _lines(people, name)])
    assert orders[0] == orders[1]
    assert orders[0] != orders[2] != orders[3] != orders[0]
    assert sorted(orders[0]) == sorted(orders[2])


def test_answered_questions_are_not_asked_again(people: Workspace) -> None:
    """With two answers needed, those with one stay open for others, not for who gave it."""
    people.append_batch([answer(0, "male"), answer(0, "male", annotator_id="x"), answer(1, "male")])
    result = _run(people, answers_needed=2)
    assert result.facts["n_samples"] == 18
    other = _run(people, answers_needed=2, annotator_id="ann02")
    assert other.facts["n_samples"] == 19


def test_what_a_data_set_said_is_no_annotators_answer(people: Workspace) -> None:
    """Its labels still want a second opinion."""
    row = answer(0, "male")
    people.append_batch([type(row)(**{**{n: getattr(row, n) for n in row.__slots__}, "source": "dataset"})])
    assert _run(people).facts["n_samples"] == 20


def test_a_filled_sheet_comes_back_whole(people: Workspace) -> None:
    """Every answer is found again with its order."""
    _run(people)
    path = people.root / "sheets" / "ann01.csv"
    lines = _lines(people)
    with path.open("w", newline="") as stream:
        writer = csv.DictWriter(stream, lines[0].keys())
        writer.writeheader()
        writer.writerows({**line, "value": "male", "lead_time_s": "2.5"} for line in lines)
    settings = annotate_import.Settings(sheet=path)
    annotate_import.run(people, settings, Progress("quiet"))
    rows = people.rows(tables.ANNOTATIONS)
    assert sorted(row.sample_id for row in rows) == [sample_id(number) for number in range(20)]
    assert sorted(row.presentation_order or 0 for row in rows) == list(range(1, 21))
    assert _run(people, sheet=people.root / "next.csv").notes == ["Every question has its answers; no sheet."]
    assert not (people.root / "next.csv").exists()


def test_pictures_lie_beside_the_sheet_without_names_that_tell(people: Workspace, tmp_path: Path) -> None:
    """A data set's file name may hold the label; the sample id does not. Pictures are scaled down."""
    large, _ = draw_person(width_px=1536, height_px=2048)
    Image.fromarray(large).save(tmp_path / "0.jpg")
    _run(people)
    folder = people.root / "sheets"
    lines = _lines(people)
    assert {line["picture"] for line in lines} == {f"ann01/{sample_id(number)}.jpg" for number in range(20)}
    assert all((folder / line["picture"]).is_file() for line in lines)
    assert read_rgb(folder / "ann01" / f"{sample_id(0)}.jpg").shape == (1024, 768, 3)


def test_a_mask_under_review_is_shown_in_its_picture(people: Workspace) -> None:
    """Outside it the picture is dark; samples without a mask are not asked about."""
    picture, mask = draw_person(seed=3)
    path = people.mask_file(sample_id(3))
    write_mask(path, mask)
    people.write(tables.MASKS, [_mask_row(3, people.relative(path)), _mask_row(4, None)])
    _run(people, questions=["mask_review", "perceived_gender"], limit=4)
    reviewed = [line for line in _lines(people) if line["question"] == "mask_review"]
    assert [line["picture"] for line in reviewed] == [f"ann01/{sample_id(3)}_mask.jpg"]
    seen = read_rgb(people.root / "sheets" / reviewed[0]["picture"])
    assert seen[~mask.array].mean() < 0.4 * picture[~mask.array].mean()
    assert abs(float(seen[mask.array].mean()) - float(picture[mask.array].mean())) < 5


def _mask_row(number: int, path: str | None) -> MaskRow:
    return MaskRow(
        sample_id=sample_id(number),
        path=path,
        rules_applied=[],
        mask_source="model:x",
        sha256=None,
        parents="p",
        status="ok" if path else "failed",
        error=None if path else "no face",
    )


def test_a_picture_that_vanished_is_left_out_and_counted(people: Workspace, tmp_path: Path) -> None:
    """Nobody is asked about what cannot be seen."""
    (tmp_path / "5.jpg").unlink()
    result = _run(people)
    assert (result.facts["n_samples"], result.facts["n_unreadable"]) == (19, 1)
    assert sample_id(5) not in {line["sample"] for line in _lines(people)}
    assert [line["presentation_order"] for line in _lines(people)] == [str(n) for n in range(1, 20)]
    assert any("no longer be read" in note for note in result.notes)


def test_a_code_that_is_a_formula_is_made_harmless(people: Workspace) -> None:
    """Whoever opens the sheet runs nothing, and the code comes back as it was."""
    _run(people, annotator_id="=cmd", limit=1)
    path = people.root / "sheets" / "cmd.csv"
    assert "'=cmd" in path.read_text()
    assert next(sheets.read(path)).fields["annotator_id"] == "=cmd"


def test_questions_to_people_themselves_are_marked_as_self_reports(people: Workspace) -> None:
    """The sheet's source column follows from the kind of question."""
    _run(people, questions=["self_reported_age"], limit=1)
    assert [line["source"] for line in _lines(people)] == ["self_report"]


def test_a_sheet_that_exists_is_not_overwritten(people: Workspace) -> None:
    """Somebody may have filled it in."""
    _run(people)
    with pytest.raises(UsageError, match="may hold answers"):
        _run(people)


@pytest.mark.parametrize(
    ("kind", "name"), [("label_studio", "asked"), ("cvat", "asked"), ("csv", "asked"), ("xlsx", "asked.csv")]
)
def test_a_sheet_is_named_by_its_format(people: Workspace, tmp_path: Path, kind: str, name: str) -> None:
    """Without its ending the sheet would have its pictures' folder's name, or be read as another format."""
    with pytest.raises(UsageError, match=r"ends in \.(json|xml|csv|xlsx)"):
        _run(people, format=kind, sheet=tmp_path / name)
    assert not (tmp_path / name).exists()


def test_a_vocabulary_that_does_not_fit_the_question_is_refused(people: Workspace) -> None:
    """The error lists those that do."""
    with pytest.raises(UsageError, match=r"perceived_gender in one of gender@1; got 'hair@1'"):
        _run(people, questions=["perceived_gender:hair@1"])


def test_a_dry_run_writes_nothing(people: Workspace) -> None:
    """It says how long the sheet would be."""
    assert _run(people, dry_run=True).facts["n_lines"] == 20
    assert not (people.root / "sheets").exists()
    assert people.run_files() == []
