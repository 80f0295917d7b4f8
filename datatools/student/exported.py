"""What does an exported student's file say about itself?

ONNX and OpenVINO files carry the same facts as one JSON text under one key, so that a program needs no
file beside them: what the input is, which checkpoint it came from, under which licence.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from pydantic import TypeAdapter

from datatools.errors import DatatoolsError, WeightsError
from datatools.outside.structured import json_of
from datatools.student.preprocess import Preprocessing

KEY = "datatools.student"
FORMAT_VERSION = 1

# tensor: float32 (B, 3, S, S), preprocessed, to logits (B, 1, S, S);
# picture: uint8 RGB (B, H, W, 3) of any size to the probability of a person, float32 (B, H, W).
Takes = Literal["tensor", "picture"]
Precision = Literal["float32", "int8"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """The facts in an exported file."""

    version: int = FORMAT_VERSION
    architecture: str  # the network's name in datatools/networks
    checkpoint_sha256: str
    licence: str
    preprocessing: Preprocessing
    takes: Takes
    precision: Precision

    def to_json(self) -> str:
        """Give the text that the file keeps."""
        return json.dumps(asdict(self), sort_keys=True)


def read_facts(name: str, metadata: Mapping[str, str]) -> Facts:
    """Read the facts out of a file's metadata.

    Raises:
        WeightsError: it is no export of ours, or one of another version.
    """
    text = metadata.get(KEY)
    if text is None:
        raise WeightsError(
            f"{name} was not written by `datatools export`: describe it with a card (docs/teachers.md), "
            "and name the card"
        )
    try:
        facts = TypeAdapter(Facts).validate_python(json_of(text, name, "facts"))
        if facts.version != FORMAT_VERSION:
            raise ValueError(f"version {facts.version}")
    # A ValidationError is a ValueError; the others say what is wrong with the JSON and the preprocessing.
    except (ValueError, DatatoolsError) as error:
        raise WeightsError(
            f"{name}: expected the facts of an exported student of version {FORMAT_VERSION}: {error}; "
            "export it again"
        ) from error
    return facts
