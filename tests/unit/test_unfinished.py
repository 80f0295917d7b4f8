"""A sheet is written once, unless the run that wrote it was killed."""

from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.unfinished import NewSheet


class KilledError(Exception):
    """The process ended here."""


def _killed(sheet: NewSheet, content: str | None) -> None:
    """Write a sheet, or nothing of it, and be killed before the end."""
    with sheet.written():
        if content is not None:
            sheet.path.write_text(content)
        raise KilledError


def test_a_new_sheet_leaves_nothing_beside_it(tmp_path: Path) -> None:
    """The note of what is being written goes last."""
    sheet = NewSheet(tmp_path / "a.csv", "settings")
    sheet.check()
    with sheet.written() as is_whole:
        sheet.path.write_text("questions")
    assert not is_whole
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_sheet_that_was_finished_is_refused(tmp_path: Path) -> None:
    """It may hold answers."""
    (tmp_path / "a.csv").write_text("questions")
    with pytest.raises(UsageError, match=r"a\.csv exists and may hold answers"):
        NewSheet(tmp_path / "a.csv", "settings").check()


def test_a_killed_run_goes_on_and_keeps_a_sheet_that_is_there(tmp_path: Path) -> None:
    """Between the kill and now somebody may have written into it."""
    with pytest.raises(KilledError):
        _killed(NewSheet(tmp_path / "a.csv", "settings"), "answers")
    again = NewSheet(tmp_path / "a.csv", "settings")
    again.check()
    with again.written() as is_whole:
        pass
    assert is_whole
    assert (tmp_path / "a.csv").read_text() == "answers"
    with pytest.raises(UsageError, match="may hold answers"):
        again.check()


def test_a_killed_run_of_other_settings_is_no_excuse(tmp_path: Path) -> None:
    """Another question would be asked in the place of the first."""
    with pytest.raises(KilledError):
        _killed(NewSheet(tmp_path / "a.csv", "settings"), "answers")
    with pytest.raises(UsageError, match="may hold answers"):
        NewSheet(tmp_path / "a.csv", "others").check()


def test_a_killed_run_that_wrote_nothing_starts_again(tmp_path: Path) -> None:
    """Whatever its settings were."""
    with pytest.raises(KilledError):
        _killed(NewSheet(tmp_path / "a.csv", "settings"), None)
    NewSheet(tmp_path / "a.csv", "others").check()


def test_a_folder_is_never_whole(tmp_path: Path) -> None:
    """A page's folder is there long before its page."""
    (tmp_path / "page").mkdir()
    (tmp_path / ".page.begun").write_text("settings")
    again = NewSheet(tmp_path / "page", "settings")
    again.check()
    with again.written() as is_whole:
        assert not is_whole


def test_a_sheet_that_somebody_wrote_since_it_was_looked_for_is_kept(tmp_path: Path) -> None:
    """Two commands may begin at the same moment: the second to get there is refused."""
    sheet = NewSheet(tmp_path / "sheet.csv", "a")
    sheet.check()
    sheet.path.write_text("theirs")
    with pytest.raises(UsageError, match="may hold answers"), sheet.written():
        sheet.path.write_text("ours")
    assert sheet.path.read_text() == "theirs"
