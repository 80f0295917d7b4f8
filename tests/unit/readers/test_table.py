"""How a CSV is read whose columns the user names."""

from pathlib import Path

import pytest

from datatools.errors import DataError, UsageError
from datatools.readers import Entry
from datatools.readers._detect import detect


def _entries(root: Path, text: str, **options: str) -> list[Entry]:
    (root / "all.csv").write_text(text, "utf-8")
    return list(detect(root, "table", options).entries())


def test_columns_become_fields(tmp_path: Path) -> None:
    """Picture, mask, person, split and answers come from the columns that the options name."""
    (entry,) = _entries(
        tmp_path,
        "file,cut,who,part,sex\na b.jpg,m.png,ann,test,female\n",
        image="file",
        mask="cut",
        mask_source="human",
        person="who",
        split="part",
        perceived_gender="sex",
    )
    assert (entry.path, entry.mask, entry.mask_source) == ("a b.jpg", "m.png", "human")
    assert (entry.person_id, entry.source_split) == ("ann", "test")
    (answer,) = entry.answers
    assert (answer.question, answer.value, answer.vocabulary) == ("perceived_gender", "female", "gender@1")
    assert answer.source == "dataset"


def test_self_reported_question_is_a_self_report(tmp_path: Path) -> None:
    """The question's kind decides whose word an answer is."""
    (entry,) = _entries(tmp_path, "f,age\na.jpg,31\n", image="f", self_reported_age="age")
    assert [answer.source for answer in entry.answers] == ["self_report"]


def test_empty_cells_are_absent(tmp_path: Path) -> None:
    """No mask, no person, no answer: not an empty string that looks like one."""
    (entry,) = _entries(
        tmp_path, "f,m,p,g\na.jpg,,,\n", image="f", mask="m", person="p", split="p", perceived_gender="g"
    )
    absent = (entry.mask, entry.mask_source, entry.person_id, entry.source_split, entry.answers)
    assert absent == (None, None, None, None, ())


def test_vocabulary_may_be_named(tmp_path: Path) -> None:
    """COLUMN:VOCABULARY chooses among the question's vocabularies."""
    text = "f,r\na.jpg,indian\n"
    (entry,) = _entries(tmp_path, text, image="f", perceived_race="r:utkface_race@1")
    assert entry.answers[0].vocabulary == "utkface_race@1"


def test_absolute_paths_inside_the_root_become_relative(tmp_path: Path) -> None:
    """Tables made by scripts hold absolute paths; the manifest does not."""
    (entry,) = _entries(tmp_path, f"f\n{tmp_path / 'sub' / 'a.jpg'}\n", image="f")
    assert entry.path == "sub/a.jpg"


def test_row_without_a_picture_says_so(tmp_path: Path) -> None:
    """A blank picture cell is an entry with a problem."""
    (entry,) = _entries(tmp_path, "f,g\n,x\n", image="f")
    assert entry.problem == "the listing has a row without a picture"


def test_short_row_has_empty_cells(tmp_path: Path) -> None:
    """A row with fewer cells than the header is read as far as it goes."""
    (entry,) = _entries(tmp_path, "f,p\na.jpg\n", image="f", person="p")
    assert entry.person_id is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "option image=COLUMN"),
        ({"image": "f", "perceived_rage": "g"}, "expected a question among"),
        ({"image": "f", "perceived_race": "g:races@9"}, "expected a vocabulary among"),
        ({"image": "f", "mask_source": "me"}, "human, rendered, keyed or model:NAME"),
    ],
)
def test_wrong_options_are_usage_errors(tmp_path: Path, options: dict[str, str], message: str) -> None:
    """A missing column option, an unknown question, vocabulary or mask source is named."""
    with pytest.raises(UsageError, match=message):
        _entries(tmp_path, "f,g\na.jpg,x\n", **options)


def test_missing_column_is_named_with_those_there_are(tmp_path: Path) -> None:
    """A misspelt column is a data error that lists the header."""
    with pytest.raises(DataError, match="columns sex; got f"):
        _entries(tmp_path, "f\na.jpg\n", image="f", perceived_gender="sex")


def test_several_files_need_a_choice(tmp_path: Path) -> None:
    """Two CSV files are ambiguous until the option says which."""
    (tmp_path / "b.csv").write_text("x\n")
    with pytest.raises(UsageError, match="got 2: name it with the option file=NAME"):
        _entries(tmp_path, "f\na.jpg\n", image="f")
    assert len(_entries(tmp_path, "f\na.jpg\n", image="f", file="all.csv")) == 1


def test_named_file_must_exist(tmp_path: Path) -> None:
    """The path that was looked for is in the error."""
    with pytest.raises(DataError, match=r"gone\.csv, there is no such file"):
        _entries(tmp_path, "f\n", image="f", file="gone.csv")


def test_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    """A spreadsheet renamed to .csv is named as the cause."""
    (tmp_path / "all.csv").write_bytes(b"f\n\xff\xfe\x00")
    with pytest.raises(DataError, match="not a CSV file in UTF-8"):
        list(detect(tmp_path, "table", {"image": "f"}).entries())
