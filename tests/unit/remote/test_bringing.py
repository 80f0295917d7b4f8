"""How files come into a folder, some lines of what came, and places on this machine."""

import os
from pathlib import Path

import fsspec
import pytest

from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.progress import Progress
from datatools.remote import bringing, coming, steady
from datatools.remote.bringing import Asked, Outcome, bring, require_same
from datatools.remote.filesystems import FilesystemPlace, open_filesystem
from datatools.remote.kept import JOURNAL, LIST, Brought, Kept
from datatools.remote.local import LocalPlace, shards_of
from datatools.remote.places import NOTE, Changed, Place, Remote
from datatools.remote.trouble import telling
from tests.unit.remote.server import shard

_FILES = {"a.png": b"1", "sub/b.png": b"2" * 3_000_000, "list.csv": b"x,y\n"}


@pytest.fixture
def place() -> FilesystemPlace:
    """Give a place with three files."""
    memory = fsspec.filesystem("memory")
    memory.store.clear()
    for name, data in _FILES.items():
        memory.pipe(f"/set/{name}", data)
    return FilesystemPlace(["memory://set"])


def _bring(folder: Path, place: Place, **settings: object) -> Outcome:
    asked = Asked("memory://set", place, **settings)  # type: ignore[arg-type]  # a test names them
    return bring(folder, asked, lambda _: False, Progress("quiet"))


def _files(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def test_files_come_with_a_list_and_a_note(tmp_path: Path, place: FilesystemPlace) -> None:
    """Nothing else stays in the folder."""
    outcome = _bring(tmp_path / "x", place)
    found = _files(tmp_path / "x")
    assert {name: data for name, data in found.items() if name in _FILES} == _FILES
    assert found.keys() - _FILES.keys() == {LIST, NOTE}
    assert (outcome.n_brought, outcome.n_kept, outcome.n_bytes) == (3, 0, 3_000_005)


def test_second_time_brings_what_is_new_or_changed(tmp_path: Path, place: FilesystemPlace) -> None:
    """And what is missing here; what is gone there is told and stays."""
    _bring(tmp_path / "x", place)
    memory = fsspec.filesystem("memory")
    memory.rm("/set/list.csv")
    memory.pipe("/set/a.png", b"another")
    memory.pipe("/set/new.png", b"3")
    (tmp_path / "x" / "sub" / "b.png").unlink()
    outcome = _bring(tmp_path / "x", place)
    assert (outcome.n_brought, outcome.n_kept, outcome.gone) == (3, 0, ["list.csv"])
    assert (tmp_path / "x" / "a.png").read_bytes() == b"another"
    assert (tmp_path / "x" / "list.csv").is_file()


def test_nothing_new_changes_no_byte(tmp_path: Path, place: FilesystemPlace) -> None:
    """The list and the note are written once."""
    _bring(tmp_path / "x", place)
    before = _files(tmp_path / "x")
    assert _bring(tmp_path / "x", place).n_kept == 3
    assert _files(tmp_path / "x") == before


def test_folder_of_another_place_is_refused(tmp_path: Path, place: FilesystemPlace) -> None:
    """Two sources of one name would mix."""
    _bring(tmp_path / "x", place)
    with pytest.raises(UsageError, match=r"holds what came from memory://set, not from s3://b: give another"):
        require_same(tmp_path / "x", "s3://b")


def test_hidden_and_harmful_names_do_not_come(tmp_path: Path, place: FilesystemPlace) -> None:
    """Object stores take every name."""

    class Odd(FilesystemPlace):
        def listing(self) -> list[Remote]:
            names = ("../evil", "a//b", ".hidden/x", NOTE, "large.csv")
            return [*super().listing(), *(Remote(name, 5 << 30, "m") for name in names)]

    outcome = _bring(tmp_path / "x", Odd(["memory://set"]))
    assert outcome.n_brought == 3
    assert [line.partition(":")[0] for line in outcome.failures] == ["../evil", "a//b", "large.csv"]


def test_file_that_goes_or_changes_meanwhile_is_a_line(tmp_path: Path, place: FilesystemPlace) -> None:
    """The others come."""

    class Old(FilesystemPlace):
        def listing(self) -> list[Remote]:
            gone = Remote("gone.png", 3, "m", "/set/gone.png")
            return [gone, *(Remote(one.name, 99, one.mark, one.where) for one in super().listing())]

    with pytest.raises(DataError, match=r"nothing of it came; the first trouble: gone\.png: "):
        _bring(tmp_path / "x", Old(["memory://set"]))
    _bring(tmp_path / "x", place)
    outcome = _bring(tmp_path / "x", Old(["memory://set"]))
    assert outcome.n_brought == 0
    assert len(outcome.failures) == 4
    assert outcome.failures[1] == "a.png: it is another file than a moment ago"


def test_file_where_a_folder_is_is_a_line(tmp_path: Path, place: FilesystemPlace) -> None:
    """Object stores may have both; a disk has not."""

    class Both(FilesystemPlace):
        def listing(self) -> list[Remote]:
            return [*super().listing(), Remote("list.csv/c.png", 1, "m", "/set/a.png")]

    outcome = _bring(tmp_path / "x", Both(["memory://set"]))
    assert outcome.failures == ["list.csv/c.png: a file and a folder have the same name"]


def test_file_of_unknown_size_has_a_limit(
    tmp_path: Path, place: FilesystemPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would fill the disk."""
    monkeypatch.setattr(coming, "MAX_FILE_BYTES", 1000)

    class Silent(FilesystemPlace):
        def listing(self) -> list[Remote]:
            return [Remote(one.name, None, None, one.where) for one in super().listing()]

    assert [line.partition(":")[0] for line in _bring(tmp_path / "x", Silent(["memory://set"])).failures] == [
        "sub/b.png"
    ]


def test_place_of_which_most_is_refused_stops(
    tmp_path: Path, place: FilesystemPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Something is wrong with the place, not with the files."""
    monkeypatch.setattr(bringing, "_TOLERATED_FAILURES", 1)

    class Closed(FilesystemPlace):
        def listing(self) -> list[Remote]:
            return [Remote(one.name, 7, one.mark, one.where) for one in super().listing()]

    with pytest.raises(TooManyFailuresError, match="2 of 3 files cannot be had"):
        _bring(tmp_path / "x", Closed(["memory://set"]))


def test_place_that_goes_away_stops_and_goes_on(
    tmp_path: Path, place: FilesystemPlace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came stays; the same command ends with the bytes of one that was left alone."""
    monkeypatch.setattr(steady, "PAUSES_S", ())

    class Frail(FilesystemPlace):
        n_opened = 0

        def opened(self, remote: Remote, start: int):  # type: ignore[no-untyped-def]  # as the class above
            self.n_opened += 1
            if self.n_opened == 2:
                raise TimeoutError("no answer for 60 s")
            return super().opened(remote, start)

    with pytest.raises(DataError, match=r"cannot be reached \(no answer for 60 s\)"):
        _bring(tmp_path / "x", Frail(["memory://set"]))
    assert (tmp_path / "x" / JOURNAL).stat().st_size > 0
    assert _bring(tmp_path / "x", place).n_kept == 1
    _bring(tmp_path / "y", place)
    assert _files(tmp_path / "x") == _files(tmp_path / "y")


# -- lines of what came --------------------------------------------------------------------------------


def test_line_that_a_kill_cut_off_is_dropped(tmp_path: Path) -> None:
    """The file comes again."""
    one, two = (Brought(name=name, n_bytes=1, mark=None, sha256="0" * 64) for name in "ab")
    with Kept(tmp_path) as kept:
        kept.add(one)
        kept.add(two)
    data = (tmp_path / JOURNAL).read_bytes()
    (tmp_path / JOURNAL).write_bytes(data[:-5])
    with Kept(tmp_path) as kept:
        assert list(kept.files) == ["a"]
        kept.add(two)
    assert (tmp_path / JOURNAL).read_bytes() == data


def test_line_that_is_none_is_told(tmp_path: Path) -> None:
    """With what to do."""
    (tmp_path / LIST).write_text("{}\n")
    with pytest.raises(DataError, match="to bring everything again"):
        Kept(tmp_path)


def test_file_of_which_nothing_is_known_is_never_the_same() -> None:
    """Neither size nor mark: it comes again."""
    one = Brought(name="a", n_bytes=None, mark=None, sha256="0" * 64)
    assert not one.is_of(Remote("a"))


# -- places --------------------------------------------------------------------------------------------


def test_shards_of_a_folder_are_found(tmp_path: Path) -> None:
    """At any depth, without hidden ones; none where pictures lie beside them."""
    for name in ("b/x.tar", "a.tar.gz", ".h/z.tar", "shards.json"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    (tmp_path / "locked").mkdir(mode=0o000)
    assert [path.name for path in shards_of(tmp_path)] == ["a.tar.gz", "x.tar"]
    (tmp_path / "p.JPG").write_bytes(b"")
    assert shards_of(tmp_path) == []
    assert shards_of(tmp_path / "nowhere") == []


def test_shard_that_is_a_pipe_is_not_opened(tmp_path: Path) -> None:
    """Opening it would wait for ever."""
    os.mkfifo(tmp_path / "x.tar")
    place = LocalPlace(tmp_path, [tmp_path / "x.tar"])
    with pytest.raises(DataError, match="a named pipe"), place.opened(place.listing()[0], 0):
        pass


def test_shard_that_changes_is_told(tmp_path: Path) -> None:
    """Its beginning is of another file."""
    (tmp_path / "x.tar").write_bytes(shard(1))
    place = LocalPlace(tmp_path, [tmp_path / "x.tar"])
    (remote,) = place.listing()
    (tmp_path / "x.tar").write_bytes(b"")
    with pytest.raises(Changed), place.opened(remote, 0):
        pass


def test_credentials_in_an_address_are_refused() -> None:
    """And not repeated."""
    with pytest.raises(UsageError, match="into the environment") as caught:
        open_filesystem("s3://KEY:pa55w0rd@bucket/x")
    assert "pa55w0rd" not in str(caught.value)
    with pytest.raises(UsageError, match="expected a bucket"):
        open_filesystem("s3:///x")


def test_google_cloud_storage_is_opened_by_arrow() -> None:
    """Nothing is asked until files are: the bucket and the path are the address's."""
    filesystem, path = open_filesystem("gs://anonymous@bucket/set/")
    assert (filesystem.fs.type_name, path) == ("gcs", "bucket/set")


@pytest.mark.parametrize(
    ("address", "told"),
    [
        ("nonsense://x", "addresses of this kind cannot be opened"),
        ("zip://::file:///nowhere/x.zip", "there is nothing"),
    ],
)
def test_address_that_cannot_be_opened_is_told(address: str, told: str) -> None:
    """In one sentence."""
    with pytest.raises(UsageError, match=told), telling(address):
        FilesystemPlace([address]).listing()


def test_place_without_files_is_told(place: FilesystemPlace) -> None:
    """An empty bucket is as a wrong one."""
    with pytest.raises(UsageError, match="there is nothing"), telling("memory://empty"):
        FilesystemPlace(["memory://empty"]).listing()
