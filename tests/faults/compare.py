"""Are two folders the same, but for clocks; and if not, which file, row and column differ?

Bytes decide. Only where they differ is a file of a known kind taken apart: a table to rows and columns, a run
record, history or page to what it says beside its clocks.
"""

import csv
import io
import json
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow.parquet as pq

from datatools import tables

CLOCKS = frozenset({"seconds", "elapsed_s", "started_at", "resources"})
_BY_LOT = frozenset({"key", "digests", "token"})  # of a tombstone
# What a run says of its own pace, or counts of its own work: one that goes on has less to do.
_OF_THIS_RUN = re.compile(
    r"^((n_)?(computed|kept|new|made|drawn|reused)|.*seconds|.*_per_s|wall_to_.*|n_(source_)?files_.*)$"
)
# A batch that was acknowledged before the kill is there already for the run that goes on.
_OF_IMPORT = frozenset({"batch", "n_already_there", "n_by_question", "n_imported"})
_LOG = re.compile(r"/log/events\.out\.tfevents\.")  # TensorBoard names them by clock and process
# Hashes of files that hold clocks, and how long a model card says that a training took.
_CLOCKED = re.compile(r"\b[0-9a-f]{64}\b|\b[0-9.]+ (s|seconds|minutes|min)\b")
_KEYS = {table.name: table.key for table in vars(tables).values() if isinstance(table, tables.Table)}
_RUN = re.compile(r"runs/(\d+)-(.+)\.json$")


@dataclass(slots=True)
class Compared:
    """What differs, and what hidden files one has that the other has not."""

    differences: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)


def compare(wanted: Path, found: Path) -> Compared:
    """Compare a folder with one that nobody disturbed."""
    result = Compared()
    ours, theirs = _files(wanted), _files(found)
    excused: set[str] = set()
    for name in sorted(ours.keys() | theirs.keys()):
        if _RUN.search(name) or _LOG.search(name):
            continue
        if name not in theirs:
            result.differences.append(f"{name} is missing")
        elif name not in ours and _is_hidden(name):
            result.left_over.append(name)
        elif name not in ours:
            result.differences.append(f"{name} is there and should not be")
        elif ours[name].read_bytes() != theirs[name].read_bytes():
            excused.add(name)
            result.differences += [f"{name}: {what}" for what in _content(ours[name], theirs[name])]
    for folder in sorted({_records(name) for name in (*ours, *theirs) if _RUN.search(name)}):
        ran, ran_here = _said(wanted, folder, excused), _said(found, folder, excused)
        result.differences += [f"{folder}: {what}" for what in _unlike(ran, ran_here)]
    return result


def _files(root: Path) -> dict[str, Path]:
    return {
        path.relative_to(root).as_posix(): path
        for path in sorted(root.rglob("*"))
        if path.is_file() or path.is_symlink()
    }


def _is_hidden(name: str) -> bool:
    return any(part.startswith(".") for part in name.split("/"))


def _records(name: str) -> str:
    return name[: name.rindex("runs/") + len("runs")]


def _content(wanted: Path, found: Path) -> list[str]:
    """Say how two files of different bytes differ, clocks left out."""
    if wanted.suffix == ".parquet":
        return list(_rows(wanted, found))
    read = {
        ".json": _documents,
        ".jsonl": _documents,
        ".csv": _lines,
        ".xlsx": _members,
        ".html": _words,  # pages name the files behind them by hashes
        ".md": _words,
        ".pdf": _words,
    }.get(wanted.suffix)
    if wanted.name == "checkpoint.pt":
        read = _weights
    if read is None:
        return [f"{wanted.stat().st_size} bytes and {found.stat().st_size} bytes that differ"]
    return list(_unlike(_timeless(read(wanted)), _timeless(read(found))))


def _documents(path: Path) -> object:
    text = path.read_text()
    return [json.loads(line) for line in (text.splitlines() if path.suffix == ".jsonl" else [text])]


def _lines(path: Path) -> object:
    return list(csv.DictReader(io.StringIO(path.read_text())))


def _words(path: Path) -> object:
    """Give a page's lines."""
    if path.suffix == ".pdf":
        import pypdfium2  # type: ignore[import-untyped]  # no stubs

        document = pypdfium2.PdfDocument(path)
        text = "\n".join(page.get_textpage().get_text_range() for page in document)
    else:
        text = path.read_text()
    return text.splitlines()


def _members(path: Path) -> object:
    """Give the files in a workbook but the one that says when it was saved."""
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist() if name != "docProps/core.xml"}


def _weights(path: Path) -> object:
    """Give a training state; its tensors as text of every digit."""
    import torch

    def plain(value: object) -> object:
        if isinstance(value, torch.Tensor):
            return value.double().tolist()
        if isinstance(value, dict):
            return {name: plain(item) for name, item in value.items()}
        return [plain(item) for item in value] if isinstance(value, list | tuple) else value

    return plain(torch.load(path, weights_only=True))


def _rows(wanted: Path, found: Path) -> Iterator[str]:
    """Compare two tables cell by cell."""
    both = [pq.read_table(path) for path in (wanted, found)]
    if not both[0].schema.equals(both[1].schema, check_metadata=True):
        yield f"schemas {both[0].schema} and {both[1].schema}"
        return
    key = _KEYS.get(wanted.stem, ())
    ours, theirs = ({tuple(row[k] for k in key): row for row in table.to_pylist()} for table in both)
    for name in sorted({*ours} ^ {*theirs}, key=str):
        yield f"row {name} is {'missing' if name in ours else 'there and should not be'}"
    for name in ours.keys() & theirs.keys():
        for column in sorted(ours[name].keys() - CLOCKS):
            if repr(ours[name][column]) != repr(theirs[name][column]):  # NaN is NaN here
                yield f"row {name}, column {column}: {ours[name][column]!r} and {theirs[name][column]!r}"


def _timeless(value: object, *, with_hashes: bool = False) -> object:
    """Give a document without what a clock said, and what a run counts of its own work."""
    if isinstance(value, dict):
        return {
            name: _timeless(item, with_hashes=with_hashes)
            for name, item in value.items()
            if name not in CLOCKS | _BY_LOT and not _OF_THIS_RUN.match(str(name))
        }
    if isinstance(value, list):
        return [_timeless(item, with_hashes=with_hashes) for item in value]
    return _CLOCKED.sub("", value) if isinstance(value, str) and not with_hashes else value


def _said(root: Path, folder: str, excused: set[str]) -> object:
    """Give the last record of each stage, in their order, without clocks.

    A command that is killed after its record and before its end leaves one more record of the same.
    """
    last: dict[str, object] = {}
    for path in sorted((root / folder).glob("*.json")):
        found = _RUN.search(f"runs/{path.name}")
        assert found is not None
        record = json.loads(path.read_text())
        base = folder.removesuffix("runs")
        for side in ("inputs", "outputs"):
            hashes = record[side].items()
            record[side] = {name: hashed for name, hashed in hashes if base + name not in excused}
        if found[2] == "annotate_import":
            record["facts"] = {name: f for name, f in record["facts"].items() if name not in _OF_IMPORT}
        stage = f"{found[2]} {json.dumps(record['settings'], sort_keys=True)}"
        last.pop(stage, None)
        last[stage] = _timeless(record, with_hashes=True)
    return last


def _unlike(wanted: object, found: object, where: str = "") -> Iterator[str]:
    """Say where two documents differ, by the path to what differs."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        for name in sorted(wanted.keys() | found.keys(), key=str):
            if name not in found:
                yield f"{where}{name} is missing"
            elif name not in wanted:
                yield f"{where}{name} is there and should not be"
            else:
                yield from _unlike(wanted[name], found[name], f"{where}{name}.")
        if [*wanted] != [*found] and wanted.keys() == found.keys():
            yield f"{where}: another order, {[*wanted]} and {[*found]}"
    elif isinstance(wanted, list) and isinstance(found, list) and len(wanted) == len(found):
        for place, (ours, theirs) in enumerate(zip(wanted, found, strict=True)):
            yield from _unlike(ours, theirs, f"{where}{place}.")
    elif repr(wanted) != repr(found):
        yield f"{where.rstrip('.')}: {wanted!r:.300} and {found!r:.300}"
