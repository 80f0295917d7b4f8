"""How large is a gallery of 10,000 pictures, what memory does it take to write, and how soon does it open?

The pictures are drawn (224 px), three of each person, each with a reference mask, a generated mask, a matte,
findings, measurements and answers; both masks are scored. The gallery is written in a process of its own;
then headless Chromium opens it from disk in fresh profiles and presses the button of the first screen. The
table has bytes, peak memory, and the median seconds from the address to the first pictures, as shares of
their limits: 300 MB, 1 GiB, 3 s. The seconds of writing stand beside those of decoding and encoding the
pictures alone in as many threads, which no gallery can do without.

    PYTHONPATH=. python benchmarks/gallery.py   # the pictures are drawn with what the tests draw theirs with
"""

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from datatools import images, tables
from datatools.images import write_mask, write_matte
from datatools.masks import Mask, Matte
from datatools.progress import Progress
from datatools.records import Finding, MaskRow, MatteRow, Measurement
from datatools.stages import evaluate
from datatools.workspace import Workspace
from tests.browser import chromium, opened
from tests.pictures import draw_person
from tests.stages import people

if TYPE_CHECKING:
    from playwright.sync_api import Browser

PICTURES = 10_000
SIDE_PX = 224
LIMIT_BYTES = 300_000_000
LIMIT_MEMORY = 2**30
LIMIT_S = 3.0
_DIFFERENT = 40  # people drawn; the others are these again, with another pixel
_CHECKS = ("ragged_edge", "one_person", "teacher_unsure")
_MEASURED = ("ita_deg", "luminance", "blur", "yaw_deg", "face_frac", "contrast")
_QUIET = Progress("quiet")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a gallery took."""

    n_bytes: int
    memory: int
    write_s: float
    again_s: float  # nothing had changed
    pictures_s: float  # decoding and encoding alone
    open_s: float


def fill(root: Path, n_pictures: int) -> Workspace:
    """Write a workspace of so many pictures, scored."""
    workspace = Workspace(root / "ws")
    workspace.create()
    folder = root / "pictures"
    folder.mkdir()
    drawn = [
        draw_person(width_px=SIDE_PX, height_px=SIDE_PX, seed=seed, centre_frac=0.3 + 0.01 * seed)
        for seed in range(_DIFFERENT)
    ]
    smooth = [np.asarray(cv2.GaussianBlur(picture, (0, 0), 1.2), np.uint8) for picture, _ in drawn]
    samples, masks, mattes = [], [], []
    for number in range(n_pictures):
        picture, truth = smooth[number % _DIFFERENT].copy(), drawn[number % _DIFFERENT][1]
        picture[0, 0] = (number % 256, number // 256 % 256, 7)
        (folder / f"{number}.jpg").write_bytes(images.to_jpeg(picture))
        (folder / f"{number}_mask.png").write_bytes(
            images.to_png(truth.array.astype(np.uint8) * np.uint8(255))
        )
        sample = people.sample(number, path=f"{number}.jpg", person=f"p{number // 3:05d}")
        size = {"width_px": SIDE_PX, "height_px": SIDE_PX}
        reference = {"reference_mask": f"{number}_mask.png", "mask_source": "human"}
        samples.append(replace(sample, **size, **reference))  # type: ignore[arg-type]  # of two types
        path = workspace.mask_file(sample.sample_id)
        data = write_mask(path, Mask(np.roll(truth.array, 2, axis=1)))
        known = {"sample_id": sample.sample_id, "parents": "p", "error": None}
        masks.append(
            MaskRow(
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=tables.sha256_bytes(data),
                status="ok",
                **known,  # type: ignore[arg-type]
            )
        )
        path = workspace.matte_file("selfie", sample.sample_id)
        soft = cv2.GaussianBlur(truth.array.astype(np.float32), (0, 0), 4)
        data = write_matte(path, Matte(np.asarray(soft, np.float32).clip(0, 1)))
        mattes.append(
            MatteRow(
                path=workspace.relative(path),
                teacher="selfie",
                seconds=0.1,
                sha256=tables.sha256_bytes(data),
                status="ok",
                **known,  # type: ignore[arg-type]
            )
        )
    people.ingest(workspace, folder, samples)
    workspace.write(tables.MASKS, masks)
    workspace.write(tables.MATTES, mattes)
    workspace.write(tables.FINDINGS, list(_findings(n_pictures)))
    workspace.write(tables.MEASUREMENTS, list(_measurements(n_pictures)))
    said = [
        people.answer(number, ("female", "male")[number // 3 % 2], annotator_id=annotator)
        for number in range(n_pictures)
        for annotator in ("ann01", "ann02")
    ]
    workspace.append_batch(said)
    for model in ("generated", "selfie"):
        evaluate.run(workspace, evaluate.Settings(model=model, replicates=100), _QUIET)
    return workspace


def _findings(n_pictures: int) -> Iterator[Finding]:
    for number in range(n_pictures):
        for place, check in enumerate(_CHECKS):
            passed = (number + place) % 9 > 0
            detail = None if passed else "an edge of some length"
            yield Finding(
                sample_id=people.sample_id(number),
                check=check,
                score=number % 97 / 97,
                passed=passed,
                detail=detail,
            )


def _measurements(n_pictures: int) -> Iterator[Measurement]:
    for number in range(n_pictures):
        for place, name in enumerate(_MEASURED):
            value = (37 * number + place) % 1000 / 7
            yield Measurement(
                sample_id=people.sample_id(number), name=name, value=value, measured_by="measure"
            )


# In a process of its own, whose peak memory is the gallery's alone.
_WRITE = """
import json, resource, sys, time
from pathlib import Path
from datatools.progress import Progress
from datatools.stages import gallery
from datatools.workspace import Workspace
root, seconds = Path(sys.argv[1]), []
for _ in range(2):
    started = time.perf_counter()
    result = gallery.run(Workspace(root / "ws"), gallery.Settings(out=root / "out"), Progress("quiet"))
    seconds.append(time.perf_counter() - started)
memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
print(json.dumps([result.facts["n_bytes"], memory, *seconds]))
"""


def _pictures_s(folder: Path) -> float:
    def one(path: Path) -> int:
        return len(images.to_jpeg(images.scaled(images.read_rgb(path), SIDE_PX), quality=80))

    started = time.perf_counter()
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        sum(pool.map(one, sorted(folder.glob("*.jpg"))))
    return time.perf_counter() - started


def opening_s(browser: "Browser", index: Path) -> float:
    """Open a gallery in a fresh profile, press the button; give the seconds until pictures stand."""
    started = time.perf_counter()
    with opened(browser, index, width_px=1400) as page:
        page.click("#enter")
        page.wait_for_function("document.querySelector('#grid img')?.naturalWidth > 0")
        return time.perf_counter() - started


def measure(root: Path, n_pictures: int, times: int, browser: "Browser") -> Cost:
    """Write and open a gallery of so many pictures."""
    fill(root, n_pictures)
    told = subprocess.run(
        [sys.executable, "-c", _WRITE, str(root)], check=True, capture_output=True, text=True
    )
    n_bytes, memory, write_s, again_s = json.loads(told.stdout)
    index = root / "out" / "index.html"
    opening_s(browser, index)  # the first reads the browser itself from disk
    open_s = statistics.median(opening_s(browser, index) for _ in range(times))
    return Cost(
        n_bytes=n_bytes,
        memory=memory,
        write_s=write_s,
        again_s=again_s,
        pictures_s=_pictures_s(root / "pictures"),
        open_s=open_s,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--pictures", type=int, default=PICTURES)
    parser.add_argument("--times", type=int, default=5)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, chromium() as browser:
        cost = measure(Path(folder), options.pictures, options.times, browser)
    print(f"{options.pictures} pictures of {SIDE_PX} px, the median of {options.times} openings\n")
    print("| | | share of the limit |\n|---|---|---|")
    print(f"| size, MB | {cost.n_bytes / 1e6:.1f} | {cost.n_bytes / LIMIT_BYTES:.2f} |")
    print(f"| peak memory, MiB | {cost.memory / 2**20:.0f} | {cost.memory / LIMIT_MEMORY:.2f} |")
    print(f"| seconds until its first pictures stand | {cost.open_s:.2f} | {cost.open_s / LIMIT_S:.2f} |")
    print("\n| | s | times the pictures alone |\n|---|---|---|")
    print(f"| decoding and encoding the pictures alone | {cost.pictures_s:.1f} | 1.00 |")
    print(f"| writing the gallery | {cost.write_s:.1f} | {cost.write_s / cost.pictures_s:.2f} |")
    print(f"| writing it again, unchanged | {cost.again_s:.1f} | {cost.again_s / cost.pictures_s:.2f} |")


if __name__ == "__main__":
    main()
