"""An exported student answers as its checkpoint does, for any batch and size."""

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import onnx
import pytest
import torch

from datatools.errors import MissingExtraError, UsageError, WeightsError
from datatools.masks import RGB
from datatools.student import engines, export, onnx_graph, parity
from datatools.student.engines import OnnxEngine, OpenVinoEngine, TorchEngine, open_engine
from datatools.student.exported import KEY, read_facts
from datatools.student.quantise import quantise
from tests.pictures import draw_person
from tests.unit.student.exports import folded_bytes, inputs, save_export, squared, student
from tests.unit.teachers.networks import write_onnx


@pytest.fixture(scope="module")
def tensor_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the student as ONNX."""
    return save_export(tmp_path_factory.mktemp("onnx") / "student.onnx")


@pytest.fixture(scope="module")
def openvino_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give the student for OpenVINO."""
    pytest.importorskip("openvino")
    path = tmp_path_factory.mktemp("openvino") / "student.xml"
    model = onnx.load_from_string(folded_bytes())
    export.save_openvino(path, model, export.facts(student(), "tensor", "float32"))
    return path


def picture_file(folder: Path, resize: str) -> Path:
    """Give the student with its preprocessing inside."""
    made = squared(resize)
    model = onnx_graph.with_picture(onnx.load_from_string(folded_bytes()), made.preprocessing)
    export.save_onnx(folder / "picture.onnx", model, export.facts(made, "picture", "float32"))
    return folder / "picture.onnx"


def people(height_px: int = 128, width_px: int = 96) -> list[RGB]:
    """Draw two people."""
    return [draw_person(seed=seed, height_px=height_px, width_px=width_px)[0] for seed in range(2)]


@pytest.mark.parametrize(("n", "side_px"), [(1, 32), (3, 32), (2, 48)])
def test_onnxruntime_gives_the_logits(tensor_file: Path, n: int, side_px: int) -> None:
    """Whatever batch and size, from one file."""
    batch = inputs(n, side_px)
    expected = TorchEngine(student().network).run(batch)
    np.testing.assert_allclose(open_engine(tensor_file).run(batch), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("suffix", [".onnx", ".xml"])
def test_openvino_gives_the_logits(tensor_file: Path, openvino_file: Path, suffix: str) -> None:
    """From its own file and from ONNX, one picture or several."""
    engine = open_engine(tensor_file if suffix == ".onnx" else openvino_file, "openvino")
    assert (engine.name, engine.facts.architecture) == ("openvino", "extremec3net")
    batch = inputs(2)
    expected = TorchEngine(student().network).run(batch)
    np.testing.assert_allclose(engine.run(batch), expected, rtol=1e-4, atol=1e-3)


@pytest.mark.parametrize("resize", ["bilinear", "area"])
@pytest.mark.parametrize("size", [(128, 96), (61, 47), (20, 24)])
def test_a_picture_goes_in_and_a_probability_comes_out(
    tmp_path: Path, resize: str, size: tuple[int, int]
) -> None:
    """The same as preparing, running and enlarging in Python."""
    made = squared(resize)
    pictures = people(*size)
    got = open_engine(picture_file(tmp_path, resize)).run(np.stack(pictures))
    for picture, probability in zip(pictures, got, strict=True):
        logit = TorchEngine(made.network).run(
            np.ascontiguousarray(made.preprocessing.prepare(picture).numpy())
        )
        large = torch.from_numpy(cv2.resize(logit[0, 0], (size[1], size[0])))
        np.testing.assert_allclose(probability, large.sigmoid().numpy(), atol=1e-3)


def test_the_file_says_what_it_is(tensor_file: Path) -> None:
    """Its input, its checkpoint and its licence, with no file beside it."""
    facts = open_engine(tensor_file).facts
    assert facts == export.facts(student(), "tensor", "float32")
    assert (facts.licence, facts.checkpoint_sha256) == ("none", "0" * 64)


@pytest.mark.parametrize("text", ["{}", "not JSON", '{"version": 2}'])
def test_facts_of_another_version_are_refused(text: str) -> None:
    """The message says what to do."""
    with pytest.raises(WeightsError, match="export it again"):
        read_facts("old.onnx", {KEY: text})


def test_facts_of_a_later_version_are_refused() -> None:
    """Whole, but not of this version."""
    later = replace(export.facts(student(), "tensor", "float32"), version=99)
    with pytest.raises(WeightsError, match="version 99"):
        read_facts("new.onnx", {KEY: later.to_json()})


def test_a_file_without_facts_needs_a_card(tmp_path: Path) -> None:
    """A network of somebody else says too little about itself."""
    write_onnx(tmp_path / "net.onnx", [[1.0, 2.0, 3.0]], [0.0])
    for engine in (OnnxEngine, OpenVinoEngine):
        with pytest.raises(WeightsError, match="card"):
            engine(tmp_path / "net.onnx")


@pytest.mark.parametrize(("name", "message"), [("a.onnx", "ONNX format"), ("a.xml", "OpenVINO reads")])
def test_a_broken_file_is_named(tmp_path: Path, name: str, message: str) -> None:
    """Rather than a library's own words alone."""
    (tmp_path / name).write_bytes(b"cut off")
    with pytest.raises(WeightsError, match=message):
        open_engine(tmp_path / name)


def test_an_openvino_file_is_not_for_onnxruntime(openvino_file: Path) -> None:
    """The message names the format to export."""
    with pytest.raises(UsageError, match="export the student as onnx"):
        open_engine(openvino_file, "onnxruntime")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Before a runtime is loaded."""
    with pytest.raises(UsageError, match="which is not there"):
        open_engine(tmp_path / "none.onnx")


def test_without_openvino_the_extra_is_named(monkeypatch: pytest.MonkeyPatch, openvino_file: Path) -> None:
    """One sentence with the pip command."""
    monkeypatch.setitem(__import__("sys").modules, "openvino", None)
    with pytest.raises(MissingExtraError, match=r"portrait-datatools\[openvino\]"):
        engines.openvino_core()


def test_int8_gives_nearly_the_same_mask(tmp_path: Path) -> None:
    """The convolutions compute in integers, and OpenVINO is not asked to."""
    model = quantise(onnx.load_from_string(folded_bytes()), list(inputs(8)[:, None]))
    facts = export.facts(student(), "tensor", "int8")
    export.save_onnx(tmp_path / "int8.onnx", model, facts)
    assert {"QuantizeLinear", "DequantizeLinear"} <= {node.op_type for node in model.graph.node}
    engine = open_engine(tmp_path / "int8.onnx")
    batch = inputs(4)
    difference = np.abs(engine.run(batch) - TorchEngine(student().network).run(batch))
    assert difference.mean() < 0.2
    with pytest.raises(UsageError, match="run it in onnxruntime"):
        open_engine(tmp_path / "int8.onnx", "openvino")


def test_too_few_pictures_for_int8_are_refused() -> None:
    """They say little about the range of an activation."""
    with pytest.raises(UsageError, match="at least 8 pictures"):
        quantise(onnx.load_from_string(folded_bytes()), list(inputs(2)[:, None]))


def test_parity_counts_equal_pixels(tensor_file: Path) -> None:
    """On every pixel of every picture."""
    engine = open_engine(tensor_file)
    found = parity.compare(student(), engine, engine.facts, people())
    assert (found.n_pictures, found.same_frac) == (2, 1.0)
    assert 0 < found.max_diff < 1e-2


def test_parity_of_pictures_is_of_the_whole_picture(tmp_path: Path) -> None:
    """In the size that came in."""
    engine = open_engine(picture_file(tmp_path, "bilinear"))
    assert parity.compare(student(), engine, engine.facts, people()).same_frac > 0.9999


def test_another_network_fails_parity() -> None:
    """A file that answers otherwise must not be used."""

    class Opposite:
        name = "opposite"

        def run(self, batch: engines.Inputs) -> engines.Floats:
            return -TorchEngine(student().network).run(batch)

    facts = export.facts(student(), "tensor", "float32")
    with pytest.raises(WeightsError, match="do not use the file"):
        parity.compare(student(), Opposite(), facts, people())
