"""The file of a graph is read as data: checked, restored, and nothing else is opened."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatools.errors import WeightsError
from datatools.teachers._tfjs import TfjsRuntime
from datatools.teachers._tfjs_file import read_graph
from tests.unit.teachers.graphs import Graph, graph_card, picture, plain, run


@pytest.mark.parametrize("kind", ["uint8", "uint16", "float16"])
def test_quantised_weights_are_restored(tmp_path: Path, kind: str) -> None:
    """Whole numbers by scale and smallest value; halves as they are."""
    stored = np.array([0, 100, 255], kind)
    graph = Graph("picture")
    graph.quantised("row", stored, {"dtype": kind, "scale": 0.01, "min": -1.0})
    graph.node("out", "AddV2", ["picture", "row"])
    row = stored.astype(np.float32) if kind == "float16" else stored * 0.01 - 1.0
    np.testing.assert_allclose(run(tmp_path, graph, "out", picture()), picture() + row, rtol=1e-5)


def test_weights_may_lie_in_several_files(tmp_path: Path) -> None:
    """They are one after the other, wherever they are cut."""
    graph = Graph("picture")
    graph.node("out", "AddV2", ["picture", graph.constant("row", [1.0, 2.0, 3.0])])
    path = graph.write(tmp_path, parts=("a.bin", "b.bin"))
    row = read_graph(path, ["a.bin", "b.bin"]).constants["row"]
    np.testing.assert_array_equal(row, np.array([1, 2, 3], np.float32))


def _change(path: Path, change: Callable[[dict[str, list[dict[str, object]]]], object]) -> None:
    document = json.loads(path.read_text())
    change(document)
    path.write_text(json.dumps(document))


@pytest.mark.parametrize(
    ("break_it", "message"),
    [
        (lambda path: path.write_text("{"), "is not a TensorFlow.js graph model"),
        (lambda path: path.write_text('{"modelTopology": []}'), "is not a TensorFlow.js graph model"),
        (lambda path: path.with_name("net.bin").write_bytes(b"x" * 11), "reach past the 11 bytes"),
        (lambda path: path.with_name("net.bin").write_bytes(b"x" * 13), "expected 12 bytes of weights"),
        (
            lambda path: _change(path, lambda d: d["weightsManifest"][0].update(paths=["../net.bin"])),
            "its card must list them as parts",
        ),
        (
            lambda path: _change(path, lambda d: d["weightsManifest"].clear()),
            "the constant 'row', whose value is not in its weights",
        ),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, break_it: Callable[[Path], object], message: str) -> None:
    """Cut off, of another kind, or reaching for files that are not its own."""
    path = plain("AddV2", "row").write(tmp_path)
    break_it(path)
    with pytest.raises(WeightsError, match=message):
        TfjsRuntime(path, graph_card("out"))


def test_files_beyond_all_measure_are_not_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither the graph nor its weights."""
    path = plain("AddV2", "row").write(tmp_path)
    monkeypatch.setattr("datatools.teachers._tfjs_file._WEIGHTS_LIMIT_BYTES", 4)
    with pytest.raises(WeightsError, match="are larger than 4 bytes"):
        TfjsRuntime(path, graph_card("out"))
    monkeypatch.setattr("datatools.teachers._tfjs_file._JSON_LIMIT_BYTES", 4)
    with pytest.raises(WeightsError, match="is larger than 4 bytes"):
        TfjsRuntime(path, graph_card("out"))
