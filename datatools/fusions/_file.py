"""How is a fitted fusion kept in a file? Tensors and plain values; no code runs when it is opened."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from datatools import tables
from datatools.errors import WeightsError
from datatools.fusions._net import FusionNet
from datatools.student import checkpoint

_FORMAT, _VERSION = "datatools-fusion", 1
_MOST_TEACHERS = 64


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """A network in eval mode, the teachers it was fitted for, in its channels' order, and how."""

    network: FusionNet
    teachers: tuple[str, ...]
    facts: Mapping[str, object]  # plain JSON: data, counts, scores, licence
    sha256: str


def save(path: Path, network: FusionNet, teachers: tuple[str, ...], facts: Mapping[str, object]) -> None:
    """Write a fit; weights in half precision, which changes no pixel in a thousand."""
    state = {name: _half(value) for name, value in network.state_dict().items()}
    values = {"format": _FORMAT, "version": _VERSION, "teachers": list(teachers), "facts": dict(facts)}
    checkpoint.write(path, {**values, "state": state})


def _half(value: Tensor) -> Tensor:
    return value.detach().cpu().half() if value.is_floating_point() else value.detach().cpu()


def load(path: Path) -> Fit:
    """Read a fit.

    Raises:
        UsageError: there is no such file.
        WeightsError: it is broken, of another kind or of a newer version.
    """
    found = checkpoint.read(path)
    came = [checkpoint.repr_of(found.get(key)) for key in ("format", "version")]
    teachers, facts = found.get("teachers"), found.get("facts")
    named = tuple(map(str, teachers)) if isinstance(teachers, list) else ()
    if came != [repr(_FORMAT), repr(_VERSION)] or not 0 < len(named) <= _MOST_TEACHERS:
        raise WeightsError(
            f"{path}: expected a fit of `datatools fusion fit` (format {_FORMAT!r}, version {_VERSION}), got "
            f"{came[0]}, {came[1]} with the keys {sorted(map(str, found))[:5]}"
        )
    network = FusionNet(len(named))
    checkpoint.fill_weights(path, found.get("state"), network, "the network")
    network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # stub
    known = dict(facts) if isinstance(facts, dict) else {}
    return Fit(network, named, known, tables.sha256_file(path))
