"""Are shards tar files like any other, and the same bytes each time?"""

import io
import tarfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools.sharding import tarred
from datatools.sharding.tarred import Member

_NAMES = st.text("0123456789abcdef", min_size=16, max_size=16)


def _tar(members: list[Member]) -> bytes:
    body = b"".join(tarred.blocks(members))
    return body + tarred.end(len(body))


@settings(max_examples=30, deadline=None)
@given(st.dictionaries(_NAMES.map("{}.jpg".format), st.binary(max_size=1500), max_size=8))
def test_python_reads_what_was_written(members: dict[str, bytes]) -> None:
    """Names, contents and their order, whatever the sizes."""
    with tarfile.open(fileobj=io.BytesIO(_tar(list(members.items()))), mode="r:") as shard:
        found = {member.name: shard.extractfile(member) for member in shard}
        assert {name: stream.read() for name, stream in found.items() if stream} == members
        assert list(found) == list(members)


def test_members_are_of_nobody_and_of_no_time() -> None:
    """What they are made on, and when, is not in the bytes."""
    with tarfile.open(fileobj=io.BytesIO(_tar([("a.json", b"{}")])), mode="r:") as shard:
        (found,) = shard.getmembers()
    assert (found.mtime, found.uid, found.gid, found.uname, found.gname) == (0, 0, 0, "", "")
    assert (found.mode, found.type) == (0o644, tarfile.REGTYPE)


@pytest.mark.parametrize("n_bytes", [0, 1, 511, 512, 8 * 1024, 9 * 1024, 20 * 512 - 512])
def test_a_tar_file_is_as_long_as_tar_makes_it(n_bytes: int) -> None:
    """Whole records, as tar and Python write them."""
    ours = _tar([("a.png", bytes(n_bytes))])
    theirs = io.BytesIO()
    with tarfile.open(fileobj=theirs, mode="w", format=tarfile.USTAR_FORMAT) as shard:
        head = tarfile.TarInfo("a.png")
        head.size = n_bytes
        shard.addfile(head, io.BytesIO(bytes(n_bytes)))
    assert ours == theirs.getvalue()


@pytest.mark.parametrize("n_bytes", [0, 1, 512, 513])
def test_what_a_member_takes_is_known_before(n_bytes: int) -> None:
    """So that shards can be planned without reading a file."""
    assert len(b"".join(tarred.blocks([("a.png", bytes(n_bytes))]))) == tarred.taken_by(n_bytes)
