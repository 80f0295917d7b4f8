"""What is kept of a withdrawal, and when is a result no longer stale?"""

from datetime import date

import pytest

from datatools.errors import DataError
from datatools.withdrawal import tombstone
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.trace import Trace
from datatools.workspace import Workspace

_SAMPLE = "00112233aabbccdd"


def _buried(workspace: Workspace, token: str = "t", depending: dict[str, str] | None = None) -> None:
    tombstone.bury(
        workspace,
        token=token,
        today=date(2026, 1, 2),
        counts={"pictures": 1},
        samples=[_SAMPLE],
        depending=depending or {},
        run_number=1,
    )


def test_nothing_was_withdrawn_from_a_new_workspace(workspace: Workspace) -> None:
    """No file is written by looking."""
    assert not tombstone.read(workspace).holds(_SAMPLE)
    assert tombstone.stale(workspace) == []
    assert not (workspace.root / "withdrawals.json").exists()


def test_the_same_token_is_buried_once(workspace: Workspace) -> None:
    """A last step that is repeated adds nothing; another withdrawal does."""
    _buried(workspace)
    before = (workspace.root / "withdrawals.json").read_bytes()
    _buried(workspace)
    assert (workspace.root / "withdrawals.json").read_bytes() == before
    _buried(workspace, "u")
    assert len(tombstone.read(workspace).tombstones) == 2


def test_the_hash_is_of_this_workspace_alone(workspace: Workspace) -> None:
    """Two workspaces that lost one picture hold no equal hash."""
    other = Workspace(workspace.root.parent / "other")
    _buried(workspace)
    _buried(other)
    first, second = tombstone.read(workspace), tombstone.read(other)
    assert first.holds(_SAMPLE)
    assert not first.holds("ffffffffffffffff")
    assert first.digests != second.digests
    assert _SAMPLE not in first.digests[0]


def test_another_file_is_not_stale(workspace: Workspace) -> None:
    """A model that was trained again is another file; one that is gone is none."""
    path = workspace.root / "models" / "student" / "model.pt"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"old")
    _buried(workspace, depending={"models/student/model.pt": "train"})
    (mark,) = tombstone.stale(workspace)
    assert tombstone.sentences([mark])[0].endswith("withdrawn on 2026-01-02; run `datatools train` again")
    path.write_bytes(b"new")
    assert tombstone.stale(workspace) == []
    path.unlink()
    assert tombstone.stale(workspace) == []


@pytest.mark.parametrize("text", ['{"key": 3}', '{"key": "=1+1"}', '{"key": "abc"}', "["])
def test_a_broken_file_is_a_data_error(workspace: Workspace, text: str) -> None:
    """Without it withdrawn pictures could come back."""
    (workspace.root / "withdrawals.json").write_text(text)
    with pytest.raises(DataError, match="could come back"):
        tombstone.read(workspace)


def test_a_line_that_a_kill_cut_off_was_not_acted_on(workspace: Workspace) -> None:
    """What follows begins on a line of its own."""
    ledger = Ledger(workspace)
    trace = Trace(people=["a:b"], words=[], samples=[], hashes=[], files=[], listed={}, outside=[], counts={})
    ledger.begin(Intent.of(trace, delete_sources=False))
    ledger.touch(workspace.root.resolve() / "one")
    with ledger.list_file.open("a") as stream:
        stream.write('"tw')
    ledger.settle()
    assert ledger.pending() is not None
    ledger.touch(workspace.root.resolve() / "three")
    assert ledger.touched() == ["one", "three"]
    ledger.end()
    assert ledger.pending() is None
    assert ledger.touched() == []
