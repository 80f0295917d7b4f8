"""How is a trained student kept in a file, and what is in such a file?

A dict of tensors and plain values that ``torch.load(weights_only=True)`` reads: no code runs when a
file is opened. Its ``architecture`` is the name of a module in datatools/networks. The authors'
published weights are recognised by their keys and read as well.
"""

import io
import json
import pickle
import struct
import tarfile
import zipfile
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from datatools import plugins, tables
from datatools.errors import DataError, UsageError, WeightsError
from datatools.outside.pickles import require_small
from datatools.student import published
from datatools.student.preprocess import Preprocessing

FORMAT = "datatools-student"
FORMAT_VERSION = 1
ARCHITECTURE = "extremec3net"


@dataclass(frozen=True, slots=True, eq=False)
class Student:
    """A network in eval mode, the preprocessing that it was trained with, and where both come from."""

    network: nn.Module  # (B, 3, H, W) to one logit a pixel, (B, 1, H, W)
    preprocessing: Preprocessing
    training: dict[str, object]  # plain JSON: recipe, data counts, metric, licence ...
    is_published: bool  # the authors' weights, not ours
    sha256: str  # of the file
    architecture: str  # the network's name in datatools/networks


def write(path: Path, values: Mapping[str, object]) -> None:
    """Write tensors and plain values as a torch file, whole or not at all."""
    buffer = io.BytesIO()
    torch.save(dict(values), buffer)
    tables.write_bytes(path, buffer.getvalue())


def read(path: Path) -> dict[str, object]:
    """Read a torch file that holds nothing but tensors and plain values.

    Raises:
        UsageError: there is no such file.
        WeightsError: the file is cut off, is no torch file, or holds code.
    """
    if not path.is_file():
        raise UsageError(f"expected a file of weights, {path} is not there")
    try:
        _look_over(path)
        found = torch.load(path, map_location="cpu", weights_only=True)
    except DataError as error:
        raise WeightsError(f"{path} is not a file of weights: {error}") from error
    # Readers of archives and of torch raise whatever the layer that stumbled raises.
    except (
        pickle.UnpicklingError,
        struct.error,
        zipfile.BadZipFile,
        ArithmeticError,
        AssertionError,
        AttributeError,
        EOFError,
        LookupError,
        MemoryError,
        OSError,
        RuntimeError,
        TypeError,
        ValueError,
    ) as error:
        raise WeightsError(
            f"{path} is not a readable file of weights ({_reason(error)}): fetch or train it again"
        ) from error
    if not isinstance(found, dict):
        raise WeightsError(f"{path} holds a {type(found).__name__}; a file of weights holds a dict")
    return found


def _look_over(path: Path) -> None:
    """Make sure that no byte has changed, which torch does not look at, and that reading has an end."""
    if tarfile.is_tarfile(path):
        raise ValueError("it is a TAR file, which torch would unpack to the disk")
    if not zipfile.is_zipfile(path):  # weights of before 2020: pickles one behind the other
        with path.open("rb") as stream:
            while require_small(stream, path.name):
                pass
    else:
        with zipfile.ZipFile(path) as archive:
            packed = sum(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist())
            if packed or sum(part.file_size for part in archive.infolist()) > path.stat().st_size:
                raise zipfile.BadZipFile("its parts are compressed or overlap, which torch's never are")
            broken = archive.testzip()
            for part in archive.namelist():
                if part.endswith("data.pkl"):
                    with archive.open(part) as stream:
                        require_small(stream, part)
        if broken is not None:
            raise zipfile.BadZipFile(f"the bytes of {broken} are not those that were written")


def _reason(error: Exception) -> str:
    """Say in a few words why a file cannot be read; torch's own words tell how to run foreign code."""
    if isinstance(error, pickle.UnpicklingError):
        is_code = "Unsupported" in str(error)
        return "it holds code, which is never run" if is_code else "it is no file that torch wrote"
    return str(error).splitlines()[0] if str(error) else f"{type(error).__name__}; it may be cut off"


def save(
    path: Path,
    state: Mapping[str, Tensor],
    preprocessing: Preprocessing,
    training: Mapping[str, object],
    architecture: str = ARCHITECTURE,
) -> None:
    """Write a network's weights with all that is needed to use them.

    Args:
        path: where to; the file appears whole or not at all.
        state: the network's state dict.
        preprocessing: what was done to the pictures it was trained on.
        training: what the weights come from; anything that JSON can hold.
        architecture: which network the state dict belongs to.
    """
    json.dumps(training)  # fails here rather than when somebody reads the file without torch's help
    write(
        path,
        {
            "format": FORMAT,
            "version": FORMAT_VERSION,
            "architecture": architecture,
            "preprocessing": asdict(preprocessing),
            "training": dict(training),
            "state": {name: value.detach().cpu().contiguous() for name, value in state.items()},
        },
    )


def load(path: Path) -> Student:
    """Read a student's weights: a checkpoint of ours, or the authors' published file.

    Raises:
        UsageError: there is no such file.
        WeightsError: the file is broken, of another architecture, or of a newer version.
    """
    found = read(path)
    sha256 = tables.sha256_file(path)
    if published.is_published(found):
        network = published.network({k: v for k, v in found.items() if isinstance(v, Tensor)})
        licence: dict[str, object] = {"licence": published.LICENCE}
        return Student(network, published.PREPROCESSING, licence, True, sha256, ARCHITECTURE)
    name = found.get("architecture")
    known = plugins.names("networks")
    if not isinstance(name, str) or name not in known:
        raise WeightsError(
            f"{path}: expected weights of a student ({', '.join(known)}) or the published ExtremeC3Net; got "
            f"the architecture {name!r} with the keys {sorted(map(str, found))[:5]}"
        )
    trained: nn.Module = plugins.build("networks", name).make(False)
    preprocessing, training = fill(path, found, trained, name)
    return Student(trained, preprocessing, training, False, sha256, name)


def architecture_of(path: Path) -> str | None:
    """Say whose weights a file of ours holds; None where it is not one.

    Raises:
        UsageError: there is no such file.
        WeightsError: the file is broken.
    """
    name = read(path).get("architecture")
    return name if isinstance(name, str) else None


def fill(
    path: Path, found: Mapping[str, object], network: nn.Module, architecture: str
) -> tuple[Preprocessing, dict[str, object]]:
    """Give a network the weights of a file that was read; give its preprocessing and training.

    Raises:
        WeightsError: the file is of another architecture or version, or its weights do not fit.
    """
    came = tuple(repr_of(found.get(key)) for key in ("format", "version", "architecture"))
    if came != tuple(map(repr_of, (FORMAT, FORMAT_VERSION, architecture))):
        raise WeightsError(
            f"{path}: expected format {FORMAT!r}, version {FORMAT_VERSION}, architecture "
            f"{architecture!r}; got {came[0]}, {came[1]}, {came[2]} with the keys "
            f"{sorted(map(str, found))[:5]}"
        )
    training = found.get("training")
    fill_weights(path, found.get("state"), network, architecture)
    preprocessing = _preprocessing(path, found.get("preprocessing"))
    return preprocessing, dict(training) if isinstance(training, dict) else {}


def repr_of(value: object) -> str:
    """Write a word or a number of a file as code, anything else as its type: tensors do not compare."""
    return repr(value) if isinstance(value, str | int) else type(value).__name__


def fill_weights(path: Path, state: object, network: nn.Module, what: str) -> None:
    """Give a network the weights of a state dict, and set it to eval mode.

    Raises:
        WeightsError: it is none, or its names, shapes or kinds of tensors do not fit.
    """
    if not isinstance(state, dict):
        raise WeightsError(f"{path}: expected a state dict under 'state', got {type(state).__name__}")
    # Before anything is copied: a tensor can say that it is larger than any memory, and hold one number.
    own = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    came = {name: tuple(value.shape) for name, value in state.items() if isinstance(value, Tensor)}
    if own != came or len(came) != len(state):
        differing = sorted({str(name) for name in {*own, *state} if own.get(name) != came.get(name)})
        raise WeightsError(
            f"{path}: the weights do not fit {what}: {len(differing)} of its {len(own)} tensors are missing, "
            f"unknown or of another shape ({', '.join(differing[:3])})"
        )
    try:
        network.load_state_dict(state)
    except RuntimeError as error:  # a sparse or quantised tensor, or one of another device
        raise WeightsError(f"{path}: the weights do not fit {what}: {error}") from error
    network.eval()


def _preprocessing(path: Path, values: object) -> Preprocessing:
    try:
        if not isinstance(values, dict):
            raise TypeError(f"a {type(values).__name__}")
        return Preprocessing(**values)
    except (TypeError, ValueError, UsageError) as error:
        raise WeightsError(
            f"{path}: the preprocessing is not one that this version knows: {error}"
        ) from error
