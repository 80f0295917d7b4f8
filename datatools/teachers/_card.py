"""What must be known about a network to run it: its card, a small TOML file."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from datatools.errors import UsageError
from datatools.outside.structured import read_toml

Triple = tuple[float, float, float]
Positive = Annotated[float, Field(gt=0)]
Side = Annotated[int, Field(ge=8, le=4096)]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
FileName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]


class InputCard(BaseModel):
    """How a picture becomes the network's input: value = (pixel / scale - mean) / std.

    Either width and height are given, and the picture is stretched to them; or the longest side is, and
    the picture keeps its proportions but for rounding each side to a multiple.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None  # None: the network's only or first input
    width_px: Side | None = None
    height_px: Side | None = None
    layout: Literal["NCHW", "NHWC"]
    channels: Literal["RGB", "BGR"]
    scale: float = Field(default=1.0, gt=0)
    mean: Triple = (0.0, 0.0, 0.0)  # in the order of ``channels``
    std: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)
    longest_px: Side | None = None
    multiple_px: int = Field(default=1, ge=1, le=512)  # each side is one, with ``longest_px``
    fixed: dict[str, float] = Field(default_factory=dict)  # other inputs, by name: a number for all of each

    @model_validator(mode="after")
    def _has_one_size(self) -> Self:
        sides = (self.width_px, self.height_px)
        if (None in sides) == (self.longest_px is None) or (self.longest_px and sides != (None, None)):
            raise ValueError("expected width_px and height_px, or longest_px alone")
        if self.multiple_px > (self.longest_px or 1):
            raise ValueError("expected multiple_px beside a longest_px that is not smaller")
        return self

    def size(self, width_px: int, height_px: int) -> tuple[int, int]:
        """Give the width and height, px, at which the network sees a picture of this size."""
        if self.width_px is not None and self.height_px is not None:
            return self.width_px, self.height_px
        assert self.longest_px is not None  # the validator's
        ratio = self.longest_px / max(width_px, height_px)
        width, height = (
            max(1, round(side * ratio / self.multiple_px)) * self.multiple_px
            for side in (width_px, height_px)
        )
        return width, height


class OutputCard(BaseModel):
    """How the network's output becomes a matte."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None  # None: the network's only or first output
    activation: Literal["none", "sigmoid", "softmax"]  # softmax is over the classes
    class_index: int | None = Field(default=None, ge=0)  # of the person, where there are several classes


class NetworkCard(BaseModel):
    """Everything about one network that its file does not say."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")  # names the mattes: keep it stable
    file: str = Field(min_length=1)  # beside the card, or an absolute path
    format: Literal["onnx", "tflite", "tfjs", "torchscript"]
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    sha256: Sha256 | None = None
    parts: dict[FileName, Sha256] = Field(default_factory=dict)  # further files beside ``file``
    note: str = ""
    input: InputCard
    output: OutputCard

    @model_validator(mode="after")
    def _fits_its_format(self) -> Self:
        if self.format == "tflite" and (self.input.longest_px or self.input.fixed):
            raise ValueError("expected width_px, height_px and no fixed inputs with the format tflite")
        if self.parts and self.format != "tfjs":
            raise ValueError(f"expected parts with the format tfjs alone, got format {self.format}")
        if self.format == "torchscript" and (self.sha256 is None or self.input.fixed):
            raise ValueError("expected a sha256, because the file is a program, and no fixed inputs")
        return self


def load_card(path: Path) -> NetworkCard:
    """Read a card.

    Raises:
        UsageError: no such file, not TOML, or an entry is missing, misspelt or out of range.
    """
    try:
        return NetworkCard.model_validate(read_toml(path, "a network's card"))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UsageError(f"{path} is not a network's card (see docs/teachers.md): {wrong}") from error


def packaged_card(name: str) -> NetworkCard:
    """Read the card of a network that datatools knows."""
    return load_card(Path(__file__).parent / "cards" / f"{name}.toml")
