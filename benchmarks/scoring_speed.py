"""How fast are mask files scored: against decoding them, FiftyOne and torchmetrics?

Rendered portraits' masks and masks near them are written as PNG, by OpenCV and by Pillow, whose files
decode faster. Every side reads the same files, one side after the other, over and over; the table has the
median seconds and what they are to ours. Ours is what `datatools audit --pred FOLDER --ref FOLDER` calls:
the counts that IoU needs, and all counts that any of the metrics needs. FiftyOne and torchmetrics give the
IoU alone (FiftyOne also precision and recall) and are left out where they are not installed.

Example::

    python benchmarks/scoring_speed.py --pairs 300 --side 512
"""

import argparse
import importlib
import importlib.util
import os
import tempfile
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from datatools.fairness.brought.mask_folders import score_folders
from datatools.progress import Progress
from datatools.synthetic.identity import sample_identity
from datatools.synthetic.portrait import render
from datatools.synthetic.scene import sample_scene

N_PEOPLE = 12  # rendered; the other masks are theirs, moved and mirrored
LIMIT_DECODING, LEAST_FIFTYONE, LEAST_TORCHMETRICS = 1.3, 3.0, 2.0

Pairs = Sequence[tuple[Path, Path]]


def write_masks(
    folder: Path, n_pairs: int, side_px: int, rng: np.random.Generator, *, by_pillow: bool
) -> Pairs:
    """Write masks and predictions of them, which are a little larger or smaller and moved by some pixels."""
    people = [
        render(
            sample_identity(rng, monk_tone=1 + number % 10), sample_scene(rng, side_px, side_px)
        ).mask.array
        for number in range(min(N_PEOPLE, n_pairs))
    ]
    pairs = []
    for name in ("pred", "ref"):
        (folder / name).mkdir(parents=True)
    for number in range(n_pairs):
        mask = np.roll(people[number % len(people)], int(rng.integers(-40, 40)), axis=1)
        ref = np.ascontiguousarray(mask[:, :: 1 if number % 2 else -1]).astype(np.uint8) * np.uint8(255)
        kernel = np.ones((3, 3), np.uint8)
        pred = cv2.dilate(ref, kernel) if rng.random() < 0.5 else cv2.erode(ref, kernel)
        pred = np.roll(pred, tuple(rng.integers(-3, 4, 2)), (0, 1))
        paths = (folder / "pred" / f"{number:04d}.png", folder / "ref" / f"{number:04d}.png")
        for path, values in zip(paths, (pred, ref), strict=True):
            if by_pillow:
                Image.fromarray(values).save(path)
            else:
                cv2.imwrite(str(path), values)
        pairs.append(paths)
    return pairs


def decode(pairs: Pairs) -> None:
    """Decode all files by OpenCV in one thread."""
    for paths in pairs:
        for path in paths:
            cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)


def decode_in_threads(pairs: Pairs) -> None:
    """Decode all files by OpenCV in as many threads as there are cores."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        files = [str(path) for paths in pairs for path in paths]
        list(pool.map(lambda file: cv2.imread(file, cv2.IMREAD_GRAYSCALE) is None, files))


def score(pairs: Pairs) -> None:
    """Score all pairs as the audit of two folders does: the counts that IoU needs."""
    pred, ref = pairs[0]
    score_folders(pred.parent, ref.parent, "benchmark", Progress("quiet"), areas_only=True)


def score_edges(pairs: Pairs) -> None:
    """Score all pairs as it does where a metric of the edges is asked for: all counts."""
    pred, ref = pairs[0]
    score_folders(pred.parent, ref.parent, "benchmark", Progress("quiet"))


def torchmetrics_side() -> Callable[[Pairs], None] | None:
    """Give torchmetrics' IoU of every pair, or None."""
    if importlib.util.find_spec("torchmetrics") is None:
        return None
    import torch

    # By name: it is no requirement of this project, only of this comparison.
    metric = importlib.import_module("torchmetrics.classification").BinaryJaccardIndex()

    def run(pairs: Pairs) -> None:
        for paths in pairs:
            masks = (np.asarray(cv2.imread(str(path), cv2.IMREAD_GRAYSCALE)) > 127 for path in paths)
            metric(*map(torch.from_numpy, masks))

    return run


def fiftyone_side(pairs: Pairs) -> Callable[[Pairs], None] | None:
    """Give FiftyOne's evaluation of the pairs, in a data set that is made beforehand, or None."""
    if importlib.util.find_spec("fiftyone") is None:
        return None
    os.environ["FIFTYONE_DO_NOT_TRACK"] = "true"
    import fiftyone

    data = fiftyone.Dataset()
    data.add_samples(
        [
            fiftyone.Sample(
                filepath=str(ref),
                truth=fiftyone.Segmentation(mask_path=str(ref)),
                found=fiftyone.Segmentation(mask_path=str(pred)),
            )
            for pred, ref in pairs
        ],
        progress=False,
    )

    def run(_: Pairs) -> None:
        targets = {0: "background", 255: "person"}
        data.evaluate_segmentations(
            "found", gt_field="truth", eval_key="speed", mask_targets=targets, progress=False
        )

    return run


def compare(pairs: Pairs, n_rounds: int, title: str) -> None:
    """Time all sides in turn, and print the table."""
    sides: dict[str, Callable[[Pairs], None] | None] = {
        "here, IoU": score,
        "here, all counts": score_edges,
        "OpenCV decodes, one thread": decode,
        "OpenCV decodes, as many threads": decode_in_threads,
        "torchmetrics BinaryJaccardIndex": torchmetrics_side(),
        "FiftyOne evaluate_segmentations": fiftyone_side(pairs),
    }
    present = {name: side for name, side in sides.items() if side is not None}
    seconds: dict[str, list[float]] = {name: [] for name in present}
    for number in range(n_rounds + 1):  # the first round warms everybody up
        for name, side in present.items():
            started = time.perf_counter()
            side(pairs)
            if number:
                seconds[name].append(time.perf_counter() - started)
    median = {name: float(np.median(values)) for name, values in seconds.items()}
    ours = median["here, IoU"]
    limits = {
        "OpenCV decodes, one thread": f"ours is {ours / median['OpenCV decodes, one thread']:.2f} x as long "
        f"(at most {LIMIT_DECODING})",
        "OpenCV decodes, as many threads": "ours is "
        f"{ours / median['OpenCV decodes, as many threads']:.2f} x as long",
        "torchmetrics BinaryJaccardIndex": f"at least {LEAST_TORCHMETRICS:g} x as long",
        "FiftyOne evaluate_segmentations": f"at least {LEAST_FIFTYONE:g} x as long",
    }
    print(f"\n{title}: {len(pairs)} pairs, median of {n_rounds}\n")
    print("| | ms a pair | to ours | limit |\n|---|---|---|---|")
    for name, value in median.items():
        print(f"| {name} | {1e3 * value / len(pairs):.2f} | {value / ours:.1f} x | {limits.get(name, '')} |")
    for name in sides.keys() - present.keys():
        print(f"| {name} | not installed | | |")


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--side", type=int, default=512, help="px")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    for writer in ("OpenCV", "Pillow"):
        rng = np.random.default_rng(options.seed)
        with tempfile.TemporaryDirectory() as folder:
            pairs = write_masks(Path(folder), options.pairs, options.side, rng, by_pillow=writer == "Pillow")
            compare(pairs, options.rounds, f"{options.side} px, written by {writer}")


if __name__ == "__main__":
    main()
