"""What must be known about a network to run it: its card, a small TOML file."""

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools.errors import UsageError

Triple = tuple[float, float, float]
Positive = Annotated[float, Field(gt=0)]


class InputCard(BaseModel):
    """How a picture becomes the network's input: value = (pixel / scale - mean) / std."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str | None = None  # None: the network's only or first input
    width_px: int = Field(ge=8, le=4096)
    height_px: int = Field(ge=8, le=4096)
    layout: Literal["NCHW", "NHWC"]
    channels: Literal["RGB", "BGR"]
    scale: float = Field(default=1.0, gt=0)
    mean: Triple = (0.0, 0.0, 0.0)  # in the order of ``channels``
    std: tuple[Positive, Positive, Positive] = (1.0, 1.0, 1.0)


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
    format: Literal["onnx", "tflite"]
    source: str = Field(min_length=1)
    licence: str = Field(min_length=1)
    sha256: str | None = Field(default=None, pattern=r"^[0-9a-f]{64}$")
    note: str = ""
    input: InputCard
    output: OutputCard


def load_card(path: Path) -> NetworkCard:
    """Read a card.

    Raises:
        UsageError: no such file, not TOML, or an entry is missing, misspelt or out of range.
    """
    try:
        return NetworkCard.model_validate(tomllib.loads(path.read_text(encoding="utf-8")))
    except OSError as error:
        raise UsageError(f"expected a network's card at {path}, which cannot be read: {error}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} is not a TOML file: {error}") from error
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise UsageError(f"{path} is not a network's card (see docs/teachers.md): {wrong}") from error


def packaged_card(name: str) -> NetworkCard:
    """Read the card of a network that datatools knows."""
    return load_card(Path(__file__).parent / "cards" / f"{name}.toml")
