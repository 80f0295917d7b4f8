"""One word names a teacher: a plug-in, a network's card, a checkpoint."""

from pathlib import Path

import pytest

from datatools.errors import UsageError, WeightsError
from datatools.teachers import Teacher
from datatools.teachers._load import load_teacher
from tests.unit.teachers.networks import write_card, write_onnx
from tests.unit.teachers.test_student import save


def test_a_plug_ins_name_is_a_teacher() -> None:
    """It is found by the name of its module."""
    assert load_teacher("grabcut").name == "grabcut"


def test_a_card_is_a_teacher(tmp_path: Path) -> None:
    """Its mattes carry the card's name."""
    write_onnx(tmp_path / "net.onnx", [[1.0, 2.0, 3.0]], [0.0])
    assert load_teacher(str(write_card(tmp_path, "net.onnx"))).name == "tiny"


@pytest.mark.parametrize("suffix", [".pt", ".pth"])
def test_a_checkpoint_is_a_teacher(tmp_path: Path, suffix: str) -> None:
    """Whichever of the two endings it has."""
    assert isinstance(load_teacher(str(save(tmp_path / f"model{suffix}"))), Teacher)


def test_options_reach_the_teacher(tmp_path: Path) -> None:
    """What is not the word's own business is passed on."""
    assert load_teacher(str(save(tmp_path / "model.pt")), {"name": "mine"}).name == "mine"


@pytest.mark.parametrize("word", ["selfy", "network", "student", "_load", ""])
def test_other_words_are_refused_with_the_choice(word: str) -> None:
    """Teachers that are named by a file are named as such."""
    with pytest.raises(UsageError, match=r"among extremec3net, .*grabcut, isnet, .*selfie, the card of a"):
        load_teacher(word)


@pytest.mark.parametrize("name", ["card.toml", "model.pt", "student.onnx", "student.xml"])
def test_a_file_that_is_not_there_is_named(tmp_path: Path, name: str) -> None:
    """Before any network is loaded."""
    with pytest.raises(UsageError, match=rf"expected a teacher's file at .*{name}, which does not exist"):
        load_teacher(str(tmp_path / name))


@pytest.mark.parametrize("name", ["net.json", "net.tflite"])
def test_a_network_without_a_card_is_told_what_it_lacks(name: str) -> None:
    """Its input size, colours and activation are not in the file."""
    with pytest.raises(UsageError, match=rf"{name} needs a card"):
        load_teacher(name)


def test_an_onnx_file_that_export_did_not_write_needs_a_card(tmp_path: Path) -> None:
    """Its input size, colours and activation are not in the file."""
    write_onnx(tmp_path / "net.onnx", [[1.0, 2.0, 3.0]], [0.0])
    with pytest.raises(WeightsError, match="describe it with a card"):
        load_teacher(str(tmp_path / "net.onnx"))


def test_options_that_the_teacher_does_not_take_are_refused() -> None:
    """Nothing is ignored silently."""
    with pytest.raises(UsageError, match="does not take"):
        load_teacher("grabcut", {"rounds": 3})
