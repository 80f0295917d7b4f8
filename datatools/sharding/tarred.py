"""How do a shard's members become the bytes of a tar file, the same ones each time?"""

import tarfile
from collections.abc import Iterator, Sequence

Member = tuple[str, bytes]  # name and content


def blocks(members: Sequence[Member]) -> Iterator[bytes]:
    """Give the bytes of members of a tar file: USTAR, of nobody, of no time, for all to read."""
    for name, data in members:
        head = tarfile.TarInfo(name)  # which is of the time 0, of the user 0, and of mode 0644
        head.size = len(data)
        yield head.tobuf(tarfile.USTAR_FORMAT)
        yield data
        yield bytes(-len(data) % tarfile.BLOCKSIZE)


def taken_by(n_bytes: int) -> int:
    """Give the bytes that a member of so many bytes takes."""
    return tarfile.BLOCKSIZE + n_bytes + -n_bytes % tarfile.BLOCKSIZE


def end(n_bytes: int) -> bytes:
    """Give what ends a tar file whose members take so many bytes: two empty blocks, and a whole record."""
    n_last = 2 * tarfile.BLOCKSIZE
    return bytes(n_last + -(n_bytes + n_last) % tarfile.RECORDSIZE)
