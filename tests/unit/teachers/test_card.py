"""A card says everything about a network that its file does not."""

from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.teachers._card import load_card, packaged_card
from tests.unit.teachers.networks import write_card


def test_what_a_card_leaves_out_has_a_neutral_value(tmp_path: Path) -> None:
    """Without mean and std the pixels are only scaled; without names the first input and output count."""
    card = load_card(write_card(tmp_path, "net.onnx", input_scale="255.0", output_name='"y"'))
    assert (card.input.mean, card.input.std, card.input.name) == ((0, 0, 0), (1, 1, 1), None)
    assert (card.sha256, card.output.class_index, card.note) == (None, None, "")


@pytest.mark.parametrize(
    ("entry", "value", "named"),
    [
        ("format", '"caffe"', "format"),
        ("name", '"../up"', "name"),
        ("licence", '""', "licence"),
        ("sha256", '"beef"', "sha256"),
        ("input_layout", '"HWC"', "input.layout"),
        ("input_channels", '"GRAY"', "input.channels"),
        ("input_std", "[1.0, 0.0, 1.0]", "input.std.1"),
        ("input_scale", "0.0", "input.scale"),
        ("input_size", "16", "input.size"),
        ("output_activation", '"relu"', "output.activation"),
    ],
)
def test_a_wrong_entry_is_named(tmp_path: Path, entry: str, value: str, named: str) -> None:
    """The message says which entry of the card is wrong, misspelt or out of range."""
    path = write_card(tmp_path, "net.onnx", **{entry: value})
    with pytest.raises(UsageError, match=rf"not a network's card.*{named}: "):
        load_card(path)


def test_a_missing_card_is_named(tmp_path: Path) -> None:
    """The path of the card is in the message."""
    with pytest.raises(UsageError, match=r"expected a network's card at .*none\.toml"):
        load_card(tmp_path / "none.toml")


@pytest.mark.parametrize("content", [b"name = ", b"\xff\xfe"])
def test_a_file_that_is_not_toml_is_refused(tmp_path: Path, content: bytes) -> None:
    """Whether its syntax or its encoding is wrong."""
    (tmp_path / "card.toml").write_bytes(content)
    with pytest.raises(UsageError, match="is not a TOML file"):
        load_card(tmp_path / "card.toml")


def test_the_example_of_the_documentation_is_a_card(tmp_path: Path) -> None:
    """Users start from it, so every entry of it must be one that is read."""
    page = (Path(__file__).parents[3] / "docs" / "teachers.md").read_text(encoding="utf-8")
    example = page.partition("```toml\n")[2].partition("```")[0]
    (tmp_path / "card.toml").write_text(example.replace("0123...", "0" * 64))
    card = load_card(tmp_path / "card.toml")
    assert card.model_fields_set | {"note"} == set(type(card).model_fields)
    assert card.input.model_fields_set == set(type(card.input).model_fields)
    assert card.output.model_fields_set == set(type(card.output).model_fields)


@pytest.mark.parametrize("name", ["selfie", "isnet"])
def test_packaged_cards_state_source_licence_and_checksum(name: str) -> None:
    """Weights that datatools knows are never run without their checksum."""
    card = packaged_card(name)
    assert card.name == name
    assert card.source
    assert card.licence
    assert card.sha256 is not None
