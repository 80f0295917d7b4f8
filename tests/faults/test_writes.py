"""Files are written whole or not at all: every other way to write one is known, with its reason."""

import ast
from collections.abc import Iterator
from pathlib import Path

import datatools

_ROOT = Path(datatools.__file__).parent
# Who else opens a file for writing, and why that is safe.
_KNOWN = {
    "atomic.py": "writes beside the file, for everybody",
    "journal.py": "appends lines; one that is cut off is dropped",
    "locks.py": "a lock appears whole by a link",
    "crews/_nursery.py": "the kernel's own file about a process",
    "crews/joining.py": "the null device",
    "browse/gallery/drawn.py": "appends lines; one that is cut off is dropped",
    "withdrawal/handed_on.py": "appends lines, synced; one that is cut off is dropped",
    "withdrawal/ledger.py": "appends lines, synced; one that is cut off is dropped",
    "stages/predict.py": "appends lines; one that is cut off is dropped",
    "remote/kept.py": "appends lines; one that is cut off is dropped",
    "remote/coming.py": "in a hidden folder beside, synced, then renamed",
    "remote/unpacking.py": "in a hidden folder beside, synced; the folder is renamed",
    "report/formats/pdf.py": "in a temporary folder",
    "student/data.py": "reserves room in a file beside its place",
    "teachers/_packages.py": "in a temporary folder, checked by hash before it is moved",
}
_WRITERS = {
    "write_text",
    "write_bytes",
    "imwrite",
    "savefig",
    "to_parquet",
    "open_memmap",
    "tofile",
}
_ATOMIC = {"tables", "atomic"}


def _mode(call: ast.Call, position: int) -> str:
    """Give the mode that a file is opened in; empty where it is not a constant."""
    given = [word.value for word in call.keywords if word.arg == "mode"]
    given += call.args[position : position + 1]
    constant = given[0] if given else None
    return str(constant.value) if isinstance(constant, ast.Constant) else ""


def _writes(tree: ast.AST) -> Iterator[int]:
    """Give the lines that write to a path themselves."""
    for node in ast.walk(tree):
        if not isinstance(node, ast.Call):
            continue
        call = node.func
        if isinstance(call, ast.Name) and call.id == "open" and set(_mode(node, 1)) & set("wax+"):
            yield node.lineno
        if not isinstance(call, ast.Attribute):
            continue
        is_atomic = isinstance(call.value, ast.Name) and call.value.id in _ATOMIC
        if call.attr == "open" and set(_mode(node, 0)) & set("wax+"):
            yield node.lineno
        if call.attr in _WRITERS and not is_atomic and not _into_memory(node):
            yield node.lineno


def _into_memory(call: ast.Call) -> bool:
    """Say whether a drawing or a table goes to a buffer, or comes back as text."""
    first = call.args[0] if call.args else None
    return first is None or (isinstance(first, ast.Name) and first.id in {"buffer", "stream", "sink"})


def test_nobody_writes_to_a_path_but_in_a_known_way() -> None:
    """A new one is either ``tables.write_bytes`` or stands above with its reason."""
    found = {
        path.relative_to(_ROOT).as_posix()
        for path in sorted(_ROOT.rglob("*.py"))
        if any(_writes(ast.parse(path.read_text("utf-8"))))
    }
    assert found == set(_KNOWN)
