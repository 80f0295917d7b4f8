"""Where does FiftyOne find the plug-in, and is it today's?

A stub in FiftyOne's folder of plug-ins: what FiftyOne reads as files is copied (its YAML, scripts for the
browser), and a Python file imports this package. A link into an environment would break when that is made
anew, and show one environment's code to another; a stub runs whatever datatools the App's environment has.
"""

import shutil
from importlib import resources
from pathlib import Path

from datatools import tables
from datatools.database import engine
from datatools.errors import UsageError

NAME = "@portrait/datatools"
_FOLDER = "portrait-datatools"
_PACKAGE = "datatools.browse.plugin"
_COPIED = (".yml", ".js", ".css", ".json")
_ENTRY = f'''"""The plug-in of datatools, written by `datatools browse --install-plugin`."""

from {_PACKAGE} import register as register
'''


def folder() -> Path:
    """Give the folder that FiftyOne looks for the plug-in in, its own setting plugins_dir.

    Raises:
        MissingExtraError, UsageError: as ``engine.imported``.
    """
    return Path(engine.imported().config.plugins_dir) / _FOLDER


def install() -> Path:
    """Write the stub, or bring it up to date; give its folder.

    Raises:
        UsageError: something else is in its place, or as ``folder``.
    """
    target = folder()
    wanted = _files()
    if target.exists() and not is_ours(target):
        raise UsageError(
            f"expected the plug-in's own folder or none, {target} holds something else: move it away"
        )
    target.mkdir(parents=True, exist_ok=True)
    for path in sorted(target.rglob("*"), reverse=True):
        if path.is_file() and path.relative_to(target).as_posix() not in wanted:
            path.unlink()
    for name, data in wanted.items():
        path = target / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.is_file() or path.read_bytes() != data:
            tables.write_bytes(path, data)
    return target


def refresh() -> None:
    """Bring an installed stub up to date after an upgrade; where there is none, do nothing."""
    if is_ours(folder()):
        install()


def remove() -> bool:
    """Take the stub away; say whether there was one.

    Raises:
        UsageError: something else is in its place, or as ``folder``.
    """
    target = folder()
    if not target.exists():
        return False
    if not is_ours(target):
        raise UsageError(
            f"expected the plug-in's own folder, {target} holds something else: it was left alone"
        )
    shutil.rmtree(target)
    return True


def is_ours(target: Path) -> bool:
    """Say whether a folder is a stub that ``install`` wrote."""
    entry = target / "__init__.py"
    return entry.is_file() and _PACKAGE in entry.read_text()


def _files() -> dict[str, bytes]:
    """Give the stub's files by their paths in it."""
    package = Path(str(resources.files(_PACKAGE)))
    found = {
        path.relative_to(package).as_posix(): path.read_bytes()
        for path in sorted(package.rglob("*"))
        if path.suffix in _COPIED
    }
    return {"__init__.py": _ENTRY.encode(), **found}
