"""How are thousands of small batches read at once?

One click is one batch, and opening ten thousand files takes as many milliseconds. So writers now and then
copy the rows of the small ones into one file among the workspace's caches, with the name of the batch that
each comes from. The batches stay, and stay what counts: they are never changed, their names say what they
hold, and a copy that names a batch which is gone is not read. It may be removed at any time, and two writers
who make it at once only make it smaller.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from datatools import tables

_OF = "batch_file"  # the column that names the batch
_SMALL_BYTES = 2**16  # large batches are few, and quick to read by themselves
_AT_ONCE = 512  # batches that one writer copies, so that nobody waits long
_WORTH = 16  # fewer new ones are not worth writing the file again
_WORD = pa.dictionary(pa.int32(), pa.string())


def file(folder: Path) -> Path:
    """Give where the copies of a folder's batches are; the folder is WORKSPACE/tables/annotations."""
    return folder.parents[1] / "cache" / "answers.parquet"


def read(folder: Path, batches: Sequence[Path]) -> pa.Table:
    """Read batches as one Arrow table in their order, text dictionary-encoded.

    Raises:
        TableError: a batch is broken.
    """
    copies = _copies(folder, batches)
    if copies is None:
        return tables.read_encoded(batches, tables.ANNOTATIONS)
    rows, names = copies
    known = set(names)
    others = [path for path in batches if path.stem not in known]
    fresh = tables.read_encoded(others, tables.ANNOTATIONS)
    place = {path.stem: number for number, path in enumerate(batches)}
    places = [place[name] for name in (*names, *_named(others))]
    both = pa.concat_tables([rows, fresh.cast(rows.schema)]).unify_dictionaries().combine_chunks()
    return both.take(np.argsort(np.array(places, np.int64), kind="stable"))


def fold(folder: Path, batches: Sequence[Path]) -> None:
    """Copy small batches that were not copied yet.

    Raises:
        TableError: a batch is broken.
        OSError: there is no room, or a batch has just gone.
    """
    copies = _copies(folder, batches)
    known = set() if copies is None else set(copies[1])
    fresh = [path for path in batches if path.stem not in known and path.stat().st_size <= _SMALL_BYTES]
    fresh = fresh[:_AT_ONCE]
    if len(fresh) < _WORTH:
        return
    wanted = tables.schema(tables.ANNOTATIONS)
    added = tables.read_encoded(fresh, tables.ANNOTATIONS).cast(wanted)
    parts = [added.append_column(_OF, pa.array(_named(fresh), pa.string()))]
    if copies is not None:
        rows, names = copies
        parts.insert(0, rows.cast(wanted).append_column(_OF, pa.array(names, pa.string())))
    sink = pa.BufferOutputStream()
    pq.write_table(pa.concat_tables(parts), sink, compression="zstd", write_page_checksum=True)
    tables.write_bytes(file(folder), sink.getvalue().to_pybytes())


def trouble(folder: Path) -> str | None:
    """Say why the copies are not what the batches hold; None: they are, or there are none.

    Raises:
        TableError: a batch is broken.
    """
    try:
        rows, names = _held(folder)
    except FileNotFoundError:
        return None
    except (pa.ArrowException, OSError) as error:
        return f"cannot be read ({error})"
    except ValueError:
        return "is of another version"
    copied = list(dict.fromkeys(names))
    paths = [folder / f"{name}.parquet" for name in copied]
    gone = [path.stem for path in paths if not path.is_file()]
    if gone:
        return f"copies answers that are gone ({len(gone)} of {len(copied)} batches)"
    wanted = tables.schema(tables.ANNOTATIONS)
    answers = tables.read_encoded(paths, tables.ANNOTATIONS).cast(wanted)
    if names != _named(paths) or not rows.cast(wanted).equals(answers):
        return "is not what the batches hold that it copies"
    return None


def _copies(folder: Path, batches: Sequence[Path]) -> tuple[pa.Table, list[str]] | None:
    """Give the rows that were copied, and of each the name of its batch; None where they are of no use."""
    try:
        rows, names = _held(folder)
    except (pa.ArrowException, OSError, ValueError):  # none yet, damaged, or of another version
        return None
    if not {path.stem for path in batches}.issuperset(names):
        return None  # somebody was withdrawn, and with them rows
    return rows, names


def _held(folder: Path) -> tuple[pa.Table, list[str]]:
    """Read the copies; a ValueError: they are of another version."""
    wanted = tables.schema(tables.ANNOTATIONS)
    text = [field.name for field in wanted if field.type == pa.string()]
    with pq.ParquetFile(file(folder), read_dictionary=text, page_checksum_verification=True) as found:
        rows = found.read()
    types = [_WORD if field.type == pa.string() else field.type for field in wanted]
    if (rows.column_names, rows.schema.types) != ([*wanted.names, _OF], [*types, pa.string()]):
        raise ValueError(f"columns {rows.column_names}")
    return rows.drop_columns(_OF), rows[_OF].to_pylist()


def _named(batches: Sequence[Path]) -> list[str]:
    """Give the name of its batch for every row."""
    return [path.stem for path in batches for _ in range(pq.read_metadata(path).num_rows)]
