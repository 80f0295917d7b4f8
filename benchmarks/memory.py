"""Does a stage need more memory for more pictures?

Limit: 1.25 times, of 20 times as many. Small drawn portraits, so that what grows is what is kept of each and
not the pictures themselves. Every verb is a process of its own, its workers are others: the columns are the
highest resident memory of the first, and of the largest of the others, in MiB.

    python benchmarks/memory.py                        # 1,000 and 20,000 pictures: most of an hour
    python benchmarks/memory.py --n-pictures 200 1000  # says only where it grows
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

_LIMIT = 1.25
_MIB = 1024 * 1024
_VERBS: dict[str, Sequence[str]] = {
    "ingest": (),
    "landmarks": (),
    "segment": ("--teachers", "grabcut"),
    "refine": ("--rules", "edge_colour", "fill_holes"),
    "measure": (),
    "check": (),
    # So many that a block of the bootstrap is full of 1,000 people already.
    "evaluate": ("--model", "generated", "--replicates", "2000"),
    "matting": ("--no-accepted-only",),
    "crop": ("--targets", "reference", "--min-side-px", "32", "--min-face-px", "8"),
    "compose": ("--targets", "reference", "--backgrounds", "rendered"),
}
_BEFORE = {  # what a verb needs
    "landmarks": {"ingest"},
    "segment": {"ingest"},
    "refine": {"ingest", "landmarks", "segment"},
    "measure": {"ingest", "landmarks"},
    "check": {"ingest", "landmarks", "segment", "refine"},
    "evaluate": {"ingest", "landmarks", "segment", "refine"},
    "matting": {"ingest", "landmarks", "segment", "refine"},
    "crop": {"ingest", "landmarks"},
    "compose": {"ingest"},
}


def main() -> None:
    """Draw, run every stage with each number of pictures, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--n-pictures", type=int, nargs=2, default=(1000, 20_000))
    parser.add_argument("--verbs", nargs="+", choices=tuple(_VERBS), default=tuple(_VERBS))
    parser.add_argument("--workers", type=int, default=os.cpu_count())
    chosen = parser.parse_args()
    few, many = chosen.n_pictures
    peaks = {n: _peaks(n, chosen.verbs, chosen.workers) for n in (few, many)}
    print(f"| stage | {few:,} pictures | its workers | {many:,} pictures | its workers | ratio |")
    print("|---|---:|---:|---:|---:|---:|")
    worst = 0.0
    for verb in chosen.verbs:
        pairs = zip(peaks[few][verb], peaks[many][verb], strict=True)
        ratio = max(after / max(before, 1) for before, after in pairs)
        worst = max(worst, ratio)
        cells = " | ".join(f"{size / _MIB:.0f}" for n in (few, many) for size in peaks[n][verb])
        print(f"| {verb} | {cells} | {ratio:.2f} |")
    print(f"\nMiB; the limit is {_LIMIT}: {'not ' if worst > _LIMIT else ''}kept")
    sys.exit(worst > _LIMIT)


def _peaks(n_pictures: int, verbs: Sequence[str], workers: int) -> dict[str, tuple[int, int]]:
    """Give the highest memory of each verb's process and of its workers, in bytes."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        root = Path(name)
        for number in range(n_pictures):
            _draw(root / "source", number)
        found = {}
        needed = set(verbs).union(*(_BEFORE.get(verb, set()) for verb in verbs))
        for verb in (verb for verb in _VERBS if verb in needed):
            shown = ("--source", str(root / "source"), "--reader", "folder_masks") if verb == "ingest" else ()
            common = ("--workspace", str(root / "ws"), "--workers", str(workers), "--quiet")
            found[verb] = _peak(root / "ws", (verb, *common, *shown, *_VERBS[verb]))
            print(n_pictures, verb, *(size // _MIB for size in found[verb]), file=sys.stderr, flush=True)
        return found


def _peak(workspace: Path, arguments: Sequence[str]) -> tuple[int, int]:
    process = subprocess.Popen([sys.executable, "-m", "datatools", *arguments])
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"datatools {' '.join(arguments)} ended with {process.returncode}")
    record = json.loads(max((workspace / "runs").glob("*.json")).read_text())
    return used.ru_maxrss * 1024, int(record["resources"]["peak_rss_children_bytes"])


def _draw(folder: Path, number: int) -> None:
    """Write a picture of 48 x 64 px, and its mask."""
    rng = np.random.default_rng(number)
    # No two alike: near duplicates are compared pair by pair.
    image = cv2.resize(rng.integers(0, 256, (8, 6, 3)).astype(np.uint8), (48, 64))
    mask = np.zeros((64, 48), np.uint8)
    middle = int(rng.integers(20, 28))
    cv2.ellipse(mask, (middle, 24), (10, 14), 0, 0, 360, 255, -1)
    cv2.rectangle(mask, (middle - 16, 42), (middle + 16, 64), 255, -1)
    image[mask > 0] = rng.integers(150, 220, 3)
    for kind, pixels in (("images", image), ("masks", mask)):
        path = folder / kind / f"{number:06d}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        cv2.imwrite(str(path), pixels)


if __name__ == "__main__":
    main()
