"""Reference populations as files."""

from pathlib import Path

import pytest

from datatools.errors import DataError, UsageError
from datatools.fairness.composition.labelled import crossed
from datatools.fairness.composition.reference import read_reference, template
from tests.unit.fairness.composed import labels

_GOOD = (
    "attribute,group,share,source\nperceived_gender,female,0.5,a census\nperceived_gender,male,0.5,a census\n"
)


def _file(folder: Path, text: str, name: str = "reference.csv") -> Path:
    path = folder / name
    path.write_text(text, "utf-8")
    return path


def test_a_csv_file_is_read(tmp_path: Path) -> None:
    """Also one with a byte order mark, as spreadsheet programs write it."""
    (found,) = read_reference(_file(tmp_path, "\ufeff" + _GOOD))
    assert (found.attribute, found.shares, found.source) == (
        "perceived_gender",
        {"female": 0.5, "male": 0.5},
        "a census",
    )


def test_a_toml_file_says_the_same(tmp_path: Path) -> None:
    """Its source may stand once at the top."""
    text = 'source = "a census"\n' + "".join(
        f'[[share]]\nattribute = "perceived_gender"\ngroup = "{group}"\nshare = 0.5\n'
        for group in ("female", "male")
    )
    assert read_reference(_file(tmp_path, text, "r.toml")) == read_reference(_file(tmp_path, _GOOD))


def test_rounded_shares_are_made_whole(tmp_path: Path) -> None:
    """Whole percents often add up to 99 or 101."""
    rounded = _GOOD.replace("male,0.5", "male,0.495")
    (found,) = read_reference(_file(tmp_path, rounded))
    assert sum(found.shares.values()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "holds no shares"),
        (_GOOD.replace("0.5,a census\n", ",a census\n", 1), "without share"),
        (_GOOD.replace("a census", ""), "without source"),
        (_GOOD.replace("0.5", "half", 1), "fraction of 1, got 'half'"),
        (_GOOD.replace("0.5", "50", 1), "percents divided by 100"),
        (_GOOD.replace(",male", ",female"), "came before"),
        (_GOOD.replace("0.5", "0.3", 1), "add up to 0.8"),
        ('attribute,group\n"a', "cannot be read"),
    ],
)
def test_a_wrong_file_is_explained(tmp_path: Path, text: str, words: str) -> None:
    """Each error says which share and what was expected."""
    with pytest.raises(DataError, match=words):
        read_reference(_file(tmp_path, text))


@pytest.mark.parametrize(
    ("text", "words"), [("x = ", "reference population, in TOML"), ("share = 3", r"\[\[share\]\]")]
)
def test_wrong_toml_is_explained(tmp_path: Path, text: str, words: str) -> None:
    """No TOML, or no tables."""
    with pytest.raises(DataError, match=words):
        read_reference(_file(tmp_path, text, "r.toml"))


@pytest.mark.parametrize("name", ["missing.csv", "r.xlsx"])
def test_no_such_file_or_format_is_a_usage_error(tmp_path: Path, name: str) -> None:
    """CSV and TOML are read."""
    _file(tmp_path, _GOOD, "r.xlsx")
    with pytest.raises(UsageError, match="expected a reference population"):
        read_reference(tmp_path / name)


def test_a_filled_template_is_read(tmp_path: Path) -> None:
    """It has a line for every group and cell, but for answers of several values."""
    first = labels({"female": 3, "several": 2})
    second = labels({"yes": 3, "no": 2}, name="glasses")
    text = template([first, second, *crossed([first, second], 2)]).decode()
    lines = text.splitlines()
    assert lines[0] == "attribute,group,share,source"
    assert "perceived_gender x glasses,female x yes,," in lines
    assert "several" not in text
    filled = "\n".join(
        [lines[0], *(line[:-1] + f"{1 if 'female,' in line else 0.5},me" for line in lines[1:])]
    )
    assert {r.attribute for r in read_reference(_file(tmp_path, filled))} == {
        "perceived_gender",
        "glasses",
        "perceived_gender x glasses",
    }
