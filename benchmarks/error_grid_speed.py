"""What do error grids add to scoring a picture?

Rendered portraits are scored by a network of ExtremeC3Net's shape (its weights are random, which costs the
same): masks are read as PNG, predicted, counted, and counted in the cells around the face. One side after the
other, over and over; the table has the least processor time of a picture and what the grid is to it.

Example::

    python benchmarks/error_grid_speed.py --people 12
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import torch

from datatools.fairness.maps.error_grid import error_grid, frame
from datatools.images import read_reference_mask, read_rgb, write_mask
from datatools.masks import Face, Mask
from datatools.metrics._counts import count
from datatools.metrics._zones import zone_map, zoned_face
from datatools.student import checkpoint, published
from datatools.student.extremec3net import ExtremeC3Net
from datatools.synthetic.identity import sample_identity
from datatools.synthetic.portrait import Portrait, render
from datatools.synthetic.scene import sample_scene
from datatools.teachers import Teacher
from datatools.teachers._load import load_teacher

WIDTH_PX, HEIGHT_PX = 600, 800
LIMIT_FRAC = 0.05  # of scoring with a network


def least_s(work: Callable[[], object], repeats: int) -> float:
    """Give the least processor time of some repeats."""
    found = []
    for _ in range(repeats):
        started = time.process_time()
        work()
        found.append(time.process_time() - started)
    return min(found)


def steps(
    model: Teacher, portrait: Portrait, face: Face, image: Path, mask: Path
) -> dict[str, Callable[[], object]]:
    """Give what is done for a picture."""
    ref = portrait.mask
    pred = Mask(np.roll(ref.array, (5, 9), axis=(0, 1)))
    shape = (ref.array.shape[0], ref.array.shape[1])
    return {
        "read": lambda: (read_rgb(image), read_reference_mask(mask)),
        "predict": lambda: model.matte(portrait.image, ()).threshold(),
        "count": lambda: count(pred, ref, zone_map(face, shape, shape)),
        "grid": lambda: error_grid(pred, ref, frame(face, shape, shape)),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--people", type=int, default=12)
    parser.add_argument("--repeats", type=int, default=7)
    wanted = parser.parse_args()
    cv2.setNumThreads(1)
    torch.set_num_threads(1)
    rng = np.random.default_rng(0)
    sums: dict[str, float] = dict.fromkeys(("read", "predict", "count", "grid"), 0.0)
    with tempfile.TemporaryDirectory() as scratch:
        weights, image, mask = (Path(scratch) / name for name in ("model.pt", "image.png", "mask.png"))
        checkpoint.save(weights, ExtremeC3Net().state_dict(), published.PREPROCESSING, {})
        model = load_teacher(str(weights))
        for number in range(wanted.people):
            portrait = render(
                sample_identity(rng, monk_tone=1 + number % 10), sample_scene(rng, WIDTH_PX, HEIGHT_PX)
            )
            cv2.imwrite(str(image), portrait.image[..., ::-1])
            write_mask(mask, portrait.mask)
            face = zoned_face([Face((0.0, 0.0, 1.0, 1.0), portrait.faces[0], None)])
            if face is None:
                continue
            for name, work in steps(model, portrait, face, image, mask).items():
                sums[name] += 1e3 * least_s(work, wanted.repeats) / wanted.people
    print(f"{WIDTH_PX} px wide, {wanted.people} rendered portraits, ms of processor time a picture")
    for name, spent_ms in sums.items():
        print(f"{name:8} {spent_ms:7.2f}")
    scoring_ms = sum(spent_ms for name, spent_ms in sums.items() if name != "grid")
    share = sums["grid"] / scoring_ms
    print(f"grid / scoring with a network: {100 * share:.1f}% (limit {100 * LIMIT_FRAC:g}%)")
    masks_ms = scoring_ms - sums["predict"]
    print(f"grid / scoring masks that are on disk: {100 * sums['grid'] / masks_ms:.1f}%")
    raise SystemExit(share > LIMIT_FRAC)


if __name__ == "__main__":
    main()
