"""A card says everything about a network that its file does not."""

import re
from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.teachers._card import InputCard, NetworkCard, OutputCard, load_card, packaged_card
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
    with pytest.raises(UsageError, match=r"card\.toml: expected a network.s card, in TOML"):
        load_card(tmp_path / "card.toml")


def test_the_examples_of_the_documentation_are_cards(tmp_path: Path) -> None:
    """Users start from them, so every entry of them must be one that is read, and none be missing."""
    page = (Path(__file__).parents[3] / "docs" / "teachers.md").read_text(encoding="utf-8")
    cards = []
    for example in re.findall(r"```toml\n(.*?)```", page, flags=re.DOTALL):
        (tmp_path / "card.toml").write_text(re.sub(r'"\d{4}\.\.\."', f'"{"0" * 64}"', example))
        cards.append(load_card(tmp_path / "card.toml"))
    shown = [
        set.union(*(model.model_fields_set for model in models))
        for models in zip(*((card, card.input, card.output) for card in cards), strict=True)
    ]
    assert shown[0] | {"note"} == set(NetworkCard.model_fields)
    assert shown[1:] == [set(InputCard.model_fields), set(OutputCard.model_fields)]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"input_longest_px": "64"}, "expected width_px and height_px, or longest_px alone"),
        ({"input_multiple_px": "8"}, "expected multiple_px beside a longest_px"),
        ({"format": '"tflite"', "input_fixed": "{ state = 0.0 }"}, "no fixed inputs with the format tflite"),
        ({"format": '"torchscript"'}, "expected a sha256, because the file is a program"),
        ({"parts": f'{{ "a.bin" = "{"0" * 64}" }}'}, "expected parts with the format tfjs alone"),
    ],
)
def test_entries_that_do_not_go_together_are_refused(
    tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    """A size is given in one way, and a format has only the entries that it can have."""
    with pytest.raises(UsageError, match=message):
        load_card(write_card(tmp_path, "net.onnx", **changes))


@pytest.mark.parametrize(
    ("picture", "expected"),
    [((600, 800), (288, 384)), ((800, 600), (384, 288)), ((100, 100), (384, 384)), ((1, 4000), (16, 384))],
)
def test_a_free_size_keeps_proportions_in_multiples(
    picture: tuple[int, int], expected: tuple[int, int]
) -> None:
    """The longest side is the card's, the other at least one multiple."""
    assert packaged_card("rvm").input.size(*picture) == expected


@pytest.mark.parametrize("name", ["selfie", "isnet", "rvm", "rvm_fine"])
def test_packaged_cards_state_source_licence_and_checksum(name: str) -> None:
    """Weights that datatools knows are never run without their checksum."""
    card = packaged_card(name)
    assert card.name == name
    assert card.source
    assert card.licence
    assert card.sha256 is not None
