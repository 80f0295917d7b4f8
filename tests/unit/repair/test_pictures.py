"""Which files are gone or have other bytes than their rows say?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools import tables
from datatools.progress import Progress
from datatools.records import MaskRow, Sample
from datatools.repair import pictures, rows
from datatools.tables import sha256_bytes, sha256_file
from datatools.workspace import Workspace
from tests.stages import people

N = 5
_QUIET = Progress("quiet")


@pytest.fixture
def masked(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give five pictures; a mask of each but the last, which failed."""
    listed = []
    for number in range(N):
        path = tmp_path / f"{number}.jpg"
        path.write_bytes(f"picture {number}".encode())
        listed.append(replace(people.sample(number, path=path.name), sample_id=sha256_file(path)[:16]))
    people.ingest(workspace, tmp_path, listed)
    workspace.write(tables.MASKS, [_mask(workspace, sample) for sample in workspace.samples()])
    *_, last = workspace.rows(tables.MASKS)
    workspace.mask_file(last.sample_id).unlink()
    failed = replace(last, path=None, sha256=None, status="failed", error="no face")
    workspace.write(tables.MASKS, [*workspace.rows(tables.MASKS)[:-1], failed])
    return workspace


def _mask(workspace: Workspace, sample: Sample) -> MaskRow:
    path = workspace.mask_file(sample.sample_id)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sample.path.encode())
    return MaskRow(
        sample_id=sample.sample_id,
        path=workspace.relative(path),
        rules_applied=["hair"],
        mask_source="model:grabcut",
        sha256=sha256_bytes(sample.path.encode()),
        parents="p",
        status="ok",
        error=None,
    )


@pytest.fixture(params=[1, 2, 8192])
def _at_once(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Read tables in pieces of so many rows."""
    for module in (pictures, rows):
        monkeypatch.setattr(module, "AT_ONCE", request.param)


@pytest.mark.usefixtures("_at_once")
def test_what_changed_is_named_in_the_order_of_the_rows(masked: Workspace) -> None:
    """Pictures first, then masks; an item that failed has no file."""
    samples = masked.samples()
    masked.image_file(samples[1]).write_bytes(b"another")
    masked.image_file(samples[3]).unlink()
    masked.mask_file(samples[0].sample_id).unlink()
    masked.mask_file(samples[2].sample_id).write_bytes(b"another")
    assert pictures.changed(masked, None, (), _QUIET) == (
        [
            f"picture {samples[1].path}: has changed",
            f"picture {samples[3].path}: is gone",
            f"masks/{samples[0].sample_id}.png: is gone",
            f"masks/{samples[2].sample_id}.png: has changed",
        ],
        2 * N - 1,
    )


@pytest.mark.usefixtures("_at_once")
@pytest.mark.parametrize(("limit", "n_files"), [(1, 2), (3, 6), (N, 2 * N - 1), (99, 2 * N - 1)])
def test_a_limit_is_of_each_table(masked: Workspace, limit: int, n_files: int) -> None:
    """The first rows, whatever pieces they are read in."""
    assert pictures.changed(masked, limit, (), _QUIET) == ([], n_files)


def test_what_is_being_written_is_left_out(masked: Workspace) -> None:
    """Its rows and files need not agree yet."""
    masked.mask_file(masked.samples()[0].sample_id).unlink()
    assert pictures.changed(masked, None, ("masks",), _QUIET) == ([], N)


@pytest.mark.usefixtures("_at_once")
def test_the_rows_that_stay_are_the_bytes_of_a_table_without_the_others(masked: Workspace) -> None:
    """As if the stage had never made them."""
    samples, before = masked.samples(), masked.rows(tables.MASKS)
    masked.mask_file(samples[0].sample_id).unlink()
    masked.mask_file(samples[2].sample_id).write_bytes(b"another")
    (found,) = rows.without_files(masked, hashes=True)
    assert "2 of its rows speak of files" in found.trouble.told
    assert found.trouble.mend is not None
    found.trouble.mend()
    assert masked.table_file(tables.MASKS).read_bytes() == tables.to_bytes(
        tables.to_arrow(tables.MASKS, [before[1], *before[3:]])
    )
    assert not masked.mask_file(samples[2].sample_id).exists()


@pytest.mark.usefixtures("_at_once")
def test_files_of_no_row_are_found_among_many(masked: Workspace) -> None:
    """By their names: those of ours alone."""
    for name in ("f" * 16, "e" * 16, "note"):
        (masked.root / "masks" / f"{name}.png").write_bytes(b"")
    ((table, trouble),) = rows.of_no_row(masked)
    assert table == "masks"
    assert trouble.told.startswith(f"2 files are of no row of a table ({'e' * 16}.png, {'f' * 16}.png)")
