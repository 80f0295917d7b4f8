"""Does preparing pictures ever keep the network waiting?

Prints three rates of training pictures, and the share that counts:

- the loader alone, on one thread and on every core: pictures a second that ``batches`` yields from a
  memory-mapped pack, augmentation included;
- the bare step: the trainer (``fit``) on one batch that lies in memory;
- end to end: the same trainer on the pack. Its share of the bare step's rate is to be at least 0.95.

Bare and end-to-end runs alternate, and the share is the median over the pairs: what else the machine does
hits both. A run's first and last steps are left out, because batches are prepared ahead before the former
and none are any more during the latter. The second share is that of computing time, which other programs
hardly touch: on cores that never wait both are the same. The pack holds drawn pictures: what is in a
picture changes the cost of a JPEG alone.

Example::

    python benchmarks/loader.py --size-px 112 --batch 24 --shards 2
"""

import argparse
import itertools
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from unittest import mock

import cv2
import numpy as np
import torch
from numpy.typing import NDArray

from datatools.student import fit as trainer
from datatools.student import recipe as recipes
from datatools.student.augment import augmented
from datatools.student.batches import Batch, batches
from datatools.student.groups import Groups
from datatools.student.job import Job
from datatools.student.recipe import Recipe
from datatools.student.state import TrainingState
from datatools.student.strength import PRESETS
from datatools.student.threads import n_cores

_EDGE_STEPS = 3  # of a run are left out at either end: so many batches are prepared ahead
_N_VAL = 4


def write_pack(path: Path, n: int, size_px: int, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Write drawn heads and shoulders as a pack; memory-mapped uint8 (n, S, S, 5)."""
    pack = np.lib.format.open_memmap(path, mode="w+", dtype=np.uint8, shape=(n, size_px, size_px, 5))
    for number in range(n):
        noise = rng.integers(0, 255, (size_px // 4, size_px // 4, 3), np.uint8)
        picture = cv2.resize(noise, (size_px, size_px), interpolation=cv2.INTER_CUBIC)
        mask = np.zeros((size_px, size_px), np.uint8)
        x, y = (size_px * rng.uniform(0.35, 0.6, 2)).astype(int).tolist()
        cv2.ellipse(mask, (x, y), (size_px // 6, size_px // 5), 0, 0, 360, (255,), -1)
        cv2.ellipse(mask, (x, size_px), (size_px // 3, size_px // 2), 0, 0, 360, (255,), -1)
        pack[number] = np.dstack([picture, mask, mask])
    pack.flush()
    return np.asarray(np.load(path, mmap_mode="r"))


def read_recipe(size_px: int, batch: int, shards: int, augmentation: str) -> Recipe:
    """Give a recipe of one epoch of the whole network."""
    values = recipes.read("short").resized(size_px).changed(batch=batch).model_dump()
    values["phases"] = [values["phases"][-1] | {"epochs": 1}]
    return Recipe.model_validate(values | {"shards": shards, "augmentation": augmentation})


def prepare(pack: NDArray[np.uint8], recipe: Recipe, n_steps: int, key: int, workers: int) -> Iterator[Batch]:
    """Yield batches as the trainer asks for them."""
    phase = recipe.phases[0]
    shown = np.arange(n_steps * phase.batch) % (len(pack) - _N_VAL)
    strength = PRESETS[recipe.augmentation]
    return batches(pack, shown, phase, strength, key=(key,), first_step=0, workers=workers)


def cost_ms(pack: NDArray[np.uint8], recipe: Recipe, n: int) -> float:
    """Give the milliseconds of one core that the augmentation of one picture takes."""
    strength, size_px = PRESETS[recipe.augmentation], recipe.phases[0].size_px
    started = time.process_time()
    for number in range(n):
        rng = np.random.default_rng((0, 0, 0, number))
        other = pack[rng.integers(len(pack))]
        augmented(np.asarray(pack[number % len(pack)]), rng, size_px, strength, np.asarray(other))
    return (time.process_time() - started) / n * 1000


def alone(pack: NDArray[np.uint8], recipe: Recipe, n_steps: int, workers: int) -> float:
    """Give the pictures a second that the loader prepares when nobody else computes."""
    made = prepare(pack, recipe, n_steps, 0, workers)
    next(made)
    started = time.perf_counter()
    rest = sum(1 for _ in made)
    return rest * recipe.phases[0].batch / (time.perf_counter() - started)


def trained(
    pack: NDArray[np.uint8], recipe: Recipe, n_steps: int, workers: int, fixed: Batch | None
) -> NDArray[np.float64]:
    """Train on the pack or on one batch in memory.

    Returns:
        (2,): pictures a second, and pictures a second of computing on all cores together.
    """
    n, phase = len(pack), recipe.phases[0]
    with tempfile.TemporaryDirectory() as folder:
        job = Job(
            pixels={phase.size_px: pack},
            train=np.arange(n - _N_VAL),
            val=np.arange(n - _N_VAL, n),
            chosen_by=np.ones(_N_VAL, np.bool_),
            weights=np.ones(n, np.float32),
            is_generated=np.zeros(n, np.bool_),
            groups=Groups.unknown(n),
            recipe=recipe.with_values({}, epoch_pictures=n_steps * phase.batch),
            seed=0,
            device=torch.device("cpu"),
            workers=workers,
            state_file=Path(folder) / "checkpoint.pt",
        )
        ends: list[tuple[float, float]] = []

        def repeated(*_: object, **__: object) -> Iterator[Batch]:
            assert fixed is not None
            yield from itertools.repeat(fixed, n_steps)

        with mock.patch.object(trainer, "batches", batches if fixed is None else repeated):
            trainer.fit(
                job,
                TrainingState(fingerprint="benchmark"),
                advance=lambda: ends.append((time.perf_counter(), time.process_time())),
                on_epoch=lambda _: None,
            )
    first, last = np.array(ends[_EDGE_STEPS - 1]), np.array(ends[-1 - _EDGE_STEPS])
    return np.asarray((n_steps - 2 * _EDGE_STEPS) * phase.batch / (last - first))


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--size-px", type=int, default=112)
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--shards", type=int, default=n_cores())
    parser.add_argument("--augmentation", choices=sorted(PRESETS), default="strong")
    parser.add_argument("--workers", type=int, default=n_cores(), help="threads that prepare pictures")
    parser.add_argument("--n-pictures", type=int, default=500, help="in the pack")
    parser.add_argument("--n-steps", type=int, default=18, help="of a run")
    parser.add_argument("--n-pairs", type=int, default=5, help="of runs, one bare and one end to end")
    options = parser.parse_args()
    recipe = read_recipe(options.size_px, options.batch, options.shards, options.augmentation)
    n_steps, workers = options.n_steps, options.workers
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "pack.npy"
        pack = write_pack(path, options.n_pictures, options.size_px, np.random.default_rng(0))
        fixed = next(prepare(pack, recipe, 1, 0, 1))
        cost_ms(pack, recipe, 50)  # textures and noise are drawn once
        print(
            f"augmentation {recipe.augmentation}: {cost_ms(pack, recipe, 500):.2f} ms of one core a picture"
        )
        for number in sorted({1, workers}):
            rate = alone(pack, recipe, max(20, n_steps), number)
            print(f"loader alone, {number} thread(s): {rate:.0f} pictures/s", flush=True)
        pairs = []
        for _ in range(options.n_pairs):
            pairs.append([trained(pack, recipe, n_steps, workers, batch) for batch in (fixed, None)])
            (bare, _), (whole, _) = pairs[-1]
            share, of_cpu = pairs[-1][1] / pairs[-1][0]
            print(f"bare {bare:.1f}, end to end {whole:.1f} pictures/s: {share:.3f}", end="", flush=True)
            print(f", of computing time {of_cpu:.3f}", flush=True)
    bare, whole = np.median(np.array(pairs)[..., 0], axis=0)
    share, of_cpu = np.median(np.array([whole / bare for bare, whole in pairs]), axis=0)
    print(
        f"{options.size_px} px, batch {options.batch} in {options.shards} shard(s), {n_cores()} core(s): "
        f"bare step {bare:.1f}, end to end {whole:.1f} pictures/s, share {share:.3f}, of computing time "
        f"{of_cpu:.3f} (at least 0.95 asked for)"
    )


if __name__ == "__main__":
    main()
