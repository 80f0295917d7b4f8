"""Files from outside are read without unpacking, running or following what they ask for."""

import io
import zipfile
from pathlib import Path

import pytest

from datatools.errors import DataError, UsageError
from datatools.exchange._detect import detect
from datatools.exchange._json import text
from datatools.exchange._samples import named
from datatools.exchange.cvat import Cvat
from datatools.outside import archives
from datatools.outside.markup import refuse_declarations
from datatools.outside.structured import read_json

BOMB = (
    '<?xml version="1.0"?><!DOCTYPE annotations [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    '<annotations><image name="&b;"/></annotations>'
)
FILES = '<!DOCTYPE annotations [<!ENTITY f SYSTEM "file:///etc/hostname">]><annotations>&f;</annotations>'


@pytest.mark.parametrize("document", [BOMB, FILES])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_entities_are_refused_before_they_grow(tmp_path: Path, document: str, encoding: str) -> None:
    """No entity is expanded and no file opened, in whatever encoding the declaration hides."""
    path = tmp_path / "annotations.xml"
    path.write_bytes(document.encode(encoding))
    with pytest.raises(DataError, match=r"annotations\.xml: expected XML without a document type"):
        list(Cvat().read(path))


@pytest.mark.parametrize("document", [b"", b"no xml", b"<!-- only a comment -->"])
def test_a_document_without_a_root_is_refused(document: bytes) -> None:
    """Cut off or something else."""
    with pytest.raises(DataError, match=r"x\.xml: not readable as XML"):
        refuse_declarations(io.BytesIO(document), "x.xml")


def _zip(path: Path, parts: dict[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def test_a_zip_bomb_is_refused_unopened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the parts say of their size is summed up first; reading gives no more than they say."""
    monkeypatch.setattr(archives, "MAX_UNPACKED_BYTES", 1 << 20)
    path = _zip(tmp_path / "bomb.zip", {"annotations.xml": bytes(2 << 20)})
    assert path.stat().st_size < 1 << 14
    with pytest.raises(DataError, match=r"bomb\.zip: expected annotations .* at most 1 MiB"):
        list(Cvat().read(path))


def test_a_zip_of_too_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each would cost a look."""
    monkeypatch.setattr(archives, "MAX_FILES", 2)
    path = _zip(tmp_path / "many.zip", {f"{number}": b"" for number in range(3)})
    with pytest.raises(DataError, match=r"in 2 parts, got 0 MiB in 3"):
        list(Cvat().read(path))


def test_a_damaged_zip_is_an_error_of_the_data(tmp_path: Path) -> None:
    """Not a crash in the middle."""
    path = _zip(tmp_path / "a.zip", {"annotations.xml": b"<annotations/>" * 99})
    data = bytearray(path.read_bytes())
    data[50:70] = bytes(20)
    path.write_bytes(data)
    with pytest.raises(DataError, match="a ZIP file without a password"):
        list(Cvat().read(path))


@pytest.mark.parametrize("content", ["[" * 200_000, "{", "\udcff", '{"a": ' + "9" * 5000 + "}"])
def test_json_that_is_none_or_too_deep_is_refused(tmp_path: Path, content: str) -> None:
    """The interpreter's own limits become an error of the data."""
    path = tmp_path / "tasks.json"
    path.write_bytes(content.encode("utf-8", "surrogateescape"))
    with pytest.raises(DataError, match=r"tasks\.json: expected tasks, in JSON"):
        read_json(path, "tasks")


def test_missing_json_is_named(tmp_path: Path) -> None:
    """With its path."""
    with pytest.raises(DataError, match=r"expected tasks at .*gone\.json, there is no such file"):
        read_json(tmp_path / "gone.json", "tasks")


def test_numbers_are_written_as_a_sheet_has_them() -> None:
    """Whole numbers without a point, absent ones not at all."""
    assert [text(value) for value in (None, 44.0, 2.5, 7, "a")] == ["", "44", "2.5", "7", "a"]


@pytest.mark.parametrize(
    ("picture", "sample"),
    [
        ("ann01/00000000000000ff.jpg", "00000000000000ff"),
        ("00000000000000ff_mask.jpg", "00000000000000ff"),
        ("/data/local-files/?d=ann01/00000000000000ff.jpg", "00000000000000ff"),
        ("/data/local-files/?d=sub%20set/a.jpg", "sub set/a.jpg"),
        ("/data/upload/12/1a2b3c4d-face_01.jpg", "face_01.jpg"),
        ("/data/upload/1a2b3c4d-face_01.jpg", "face_01.jpg"),
        ("https://example.org/set/a%20b.jpg?x=1", "set/a b.jpg"),
        ("s3://bucket/set/a.jpg", "set/a.jpg"),
        ("set\\a.jpg", "set/a.jpg"),
        ("faces/1#2?.jpg", "faces/1#2?.jpg"),
        ("http://[broken/a.jpg", "http://[broken/a.jpg"),
        ("../../etc/passwd", "../../etc/passwd"),
    ],
)
def test_a_picture_is_told_by_the_name_that_a_tool_gives_it(picture: str, sample: str) -> None:
    """A name is looked up among the samples; no path is followed."""
    assert named(picture) == sample


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """Before any format is asked."""
    with pytest.raises(DataError, match="there is no such file or folder"):
        detect(tmp_path / "gone.xlsx", None, {})


def test_a_folder_of_two_kinds_asks_which(tmp_path: Path) -> None:
    """Both formats are named."""
    (tmp_path / "samples.json").write_text("{}")
    (tmp_path / "annotations.xml").write_text("<annotations/>")
    with pytest.raises(UsageError, match="it looks like cvat and fiftyone: say which with --format"):
        detect(tmp_path, None, {})


def test_options_that_a_format_does_not_take_are_refused(tmp_path: Path) -> None:
    """A misspelt one would have no effect."""
    (tmp_path / "a.csv").write_text("")
    with pytest.raises(UsageError, match="exchange 'csv' does not take"):
        detect(tmp_path / "a.csv", None, {"colour": "red"})
