"""What do samplers, robust losses and the choice of an epoch do for a group that is rare and hard?

Rendered portraits, 64 px: of the people to learn from one in fourteen has dark skin, and every picture of
dark skin is dim, noisy and before a backdrop of like colours (the plant dim_dark_skin). Each arm trains the
same network with the same number of steps, chooses its epoch on validation pictures, and is scored on other
people, as many of each group. Prints foreground IoU by group, the mean over seeds, and the paired
difference to the plain arm with its standard deviation over seeds.

Example::

    OMP_NUM_THREADS=1 python benchmarks/group_training.py --seeds 3 --epochs 16
"""

import argparse
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from datatools.student import recipe as recipes
from datatools.student.fit import fit
from datatools.student.groups import Groups
from datatools.student.job import Job
from datatools.student.state import TrainingState
from datatools.synthetic.dataset import Planned, RenderSettings, plan
from datatools.synthetic.portrait import stage

_SIDE_PX = 64
_NAMES = ("other", "dark")
# Pictures of each group, in this order, to learn from, to choose by and to score on.
_TRAIN, _VAL, _TEST = (208, 16), (32, 32), (60, 60)

Tables = Mapping[str, Mapping[str, object]]
ARMS: dict[str, Tables] = {
    "plain": {},
    "inverse_frequency": {"sampling": {"sampler": "inverse_frequency"}},
    "balanced": {"sampling": {"sampler": "balanced"}},
    "dro": {"robust": {"method": "dro"}},
    "balanced + dro": {"sampling": {"sampler": "balanced"}, "robust": {"method": "dro", "step_size": 0.05}},
    "febs": {"robust": {"method": "febs"}},
    "worst group chosen": {"choice": {"by": "worst_group"}},
}


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """What every arm learns from and is scored on."""

    pixels: NDArray[np.uint8]  # (n, 64, 64, 5)
    group: NDArray[np.int64]  # (n,)
    train: NDArray[np.int64]
    val: NDArray[np.int64]
    test: NDArray[np.int64]


def packed(picture: Planned) -> NDArray[np.uint8]:
    """Draw one portrait as training packs it; uint8 (64, 64, 5)."""
    portrait = stage(picture.identity, picture.scene, None).take(picture.scene)
    side = (_SIDE_PX, _SIDE_PX)
    image = cv2.resize(portrait.image, side, interpolation=cv2.INTER_AREA)
    soft = cv2.resize(portrait.mask.array.astype(np.float32) * 255, side, interpolation=cv2.INTER_AREA)
    mask = np.clip(soft + 0.5, 0, 255).astype(np.uint8)
    return np.dstack([image, mask, mask])


def pictures() -> Pictures:
    """Draw everybody; one picture a person."""
    settings = RenderSettings(
        n_people=500, max_pictures=1, min_px=128, max_px=160, two_person_frac=0, plant="dim_dark_skin"
    )
    wanted = [sum(counts) for counts in zip(_TRAIN, _VAL, _TEST, strict=True)]
    everybody = plan(settings)
    of_group = [[p for p in everybody if p.is_planted == bool(n)][: wanted[n]] for n in range(2)]
    group = np.repeat([0, 1], wanted)
    starts = [0, wanted[0]]
    parts: list[NDArray[np.int64]] = []
    for counts in (_TRAIN, _VAL, _TEST):
        ends = [start + count for start, count in zip(starts, counts, strict=True)]
        parts.append(np.concatenate([np.arange(a, b) for a, b in zip(starts, ends, strict=True)]))
        starts = ends
    return Pictures(np.stack([packed(p) for part in of_group for p in part]), group, *parts)


def scores(known: Pictures, tables: Tables, seed: int, epochs: int, folder: Path) -> list[float]:
    """Train an arm; give the mean IoU of the test pictures of each group."""
    recipe = recipes.read("short").resized(_SIDE_PX).changed(epochs_coarse=0, epochs_whole=epochs)
    val = np.concatenate([known.val, known.test])  # scored alike; the second part chooses nothing
    job = Job(
        pixels={_SIDE_PX: known.pixels},
        train=known.train,
        val=val,
        chosen_by=np.isin(val, known.val),
        weights=np.ones(len(known.pixels), np.float32),
        is_generated=np.zeros(len(known.pixels), np.bool_),
        groups=Groups(_NAMES, known.group, np.arange(len(known.pixels))),
        recipe=recipe.with_values(tables),
        seed=seed,
        device=torch.device("cpu"),
        workers=1,
        state_file=folder / "checkpoint.pt",
    )
    state = TrainingState(fingerprint="benchmark")
    best = fit(job, state, advance=lambda: None, on_epoch=lambda _: None)
    values = np.array(best.values)[len(known.val) :]
    return [float(values[known.group[known.test] == number].mean()) for number in range(2)]


def line(name: str, found: NDArray[np.float64], plain: NDArray[np.float64]) -> str:
    """Tell one arm: found and plain are (n_seeds, 2)."""
    means, moved = found.mean(0), found - plain
    spread = moved.std(0, ddof=1) if len(found) > 1 else np.full(2, np.nan)
    told = "  ".join(
        f"{group} {mean:.4f} ({change:+.4f} sd {deviation:.4f})"
        for group, mean, change, deviation in zip(_NAMES, means, moved.mean(0), spread, strict=True)
    )
    return f"{name:20} {told}  gap {means[0] - means[1]:+.4f}"


def main(arms: Sequence[str], n_seeds: int, epochs: int) -> None:
    """Print a line for each arm."""
    known = pictures()
    plain: NDArray[np.float64] | None = None
    for name in arms:
        with tempfile.TemporaryDirectory() as folder:
            found = np.array(
                [scores(known, ARMS[name], seed, epochs, Path(folder)) for seed in range(n_seeds)]
            )
        plain = found if plain is None else plain
        print(line(name, found, plain), flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--arms", nargs="+", default=list(ARMS), help="the first one is compared with")
    given = parser.parse_args()
    main(given.arms, given.seeds, given.epochs)
