"""JSON and TOML from outside become plain values, or one error that says what is wrong."""

from pathlib import Path

import pytest

from datatools.errors import DataError, UsageError
from datatools.outside import structured
from datatools.outside.structured import MAX_DEPTH, json_of, read_json, read_toml, toml_of


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "Expecting value"),
        ("{", "Expecting property name"),
        (b"\xff\xfe", "can't decode"),
        ("[" * 200_000, "recursion"),
        ("[" * (MAX_DEPTH + 2) + "]" * (MAX_DEPTH + 2), "nested deeper than 100 levels"),
        ('{"a": ' + "9" * 5000 + "}", "4300 digits"),
        ("[18446744073709551616]", "a whole number of 65 bits"),
        ('[{"a": 1, "b": 2, "a": 3}]', "the key 'a' stands twice"),
        ('["\\ud83d"]', "surrogates not allowed"),
    ],
)
def test_what_is_no_plain_json_is_refused(text: str | bytes, reason: str) -> None:
    """With the place, what was expected, and why."""
    with pytest.raises(DataError, match=f"line 7: expected a task, in JSON: .*{reason}"):
        json_of(text, "line 7", "a task")


def test_json_is_read_whatever_it_holds() -> None:
    """Its largest numbers, its deepest lists, a byte order mark."""
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    found = json_of(
        f'\ufeff{{"emoji": "\\ud83d\\ude00", "n": -9223372036854775807, "deep": {deep}}}'.encode(),
        "x",
        "a thing",
    )
    assert isinstance(found, dict)
    assert found["n"] == 1 - 2**63


def test_half_a_character_becomes_a_question_mark_where_that_is_asked_for() -> None:
    """A program cut a text within an emoji: no table and no file could hold the half."""
    whole = '{"note": "\\ud83d\\ude00", "cut": "a\\ud83d", "\\ude00": 1}'
    assert json_of(whole, "x", "a thing", mends=True) == {"note": "\U0001f600", "cut": "a?", "?": 1}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("a = ", "Invalid value"),
        (b"a = '\xff'", "can't decode"),
        ("a = " + "[" * 5000, "recursion"),
        ("a = " + "[" * 200 + "]" * 200, "nested deeper than 100 levels"),
        ("a = " + "9" * 5000, "4300 digits"),
        ("a = 0x" + "f" * 20, "a whole number of 80 bits"),
        (".".join(["a"] * 5000) + " = 1", "a key of more than 100 parts"),
        ("[" + " . ".join(["'a'"] * 5000) + "]", "a key of more than 100 parts"),
    ],
)
def test_what_is_no_plain_toml_is_refused(text: str | bytes, reason: str) -> None:
    """A long key alone would take minutes."""
    with pytest.raises(UsageError, match=f"a.toml: expected a recipe, in TOML: .*{reason}"):
        toml_of(text, "a.toml", "a recipe")


def test_toml_is_read_whatever_it_holds() -> None:
    """Dotted keys, line ends of Windows."""
    assert toml_of(b"[a.'b c']\r\nd = 1.5\r\n", "x", "a thing") == {"a": {"b c": {"d": 1.5}}}


@pytest.mark.parametrize(
    ("name", "reason"),
    [("gone", "there is no such file"), (".", "which cannot be read"), ("a\0b", "which cannot be read")],
)
def test_a_file_that_cannot_be_opened_is_named(tmp_path: Path, name: str, reason: str) -> None:
    """Whatever the reason, as the error that was asked for."""
    with pytest.raises(UsageError, match=reason):
        read_json(tmp_path / name, "a thing", UsageError)
    with pytest.raises(DataError, match=reason):
        read_toml(tmp_path / name, "a thing", DataError)


def test_a_file_that_is_too_large_is_not_parsed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not even read to its end."""
    monkeypatch.setattr(structured, "MAX_JSON_BYTES", 1 << 20)
    path = tmp_path / "large.json"
    path.write_bytes(b"[" + b"0," * (1 << 20))
    with pytest.raises(DataError, match=r"large\.json: expected a thing of at most 1 MiB"):
        read_json(path, "a thing")
