"""A ZIP file is looked at before anything is taken out of it."""

import zipfile
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.outside.archives import opened, refuse_what_harms


def _zip(path: Path, **parts: bytes) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            archive.writestr(name, data)
    return path


def _read(path: Path) -> bytes:
    with opened(path, "a thing") as archive:
        return archive.read("a")


@pytest.mark.parametrize(("place", "byte"), [(6, 0x01), (8, 99), (26, 0xFF), (-22, 0)])
def test_a_broken_head_is_an_error_of_the_data(tmp_path: Path, place: int, byte: int) -> None:
    """A password, a packing that nobody knows, a length, no end."""
    path = _zip(tmp_path / "a.zip", a=b"x" * 99)
    data = bytearray(path.read_bytes())
    data[place] = byte
    central = data.find(b"PK\x01\x02")
    data[central + 8 : central + 12] = data[6:10]
    path.write_bytes(data)
    with pytest.raises(DataError, match=r"a\.zip: expected a thing, which is a ZIP file"):
        _read(path)


def test_a_name_that_is_no_text_is_an_error_of_the_data(tmp_path: Path) -> None:
    """It says that it is UTF-8."""
    path = _zip(tmp_path / "a.zip", é=b"x")
    path.write_bytes(path.read_bytes().replace("é".encode(), b"\xff\xff"))
    with pytest.raises(DataError, match=r"a\.zip: expected a thing, which is a ZIP file"):
        refuse_what_harms(path, "a thing")


def test_parts_that_are_no_markup_may_be_anything(tmp_path: Path) -> None:
    """A picture in a workbook."""
    refuse_what_harms(_zip(tmp_path / "a.zip", picture=b"\x89PNG", empty=b""), "a thing")
