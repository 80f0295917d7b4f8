"""Does verify see what changed behind the run records' back?"""

from pathlib import Path

import pytest

from datatools import tables
from datatools.progress import Progress
from datatools.stages import ingest, show, verify
from datatools.workspace import Workspace
from tests.pictures import write_people


@pytest.fixture
def ingested(workspace: Workspace, tmp_path: Path, quiet: Progress) -> Workspace:
    """Give a workspace with three pictures."""
    write_people(tmp_path / "people", 3, with_masks=False)
    ingest.run(workspace, ingest.Settings(source=tmp_path / "people"), quiet)
    return workspace


def test_untouched_workspace_passes(ingested: Workspace, quiet: Progress) -> None:
    """Nothing changed, nothing is stale."""
    result = verify.run(ingested, verify.Settings(), quiet)
    assert (result.passed, result.facts["changed"], result.facts["stale"]) == (True, [], [])


def test_changed_table_fails(ingested: Workspace, quiet: Progress) -> None:
    """A table edited by hand is named."""
    rows = ingested.rows(tables.MANIFEST)
    ingested.write(tables.MANIFEST, rows[1:])
    result = verify.run(ingested, verify.Settings(), quiet)
    assert not result.passed
    assert "tables/manifest.parquet: has changed since ingest wrote it" in str(result.facts["changed"])


def test_changed_and_missing_pictures_fail(ingested: Workspace, quiet: Progress) -> None:
    """A picture replaced, and one removed, are named; without pictures they are not looked at."""
    first, second, _ = (ingested.image_file(row) for row in ingested.samples())
    first.write_bytes(second.read_bytes())
    second.unlink()
    result = verify.run(ingested, verify.Settings(), quiet)
    changed = result.facts["changed"]
    assert isinstance(changed, list)
    assert sorted(line.rpartition(": ")[2] for line in changed) == ["has changed", "is gone"]
    assert verify.run(ingested, verify.Settings(pictures=False), quiet).passed


def test_a_broken_run_record_is_named(ingested: Workspace, quiet: Progress) -> None:
    """The other records are gone by all the same."""
    ingested.run_files()[0].write_text("{")
    result = verify.run(ingested, verify.Settings(), quiet)
    assert not result.passed
    assert "runs/0001-ingest.json: is no run record" in str(result.facts["troubles"])


def test_show_counts_samples(ingested: Workspace, quiet: Progress) -> None:
    """The summary counts what ingest wrote."""
    result = show.run(ingested, show.Settings(), quiet)
    assert (result.facts["samples"], result.facts["people"]) == (3, 3)
