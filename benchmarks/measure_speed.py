"""How many portraits a second does ``measure`` read, and what does a portrait cost?

Limit: 40 pictures a second on two cores. Pictures of the size of EG1800 (600 x 800) with a face and a mask,
drawn by our own code with the grain of a camera and written as JPEG; every measure is taken. Processor
seconds are printed beside the rate, because another program may have used the cores.

    PYTHONPATH=. python benchmarks/measure_speed.py --n-pictures 200 --workers 2   # it draws with the tests
"""

import argparse
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np

from datatools.images import read_mask, read_rgb, to_jpeg, write_mask
from datatools.masks import Mask
from datatools.measures import DEFINITIONS, measure
from tests.unit.measures import faces

_TIMES = 2  # of the drawn face: 300 x 400 px


def main() -> None:
    """Write the pictures, measure them, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--n-pictures", type=int, default=200)
    parser.add_argument("--workers", type=int, default=2)
    chosen = parser.parse_args()
    cv2.setNumThreads(1)
    drawn, mask = faces.plain()
    image = np.repeat(np.repeat(drawn, _TIMES, axis=0), _TIMES, axis=1).astype(np.int16)
    image += np.random.default_rng(0).normal(0, 6, image.shape).astype(np.int16)
    grown = np.repeat(np.repeat(mask.array, _TIMES, axis=0), _TIMES, axis=1)
    face = faces.of(faces.points_of(faces.frontal()) * _TIMES)
    with tempfile.TemporaryDirectory() as name:
        picture_file, mask_file = Path(name) / "picture.jpg", Path(name) / "mask.png"
        picture_file.write_bytes(to_jpeg(np.clip(image, 0, 255).astype(np.uint8)))
        write_mask(mask_file, Mask(grown))

        def look(_: int) -> int:
            return len(measure(read_rgb(picture_file), face, read_mask(mask_file)).values)

        def decode(_: int) -> None:
            read_rgb(picture_file)
            read_mask(mask_file)

        look(0)
        with ThreadPoolExecutor(chosen.workers) as pool:
            wall_s, cpu_s = time.perf_counter(), time.process_time()
            n_values = list(pool.map(look, range(chosen.n_pictures)))
            wall_s, cpu_s = time.perf_counter() - wall_s, time.process_time() - cpu_s
            decode_s = time.process_time()
            list(pool.map(decode, range(chosen.n_pictures)))
            decode_s = time.process_time() - decode_s
    rate, cost_ms = chosen.n_pictures / wall_s, 1000 * cpu_s / chosen.n_pictures
    height_px, width_px = image.shape[:2]
    print(
        f"{chosen.n_pictures} pictures of {width_px} x {height_px}, "
        f"{min(n_values)} of {len(DEFINITIONS)} measures: "
        f"{rate:.0f}/s with {chosen.workers} threads, {rate / 40:.1f} times the limit; {cost_ms:.1f} ms of a "
        f"processor each, {1000 * decode_s / chosen.n_pictures:.1f} ms of them to decode picture and mask"
    )


if __name__ == "__main__":
    main()
