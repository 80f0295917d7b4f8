"""How much faster is each stage with two workers than with one, on this machine and on Ray?

Limit: 1.7 times for Ray, of the stages whose work is the processor's. Portraits of 512 px, rendered with
exact masks, each mirrored and cut, too; mattes are those masks, blurred, and what is evaluated is those
masks, thinner. A rate is of the time in which all workers are at work, from the end of the last worker's
first picture to the end of the last picture: what Ray needs to start an actor (the column ``Ray begins
after``) is paid once a stage, whatever its size. The last column has the whole stage with it: that of a
few hundred pictures is mostly start. Medians of five runs, of three with this machine's processes; the
engines and numbers of workers take turns, so that a busy minute hits all of them.

    python benchmarks/engines.py            # 12 minutes on two cores with nothing else on them
    python benchmarks/engines.py --short    # says only that it runs
"""

import argparse
import itertools
import math
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import cv2
import numpy as np

from datatools import settings as stage_settings
from datatools import tables
from datatools.crews import Crew, Engine, Lost, MakeTool, Needs, Result, Task, Tool
from datatools.crews.hire import hire
from datatools.images import read_mask, read_rgb, to_jpeg, write_mask, write_matte
from datatools.masks import Mask, Matte
from datatools.progress import Progress
from datatools.records import MaskRow, MatteRow
from datatools.stages import check, evaluate, ingest, landmarks, measure, refine, segment
from datatools.synthetic.dataset import RenderSettings, render_set
from datatools.tables import Table
from datatools.workspace import Workspace

_LIMIT = 1.7
_QUIET = Progress("quiet")
_MOST_SLOW = 400  # pictures that a slow stage is given at most
_STAGES = ("ingest", "landmarks", "segment", "refine", "check", "measure", "evaluate")
_LOCAL_REPEATS = 3  # that engine starts at once and varies less
_FAST = ("ingest", "evaluate")
_TABLES: dict[str, tuple[Table[object], ...]] = {
    "ingest": (tables.MANIFEST,),
    "landmarks": (tables.LANDMARKS,),
    "segment": (tables.MATTES,),
    "refine": (tables.MASKS,),
    "check": (tables.OBSERVATIONS, tables.FINDINGS),
    "measure": (tables.MEASURED, tables.MEASUREMENTS),
    "evaluate": (tables.SCORES, tables.ERROR_GRIDS),
}


@dataclass(slots=True)
class Watch:
    """What was seen of one run: per picture the worker, and when it began and ended, in s."""

    n_workers: int
    seen: list[tuple[int, float, float]] = field(default_factory=list)

    def rate(self) -> float:
        """Give pictures a second while all workers were at work; NaN where they never were."""
        # Finders and the like are loaded with a worker's first picture.
        firsts = {pid: min(end for at, _, end in self.seen if at == pid) for pid, _, _ in self.seen}
        start = max(firsts.values())
        end = max(end for _, _, end in self.seen)
        if len(firsts) < self.n_workers or end <= start:
            return math.nan
        # A picture that was under way as the last worker began counts by what was left of it.
        done = sum(
            min(1.0, (end - start) / max(end - begin, 1e-9)) for _, begin, end in self.seen if end > start
        )
        return done / (end - start)

    def first(self) -> float:
        """Give when the first picture began."""
        return min(begin for _, begin, _ in self.seen)


class WatchedCrew:
    """A crew whose workers tell when they worked on what."""

    def __init__(self, crew: Crew, watch: Watch) -> None:
        self._crew = crew
        self._watch = watch
        self.name = crew.name

    def work(
        self, make: MakeTool[Task, Result], tasks: Sequence[Task], needs: Needs
    ) -> Iterator[tuple[Task, Result | Lost]]:
        """Work as the crew does."""
        for task, result in self._crew.work(partial(watched, make), tasks, needs):
            if isinstance(result, Lost):
                yield task, result
            else:
                self._watch.seen.append(result[:3])
                yield task, result[3]


def watched(make: MakeTool[Task, Result]) -> Tool[Task, tuple[int, float, float, Result]]:
    """Make a tool that says who worked when."""
    return partial(_timed, make())


def _timed(tool: Tool[Task, Result], tasks: Sequence[Task]) -> Iterator[tuple[int, float, float, Result]]:
    begin = time.monotonic()
    for result in tool(tasks):
        yield os.getpid(), begin, time.monotonic(), result
        begin = time.monotonic()


def main() -> None:
    """Render, run every stage with every crew, print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--n-pictures", type=int, default=2048)
    parser.add_argument("--seconds", type=float, default=4.0, help="of work for one worker, in each run")
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--stages", nargs="+", choices=_STAGES, default=_STAGES)
    parser.add_argument("--short", action="store_true")
    chosen = parser.parse_args()
    if chosen.short:
        chosen.n_pictures, chosen.seconds, chosen.repeats = 24, 0.3, 1
    began = time.monotonic()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as name:
        root = Path(name)
        portraits(root / "source", chosen.n_pictures)
        ready = Workspace(root / "ready")
        n_in = prepare(ready, root / "source", chosen.n_pictures, chosen.seconds)
        print(f"{chosen.n_pictures} portraits; prepared after {time.monotonic() - began:.0f} s")
        print(
            "| stage | pictures | "
            + " | ".join(f"{e} {w}" for e, w in crews())
            + " | Ray 2 / 1 | Ray begins after | the whole, Ray 2 / 1 |"
        )
        print("|---|---:|---:|---:|---:|---:|---:|---:|---:|")
        short = False
        for stage in chosen.stages:
            runs = measured(ready, root, stage, n_in[stage], chosen.repeats)
            rates = {
                crew: statistics.median(watch.rate() for watch, _, _ in some) for crew, some in runs.items()
            }
            ratio = rates["ray", 2] / rates["ray", 1]
            begins = statistics.median(after for _, after, _ in runs["ray", 2])
            one, two = (statistics.median(all_s for _, _, all_s in runs["ray", n]) for n in (1, 2))
            short = short or not ratio >= _LIMIT
            cells = " | ".join(f"{rates[crew]:.1f}" for crew in crews())
            print(
                f"| {stage} | {n_in[stage]} | {cells} | {ratio:.2f} | {begins:.1f} s | {one / two:.2f} |",
                flush=True,
            )
    verdict = "a stage is below" if short else "every stage reaches"
    print(f"\npictures/s; {verdict} {_LIMIT}; {time.monotonic() - began:.0f} s in all")
    sys.exit(1 if short and not chosen.short else 0)


def crews() -> list[tuple[Engine, int]]:
    """Give engines and numbers of workers."""
    return [("local", 1), ("local", 2), ("ray", 1), ("ray", 2)]


def portraits(folder: Path, n_pictures: int) -> None:
    """Render people of about 512 px; mirrored and cut they make eight pictures each."""
    drawn = RenderSettings(n_people=-(-n_pictures // 8), max_pictures=1, min_px=488, max_px=520)
    render_set(folder / "drawn", drawn, _QUIET)
    for kind in ("images", "masks"):
        (folder / kind).mkdir()
    for image in sorted((folder / "drawn" / "images").iterdir()):
        mask = next((folder / "drawn" / "masks").glob(f"{image.stem}.*"))
        picture, truth = read_rgb(image), read_mask(mask).array
        for number, (step, cut) in enumerate(itertools.product((1, -1), (0, 4, 8, 12))):
            name, turned = f"{image.stem}{number}", np.ascontiguousarray(picture[cut:, ::step])
            (folder / "images" / f"{name}.jpg").write_bytes(to_jpeg(turned))
            write_mask(folder / "masks" / f"{name}.png", Mask(np.ascontiguousarray(truth[cut:, ::step])))
    shutil.rmtree(folder / "drawn")


def prepare(workspace: Workspace, source: Path, n_pictures: int, seconds: float) -> dict[str, int]:
    """Leave what every stage reads; give how many pictures each does in so many seconds of one worker."""
    found = {}
    for stage in _STAGES:
        if stage == "refine":
            with_masks(workspace)
        watch = Watch(2)
        n_here = (
            n_pictures if stage == "ingest" else min(n_pictures, _MOST_SLOW if stage == "landmarks" else 48)
        )
        run(workspace, source, stage, ("local", 2), n_here, watch)
        each_s = statistics.median(end - begin for _, begin, end in watch.seen)
        most = n_pictures if stage in _FAST else min(n_pictures, _MOST_SLOW)
        found[stage] = max(12, min(most, round(seconds / each_s)))
        if stage == "refine":
            with_masks(workspace)
    return found


def with_masks(workspace: Workspace) -> None:
    """Write every mask, and for some pictures what two teachers that err differently would say."""
    mattes, masks = [], []
    for place, sample in enumerate(workspace.samples()):
        reference = workspace.reference_file(sample)
        assert reference is not None
        exact = read_mask(reference).array.astype(np.float32)
        thinner = cv2.erode(exact, np.ones((5, 5), np.uint8))
        path = workspace.mask_file(sample.sample_id)
        kept = {"sample_id": sample.sample_id, "parents": "", "status": "ok", "error": None}
        sha256 = tables.sha256_bytes(write_mask(path, Mask(thinner > 0)))
        masks.append(
            MaskRow(
                path=workspace.relative(path), rules_applied=[], mask_source="model:b", sha256=sha256, **kept
            )
        )
        for teacher, alpha in (("a", exact), ("b", thinner)) if place < _MOST_SLOW else ():
            path = workspace.matte_file(teacher, sample.sample_id)
            data = write_matte(path, Matte(cv2.GaussianBlur(alpha, (0, 0), 2.0).astype(np.float32)))
            sha256, where = tables.sha256_bytes(data), workspace.relative(path)
            mattes.append(MatteRow(teacher=teacher, path=where, seconds=0.0, sha256=sha256, **kept))
    workspace.write(tables.MATTES, mattes)
    workspace.write(tables.MASKS, masks)


def measured(
    ready: Workspace, root: Path, stage: str, n_pictures: int, repeats: int
) -> dict[tuple[Engine, int], list[tuple[Watch, float, float]]]:
    """Run a stage with every crew in turn; give what was seen, when it began and how long it took, in s."""
    found: dict[tuple[Engine, int], list[tuple[Watch, float, float]]] = {crew: [] for crew in crews()}
    for place in range(repeats):
        for crew in crews() if place < _LOCAL_REPEATS else crews()[2:]:
            workspace = Workspace(root / "run")
            shutil.rmtree(workspace.root, ignore_errors=True)
            shutil.copytree(
                ready.root, workspace.root, copy_function=os.link
            )  # stages never write into a file
            for table in _TABLES[stage]:
                workspace.table_file(table).unlink()
            watch, began = Watch(crew[1]), time.monotonic()
            run(workspace, root / "source", stage, crew, n_pictures, watch)
            found[crew].append((watch, watch.first() - began, time.monotonic() - began))
    return found


def run(
    workspace: Workspace, source: Path, stage: str, crew: tuple[Engine, int], n_pictures: int, watch: Watch
) -> None:
    """Run one stage with one crew."""
    engine, workers = crew
    common = {"engine": engine, "workers": workers, "limit": n_pictures}
    masks = {"reader": "folder_masks", "options": {"mask_source": "rendered"}}
    stages: dict[str, Callable[[], object]] = {
        "ingest": lambda: ingest.run(workspace, ingest.Settings(source=source, **masks, **common), _QUIET),
        "landmarks": lambda: landmarks.run(workspace, landmarks.Settings(**common), _QUIET),
        "segment": lambda: segment.run(workspace, segment.Settings(teachers=("grabcut",), **common), _QUIET),
        "refine": lambda: refine.run(workspace, refine.Settings(**common), _QUIET),
        "check": lambda: check.run(workspace, check.Settings(**common), _QUIET),
        "measure": lambda: measure.run(workspace, measure.Settings(**common), _QUIET),
        "evaluate": lambda: evaluate.run(
            workspace, evaluate.Settings(model="generated", replicates=100, **common), _QUIET
        ),
    }
    stage_settings.hire = lambda engine, workers: WatchedCrew(hire(engine, workers), watch)  # type: ignore[assignment]
    stages[stage]()


if __name__ == "__main__":
    from engines import main as begin  # workers find what they are sent by its module's name

    begin()
