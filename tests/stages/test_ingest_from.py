"""What ingest makes of addresses and shards: rows as of a folder, each file once, none of the withdrawn."""

import errno
import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from datatools import tables
from datatools.errors import DatatoolsError, LockedError, UsageError
from datatools.progress import Progress
from datatools.records import Sample, StageResult
from datatools.stages import ingest, withdraw
from datatools.workspace import Workspace
from tests import datasets
from tests.pictures import write_people
from tests.unit.remote.server import Site, sample, served, shard, tar


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve three shards of three people each."""
    with served(
        {f"faces-{number}.tar": shard(*range(3 * number, 3 * number + 3)) for number in range(3)}
    ) as found:
        yield found


def _ingest(workspace: Workspace, source: str | Path, **settings: object) -> StageResult:
    chosen = ingest.Settings.model_validate({"source": source, **settings})
    return ingest.run(workspace, chosen, Progress("quiet"))


def _rows(workspace: Workspace) -> dict[str, Sample]:
    return {row.path: row for row in workspace.rows(tables.MANIFEST)}


def _bytes(workspace: Workspace) -> dict[str, bytes]:
    """Give every file but run records, which hold a clock's reading."""
    files = (path for path in workspace.root.rglob("*") if path.is_file() and path.parent.name != "runs")
    return {path.relative_to(workspace.root).as_posix(): path.read_bytes() for path in files}


def _in_memory(folder: Path) -> str:
    """Copy a folder to an address."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for path in folder.rglob("*"):
        if path.is_file():
            memory.pipe(f"/bucket/{folder.name}/{path.relative_to(folder).as_posix()}", path.read_bytes())
    return f"memory://bucket/{folder.name}"


# -- the same rows as of a folder ------------------------------------------------------------------------


@pytest.mark.parametrize("write", [datasets.folder, datasets.eg1800, datasets.london, datasets.utkface])
def test_data_set_at_an_address_is_read_as_in_a_folder(
    workspace: Workspace, tmp_path: Path, write: Callable[[Path], datasets.Options]
) -> None:
    """Whatever its layout: the reader is found, and rows, masks and landmarks are the same."""
    (tmp_path / "set").mkdir()
    write(tmp_path / "set")
    other = Workspace(tmp_path / "other")
    _ingest(other, tmp_path / "set")
    result = _ingest(workspace, _in_memory(tmp_path / "set"))
    assert workspace.rows(tables.MANIFEST) == other.rows(tables.MANIFEST)
    assert workspace.rows_or_empty(tables.LANDMARKS) == other.rows_or_empty(tables.LANDMARKS)
    assert result.facts["n_failed"] == 0
    row = workspace.rows(tables.MANIFEST)[0]
    assert workspace.image_file(row).is_relative_to(workspace.root / "incoming" / "set")


def test_shards_of_a_server_are_read(workspace: Workspace, site: Site) -> None:
    """Masks, people, splits and licences are those of their samples."""
    site.files["faces-2.tar"] = tar(sample(7, split="test", licence="CC0", person_id="new:ann"))
    result = _ingest(workspace, f"{site.address}/faces-{{0..2}}.tar?sig=secret", name="new")
    rows = _rows(workspace)
    assert len(rows) == 7
    row = rows["faces-2.tar/0007.png"]
    assert (row.person_id, row.source_split, row.licence, row.mask_source) == (
        "new:ann",
        "test",
        "CC0",
        "human",
    )
    assert rows["faces-0.tar/0000.png"].person_id == "new:p0"
    assert result.facts["brought"] == {**_dict(result), "n_brought": 3, "kind": "shards", "n_failures": 0}


def _dict(result: StageResult) -> dict[str, object]:
    found = result.facts["brought"]
    assert isinstance(found, dict)
    return found


def test_secrets_stay_nowhere(workspace: Workspace, site: Site, tmp_path: Path) -> None:
    """Neither a signature nor a password is in any file of the workspace, in a note, or in a log."""
    address = site.address.replace("//", "//ann:pa55word@")
    command = [sys.executable, "-m", "datatools", "ingest", "--source", f"{address}/faces-0.tar?sig=se1ret"]
    command += ["--workspace", str(workspace.root), "--log", str(tmp_path / "log")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    told = [done.stdout, done.stderr, (tmp_path / "log").read_text()]
    told += [path.read_bytes().decode("latin-1") for path in workspace.root.rglob("*") if path.is_file()]
    assert "127.0.0.1" in "".join(told)
    assert not [text for text in told if "pa55word" in text or "se1ret" in text]
    assert site.asked[0][2] is not None


def test_shards_of_a_folder_are_read_in_place(workspace: Workspace, tmp_path: Path) -> None:
    """A folder of them, one, or a range; another user's licence takes the place of each picture's."""
    for number in range(2):
        (tmp_path / f"s-{number}.tar").write_bytes(tar(sample(number, licence="CC0")))
    _ingest(workspace, tmp_path / "s-{0..1}.tar", licence="by hand")
    assert {row.licence for row in _rows(workspace).values()} == {"by hand"}
    assert {row.source for row in _rows(workspace).values()} == {"s"}
    result = _ingest(workspace, tmp_path / "s-1.tar", name="one")
    assert result.facts["n_shared"] == 1


# -- once -------------------------------------------------------------------------------------------------


def test_second_time_only_what_is_new_comes(workspace: Workspace, site: Site) -> None:
    """A shard that changed replaces what it held; one that is gone is told and stays."""
    address = f"{site.address}/faces-{{0..2}}.tar"
    _ingest(workspace, address)
    before = _bytes(workspace)
    n_asked = len(site.asked)
    _ingest(workspace, address)
    assert _bytes(workspace) == before
    assert {wanted for _, wanted, _ in site.asked[n_asked:]} == {"bytes=0-0"}
    site.files["faces-1.tar"] = shard(11)
    result = _ingest(workspace, address)
    assert (_dict(result)["n_brought"], _dict(result)["n_kept"]) == (1, 2)
    assert sorted(_rows(workspace))[3:5] == ["faces-1.tar/0011.png", "faces-2.tar/0006.png"]


def test_what_is_gone_at_the_address_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """Its picture stays here."""
    (tmp_path / "set").mkdir()
    datasets.folder(tmp_path / "set")
    address = _in_memory(tmp_path / "set")
    _ingest(workspace, address)
    fsspec.filesystem("memory").rm("/bucket/set/a.png")
    result = _ingest(workspace, address)
    assert "No longer at the source, and kept here: a.png" in result.notes
    assert "a.png" in _rows(workspace)


def test_limit_brings_no_more_shards_than_it_needs(workspace: Workspace, site: Site) -> None:
    """Later the rest comes, and the result is that of one command."""
    site.files |= {f"faces-{number}.tar": shard(number) for number in range(3, 40)}
    result = _ingest(workspace, f"{site.address}/faces-{{0..39}}.tar", limit=2)
    assert len(_rows(workspace)) == 2
    assert any("were not needed for --limit" in note for note in result.notes)
    assert len(list((workspace.root / "incoming" / "faces").glob("*.tar"))) < 25


def test_dry_run_looks_and_writes_nothing(workspace: Workspace, site: Site) -> None:
    """It says what would come, and how much."""
    before = _bytes(workspace)
    result = _ingest(workspace, f"{site.address}/faces-{{0..2}}.tar", dry_run=True)
    assert result.facts["n_listed"] == 3
    assert result.notes[0].startswith("Would bring 3 shards (0.")
    assert _bytes(workspace) == before


# -- trouble ------------------------------------------------------------------------------------------------


def test_shard_that_is_cut_off_or_missing_costs_itself(workspace: Workspace, site: Site) -> None:
    """Whole members come, the rest is a line of each run until the shard is whole."""
    del site.files["faces-0.tar"]
    site.files["faces-1.tar"] = site.files["faces-1.tar"][:-30_000]
    for _ in range(2):
        result = _ingest(workspace, f"{site.address}/faces-{{0..2}}.tar")
        told = [note for note in result.notes if note.startswith("Not brought")]
        assert len(told) == 2
        assert "the server answers 404" in told[0]
        assert "what comes behind is not there" in told[1]
    assert 4 <= len(_rows(workspace)) < 6


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("http://127.0.0.1:1/x.tar", "cannot be reached"),
        ("https://host.invalid/pictures/", "a web server lists no folders"),
        ("memory://nothing/here", "there is nothing"),
        ("nonsense://x", "cannot be opened"),
        ("faces-{3..1}.tar", "that go up"),
        ("nowhere.tar", "there is no file"),
    ],
)
def test_source_that_cannot_be_had_is_one_sentence(workspace: Workspace, source: str, told: str) -> None:
    """Nothing is left behind."""
    with pytest.raises(DatatoolsError, match=told):
        _ingest(workspace, source)
    assert not (workspace.root / "incoming").exists()


def test_name_of_another_source_is_refused(workspace: Workspace, site: Site, tmp_path: Path) -> None:
    """Of an address as of a folder, before anything comes."""
    _ingest(workspace, f"{site.address}/faces-0.tar", name="x")
    with pytest.raises(UsageError, match="give another --name"):
        _ingest(workspace, f"{site.address}/faces-1.tar", name="x")
    (tmp_path / "x").mkdir()
    datasets.folder(tmp_path / "x")
    with pytest.raises(UsageError, match="give another with --name"):
        _ingest(workspace, tmp_path / "x")
    _ingest(workspace, tmp_path / "x", name="y")
    with pytest.raises(UsageError, match="give another with --name"):
        _ingest(workspace, f"{site.address}/faces-2.tar", name="y")
    assert not (workspace.root / "incoming" / "y").exists()


def test_full_disk_is_told_with_the_file_and_gone_on_from(
    workspace: Workspace, tmp_path: Path, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of single files as of shards."""

    def full(handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    (tmp_path / "set").mkdir()
    datasets.folder(tmp_path / "set")
    for source in (_in_memory(tmp_path / "set"), f"{site.address}/faces-0.tar"):
        with monkeypatch.context() as patch:
            patch.setattr("os.fsync", full)
            with pytest.raises(OSError, match="No space left") as caught:
                _ingest(workspace, source)
        assert str(workspace.root) in str(caught.value.filename)
        assert _ingest(workspace, source).facts["n_failed"] == 0


def test_two_do_not_bring_one_source(workspace: Workspace, site: Site) -> None:
    """The second one is told who does."""
    code = f"""
from datatools.workspace import Workspace
there = Workspace({str(workspace.root)!r})
with there.locked("ingest", [there.incoming_folder("faces") / "files"]):
    print("held", flush=True)
    input()
"""
    with subprocess.Popen(
        [sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as other:
        assert other.stdout is not None
        other.stdout.readline()
        with pytest.raises(LockedError, match=r"ingest.*is writing incoming\.faces"):
            _ingest(workspace, f"{site.address}/faces-{{0..2}}.tar")
        other.kill()


def test_killed_while_bringing_ends_with_the_same_bytes(workspace: Workspace, tmp_path: Path) -> None:
    """Three kills at different moments, then a run that is left alone."""
    source = tmp_path / "shards"
    source.mkdir()
    for number in range(6):
        (source / f"{number}.tar").write_bytes(shard(*range(4 * number, 4 * number + 4)))
    command = [sys.executable, "-m", "datatools", "ingest", "--source", str(source), "--quiet"]
    command += ["--workspace", str(workspace.root)]
    incoming = workspace.root / "incoming" / "shards"
    for n_there in (0, 2, 4):
        with subprocess.Popen(command) as run:
            until = time.monotonic() + 20
            while (
                len(list(incoming.glob("*.tar"))) <= n_there
                and run.poll() is None
                and time.monotonic() < until
            ):
                time.sleep(0.002)
            run.send_signal(signal.SIGKILL)
    _ingest(workspace, source)
    alone = Workspace(tmp_path / "alone")
    _ingest(alone, source)
    here, there = _bytes(workspace), _bytes(alone)
    for found in (here, there):
        del found["tables/sources.parquet"]  # holds the workspace's own path
    assert here == there


# -- people who were withdrawn ---------------------------------------------------------------------------


def test_withdrawn_person_leaves_what_was_brought(workspace: Workspace, site: Site) -> None:
    """Picture, mask and facts go; ingesting again, also of shards that changed, does not bring them back."""
    address = f"{site.address}/faces-{{0..2}}.tar"
    _ingest(workspace, address)
    gone = _rows(workspace)["faces-1.tar/0004.png"]
    settings = withdraw.Settings(person=gone.person_id, browser=False)
    withdraw.run(workspace, settings, Progress("quiet"))
    folder = workspace.root / "incoming" / "faces" / "faces-1.tar"
    assert not list(folder.glob("0004.*"))
    site.files["faces-1.tar"] = tar({**sample(3), **sample(4, more=1), **sample(5)})
    result = _ingest(workspace, address)
    assert _dict(result)["n_withdrawn"] == 1
    assert not list(folder.glob("0004.*"))
    assert len(_rows(workspace)) == 8
    assert gone.sample_id not in "".join(path.read_text() for path in folder.parent.glob(".brought*"))


def test_withdrawn_person_does_not_come_again_from_a_folder(workspace: Workspace, tmp_path: Path) -> None:
    """Nor does the mask; nothing that is kept of the address names the person."""
    write_people(tmp_path / "set", 3)
    address = _in_memory(tmp_path / "set")
    _ingest(workspace, address)
    row = sorted(_rows(workspace).values(), key=lambda row: row.path)[0]
    assert row.reference_mask is not None
    withdraw.run(workspace, withdraw.Settings(sample=row.sample_id, browser=False), Progress("quiet"))
    result = _ingest(workspace, address)
    incoming = workspace.root / "incoming" / "set"
    assert _dict(result)["n_withdrawn"] == 2
    assert not (incoming / row.path).exists()
    assert not (incoming / row.reference_mask).exists()
    listed = [json.loads(line)["name"] for line in (incoming / ".brought.jsonl").read_text().splitlines()]
    assert row.path not in listed
    assert row.sample_id not in {one.sample_id for one in workspace.rows(tables.MANIFEST)}
