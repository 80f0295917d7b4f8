"""How fast are shards written, beside tar and Python's tarfile, and in how much memory?

Drawn pictures of about 0.2 MB with masks of both kinds. Every side writes the same files into a folder and
syncs what it wrote, one side after the other, over and over. The two others copy. Ours also hashes each
picture and each shard, decodes each mask that came with the data (which takes most of its time), and writes
what is known of each sample. The table has the median seconds and rates beside tar's; memory is the highest
of a process of its own with so many pictures, and with a tenth of them.

Example::

    python benchmarks/shards.py --pictures 2000 --rounds 5
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tarfile
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import cv2
import numpy as np

from datatools import tables
from datatools.progress import Progress
from datatools.records import Finding, MaskRow, Sample, Source
from datatools.stages import shards
from datatools.workspace import Workspace

_SIDE_PX = 640
_N_DRAWN = 16  # the other pictures differ from these in their last bytes
_SHARD_MB = 64
LEAST_MB_PER_S = 125  # what a gigabit network takes: where shards usually go
MOST_MIB = 24
_PEAK = """
import sys
from pathlib import Path
from benchmarks.shards import hand_on
from datatools.workspace import Workspace
hand_on(Workspace(sys.argv[1]), Path(sys.argv[2]))
lines = Path("/proc/self/status").read_text().splitlines()
print(next(line.split()[1] for line in lines if line.startswith("VmHWM")))
"""


def main() -> None:
    """Write the pictures, let each side hand them on, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--pictures", type=int, default=2000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--folder", type=Path, help="on the disk to measure; the system's temporary one")
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=chosen.folder) as name:
        is_fast = _speed(Path(name) / "many", chosen.pictures, chosen.rounds)
        is_flat = _memory(Path(name), chosen.pictures)
    sys.exit(not (is_fast and is_flat))


def _speed(folder: Path, n_pictures: int, rounds: int) -> bool:
    workspace = fill(folder, n_pictures)
    files = _files(workspace, folder)
    n_bytes = sum(path.stat().st_size for path in files)
    sides: dict[str, Callable[[Path], object]] = {
        "tar": lambda out: _tar(files, out),
        "tarfile": lambda out: _tarfile(files, out),
        "shards": lambda out: hand_on(workspace, out),
    }
    seconds: dict[str, list[float]] = {name: [] for name in sides}
    busy: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(rounds):
        for name, side in sides.items():
            out = folder / "out"
            began, used = time.perf_counter(), _cpu_s()
            side(out)
            seconds[name].append(time.perf_counter() - began)
            busy[name].append(_cpu_s() - used)
            shutil.rmtree(out)
    print(f"{n_pictures} pictures, {len(files)} files, {n_bytes / 1e6:.0f} MB\n")
    print("| side | s | CPU s | MB/s | to tar |\n|---|---:|---:|---:|---:|")
    medians = {name: statistics.median(found) for name, found in seconds.items()}
    for name, median in medians.items():
        rate, ratio = n_bytes / 1e6 / median, medians["tar"] / median
        print(f"| {name} | {median:.2f} | {statistics.median(busy[name]):.2f} | {rate:.0f} | {ratio:.2f} |")
    is_kept = n_bytes / 1e6 / medians["shards"] >= LEAST_MB_PER_S
    print(f"\nthe limit is {LEAST_MB_PER_S} MB/s: {'' if is_kept else 'not '}kept")
    return is_kept


def _cpu_s() -> float:
    used = os.times()
    return used.user + used.system + used.children_user + used.children_system


def _memory(folder: Path, n_pictures: int) -> bool:
    peaks = []
    for number in (n_pictures // 10, n_pictures):
        workspace = fill(folder / str(number), number)
        command = [sys.executable, "-c", _PEAK, str(workspace.root), str(folder / str(number) / "out")]
        root = Path(__file__).resolve().parents[1]
        said = subprocess.run(command, cwd=root, capture_output=True, text=True, check=True).stdout
        peaks.append(int(said) / 1024)
    few, many = peaks
    print(f"memory: {few:.0f} MiB with {n_pictures // 10} pictures, {many:.0f} MiB with {n_pictures}")
    return many - few <= MOST_MIB


def hand_on(workspace: Workspace, out: Path) -> None:
    """Write shards as the command line does."""
    shards.run(workspace, shards.Settings(to=str(out), shard_mb=_SHARD_MB), Progress("quiet"))


def _tar(files: Sequence[Path], out: Path) -> None:
    out.mkdir()
    names = out / "names.txt"
    names.write_text("".join(f"{path}\n" for path in files))
    subprocess.run(["tar", "cf", str(out / "a.tar"), "-P", "-T", str(names)], check=True)
    _sync(out / "a.tar")


def _tarfile(files: Sequence[Path], out: Path) -> None:
    out.mkdir()
    with tarfile.open(out / "a.tar", "w") as archive:
        for path in files:
            archive.add(path)
    _sync(out / "a.tar")


def _sync(path: Path) -> None:
    with path.open("rb") as stream:
        os.fsync(stream.fileno())


def _files(workspace: Workspace, folder: Path) -> list[Path]:
    """Give picture, generated mask and reference mask of each sample, in the samples' order."""
    found = []
    for row in workspace.samples():
        found += [folder / row.path, workspace.mask_file(row.sample_id), folder / str(row.reference_mask)]
    return found


def fill(folder: Path, n_pictures: int) -> Workspace:
    """Write pictures with masks, and the tables of the stages that would have made them."""
    rng = np.random.default_rng(0)
    for name in ("images", "masks"):
        (folder / name).mkdir(parents=True)
    workspace = Workspace(folder / "ws")
    workspace.create()
    drawn = [_drawn(rng) for _ in range(_N_DRAWN)]
    samples, masks = [], []
    for number in range(n_pictures):
        picture, mask = drawn[number % _N_DRAWN]
        data = picture + number.to_bytes(4, "big")  # behind the picture's end
        (folder / "images" / f"{number:06d}.jpg").write_bytes(data)
        (folder / "masks" / f"{number:06d}.png").write_bytes(mask)
        sample_id = tables.sha256_bytes(data)[:16]
        path = workspace.mask_file(sample_id)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(mask)
        samples.append(_sample(sample_id, number))
        masks.append(_mask(sample_id, workspace.relative(path), tables.sha256_bytes(mask)))
    workspace.write(
        tables.SOURCES, [Source(source="drawn", root=str(folder), reader="folder_masks", licence="own")]
    )
    workspace.write(tables.MANIFEST, samples)
    workspace.write(tables.MASKS, masks)
    good = [
        Finding(sample_id=row.sample_id, check="c", score=1.0, passed=True, detail=None) for row in samples
    ]
    workspace.write(tables.FINDINGS, good)
    return workspace


def _drawn(rng: np.random.Generator) -> tuple[bytes, bytes]:
    """Draw a picture as JPEG, with the grain of a photograph, and an ellipse as its mask."""
    grain = rng.normal(0, 12, (_SIDE_PX, _SIDE_PX, 3)) + rng.uniform(60, 200, 3)
    mask = np.zeros((_SIDE_PX, _SIDE_PX), np.uint8)
    centre = tuple(int(place) for place in rng.integers(_SIDE_PX // 3, 2 * _SIDE_PX // 3, 2))
    cv2.ellipse(mask, centre, (_SIDE_PX // 4, _SIDE_PX // 3), 0, 0, 360, (255,), -1)
    grain[mask > 0] += 40
    picture = np.clip(grain, 0, 255).astype(np.uint8)
    return cv2.imencode(".jpg", picture)[1].tobytes(), cv2.imencode(".png", mask)[1].tobytes()


def _sample(sample_id: str, number: int) -> Sample:
    return Sample(
        sample_id=sample_id,
        path=f"images/{number:06d}.jpg",
        width_px=_SIDE_PX,
        height_px=_SIDE_PX,
        source="drawn",
        licence="own",
        person_id=sample_id,
        reference_mask=f"masks/{number:06d}.png",
        mask_source="human",
        mask_encoding="binary255",
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def _mask(sample_id: str, path: str, sha256: str) -> MaskRow:
    return MaskRow(
        sample_id=sample_id,
        path=path,
        rules_applied=[],
        mask_source="model:drawn",
        sha256=sha256,
        parents="p",
        status="ok",
        error=None,
    )


if __name__ == "__main__":
    main()
