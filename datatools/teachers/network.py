"""Propose mattes with any network that a card describes, whatever its format (docs/teachers.md)."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from datatools import tables
from datatools.errors import WeightsError
from datatools.masks import RGB, Face, Matte
from datatools.teachers._card import NetworkCard, load_card
from datatools.teachers._runtime import Floats, open_runtime

_PREPROCESSING = 1  # raise it when the code below gives other mattes
_TOLERANCE = 1e-3  # how far rounding may carry an activation past 0 or 1


class Network:
    """A network run as its card says: the picture is scaled to its input, the output back.

    Args:
        card: what the network expects and gives.
        path: its file of weights.
    """

    needs_faces = False

    def __init__(self, card: NetworkCard, path: Path) -> None:
        sha256 = _verified(card.name, path, card.sha256)
        parts = [_verified(card.name, path.parent / part, wanted) for part, wanted in card.parts.items()]
        self.name = card.name
        self.licence = card.licence
        # What a card leaves out is left out, so that a new entry makes no old matte stale.
        new = {"longest_px", "multiple_px", "fixed"} - card.input.model_fields_set
        how = (card.input.model_dump_json(exclude=new), card.output.model_dump_json())
        self.fingerprint = tables.fingerprint("network", _PREPROCESSING, sha256, *how, *parts)
        self._card = card
        self._runtime = open_runtime(path, card)
        self.batch_size = self._runtime.batch_size
        self.is_concurrent = self._runtime.is_concurrent

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:
        (matte,) = self.mattes([image], [faces])
        return matte

    def mattes(self, images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[Matte]:  # noqa: ARG002  # the Protocol's
        encoded = [self._encode(image) for image in images]
        same: dict[tuple[int, ...], list[int]] = {}  # a batch holds inputs of one size
        for place, values in enumerate(encoded):
            same.setdefault(values.shape, []).append(place)
        found: dict[int, Matte] = {}
        for alike in same.values():
            for start in range(0, len(alike), self.batch_size):
                places = alike[start : start + self.batch_size]
                outputs = self._run(np.stack([encoded[place] for place in places]))
                for place, output in zip(places, outputs, strict=True):
                    found[place] = self._enlarge(self._decode(output), images[place])
        return [found[place] for place in range(len(images))]

    def _run(self, batch: Floats) -> Floats:
        try:
            outputs = self._runtime.run(batch)
        # Whatever the libraries' C++ code raises; a network that fails is not a bug of this program.
        except Exception as error:
            raise WeightsError(f"the network of {self.name} does not run: {error}") from error
        if outputs.ndim not in (3, 4) or outputs.shape[0] != len(batch):
            raise WeightsError(
                f"{self.name}: expected an output of shape {len(batch)} x H x W with classes, "
                f"got {outputs.shape}"
            )
        return outputs

    def _encode(self, image: RGB) -> Floats:
        card = self._card.input
        width_px, height_px = card.size(image.shape[1], image.shape[0])
        is_larger = image.shape[0] * image.shape[1] > width_px * height_px
        # By area: bilinear sampling of a large photograph skips most of its pixels.
        how = cv2.INTER_AREA if is_larger else cv2.INTER_LINEAR
        pixels = cv2.resize(image, (width_px, height_px), interpolation=how).astype(np.float32)
        if card.channels == "BGR":
            pixels = pixels[..., ::-1]
        mean, std = np.array(card.mean, np.float32), np.array(card.std, np.float32)
        values = (pixels / np.float32(card.scale) - mean) / std  # (h, w, 3)
        return values.transpose(2, 0, 1) if card.layout == "NCHW" else values  # (3, h, w) or (h, w, 3)

    @staticmethod
    def _enlarge(probability: Floats, image: RGB) -> Matte:
        size = (image.shape[1], image.shape[0])
        full = cv2.resize(probability, size, interpolation=cv2.INTER_LINEAR)
        return Matte(np.clip(full, 0, 1, dtype=np.float32))

    def _decode(self, output: Floats) -> Floats:
        """Turn the network's raw output for one picture into the probability of a person, (h, w)."""
        name, card = self.name, self._card.output
        classes = output if output.ndim == 3 else output[None]  # (c, h, w) or (h, w, c)
        if output.ndim == 3 and self._card.input.layout == "NHWC":
            classes = classes.transpose(2, 0, 1)  # (c, h, w)
        chosen = card.class_index if card.class_index is not None else 0
        if chosen >= len(classes) or (card.class_index is None and len(classes) > 1):
            raise WeightsError(
                f"{name}: its output has {len(classes)} classes and its card's class_index is "
                f"{card.class_index}; name the person's class, from 0"
            )
        if card.activation == "softmax":
            powers = np.exp(classes - classes.max(axis=0))  # (c, h, w)
            return np.asarray(powers[chosen] / powers.sum(axis=0), np.float32)  # (h, w)
        values = np.asarray(classes[chosen], np.float32)  # (h, w)
        if card.activation == "sigmoid":
            return np.asarray(0.5 + 0.5 * np.tanh(0.5 * values), np.float32)  # no overflow
        low, high = float(values.min()), float(values.max())
        if not (low >= -_TOLERANCE and high <= 1 + _TOLERANCE):  # written so that NaN fails
            raise WeightsError(
                f"{name}: its card says activation none, but its output goes from {low:g} to {high:g} "
                "instead of 0 to 1; is it sigmoid or softmax?"
            )
        return values


def _verified(name: str, path: Path, wanted: str | None) -> str:
    """Give a file's SHA-256, if it is the wanted one."""
    if not path.is_file():
        raise WeightsError(f"the card of {name} names the file {path}, which does not exist")
    sha256 = tables.sha256_file(path)
    if wanted not in (None, sha256):
        raise WeightsError(
            f"{path} is damaged or another file: expected SHA-256 {wanted}, got {sha256}; "
            "get it again (`datatools teachers list` says how)"
        )
    return sha256


def build(card: str) -> Network:
    """Make the teacher that a card file describes; the weights lie beside it."""
    path = Path(card)
    described = load_card(path)
    return Network(described, path.parent / described.file)
