"""Any network with a card proposes mattes, whatever its format and its input."""

import json
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import scipy.special

from datatools.errors import UsageError, WeightsError
from datatools.masks import RGB
from datatools.teachers import Licensed
from datatools.teachers.network import build
from tests.unit.teachers.networks import write_card, write_onnx, write_tflite

WEIGHTS, BIAS = [[1.0, 2.0, -3.0]], [0.1]
LITE = {"format": '"tflite"', "input_layout": '"NHWC"'}


def picture(*, width_px: int = 16, height_px: int = 16, seed: int = 0) -> RGB:
    """Give random pixels."""
    return np.random.default_rng(seed).integers(0, 256, (height_px, width_px, 3)).astype(np.uint8)


def onnx(folder: Path, **changes: str) -> Path:
    """Write the network and a card for it; give the card."""
    write_onnx(folder / "net.onnx", WEIGHTS, BIAS)
    return write_card(folder, "net.onnx", **changes)


@pytest.mark.parametrize("is_free", [False, True])
@pytest.mark.parametrize("extension", ["onnx", "tflite"])
def test_both_formats_give_the_same_matte(tmp_path: Path, extension: str, is_free: bool) -> None:
    """A network of either format, of fixed or of open size, gives what numpy computes from its weights."""
    write = write_onnx if extension == "onnx" else write_tflite
    write(tmp_path / f"net.{extension}", WEIGHTS, BIAS, is_free=is_free)
    card = write_card(tmp_path, f"net.{extension}", **(LITE if extension == "tflite" else {}))
    actual = build(str(card)).matte(picture(), []).array
    logit = picture() / 255 @ np.array(WEIGHTS[0]) + BIAS[0]
    np.testing.assert_allclose(actual, scipy.special.expit(logit), atol=1e-6)


def test_channels_mean_and_std_are_applied_in_the_cards_order(tmp_path: Path) -> None:
    """Mean and std of a BGR network are given blue first."""
    changes = {"input_mean": "[0.1, 0.2, 0.3]", "input_std": "[0.5, 1.0, 2.0]", "input_channels": '"BGR"'}
    actual = build(str(onnx(tmp_path, **changes))).matte(picture(), []).array
    values = (picture()[..., ::-1] / 255 - [0.1, 0.2, 0.3]) / [0.5, 1.0, 2.0]
    expected = scipy.special.expit(values @ np.array(WEIGHTS[0]) + BIAS[0])
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_sigmoid_on_logits_is_the_networks_own_probability(tmp_path: Path) -> None:
    """A card may name an output before or after its activation."""
    card = onnx(tmp_path, output_name='"logit"', output_activation='"sigmoid"')
    actual = build(str(card)).matte(picture(), []).array
    expected = build(str(onnx(tmp_path))).matte(picture(), []).array
    np.testing.assert_allclose(actual, expected, atol=1e-6)


def test_softmax_takes_the_persons_class(tmp_path: Path) -> None:
    """Of several classes the card's index is the person."""
    weights, bias = [[1.0, 0.0, 0.0], [0.0, 5.0, 0.0], [-1.0, 0.0, 2.0]], [0.0, 0.2, 0.3]
    write_onnx(tmp_path / "net.onnx", weights, bias)
    changes = {"output_name": '"logit"', "output_activation": '"softmax"', "output_class_index": "1"}
    actual = build(str(write_card(tmp_path, "net.onnx", **changes))).matte(picture(), []).array
    logits = picture() / 255 @ np.array(weights).T + np.array(bias)
    np.testing.assert_allclose(actual, scipy.special.softmax(logits, axis=-1)[..., 1], atol=1e-6)


def test_an_output_without_an_axis_of_classes_is_taken(tmp_path: Path) -> None:
    """1 x H x W is as good as 1 x 1 x H x W."""
    plane = build(str(onnx(tmp_path, output_name='"plane"'))).matte(picture(), []).array
    whole = build(str(onnx(tmp_path))).matte(picture(), []).array
    np.testing.assert_array_equal(plane, whole)


@pytest.mark.parametrize(("width_px", "height_px"), [(160, 96), (32, 16), (8, 12), (1, 1)])
def test_the_matte_lies_where_the_picture_is(tmp_path: Path, width_px: int, height_px: int) -> None:
    """Scaling to the network and back moves no edge: a half white picture gives half a mask."""
    write_onnx(tmp_path / "net.onnx", [[20.0, 0.0, 0.0]], [-10.0])
    image = np.zeros((height_px, width_px, 3), np.uint8)
    image[:, width_px // 2 :] = 255
    mask = build(str(write_card(tmp_path, "net.onnx"))).matte(image, []).threshold().array
    assert mask.shape == (height_px, width_px)
    np.testing.assert_array_equal(mask, image[..., 0] > 0)


def test_the_fingerprint_follows_weights_and_preprocessing(tmp_path: Path) -> None:
    """What shapes mattes changes it; what does not, does not."""
    first = build(str(onnx(tmp_path))).fingerprint
    assert build(str(onnx(tmp_path, note='"another"', licence='"MIT"'))).fingerprint == first
    assert build(str(onnx(tmp_path, input_scale="127.5"))).fingerprint != first
    card = onnx(tmp_path)
    write_onnx(tmp_path / "net.onnx", WEIGHTS, [0.2])
    assert build(str(card)).fingerprint != first


def test_name_and_licence_are_the_cards(tmp_path: Path) -> None:
    """The name names the mattes, the licence goes into the run record."""
    teacher = build(str(onnx(tmp_path, name='"deeplab-v3.1"', licence='"MIT"')))
    assert isinstance(teacher, Licensed)
    assert (teacher.name, teacher.licence) == ("deeplab-v3.1", "MIT")


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The card may have been moved without its network."""
    with pytest.raises(WeightsError, match=r"tiny names the file .*gone\.onnx, which does not exist"):
        build(str(write_card(tmp_path, "gone.onnx")))


def test_another_checksum_is_refused(tmp_path: Path) -> None:
    """A card with a checksum runs that file and no other."""
    card = onnx(tmp_path, sha256=json.dumps("0" * 64))
    with pytest.raises(WeightsError, match="damaged or another file: expected SHA-256 0000"):
        build(str(card))


@pytest.mark.parametrize("extension", ["onnx", "tflite"])
def test_a_file_of_another_format_is_refused(tmp_path: Path, extension: str) -> None:
    """Text, a picture or half a download is no network."""
    (tmp_path / "net").write_bytes(b"this is no network, whatever its name says")
    card = write_card(tmp_path, "net", **(LITE if extension == "tflite" else {}))
    with pytest.raises(WeightsError, match=f"net is not a network in {extension} format"):
        build(str(card))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_width_px": "32"}, r"input is float32 \[1, 3, 16, 32\] \(NCHW\); .*\[1, 3, 16, 16\]"),
        ({"input_layout": '"NHWC"'}, r"input is float32 \[1, 16, 16, 3\]"),
        ({"input_name": '"image"'}, r"expects the input 'image'; it has \['picture'\]"),
        ({"output_name": '"alpha"'}, r"expects the output 'alpha'; it has \['logit', "),
    ],
)
def test_a_card_that_does_not_fit_the_file_is_refused(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    """When the teacher is made, not at the first picture."""
    with pytest.raises(WeightsError, match=message):
        build(str(onnx(tmp_path, **changes)))


def test_an_input_that_is_not_float32_is_refused(tmp_path: Path) -> None:
    """Half-precision and quantised inputs would need a conversion that the card cannot state."""
    write_onnx(tmp_path / "net.onnx", WEIGHTS, BIAS, element=10)
    with pytest.raises(WeightsError, match="float16"):
        build(str(write_card(tmp_path, "net.onnx")))


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"output_name": '"logit"'}, "activation none, but its output goes from .* instead of 0 to 1"),
        ({"output_class_index": "1"}, "its output has 1 classes and its card's class_index is 1"),
        ({"output_name": '"row"'}, r"expected an output of shape .*got \(1, 256\)"),
    ],
)
def test_an_output_that_is_no_matte_is_refused(tmp_path: Path, changes: dict[str, str], message: str) -> None:
    """Wrong cards fail loudly instead of giving wrong mattes."""
    teacher = build(str(onnx(tmp_path, **changes)))
    with pytest.raises(WeightsError, match=message):
        teacher.matte(picture(), [])


def test_several_classes_need_an_index(tmp_path: Path) -> None:
    """Which class is the person is not guessed."""
    write_onnx(tmp_path / "net.onnx", [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]], [0.0, 0.0])
    teacher = build(str(write_card(tmp_path, "net.onnx")))
    with pytest.raises(WeightsError, match="has 2 classes and its card's class_index is None"):
        teacher.matte(picture(), [])


def test_not_a_number_is_refused(tmp_path: Path) -> None:
    """Broken weights do not become empty mattes."""
    write_onnx(tmp_path / "net.onnx", WEIGHTS, [float("nan")])
    with pytest.raises(WeightsError, match="goes from nan to nan"):
        build(str(write_card(tmp_path, "net.onnx"))).matte(picture(), [])


def test_a_network_that_fails_at_run_time_says_so(tmp_path: Path) -> None:
    """A file can be well-formed and still not run: here the weights want four channels."""
    write_onnx(tmp_path / "net.onnx", [[1.0, 2.0, 3.0, 4.0]], BIAS, is_free=True)
    teacher = build(str(write_card(tmp_path, "net.onnx")))
    with pytest.raises(WeightsError, match="the network of tiny does not run"):
        teacher.matte(picture(), [])


def test_a_fixed_input_is_given_its_number(tmp_path: Path) -> None:
    """An input beside the picture, such as a bias or a state."""
    write_onnx(tmp_path / "net.onnx", WEIGHTS, BIAS, has_shift=True)
    card = write_card(tmp_path, "net.onnx", input_name='"picture"', input_fixed="{ shift = 2.0 }")
    actual = build(str(card)).matte(picture(), []).array
    logit = picture() / 255 @ np.array(WEIGHTS[0]) + BIAS[0] + 2
    np.testing.assert_allclose(actual, scipy.special.expit(logit), atol=1e-6)
    with pytest.raises(WeightsError, match=r"expects the input 'state'; it has \['shift'\]"):
        build(str(write_card(tmp_path, "net.onnx", input_name='"picture"', input_fixed="{ state = 2.0 }")))


def test_a_picture_keeps_its_proportions_where_sizes_are_free(tmp_path: Path) -> None:
    """The longest side is the card's; at that very size nothing is scaled."""
    write_onnx(tmp_path / "net.onnx", WEIGHTS, BIAS, is_free=True)
    free = {"input_width_px": None, "input_height_px": None, "input_longest_px": "24"}
    teacher = build(str(write_card(tmp_path, "net.onnx", input_multiple_px="8", **free)))
    image = picture(width_px=16, height_px=24)
    logit = image / 255 @ np.array(WEIGHTS[0]) + BIAS[0]
    np.testing.assert_allclose(teacher.matte(image, []).array, scipy.special.expit(logit), atol=1e-6)
    fixed = write_onnx(tmp_path / "net.onnx", WEIGHTS, BIAS)
    with pytest.raises(WeightsError, match=r"input is float32 \[1, 3, '\?', '\?'\]"):
        build(str(write_card(tmp_path, fixed.name, **free)))


@pytest.mark.parametrize("batch_size", [1, 2])
def test_pictures_of_several_sizes_come_back_in_their_order(tmp_path: Path, batch_size: int) -> None:
    """Those of one size go through the network together."""
    write_onnx(tmp_path / "net.onnx", WEIGHTS, BIAS, is_free=True)
    free = {"input_width_px": None, "input_height_px": None, "input_longest_px": "24"}
    teacher = build(str(write_card(tmp_path, "net.onnx", **free)))
    sizes = [(16, 24), (24, 16), (16, 24), (16, 24)]
    pictures = [picture(width_px=w, height_px=h, seed=n) for n, (w, h) in enumerate(sizes)]
    teacher.batch_size = batch_size
    together = teacher.mattes(pictures, [[]] * 4)
    for image, matte in zip(pictures, together, strict=True):
        np.testing.assert_allclose(matte.array, teacher.matte(image, []).array, atol=1e-6)


def test_the_weights_are_looked_for_beside_the_card(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Wherever the program was started."""
    card = onnx(tmp_path)
    monkeypatch.chdir(tmp_path.parent)
    assert build(str(card.relative_to(tmp_path.parent))).name == "tiny"


def test_a_card_that_is_not_there_is_a_usage_error(tmp_path: Path) -> None:
    """Not an error of the weights."""
    with pytest.raises(UsageError, match="expected a network's card"):
        build(str(tmp_path / "none.toml"))


def test_an_onnx_network_takes_the_threads_that_its_worker_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As a crew tells its workers, in the variable that other libraries read; else all cores."""
    chosen, card, session = [], onnx(tmp_path), onnxruntime.InferenceSession

    def noted(
        path: str, options: onnxruntime.SessionOptions, *, providers: list[str]
    ) -> onnxruntime.InferenceSession:
        chosen.append(options.intra_op_num_threads)
        return session(path, options, providers=providers)

    monkeypatch.setattr(onnxruntime, "InferenceSession", noted)
    for said in ("1", "3", "as many as there are"):
        monkeypatch.setenv("OMP_NUM_THREADS", said)
        build(str(card))
    assert chosen == [1, 3, 0]
