"""Answers are checked, appended once, and never lost without a word."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Annotation, StageResult
from datatools.selection import reviews
from datatools.stages import annotate_import
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id

NOON = "2024-06-01T12:00:00+00:00"


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give three samples of one source."""
    ingest(workspace, tmp_path, [sample(number) for number in range(3)])
    return workspace


def _run(workspace: Workspace, **settings: object) -> StageResult:
    given = annotate_import.Settings.model_validate({"answered_at": NOON, **settings})
    return annotate_import.run(workspace, given, Progress("quiet"))


def _sheet(folder: Path, text: str) -> Path:
    path = folder / "answers.csv"
    path.write_bytes(text.encode())
    return path


def _kept(workspace: Workspace) -> set[tuple[str, str, str]]:
    rows = workspace.rows_or_empty(tables.ANNOTATIONS)
    return {(row.sample_id, row.question, row.value) for row in rows}


LONG = "sample,question,value,annotator_id\n0.jpg,perceived_gender,female,ann01\n1.jpg,hair,bald,ann01\n"


def test_a_long_sheet_has_one_answer_a_line(people: Workspace, tmp_path: Path) -> None:
    """Samples are found by their path; an answer without a date gets the one of the import."""
    _run(people, sheet=_sheet(tmp_path, LONG))
    first = next(row for row in people.rows(tables.ANNOTATIONS) if row.question == "perceived_gender")
    assert first == Annotation(
        sample_id=sample_id(0),
        question="perceived_gender",
        value="female",
        annotator_id="ann01",
        source="annotator",
        vocabulary="gender@1",
        created_at=NOON,
        lead_time_s=None,
        presentation_order=None,
        batch="sheet:answers.csv",
    )


def test_every_column_of_a_long_sheet_is_kept(people: Workspace, tmp_path: Path) -> None:
    """Times become UTC, numbers may have a decimal comma, columns for people are not read."""
    sheet = _sheet(
        tmp_path,
        "sample;question;value;annotator_id;source;vocabulary;created_at;lead_time_s;presentation_order;note\n"
        f"{sample_id(2)};perceived_race;asian;ann02;dataset;utkface_race@1;2024-05-01T12:00:00+02:00;3,5;7;x\n",
    )
    _run(people, sheet=sheet)
    (row,) = people.rows(tables.ANNOTATIONS)
    assert (row.source, row.vocabulary, row.created_at) == (
        "dataset",
        "utkface_race@1",
        "2024-05-01T10:00:00+00:00",
    )
    assert (row.lead_time_s, row.presentation_order, row.annotator_id) == (3.5, 7, "ann02")


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_wide_sheet_has_one_column_a_question(people: Workspace, tmp_path: Path, delimiter: str) -> None:
    """Spreadsheet programs' delimiters and byte order mark are read; empty cells are not answers."""
    text = "\ufeffsample,perceived_gender,hair\r\n0.jpg,female,short\r\n1.jpg,,curly\r\n2.jpg,,\r\n"
    result = _run(people, sheet=_sheet(tmp_path, text.replace(",", delimiter)), annotator_id="ann01")
    assert _kept(people) == {
        (sample_id(0), "perceived_gender", "female"),
        (sample_id(0), "hair", "short"),
        (sample_id(1), "hair", "curly"),
    }
    assert result.facts["n_blank"] == 3


def test_a_question_may_be_given_another_vocabulary(people: Workspace, tmp_path: Path) -> None:
    """The default is the question's first one."""
    sheet = _sheet(tmp_path, "sample,perceived_age_band\n0.jpg,20-29\n")
    _run(people, sheet=sheet, annotator_id="a", vocabularies={"perceived_age_band": "fairface_age@1"})
    (row,) = people.rows(tables.ANNOTATIONS)
    assert row.vocabulary == "fairface_age@1"


def test_importing_twice_adds_nothing(people: Workspace, tmp_path: Path) -> None:
    """A sheet that grew adds the new answers alone."""
    _run(people, sheet=_sheet(tmp_path, LONG))
    before = {path.name: path.read_bytes() for path in people.batch_files()}
    again = _run(people, sheet=_sheet(tmp_path, LONG))
    assert {path.name: path.read_bytes() for path in people.batch_files()} == before
    assert (again.facts["n_imported"], again.facts["n_already_there"]) == (0, 2)
    grown = _run(people, sheet=_sheet(tmp_path, LONG + "2.jpg,hair,long,ann01\n"))
    assert grown.facts["n_imported"] == 1
    assert len(people.rows(tables.ANNOTATIONS)) == 3


def test_a_changed_mind_is_a_new_answer(people: Workspace, tmp_path: Path) -> None:
    """Going back to the first answer is one too; repeating the last one is not."""
    accept, reject = (
        f"sample,question,value,annotator_id\n0.jpg,mask_review,{value},a\n" for value in ("accept", "reject")
    )
    imported = [
        _run(people, sheet=_sheet(tmp_path, text), answered_at=f"2024-06-0{day}T00:00:00Z").facts[
            "n_imported"
        ]
        for day, text in enumerate([accept, accept, reject, accept, accept], start=1)
    ]
    assert imported == [1, 0, 1, 1, 0]
    assert reviews(people.rows(tables.ANNOTATIONS)) == {sample_id(0): "accept"}


def test_the_moment_of_answering_must_have_a_zone(people: Workspace, tmp_path: Path) -> None:
    """Nine o'clock is many moments."""
    with pytest.raises(DataError, match="a moment with a time zone"):
        _run(people, sheet=_sheet(tmp_path, LONG), answered_at="2024-06-01T09:00:00")


def test_without_a_moment_the_clock_is_read(people: Workspace, tmp_path: Path) -> None:
    """Every answer of one import has the same one."""
    before = datetime.now(UTC).replace(microsecond=0)
    _run(people, sheet=_sheet(tmp_path, LONG), answered_at=None)
    (moment,) = {row.created_at for row in people.rows(tables.ANNOTATIONS)}
    assert before <= datetime.fromisoformat(str(moment)) <= datetime.now(UTC)


def test_the_same_answer_twice_in_a_sheet_is_one(people: Workspace, tmp_path: Path) -> None:
    """A copied line is not a second opinion."""
    result = _run(people, sheet=_sheet(tmp_path, LONG + "0.jpg,perceived_gender,female,ann01\n"))
    assert (result.facts["n_imported"], result.facts["n_already_there"]) == (2, 1)


def test_batches_of_two_writers_that_overlap_count_once(people: Workspace) -> None:
    """Two imports at the same moment cannot see each other: their common answer is still one."""
    people.append_batch([answer(0, "female"), answer(1, "male")])
    people.append_batch([answer(0, "female"), answer(2, "male")])
    assert len(people.rows(tables.ANNOTATIONS)) == 3
    assert len(people.frame(tables.ANNOTATIONS)) == 3


BAD_LINES = [
    ("9.jpg,hair,bald,ann01", "sample id, or a path of the manifest; got '9.jpg'"),
    ("0.jpg,hair,blue,ann01", "expected a value of hair@1"),
    ("0.jpg,race,white,ann01", "expected a question among"),
    ("0.jpg,self_reported_gender,male,ann01", "got source 'annotator'"),
    ("0.jpg,hair,bald,", "expected an annotator_id"),
]


@pytest.mark.parametrize(("line", "reason"), BAD_LINES)
def test_an_answer_that_means_nothing_stops_the_import(
    people: Workspace, tmp_path: Path, line: str, reason: str
) -> None:
    """Nothing is imported; the error names line and reason; all are listed in a file."""
    with pytest.raises(DataError, match=r"1 answers .* cannot be kept") as caught:
        _run(people, sheet=_sheet(tmp_path, LONG + line + "\n"))
    assert "line 4" in str(caught.value)
    assert reason in str(caught.value)
    assert not people.has(tables.ANNOTATIONS)
    listed = people.root / "reports" / "annotate_import" / "rejected-answers.csv"
    assert len(listed.read_text().splitlines()) == 2


BAD_FIELDS = [
    ("source", "rumour", "expected a source among"),
    ("vocabulary", "hair@2", "expected a vocabulary among"),
    ("created_at", "yesterday", "ISO 8601, got 'yesterday'"),
    ("created_at", "2024-05-01T10:00:00", "with a time zone"),
    ("lead_time_s", "soon", "as a number, got 'soon'"),
    ("lead_time_s", "-2", "of at least 0"),
    ("lead_time_s", "nan", "of at least 0"),
    ("presentation_order", "1.5", "as a whole number"),
]


@pytest.mark.parametrize(("column", "text", "reason"), BAD_FIELDS)
def test_a_field_that_is_not_what_it_should_be_is_rejected(
    people: Workspace, tmp_path: Path, column: str, text: str, reason: str
) -> None:
    """Each column says what it expected."""
    sheet = _sheet(tmp_path, f"sample,question,value,annotator_id,{column}\n0.jpg,hair,bald,ann01,{text}\n")
    with pytest.raises(DataError) as caught:
        _run(people, sheet=sheet)
    assert reason in str(caught.value)


def test_valid_answers_can_be_imported_though_others_are_not(people: Workspace, tmp_path: Path) -> None:
    """With skip_invalid the rest is kept, the rejected are counted and listed, formulas made harmless."""
    bad = '0.jpg,hair,"=HYPERLINK(""http://x"")",ann01\n'
    result = _run(people, sheet=_sheet(tmp_path, LONG + bad), skip_invalid=True)
    assert (result.facts["n_imported"], result.facts["n_rejected"]) == (2, 1)
    listed = people.root / "reports" / "annotate_import" / "rejected-answers.csv"
    assert "'=HYPERLINK" in listed.read_text()
    assert any("rejected-answers.csv" in note for note in result.notes)


def test_what_annotators_noted_is_listed(people: Workspace, tmp_path: Path) -> None:
    """Beside their answers and open questions, for people to read; formulas made harmless."""
    sheet = _sheet(tmp_path, "sample,hair,note\n0.jpg,bald,=odd\n1.jpg,,who is this?\n2.jpg,long,\n")
    result = _run(people, sheet=sheet, annotator_id="a")
    listed = people.root / "reports" / "annotate_import" / "notes-answers.csv"
    assert listed.read_text().splitlines()[1:] == [
        "line 2,0.jpg,hair,bald,'=odd",
        "line 3,1.jpg,hair,,who is this?",
    ]
    assert result.facts["n_notes"] == 2
    assert any("notes-answers.csv" in note for note in result.notes)


def test_a_mended_sheet_leaves_no_list_of_rejected_answers(people: Workspace, tmp_path: Path) -> None:
    """The list of an earlier try would mislead."""
    with pytest.raises(DataError):
        _run(people, sheet=_sheet(tmp_path, LONG + "9.jpg,hair,bald,ann01\n"))
    _run(people, sheet=_sheet(tmp_path, LONG))
    assert list((people.root / "reports").rglob("*.csv")) == []


BAD_SHEETS = [
    "",
    "sample,answer\n",
    "sample,question,vaule\n",
    "sample,question,value,hair\n",
    "sample,hair,hair\n",
    "question,value\n",
    "sample,question,value,annotator_id,mood\n",
]


@pytest.mark.parametrize("text", BAD_SHEETS)
def test_a_sheet_with_other_columns_is_refused(people: Workspace, tmp_path: Path, text: str) -> None:
    """A misspelt column must not be overlooked."""
    with pytest.raises(DataError, match=r"answers\.csv: expected the columns sample, question, value"):
        _run(people, sheet=_sheet(tmp_path, text))


@pytest.mark.parametrize("line", ["0.jpg,hair\n", "0.jpg,hair,bald,ann01,more\n"])
def test_a_line_with_another_number_of_cells_is_refused(people: Workspace, tmp_path: Path, line: str) -> None:
    """A shifted cell would be somebody else's answer."""
    with pytest.raises(DataError, match="line 4: expected 4 cells"):
        _run(people, sheet=_sheet(tmp_path, LONG + line))


def test_broken_quotes_are_refused(people: Workspace, tmp_path: Path) -> None:
    """A file cut off within a cell is not read as if it ended there."""
    with pytest.raises(DataError, match="not readable as CSV"):
        _run(people, sheet=_sheet(tmp_path, LONG + '0.jpg,hair,"bal'))


def test_a_sheet_that_is_no_text_is_refused(people: Workspace, tmp_path: Path) -> None:
    """An Excel workbook is not CSV."""
    path = tmp_path / "answers.csv"
    path.write_bytes(b"PK\x03\x04\xff\xfe")
    with pytest.raises(DataError, match="expected CSV text in UTF-8"):
        _run(people, sheet=path)


def test_a_missing_sheet_is_refused(people: Workspace, tmp_path: Path) -> None:
    """The error names the path."""
    with pytest.raises(DataError, match="there is no such file"):
        _run(people, sheet=tmp_path / "nothing.csv")


def test_a_path_of_two_sources_must_say_which(workspace: Workspace, tmp_path: Path) -> None:
    """SOURCE:PATH tells them apart."""
    ingest(workspace, tmp_path, [sample(1, path="a.jpg", source="x"), sample(2, path="a.jpg", source="y")])
    with pytest.raises(DataError, match=r"path of several sources: write SOURCE:a\.jpg"):
        _run(workspace, sheet=_sheet(tmp_path, "sample,hair\na.jpg,bald\n"), annotator_id="a")
    _run(workspace, sheet=_sheet(tmp_path, "sample,hair\ny:a.jpg,bald\n"), annotator_id="a")
    assert _kept(workspace) == {(sample_id(2), "hair", "bald")}


def test_only_and_limit_choose_samples(workspace: Workspace, tmp_path: Path) -> None:
    """Answers about other samples are counted and wait."""
    ingest(workspace, tmp_path, [sample(1, source="x"), sample(2, source="y"), sample(3, source="y")])
    sheet = _sheet(tmp_path, "sample,hair\n1.jpg,bald\n2.jpg,long\n3.jpg,short\n")
    result = _run(workspace, sheet=sheet, annotator_id="a", only="y", limit=1)
    assert _kept(workspace) == {(sample_id(2), "hair", "long")}
    assert result.facts["n_not_chosen"] == 2


def _mebeauty(folder: Path, lines: str) -> Path:
    folder.mkdir()
    (folder / "labels.csv").write_text("id,image,gender,race,width,height,n_landmarks\n" + lines)
    return folder


def test_a_sources_own_answers_are_imported(workspace: Workspace, tmp_path: Path) -> None:
    """The reader that ingest chose is asked again; aliases are paths of the same picture."""
    root = _mebeauty(
        tmp_path / "meb",
        "f1,images/f1.jpg,female,asian,9,9,0\n"
        "f2,images/f2.jpg,female,asian,9,9,0\n"
        "m9,images/m9.jpg,male,black,9,9,0\n",
    )
    one = sample(1, path="images/f1.jpg", source="meb")
    ingest(workspace, root, [one], reader="mebeauty")
    two = sample(2, path="else.jpg", source="other")
    two.aliases.append("meb:images/f2.jpg")
    one.aliases.append("images/copy.jpg")
    workspace.write(tables.MANIFEST, [one, two])
    result = _run(workspace, from_source="meb")
    assert _kept(workspace) == {
        (sample_id(number), question, value)
        for number in (1, 2)
        for question, value in [("perceived_gender", "female"), ("perceived_race", "asian")]
    }
    assert result.facts["n_not_ingested"] == 1
    assert {row.created_at for row in workspace.rows(tables.ANNOTATIONS)} == {None}
    assert _run(workspace, from_source="meb").facts["n_imported"] == 0


def test_a_sources_unknown_value_is_rejected(workspace: Workspace, tmp_path: Path) -> None:
    """A label that the vocabulary does not hold is named with its picture."""
    root = _mebeauty(tmp_path / "meb", "f1,images/f1.jpg,female,martian,9,9,0\n")
    ingest(workspace, root, [sample(1, path="images/f1.jpg", source="meb")], reader="mebeauty")
    with pytest.raises(DataError, match=r"images/f1.jpg: perceived_race: .*got 'martian'"):
        _run(workspace, from_source="meb")
    result = _run(workspace, from_source="meb", skip_invalid=True)
    assert result.facts["n_by_question"] == {"perceived_gender": 1}


def test_an_unknown_source_is_refused(people: Workspace) -> None:
    """The error lists the known ones."""
    with pytest.raises(UsageError, match=r"among \['set'\], got 'sat'"):
        _run(people, from_source="sat")


@pytest.mark.parametrize("settings", [{}, {"from_source": "set", "sheet": "x.csv"}])
def test_one_origin_must_be_named(people: Workspace, settings: dict[str, str]) -> None:
    """Neither or both is a mistake."""
    with pytest.raises(UsageError, match="either --from-source"):
        _run(people, **settings)


def test_an_unknown_question_in_the_vocabularies_is_refused(people: Workspace, tmp_path: Path) -> None:
    """A setting for a question that does not exist would have no effect."""
    with pytest.raises(UsageError, match="expected a question among"):
        _run(people, sheet=_sheet(tmp_path, LONG), vocabularies={"race": "fairface_race@1"})


def test_a_dry_run_writes_nothing(people: Workspace, tmp_path: Path) -> None:
    """It says how many answers it would import."""
    result = _run(people, sheet=_sheet(tmp_path, LONG), dry_run=True)
    assert result.facts["n_imported"] == 2
    assert not people.has(tables.ANNOTATIONS)
    assert people.run_files() == []


def test_the_run_is_recorded(people: Workspace, tmp_path: Path) -> None:
    """The record holds the counts and the batch's hash."""
    result = _run(people, sheet=_sheet(tmp_path, LONG))
    record = json.loads(people.run_files()[-1].read_text())
    assert record["facts"]["n_imported"] == 2
    assert result.facts["batch"] in record["outputs"]
