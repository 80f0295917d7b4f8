"""How good is what each of two training loops had come to at a mark? For rival.py."""

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch

from datatools import images
from datatools.masks import Mask
from datatools.metrics._counts import count, resized
from datatools.student import recipe as recipes
from datatools.student.architecture import EXTREMEC3NET
from datatools.student.preprocess import Preprocessing
from datatools.student.state import TrainingState
from datatools.teachers._logits import LogitTeacher


@dataclass(frozen=True)
class Kept:
    """What a loop had come to at a mark."""

    elapsed_s: float  # from the start of its process to the state that is scored
    n_seen: int
    iou: float


def score(teacher: LogitTeacher, data: Path, rows: list[dict[str, str]]) -> float:
    """Give the mean foreground IoU per picture, at full size."""
    values = []
    for row in rows:
        image = images.read_rgb(data / row["image"])
        reference = images.read_reference_mask(data / row["mask"]).mask
        predicted: Mask = teacher.matte(image, []).threshold()
        counts = count(resized(predicted, reference.array.shape), reference)
        union = counts.tp + counts.fp + counts.fn
        values.append(counts.tp / union if union else 1.0)
    return float(np.mean(values))


def judge_theirs(path: Path, authors: Any, data: Path, rows: list[dict[str, str]]) -> Kept:
    """Score what they had at a mark, by their own network."""
    found = torch.load(path)
    is_coarse = found["network"] == "ExtremeC3NetCoarse"
    make = authors.Stage1_ExtremeC3Net if is_coarse else authors.Stage2_ExtremeC3Net
    network = make(classes=1, p=1, q=5)
    network.load_state_dict(found["state"])
    preprocessing = Preprocessing(
        size_px=224,
        channel_order="BGR",
        mean=tuple(found["mean"]),
        std=tuple(found["std"]),
        divisor=255.0,
        resize="bilinear",
    )
    teacher = LogitTeacher(network.eval(), preprocessing, name="theirs", fingerprint="", n_threads=1)
    return Kept(found["elapsed_s"], found["n_seen"], score(teacher, data, rows))


def judge_ours(path: Path, recipe_name: str, started: float, data: Path, rows: list[dict[str, str]]) -> Kept:
    """Score what lay on the disk at a mark: the averaged weights where the recipe keeps an average."""
    state, recipe = TrainingState.load(path), recipes.read(recipe_name)
    weights = state.average or state.weights
    if weights is not None:
        size_px = recipe.phases[state.phase].size_px
    else:  # between two networks, or done
        assert state.best is not None
        weights, size_px = state.best.weights, state.history[-1].size_px
    network = EXTREMEC3NET.make(not any(name.startswith("project.") for name in weights))
    network.load_state_dict(weights)
    preprocessing = replace(recipe.preprocessing, size_px=size_px)
    teacher = LogitTeacher(network.eval(), preprocessing, name="ours", fingerprint="", n_threads=1)
    return Kept(path.stat().st_mtime - started, state.n_seen, score(teacher, data, rows))


def table(marks_s: list[float], theirs: list[Kept], ours: list[Kept]) -> None:
    """Print what each had at the marks, and the rates."""
    print("minutes | theirs: pictures seen, IoU | ours: pictures seen, IoU | ahead")
    for mark_s, their, our in zip(marks_s, theirs, ours, strict=True):
        print(
            f"{mark_s / 60:7.1f} | {their.n_seen:6d} {their.iou:.4f} | {our.n_seen:6d} {our.iou:.4f} "
            f"| {our.iou - their.iou:+.4f}"
        )
    rates = [kept[-1].n_seen / kept[-1].elapsed_s for kept in (theirs, ours)]
    print(
        f"training pictures a second, end to end: theirs {rates[0]:.2f}, ours {rates[1]:.2f}, "
        f"ratio {rates[1] / rates[0]:.2f}"
    )
