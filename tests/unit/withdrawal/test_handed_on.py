"""Does the workspace know where its shards went, and which of them hold somebody?"""

from dataclasses import replace
from pathlib import Path

import pytest

from datatools.errors import DataError
from datatools.sharding import tarred
from datatools.withdrawal import handed_on
from datatools.withdrawal.handed_on import Handed, Shard
from datatools.workspace import Workspace

_LOW, _HIGH = "0" * 15 + "1", "f" * 16
_FIRST = Shard(name="shards-000000.tar", low="", high="8" + "0" * 15, stamp="s", sha256="0" * 64, n_bytes=10)
_LAST = replace(_FIRST, name="shards-000001.tar", low="8" + "0" * 15, high=None)


def _remember(workspace: Workspace, to: str, *shards: Shard) -> Path:
    path = handed_on.file_of(workspace, to)
    handed_on.write(path, Handed(to, {shard.name: shard for shard in shards}))
    return path


def _write_shard(path: Path, sample_id: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = b"".join(tarred.blocks([(f"{sample_id}.json", b"{}"), (f"{sample_id}.jpg", b"1")]))
    path.write_bytes(body + tarred.end(len(body)))


def test_what_was_remembered_is_read(workspace: Workspace) -> None:
    """Shard by shard, the later line of one name."""
    path = _remember(workspace, "/data/out", _FIRST)
    handed_on.append(path, _LAST)
    handed_on.append(path, replace(_FIRST, stamp="other"))
    assert handed_on.read(path) == Handed(
        "/data/out", {_FIRST.name: replace(_FIRST, stamp="other"), _LAST.name: _LAST}
    )
    assert list(handed_on.every(workspace)) == [path]


def test_nothing_is_remembered_of_nothing(workspace: Workspace) -> None:
    """Of a workspace that handed nothing on."""
    assert handed_on.read(handed_on.file_of(workspace, "/data/out")) is None
    assert handed_on.every(workspace) == {}


def test_a_line_that_was_cut_off_is_left_out(workspace: Workspace) -> None:
    """Its shard is written again."""
    path = _remember(workspace, "/data/out", _FIRST, _LAST)
    path.write_bytes(path.read_bytes()[:-20])
    handed = handed_on.read(path)
    assert handed is not None
    assert list(handed.shards) == [_FIRST.name]


def test_a_file_that_names_no_place_is_an_error(workspace: Workspace) -> None:
    """A withdrawal must not pass it over."""
    path = _remember(workspace, "/data/out", _FIRST)
    path.write_bytes(b"{")
    with pytest.raises(DataError, match="does not begin with the place of shards"):
        handed_on.every(workspace)


def test_places_of_one_name_have_files_of_their_own(workspace: Workspace) -> None:
    """As do folders on different disks; the name is for people."""
    first, second = (handed_on.file_of(workspace, to) for to in ("/a/out", "s3://b/out"))
    assert first.parent.name.startswith("to-out-")
    assert first != second


def test_shards_in_folders_are_looked_into(workspace: Workspace, tmp_path: Path) -> None:
    """Those that hold a sample, and the index that names them; one that is broken counts."""
    out = tmp_path / "out"
    _write_shard(out / _FIRST.name, _LOW)
    _write_shard(out / _LAST.name, _HIGH)
    _remember(workspace, str(out), _FIRST, _LAST)
    assert handed_on.holding(workspace, {_LOW}) == ([out / "shards-000000.tar", out / "shards.json"], [])
    assert handed_on.holding(workspace, {"1" * 16}) == ([], [])
    (out / _LAST.name).write_bytes(b"no tar file")
    assert out / _LAST.name in handed_on.holding(workspace, {_LOW})[0]


def test_an_index_that_names_somebody_who_was_left_out_goes(workspace: Workspace, tmp_path: Path) -> None:
    """They are in no shard."""
    out = tmp_path / "out"
    out.mkdir()
    (out / "shards.json").write_text(f'{{"left_out": [{{"sample_id": "{_LOW}"}}]}}')
    _remember(workspace, str(out), _FIRST)
    assert handed_on.holding(workspace, {_LOW}) == ([out / "shards.json"], [])
    assert handed_on.holding(workspace, {_HIGH}) == ([], [])


def test_shards_at_addresses_are_known_by_their_ranges(workspace: Workspace) -> None:
    """Nobody asks the network in a withdrawal."""
    _remember(workspace, "s3://bucket/out/", _FIRST, _LAST)
    assert handed_on.holding(workspace, {_HIGH}) == ([], ["s3://bucket/out/shards-000001.tar"])


def test_what_is_to_be_done_is_said(workspace: Workspace, tmp_path: Path) -> None:
    """Of folders that moved, of those that lost shards, of addresses."""
    _remember(workspace, str(tmp_path / "moved"), _FIRST)
    _remember(workspace, str(tmp_path / "whole"), _FIRST)
    _remember(workspace, str(tmp_path / "lost"), _FIRST)
    (tmp_path / "lost").mkdir()
    (tmp_path / "whole").mkdir()
    (tmp_path / "whole" / "shards.json").write_text("{}")
    said = sorted(handed_on.sentences(workspace, ["s3://b/shards-000000.tar"]))
    moved, lost = tmp_path / "moved", tmp_path / "lost"
    assert said == [
        "  s3://b/shards-000000.tar",
        "1 shards at addresses may hold them: give `datatools shards --to` with the same address again, "
        "which writes them without them, and delete every copy:",
        f"Shards were written to {moved}, which is not there now: delete them wherever they are.",
        f"The shards in {lost} that held them are removed, and the index: `datatools shards --to {lost}` "
        "writes them again without them. Delete every copy.",
    ]
