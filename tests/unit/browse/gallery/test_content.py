"""What a gallery's page knows of its pictures."""

from pathlib import Path

import pytest

from datatools.browse.gallery import content
from datatools.errors import DataError


@pytest.mark.parametrize("text", ["{", "[1]", '{"settings": {"attributes": [1]}}'])
def test_a_file_that_is_no_audit_is_named(tmp_path: Path, text: str) -> None:
    """Torn, or edited by hand."""
    path = tmp_path / "audit.json"
    path.write_text(text)
    with pytest.raises(DataError, match=r"audit\.json"):
        content.asked_in(path)


def test_an_audit_of_any_version_tells_its_attributes(tmp_path: Path) -> None:
    """What else it holds is of no interest; it may not have been asked for any."""
    path = tmp_path / "audit.json"
    path.write_text('{"settings": {"attributes": ["b", "a"], "other": 1}, "models": null}')
    (tmp_path / "none.json").write_text('{"settings": {"attributes": null}}')
    assert content.asked_in(path) == ["b", "a"]
    assert content.asked_in(tmp_path / "none.json") == []
