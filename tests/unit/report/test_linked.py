"""Do a report's groups point at what a gallery understands?"""

from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.report import linked


def _gallery(folder: Path) -> Path:
    folder.mkdir(parents=True)
    for name in ("gallery.json", "index.html"):
        (folder / name).write_text("{}")
    return folder


def test_a_gallery_elsewhere_is_reached_by_a_relative_address(tmp_path: Path) -> None:
    """Report and gallery can be moved together, whatever letters their folders have."""
    folder = _gallery(tmp_path / "a b")
    assert linked.gallery_of(tmp_path / "ws" / "reports" / "audit", folder) == "../../../a%20b/index.html"


def test_a_gallery_in_the_report_is_found(tmp_path: Path) -> None:
    """Nobody has to name it; a folder that only has its name is none."""
    (tmp_path / "other" / "gallery").mkdir(parents=True)
    _gallery(tmp_path / "audit" / "gallery")
    found = [linked.gallery_of(tmp_path / name, None) for name in ("audit", "other")]
    assert found == ["gallery/index.html", None]


def test_a_gallery_whose_page_a_withdrawal_took_is_none(tmp_path: Path) -> None:
    """Its page is made again first."""
    folder = _gallery(tmp_path / "g")
    (folder / "index.html").unlink()
    with pytest.raises(UsageError, match="there is none"):
        linked.gallery_of(tmp_path, folder)


def test_names_are_written_as_addresses_have_them() -> None:
    """Whatever a value holds, the gallery reads it as it was."""
    assert linked.group_in("g/index.html", "gender x race", "a&b+c #1") == (
        "g/index.html#group=gender%20x%20race%3Aa%26b%2Bc%20%231"
    )
    assert linked.group_in(None, "gender", "woman") is None
