"""Files of networks: weights, and graphs in the formats that teachers have."""

import functools
from collections.abc import Callable
from pathlib import Path

import numpy as np
import torch

from datatools.student import checkpoint, state
from datatools.teachers._card import NetworkCard, load_card
from datatools.teachers._packages import NpmChunks, NpmMember, Origin, WheelMember
from datatools.teachers._tfjs_file import read_graph
from datatools.teachers.network import Network
from tests.fuzz.target import Form, Target
from tests.unit.teachers.archives import chunks, write_tgz, write_wheel
from tests.unit.teachers.graphs import Graph, plain
from tests.unit.teachers.networks import write_card, write_onnx, write_tflite

_WEIGHTS = ([[0.1, 0.2, 0.3]], [0.5])


def _weights(folder: Path) -> list[bytes]:
    """Give torch files of a few tensors; a whole network's would be slow to break."""
    made = []
    for values in (
        {"format": "datatools-student", "version": 1, "architecture": "extremec3net",
         "state": {"a": torch.zeros(2, 3), "b": torch.arange(3)}, "training": {"n": 1, "x": [1.5, None]},
         "preprocessing": {"size_px": 32, "mean": (1.0, 2.0, 3.0)}},
        {"half": torch.zeros(2).half(), "view": torch.zeros(4, 4)[:, 1], "flag": torch.tensor(True)},
    ):  # fmt: skip
        checkpoint.write(folder / "w.pt", values)
        made.append((folder / "w.pt").read_bytes())
    torch.save({"a": torch.zeros(2)}, folder / "old.pt", _use_new_zipfile_serialization=False)
    return [*made, (folder / "old.pt").read_bytes()]


def _fills(path: Path) -> None:
    """Read weights into a small network, as every loader of ours does."""
    network = torch.nn.Linear(3, 2)
    found = checkpoint.read(path)
    checkpoint.fill_weights(path, found.get("state"), network, "a test's network")


def _states(folder: Path) -> list[bytes]:
    state.TrainingState(fingerprint="x", elapsed_s=1.5).save(folder / "state.pt")
    return [(folder / "state.pt").read_bytes()]


def _students(folder: Path) -> list[bytes]:
    torch.manual_seed(0)
    values = {"size_px": 32, "channel_order": "RGB", "mean": (1.0, 2.0, 3.0), "std": (1.0, 1.0, 1.0),
              "divisor": 1.0, "resize": "area"}  # fmt: skip
    checkpoint.write(folder / "w.pt", {"state": torch.nn.Linear(3, 2).state_dict(), "preprocessing": values})
    return [(folder / "w.pt").read_bytes()]


@functools.cache
def _card(folder: Path, file: str, form: str) -> NetworkCard:
    layout = "NHWC" if form == "tflite" else "NCHW"
    changes = {"format": f'"{form}"', "input_layout": f'"{layout}"'}
    if form == "tflite":
        changes["output_name"] = '"probability"'
    return load_card(write_card(folder, file, **changes))


def _runs(form: str) -> Target:
    """Open a network as a teacher does, and let it look at an empty picture."""

    def seeds(folder: Path) -> list[bytes]:
        write = write_onnx if form == "onnx" else write_tflite
        return [
            write(folder / f"n.{form}", *_WEIGHTS, size_px=16, is_free=is_free).read_bytes()
            for is_free in (False, True)
        ]

    def parse(path: Path) -> None:
        Network(_card(path.parent, path.name, form), path).matte(np.zeros((20, 30, 3), np.uint8), [])

    name = {"onnx": "ONNX network", "tflite": "TFLite network"}[form]
    return Target(name=name, suffix=f".{form}", form="bytes", seeds=seeds, parse=parse, share=1)


def _graphs(folder: Path) -> list[bytes]:
    made = []
    for graph in (plain("Relu"), plain("Pad", "frame"), Graph("picture")):
        graph.write(folder)
        made.append((folder / "net.json").read_bytes())
    plain("Relu").write(folder)  # its weights are those that every input finds
    return made


def _graph(path: Path) -> None:
    found = read_graph(path, ["net.bin"])
    for node in found.nodes.values():
        found.order(node.name)


def _package(
    name: str,
    suffix: str,
    form: Form,
    origin: Origin,
    seed: Callable[[Path], Path],
) -> Target:
    """Take a file of weights out of a package that was downloaded."""

    def parse(path: Path) -> None:
        into = path.with_name("taken")
        into.unlink(missing_ok=True)
        origin.extract(path, into)

    def seeds(folder: Path) -> list[bytes]:
        return [seed(folder).read_bytes()]

    return Target(name=name, suffix=suffix, form=form, seeds=seeds, parse=parse, share=2)


_CONTENT = bytes(range(100))
_WHEEL = WheelMember(requirement="x==1", member="x/net.tflite", n_bytes=100)
_NPM = NpmMember(package="x", member="package/net.tflite", n_bytes=100)
_CHUNKS = NpmChunks(package="x", resource="/models/medium", n_bytes=100)
_ZIP: Form = "zip"
TARGETS = (
    Target(name="file of weights", suffix=".pt", form=_ZIP, seeds=_weights, parse=checkpoint.read, share=1),
    Target(name="weights of a network", suffix=".pt", form=_ZIP, seeds=_students, parse=_fills, share=1),
    Target(
        name="state of a training",
        suffix=".pt",
        form=_ZIP,
        seeds=_states,
        parse=state.TrainingState.load,
        share=1,
    ),
    _runs("onnx"),
    _runs("tflite"),
    _package(
        "wheel with weights", ".whl", "zip", _WHEEL, lambda at: write_wheel(at, {"x/net.tflite": _CONTENT})
    ),
    _package(
        "npm package with weights",
        ".tgz",
        "gzip",
        _NPM,
        lambda at: write_tgz(at / "a.tgz", [("net.tflite", _CONTENT)]),
    ),
    _package(
        "npm package with chunks",
        ".tgz",
        "gzip",
        _CHUNKS,
        lambda at: write_tgz(at / "a.tgz", chunks(_CONTENT, 40)),
    ),
    Target(
        name="TensorFlow.js graph",
        suffix=".json",
        form="json",
        seeds=_graphs,
        parse=_graph,
        needs_folder=True,
    ),
)
