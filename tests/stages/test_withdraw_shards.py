"""Does somebody who withdraws leave the shards that were handed on?"""

from pathlib import Path

import pytest

from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.stages import verify, withdraw
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace
from tests.stages import sharded
from tests.stages.sharded import every_member, files, number_of, write

_PERSON = "people:p0004"  # of pictures 8 and 9
_SHARD_MB = 0.032  # three shards, with them and without
_QUIET = Progress("quiet")


@pytest.fixture
def samples(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Fill the workspace."""
    return sharded.fill(workspace, tmp_path / "people")


def _withdraw(workspace: Workspace, **settings: object) -> StageResult:
    wanted = {"person": _PERSON, "browser": False, **settings}
    return withdraw.run(workspace, withdraw.Settings.model_validate(wanted), _QUIET)


@pytest.mark.parametrize("place", ["out", "ws/out"])
def test_shards_in_folders_that_hold_them_go(
    workspace: Workspace, samples: list[Sample], tmp_path: Path, place: str
) -> None:
    """With the index, and no others; inside the workspace and outside."""
    out = tmp_path / place
    write(workspace, out, shard_mb=_SHARD_MB)
    before = files(out)
    theirs = {row.sample_id for row in samples if number_of(row) in (8, 9)}
    held = {name for name, data in before.items() if any(one.encode() in data for one in theirs)}
    result = _withdraw(workspace)
    assert files(out) == {name: data for name, data in before.items() if name not in held}
    assert {"shards.json"} < held < set(before)
    assert any(f"`datatools shards --to {out}` writes them again" in note for note in result.notes)


def test_the_same_command_then_writes_what_is_missing(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Without them; the other shards are kept, and the mark that says so is gone."""
    out = tmp_path / "out"
    write(workspace, out, shard_mb=_SHARD_MB)
    _withdraw(workspace)
    assert any("shards --to" in mark.remedy for mark in tombstone.stale(workspace))
    n_there = len(list(out.glob("*.tar")))
    again = write(workspace, out, shard_mb=_SHARD_MB)
    found = every_member(files(out))
    theirs = {row.sample_id for row in samples if number_of(row) in (8, 9)}
    assert {name.partition(".")[0] for name in found} == {row.sample_id for row in samples} - theirs
    assert again.facts["n_kept"] == n_there
    assert not any("shards --to" in mark.remedy for mark in tombstone.stale(workspace))
    assert verify.run(workspace, verify.Settings(), _QUIET).passed


def test_shards_at_addresses_are_named(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """By a rehearsal too; nothing there is touched, and the next run writes them without them."""
    write(workspace, "memory://bucket/withdrawn", shard_mb=_SHARD_MB)
    rehearsed = _withdraw(workspace, dry_run=True)
    result = _withdraw(workspace)
    named = [note.strip() for note in result.notes if note.startswith("  memory://bucket/withdrawn/shards-")]
    assert 1 <= len(named) <= 2
    assert [f"Would name the shard {one}, which may hold them." for one in named] == [
        note for note in rehearsed.notes if "Would name" in note
    ]
    assert write(workspace, "memory://bucket/withdrawn", shard_mb=_SHARD_MB).facts["n_made"] == len(named)
