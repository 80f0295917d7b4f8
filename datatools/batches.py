"""How do several people append answers to one folder without losing any?

Each appends files of its own: Parquet, named by their content, whole or not at all, never changed. When
``append`` returns, the batch outlasts the end of the process and a power cut. A writer that is killed
before leaves at most a ``.part`` file, which nobody reads. So writers need no lock, which a folder
shared over a network may not have.
"""

import contextlib
import errno
import os
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from datatools import columns, folding, tables
from datatools.atomic import naming
from datatools.columns import Where, Words
from datatools.errors import DatatoolsError

FEW = 64  # which are read one by one, of each what is asked for
_FOLD_EVERY = 64  # batches, by lot: a content's hash


def files(folder: Path) -> list[Path]:
    """Give the batches of a folder, in the order of their names."""
    return sorted(folder.glob("*.parquet"))


def read(folder: Path) -> pa.Table:
    """Read every batch as one Arrow table, text dictionary-encoded; no rows where there is no batch.

    Raises:
        TableError: a batch is broken.
    """
    return folding.read(folder, files(folder))


def pieces(folder: Path, names: Sequence[str], where: Where | None, encoded: Words) -> Iterator[pa.Table]:
    """Read columns of every batch, as ``columns.batches`` does.

    Raises:
        TableError: a batch is broken.
    """
    held = files(folder)
    if len(held) <= FEW:
        yield from columns.of_files(held, tables.ANNOTATIONS, names, where=where, encoded=encoded)
    else:  # opening each would take longer than reading them all
        yield columns.narrowed(read(folder), tables.ANNOTATIONS, names, where=where, encoded=encoded)


def append(folder: Path, rows: pa.Table, *, confirm: Callable[[], None] = lambda: None) -> Path:
    """Keep annotations as a batch, and give its file; the same batch again is the same file.

    Args:
        folder: of the batches; made where it is not there.
        rows: as ``tables.to_arrow`` or ``tables.sorted_arrow`` gives them.
        confirm: called when the batch is there; where it raises, a batch that was not there before goes.
    """
    if not folder.is_dir():
        folder.mkdir(parents=True, exist_ok=True)
        _sync(folder.parent)
    data = tables.to_bytes(rows)
    path = folder / f"{tables.sha256_bytes(data)[:16]}.parquet"
    is_new = not path.exists()
    try:
        tables.write_bytes(path, data)
    except FileNotFoundError:  # a repair took what was being written for a dead writer's
        tables.write_bytes(path, data)
    _sync(folder)
    if int(path.stem, 16) % _FOLD_EVERY == 0:
        with contextlib.suppress(OSError, DatatoolsError):  # the answer is kept, which is what counts
            folding.fold(folder, files(folder))
    try:
        confirm()
    except DatatoolsError:
        folding.file(folder).unlink(missing_ok=True)  # copies of what is to go may be in it
        if is_new:
            path.unlink(missing_ok=True)
        raise
    return path


def _sync(folder: Path) -> None:
    """Make the names in a folder outlast a power cut; syncing a file keeps its bytes, not its name."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        with naming(folder):
            os.fsync(descriptor)
    except OSError as error:
        # Some network file systems cannot sync a folder: their server keeps the names.
        if error.errno not in (errno.EINVAL, errno.ENOTSUP):
            raise
    finally:
        os.close(descriptor)
