"""How long do ten million and a billion portraits take, what do they cost, and what stands in the way?

No cluster was at hand. So: measured rates of one core (``scaling.toml``), and a simulation of how workers,
a shared file system and the one process that keeps the journal get into each other's way, with machines
that fail. Prices are assumptions. The simulation is held against closed forms in
tests/unit/benchmarks/test_scaling.py.

    python benchmarks/scaling.py
    python benchmarks/scaling.py --inputs mine.toml --figure scaling.svg
    python benchmarks/scaling.py --measure-driver    # driver_s, of this machine
"""

import argparse
import heapq
import math
import statistics
import tempfile
import time
import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np

from datatools import tables
from datatools.derive import Item, Work, derive
from datatools.progress import Progress
from datatools.records import MaskRow
from datatools.workspace import Workspace

_CHUNK = 64  # pictures that a worker is given at once, as crews/ray.py gives them
_MOST_EVENTS = 40_000  # chunks that are simulated; more pictures mean larger chunks, of the same rate
_WORKSPACE = 10_000_000  # pictures of one workspace; a billion are a hundred of them on as many clusters
_WORKERS = (16, 64, 256, 1024, 4096)
_REPEATS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """What a stage asks for a picture: seconds of a core, bytes to and from storage, the driver's seconds."""

    core_s: float
    variation: float
    bytes_moved: float
    driver_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """Who does it: single cores; machines of 16 of them fail together, each after such a time."""

    workers: int
    bandwidth: float
    between_failures_s: float
    replace_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How it went: seconds, and how busy each part was, 0-1."""

    seconds: float
    workers_busy: float
    storage_busy: float
    driver_busy: float
    redone_frac: float

    @property
    def bottleneck(self) -> str:
        """Name the part that was busiest."""
        shares = {"cores": self.workers_busy, "storage": self.storage_busy, "driver": self.driver_busy}
        return max(shares, key=lambda name: shares[name])


def simulate(n_pictures: int, load: Load, cluster: Cluster, rng: np.random.Generator) -> Outcome:
    """Let workers take chunks until none is left; give how long it took and who was busy.

    A chunk is read from the shared storage (one after the other, at its bandwidth), computed by a worker,
    and its rows are kept by the driver, one after the other. A worker whose machine fails loses its chunk,
    which is done again by whoever is free, and is replaced.
    """
    size = max(_CHUNK, math.ceil(n_pictures / _MOST_EVENTS))
    n_chunks = math.ceil(n_pictures / size)
    mean, spread = load.core_s * size, load.variation * load.core_s * math.sqrt(size)
    # When each worker is free next, and whether it brings a finished chunk then.
    free = [(0.0, number, False) for number in range(min(cluster.workers, n_chunks))]
    storage_free = driver_free = busy_s = 0.0
    move_s, keep_s = load.bytes_moved * size / cluster.bandwidth, load.driver_s * size
    most_waiting_s = 8 * cluster.workers * keep_s  # results that wait for the driver; then workers do
    left, n_redone, end = n_chunks, 0, 0.0
    while free:
        now, number, has_chunk = heapq.heappop(free)
        if has_chunk:
            driver_free = max(now, driver_free) + keep_s
            end = driver_free
        if not left:
            continue
        starts = max(now, driver_free - most_waiting_s)
        storage_free = max(starts, storage_free) + move_s
        took = max(0.0, float(rng.normal(mean, spread))) if spread else mean
        fails_after = float(rng.exponential(cluster.between_failures_s))
        if fails_after < took:
            n_redone += 1
            busy_s += fails_after
            heapq.heappush(free, (storage_free + fails_after + cluster.replace_s, number, False))
        else:
            left -= 1
            busy_s += took
            heapq.heappush(free, (storage_free + took, number, True))
    n_moved = n_chunks + n_redone
    return Outcome(
        seconds=end,
        workers_busy=busy_s / (end * cluster.workers),
        storage_busy=n_moved * move_s / end,
        driver_busy=n_chunks * keep_s / end,
        redone_frac=n_redone / n_chunks,
    )


def loads(inputs: Mapping[str, Any], *, heavy: bool = False) -> dict[str, Load]:
    """Give what each stage asks for a picture."""
    measured = inputs["measured"]
    picture, matte, mask = (measured[f"{name}_bytes"] for name in ("picture", "matte", "mask"))
    moved = {
        "ingest": picture,
        "landmarks": picture,
        "segment": picture + matte,
        "refine": picture + matte + mask,
        "check": picture + matte + mask,
        "measure": picture + mask,
    }
    core_s = dict(measured["core_s"])
    if heavy:
        core_s["segment"] = measured["heavy"]["isnet_core_s"]
    return {
        stage: Load(
            core_s=core_s[stage],
            variation=measured["variation"],
            bytes_moved=bytes_moved,
            driver_s=measured["driver_s"],
        )
        for stage, bytes_moved in moved.items()
    }


def cluster_of(inputs: Mapping[str, Any], workers: int) -> Cluster:
    """Give a cluster of so many cores."""
    assumed = inputs["assumed"]
    return Cluster(
        workers=workers,
        bandwidth=assumed["bandwidth_bytes_per_s"],
        between_failures_s=assumed["hours_between_failures"] * 3600,
        replace_s=assumed["seconds_to_replace"],
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """All stages, one after the other, of one workspace, on so many cores."""

    workers: int
    hours: float
    low: float  # of the repeats
    high: float
    core_usd: float
    bottlenecks: Mapping[str, str]


def plan(inputs: Mapping[str, Any], n_pictures: int, workers: int, *, heavy: bool, seed: int) -> Plan:
    """Simulate every stage several times."""
    cluster = cluster_of(inputs, workers)
    totals: list[float] = []
    bottlenecks: dict[str, str] = {}
    for repeat in range(_REPEATS):
        rng = np.random.default_rng([seed, repeat])
        total = 0.0
        for stage, load in loads(inputs, heavy=heavy).items():
            outcome = simulate(n_pictures, load, cluster, rng)
            total += outcome.seconds
            bottlenecks[stage] = outcome.bottleneck
        totals.append(total / 3600)
    hours = statistics.median(totals)
    usd = hours * workers * inputs["assumed"]["core_usd_per_hour"]
    return Plan(
        workers=workers,
        hours=hours,
        low=min(totals),
        high=max(totals),
        core_usd=usd,
        bottlenecks=bottlenecks,
    )


def storage(inputs: Mapping[str, Any], n_pictures: int) -> list[tuple[str, float, float]]:
    """Give what lies on disk: name, GB, US dollars a month."""
    measured, per_gb = inputs["measured"], inputs["assumed"]["storage_usd_per_gb_month"]
    found = []
    for name in ("picture", "matte", "mask", "table"):
        gigabytes = measured[f"{name}_bytes"] * n_pictures / 1e9
        found.append((name, gigabytes, gigabytes * per_gb))
    return found


def measured_driver_s(n_rows: int = 20_000) -> float:
    """Give the processor seconds that keeping a row takes: ``derive`` of items whose work is nothing."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(folder)
        workspace.create()
        items = [Item(f"{number:016x}", f"{number:016x}", number) for number in range(n_rows)]
        started = time.process_time()
        derive(
            workspace,
            tables.MASKS,
            items,
            _nothing,
            key=lambda row: row.sample_id,
            label="nothing",
            progress=Progress("quiet"),
            crew=None,
            threads=1,
        )
        return (time.process_time() - started) / n_rows


def _nothing() -> Work[int, int, int, MaskRow]:
    def row(item: Item[int], error: str | None = None) -> MaskRow:
        status: Literal["ok", "failed"] = "ok" if error is None else "failed"
        return MaskRow(
            sample_id=item.key,
            path=f"masks/{item.key}.png",
            rules_applied=["face_seed", "edge_colour"],
            mask_source="model:selfie",
            parents=item.parents,
            sha256=item.key * 4,
            status=status,
            error=error,
        )

    return Work(
        prepare=lambda subject: subject,
        forward=lambda subject: subject,
        finish=lambda item, _: [row(item)],
        failed=row,
    )


def _told(bottlenecks: Mapping[str, str]) -> str:
    by: dict[str, list[str]] = {}
    for stage, name in bottlenecks.items():
        by.setdefault(name, []).append(stage)
    if len(by) == 1:
        return f"{next(iter(by))}, in every stage"
    return "; ".join(f"{name}: {', '.join(stages)}" for name, stages in sorted(by.items()))


def _print_plans(plans: Sequence[Plan], title: str) -> None:
    print(f"\n**{title}**\n")
    print("| cores | hours, all stages | least and most of 5 | cores, US dollars | what stands in the way |")
    print("|---:|---:|---:|---:|---|")
    for one in plans:
        hours = f"{one.hours:,.1f} | {one.low:,.1f} - {one.high:,.1f}"
        print(f"| {one.workers:,} | {hours} | {one.core_usd:,.0f} | {_told(one.bottlenecks)} |")


def _draw(path: Path, plans: Mapping[str, Sequence[Plan]]) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    mpl.rcParams["svg.hashsalt"] = "scaling"
    from matplotlib import pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    for (title, rows), style in zip(plans.items(), ("-o", "--s", ":^"), strict=False):
        workers = [one.workers for one in rows]
        left.plot(workers, [one.hours for one in rows], style, label=title)
        right.plot(workers, [one.core_usd for one in rows], style, label=title)
    for axes, name in ((left, "hours"), (right, "US dollars, cores alone")):
        axes.set(xscale="log", yscale="log", xlabel="cores", ylabel=name)
        axes.grid(visible=True, alpha=0.3)
    left.legend(fontsize=8)
    figure.savefig(path, metadata={"Date": None} if path.suffix == ".svg" else None)
    plt.close(figure)


def main() -> None:
    """Simulate, print, perhaps draw."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--inputs", type=Path, default=Path(__file__).with_suffix(".toml"))
    parser.add_argument("--figure", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--measure-driver", action="store_true")
    chosen = parser.parse_args()
    if chosen.measure_driver:
        print(f"driver_s = {measured_driver_s():.6f}")
        return
    inputs = tomllib.loads(chosen.inputs.read_text("utf-8"))
    titles = {"light teacher (selfie)": False, "heavy teacher too (IS-Net)": True}
    plans = {
        title: [plan(inputs, _WORKSPACE, workers, heavy=heavy, seed=chosen.seed) for workers in _WORKERS]
        for title, heavy in titles.items()
    }
    for title, rows in plans.items():
        _print_plans(rows, f"10 million portraits, {title}")
    print("\n| on disk | 10 million | US dollars a month | a billion | US dollars a month |")
    print("|---|---:|---:|---:|---:|")
    for few, many in zip(storage(inputs, 10**7), storage(inputs, 10**9), strict=True):
        name, gigabytes, usd = few
        print(f"| {name}s | {gigabytes:,.0f} GB | {usd:,.2f} | {many[1] / 1000:,.1f} TB | {many[2]:,.0f} |")
    assumed = inputs["assumed"]
    reads, writes = 6, 2  # pictures are read by every stage; mattes and masks are written
    usd = 1e4 * (reads * assumed["request_usd_per_1000_get"] + writes * assumed["request_usd_per_1000_put"])
    print(f"\nAs objects of their own, 10 million pictures cost {usd:,.0f} US dollars of requests.")
    if chosen.figure:
        _draw(chosen.figure, plans)


if __name__ == "__main__":
    main()
