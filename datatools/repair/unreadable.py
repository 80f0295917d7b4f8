"""Which tables, batches of answers and their copies, journals and run records cannot be read?"""

from collections.abc import Iterator
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TypeVar

from datatools import folding, parts, tables
from datatools.errors import DatatoolsError
from datatools.outside.structured import json_of, read_json
from datatools.repair.tables_known import KNOWN, Known, names_with, set_aside_with
from datatools.repair.trouble import BROKEN, Trouble, content_name, is_batch_name, set_aside
from datatools.tables import Table, sha256_file, write_bytes
from datatools.workspace import Workspace

Row = TypeVar("Row")


def broken_tables(workspace: Workspace) -> Iterator[Trouble]:
    """Find tables that are no Parquet, or of another version."""
    for known in KNOWN:
        path = known.path(workspace)
        try:
            if parts.exists(path):
                known.read(path)
            continue
        except DatatoolsError as error:
            reason = _short(error, path)
        held = path if path.is_file() else parts.folder(path)
        yield Trouble(
            where=workspace.relative(held),
            told=f"cannot be read ({reason})",
            remedy=f"set aside under {BROKEN}; {known.verbs} makes it again",
            mend=partial(_without, workspace, known, held),
            set_aside=names_with(known),
        )


def _without(workspace: Workspace, known: Known, held: Path) -> None:
    if held.exists():  # a folder of parts whose list is broken is no table
        set_aside(workspace, held)
    set_aside_with(workspace, known)


def broken_batches(workspace: Workspace) -> Iterator[Trouble]:
    """Find answers that cannot be read, and those that somebody changed."""
    for path in workspace.batch_files():
        where = workspace.relative(path)
        try:
            tables.read_encoded([path], tables.ANNOTATIONS)
        except DatatoolsError as error:
            yield Trouble(
                where=where,
                told=f"ANSWERS ARE MISSING: this batch cannot be read ({_short(error, path)})",
                remedy=f"set aside under {BROKEN}: restore it from a copy, or import its sheet again",
                mend=partial(set_aside, workspace, path),
                set_aside=(where,),
            )
            continue
        if is_batch_name(path) and sha256_file(path)[:16] != path.stem:
            yield Trouble(
                where=where,
                told=f"these answers were changed after they were kept (the name would be {_name(path)})",
                remedy="restore them from a copy; a repair never touches answers that can be read",
            )


def broken_copies(workspace: Workspace) -> Iterator[Trouble]:
    """Find copies of answers, by which many are read at once, that the batches do not hold so."""
    try:
        told = folding.trouble(workspace.annotations_folder)
    except DatatoolsError:  # a batch cannot be read, and is named
        return
    if told is not None:
        path = folding.file(workspace.annotations_folder)
        yield Trouble(
            where=workspace.relative(path),
            told=told,
            remedy="removed; it is made again of the batches",
            mend=partial(path.unlink, missing_ok=True),
        )


def _name(path: Path) -> str:
    return content_name(path.read_bytes())


def broken_records(workspace: Workspace) -> Iterator[Trouble]:
    """Find run records that are torn or no run records."""
    for path in workspace.run_files():
        reason = why_no_record(path)
        if reason is not None:
            verb = path.stem.partition("-")[2]
            yield Trouble(
                where=workspace.relative(path),
                told=f"is no run record ({reason})",
                remedy=f"set aside under {BROKEN}; `datatools {verb}` again writes a new one",
                mend=partial(set_aside, workspace, path),
            )


def why_no_record(path: Path) -> str | None:
    """Say why a file is no record of a run; None where it is one."""
    try:
        record = read_json(path, "a run record")
    except DatatoolsError as error:
        return _short(error, path)
    if not isinstance(record, dict) or not isinstance(record.get("stage"), str):
        return "it names no stage"
    for name in ("inputs", "outputs"):
        hashes = record.get(name)
        if not isinstance(hashes, dict) or not all(isinstance(value, str) for value in hashes.values()):
            return f"its {name} are no paths with their hashes"
        if any(PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts for path in hashes):
            return f"its {name} name files outside the workspace"
    return None


def broken_journals(workspace: Workspace) -> Iterator[Trouble]:
    """Find lines of journals that are no items; a line that a kill cut off is none of them.

    What is in the other lines is kept: the stage goes on from them.
    """
    for path in journals(workspace):
        good, n_bad = _lines(path)
        if n_bad:
            yield Trouble(
                where=workspace.relative(path),
                told=f"{n_bad} of its lines are no items of a run that was killed",
                remedy="taken out; the stage makes these items again",
                mend=partial(_keep, path, good),
            )


def journals(workspace: Workspace) -> list[Path]:
    """Give the journals of runs that were killed, or are under way."""
    return sorted((workspace.root / "tables").glob(".*.journal"))


def noted_rows(workspace: Workspace, table: Table[Row]) -> Iterator[Row]:
    """Give the rows that a killed run left in its journal."""
    path = workspace.table_file(table).with_name(f".{table.name}.journal")
    if path.is_file():
        for line in _lines(path)[0]:
            entry = json_of(line, path.name, "an item")
            assert isinstance(entry, dict)  # as ``_lines`` found
            yield from (table.record(**row) for row in entry["rows"])


def _lines(path: Path) -> tuple[list[bytes], int]:
    """Give the lines that are items, and how many others there are."""
    good, n_bad = [], 0
    for line in path.read_bytes().split(b"\n")[:-1]:
        try:
            entry = json_of(line, path.name, "an item")
        except DatatoolsError:
            entry = None
        rows = entry.get("rows") if isinstance(entry, dict) and isinstance(entry.get("key"), str) else None
        if isinstance(rows, list) and all(isinstance(row, dict) for row in rows) and _fits(path, rows):
            good.append(line)
        else:
            n_bad += 1
    return good, n_bad


def _fits(path: Path, rows: list[object]) -> bool:
    """Say whether rows are of the table of a journal."""
    name = path.name.removeprefix(".").removesuffix(".journal")
    known = next((known for known in KNOWN if known.name == name), None)
    if known is None or not isinstance(known.table, tables.Table) or name == tables.ERROR_GRIDS.name:
        return True  # the grids' journal has its own rows
    try:
        tables.to_arrow(known.table, [known.table.record(**row) for row in rows if isinstance(row, dict)])
    except (DatatoolsError, TypeError):
        return False
    return True


def _keep(path: Path, lines: list[bytes]) -> None:
    if lines:
        write_bytes(path, b"".join(line + b"\n" for line in lines))
    else:
        path.unlink(missing_ok=True)


def _short(error: DatatoolsError, path: Path) -> str:
    """Give what went wrong without the path, which stands before it."""
    return str(error).removeprefix(f"{path} ").removeprefix(f"{path}: ")
