"""How long do a million rows take to show, to filter and to count, and in how much memory?

Writes a workspace of tables alone (no step opens a picture): pictures of four sources and of a fifth as
many people, three questions answered about each, six measurements, faces, masks, findings of three
checks, near-duplicates among them, splits and one model's scores. Then each verb runs by the command line in
a process of its own. Prints a table: seconds, seconds of a core, peak memory of the process, the limits.

Example::

    python benchmarks/million.py --rows 1000000
"""

import argparse
import multiprocessing
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datatools import batches, lists, parts, tables, vocab
from datatools.workspace import Workspace

PICTURES_EACH = 5  # of a person
SIDE_PX = 512
SOURCES = ("alpha", "beta", "gamma", "delta")
QUESTIONS = ("perceived_gender", "perceived_race", "perceived_age_band")
NUMBERS = ("ita_deg", "picture_lightness", "yaw_deg", "face_frac", "blur", "contrast")
CHECKS = ("face_cut", "mask_area", "near_duplicate")
SPLITS = ("train", "val", "test")
SHOW_S, FILTER_S, AUDIT_S, LIMIT_GIB = 2.0, 20.0, 180.0, 1.0

Floats = NDArray[np.float64]
Row = TypeVar("Row")


def _pick(words: Sequence[str], n: int, rng: np.random.Generator, *, each: int = 1) -> pa.Array:
    """Draw words; ``each`` neighbours share one."""
    codes = rng.integers(len(words), size=-(-n // each)).repeat(each)[:n]
    return pa.array(list(words)).take(pa.array(codes))


def _arrow(table: tables.Table[Row], n: int, columns: dict[str, object]) -> pa.Table:
    """Make a table of ``n`` rows: a column is an array, one value for all rows, or absent."""
    found = {}
    for field in tables.schema(table):
        value = columns.get(field.name)
        is_column = isinstance(value, pa.Array | pa.ChunkedArray)
        if is_column:
            found[field.name] = value
        elif value is None:
            found[field.name] = pa.nulls(n, field.type)
        else:
            found[field.name] = pa.repeat(pa.scalar(value, field.type), n)
    return tables.sorted_arrow(table, pa.table(found))


def _write(workspace: Workspace, table: tables.Table[Row], n: int, **columns: object) -> None:
    tables.write_bytes(workspace.table_file(table), tables.to_bytes(_arrow(table, n, columns)))


def _numbers(low: float, high: float, n: int, rng: np.random.Generator) -> pa.Array:
    return pa.array(rng.uniform(low, high, n))


def write_workspace(workspace: Workspace, n: int, rng: np.random.Generator) -> None:
    """Write the tables of ``n`` pictures."""
    workspace.create()
    bits = np.sort(rng.integers(2**63, size=n, dtype=np.uint64))
    ids = pa.array([f"{number:016x}" for number in bits])
    person = rng.permutation(n) // PICTURES_EACH
    people = pa.array([f"simulated/{number}" for number in person])
    known = {"sample_id": ids, "person_id": people}
    _write(
        workspace,
        tables.SOURCES,
        len(SOURCES),
        source=pa.array(SOURCES),
        root="/",
        reader="folder",
        licence="none",
    )
    _write(
        workspace,
        tables.MANIFEST,
        n,
        **known,
        path=pa.array([f"pictures/{number:08d}.jpg" for number in range(n)]),
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        source=_pick(SOURCES, n, rng),
        licence="none: there are no pictures",
        aliases=pa.ListArray.from_arrays(pa.array(np.zeros(n + 1, np.int32)), pa.array([], pa.string())),
        status="ok",
    )
    _write_answers(workspace, ids, person, rng)
    six = pa.concat_arrays([ids] * len(NUMBERS))
    _write(
        workspace,
        tables.MEASUREMENTS,
        len(six),
        sample_id=six,
        name=pa.array(np.repeat(NUMBERS, n)),
        value=_numbers(-60, 60, len(six), rng),
        measured_by="measure",
    )
    box = pa.ListArray.from_arrays(
        pa.array(np.arange(0, 4 * n + 1, 4, dtype=np.int32)), _numbers(0, 512, 4 * n, rng)
    )
    _write(
        workspace,
        tables.LANDMARKS,
        n,
        sample_id=ids,
        scheme="dlib68",
        detector="dlib68",
        score=_numbers(0, 1, n, rng),
        face=0,
        n_faces=1,
        box=box,
        is_cut=False,
        parents="0" * 16,
        status="ok",
    )
    _write_masks(workspace, ids, rng)
    _write(workspace, tables.SPLITS, n, **known, split=_pick(SPLITS, n, rng))
    _write_scores(workspace, known, n, rng)


def _write_all(folder: str, n: int, seed: int) -> None:
    """Write the tables, and a list of every tenth sample."""
    workspace = Workspace(folder)
    write_workspace(workspace, n, np.random.default_rng(seed))
    every = workspace.columns(tables.MANIFEST, ("sample_id",))["sample_id"]
    lists.keep(workspace, every.to_pylist()[::10])


def _write_answers(
    workspace: Workspace, ids: pa.Array, person: NDArray[np.int64], rng: np.random.Generator
) -> None:
    """Append one batch a question; all pictures of a person have one answer."""
    for question in QUESTIONS:
        vocabulary = vocab.load(vocab.question(question).vocabularies[0])
        said = pa.array(vocabulary.groups).take(
            pa.array(rng.integers(len(vocabulary.groups), size=person.max() + 1)[person])
        )
        columns: dict[str, object] = {
            "sample_id": ids,
            "question": question,
            "value": said,
            "annotator_id": "dataset",
            "source": "dataset",
            "vocabulary": vocabulary.key,
            "batch": "simulated",
        }
        batches.append(workspace.annotations_folder, _arrow(tables.ANNOTATIONS, len(ids), columns))


def _write_masks(workspace: Workspace, ids: pa.Array, rng: np.random.Generator) -> None:
    """Write mattes, masks and what the checks found: some 5% of each check fail."""
    n = len(ids)
    derived: dict[str, object] = {"sample_id": ids, "parents": "0" * 16, "sha256": ids, "status": "ok"}
    _write(workspace, tables.MATTES, n, **derived, teacher="selfie", path=ids, seconds=_numbers(0, 1, n, rng))
    rules = pa.ListArray.from_arrays(pa.array(np.zeros(n + 1, np.int32)), pa.array([], pa.string()))
    _write(workspace, tables.MASKS, n, **derived, path=ids, rules_applied=rules, mask_source="model:selfie")
    every = pa.concat_arrays([ids] * len(CHECKS))
    passed = rng.random(len(every)) > 0.05
    twins = ids.take(pa.array(rng.integers(n, size=n))).to_pylist()
    details = [
        None if good else f"nearly the same picture as {twin}"
        for good, twin in zip(passed[2 * n :], twins, strict=True)
    ]
    _write(
        workspace,
        tables.FINDINGS,
        len(every),
        sample_id=every,
        check=pa.array(np.repeat(CHECKS, n)),
        score=_numbers(0, 1, len(every), rng),
        passed=pa.array(passed),
        detail=pa.array([*[None] * (2 * n), *details]),
    )


def _write_scores(workspace: Workspace, known: dict[str, pa.Array], n: int, rng: np.random.Generator) -> None:
    area = SIDE_PX**2 * 2 // 5
    wrong = (area * np.minimum(rng.lognormal(-3.0, 0.6, n), 0.9)).astype(np.int64)
    fp = (wrong * rng.random(n)).astype(np.int64)
    band = np.minimum(wrong // 4, 12_000)
    counts: dict[str, object] = {f.name: 1_500 for f in tables.schema(tables.SCORES) if f.type == pa.int64()}
    counts |= {name: None for name in counts if name.startswith(("ref_", "fp_", "fn_"))}
    counts |= {
        "tp": pa.array(area - wrong + fp),
        "fp": pa.array(fp),
        "fn": pa.array(wrong - fp),
        "tn": pa.array(SIDE_PX**2 - area - fp),
        "band_tp": pa.array(12_000 - band),
        "band_union": 12_000,
        "fp_band": pa.array(fp // 2),
        "fn_band": pa.array((wrong - fp) // 2),
    }
    _write(
        workspace,
        tables.SCORES,
        n,
        **known,
        **counts,
        model="student",
        reference_source="human",
        split=_pick(SPLITS, n, rng),
        parents="0" * 16,
        status="ok",
    )


def compare_layouts(folder: Path, n: int, rng: np.random.Generator) -> None:
    """Print what a table costs as one group of rows, as groups of one file and as parts."""
    names = ("sample_id", "person_id", "split")
    columns_of = {name: pa.array([f"{name} {number:016x}" for number in range(n)]) for name in names[1:]}
    bits = np.sort(rng.integers(2**63, size=n, dtype=np.uint64))
    columns_of["sample_id"] = pa.array([f"{number:016x}" for number in bits])
    rows = _arrow(tables.SPLITS, n, dict(columns_of))
    changed = rows.set_column(
        2, rows.schema.field(2), pa.chunked_array([["x"], rows["split"][1:].combine_chunks()])
    )
    wanted = rows["sample_id"].take(pa.array(rng.integers(n, size=1))).to_pylist()
    print("\n| | writing, s of a core | one sample looked up, ms | one row changed: MiB written |")
    print("|---|---|---|---|")
    for name, (group, limit) in {
        "one file, one group": (n, n),
        f"one file, groups of {tables.ROWS_OF_A_GROUP:,}": (tables.ROWS_OF_A_GROUP, n),
        "16 parts": (tables.ROWS_OF_A_GROUP, -(-n // 16)),
    }.items():
        tables.ROWS_OF_A_GROUP, tables.ROWS_OF_A_FILE = group, limit
        path = folder / name / "splits.parquet"
        started = time.process_time()
        tables.write_arrow(path, rows)
        written_s = time.process_time() - started
        started = time.process_time()
        tables.read_about(path, tables.SPLITS, wanted)
        found_s = time.process_time() - started
        before = {file.stat().st_ino for file in parts.files(path)}
        tables.write_arrow(path, changed)
        new = sum(file.stat().st_size for file in parts.files(path) if file.stat().st_ino not in before)
        print(f"| {name} | {written_s:.1f} | {1e3 * found_s:.0f} | {new / 2**20:.1f} |", flush=True)


_STARTER = """
import os, subprocess, sys
process = subprocess.Popen(sys.argv[1:], stdout=subprocess.DEVNULL)
_, status, usage = os.wait4(process.pid, 0)
print(os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime, usage.ru_maxrss)
os._exit(0)
"""


def timed(arguments: Sequence[str]) -> tuple[float, float, float]:
    """Run the command line; give its seconds, those of its processor, and its peak memory in GiB.

    Raises:
        SystemExit: the command failed.
    """
    started = time.perf_counter()
    # Started by a small process: a peak of memory begins with that of the process forked from.
    command = [sys.executable, "-c", _STARTER, sys.executable, "-m", "datatools", *arguments]
    told = subprocess.run(command, stdout=subprocess.PIPE, check=False, text=True).stdout.split()
    status, cpu_s, peak_kib = int(told[0]), float(told[1]), int(told[2])
    if status:
        raise SystemExit(f"{' '.join(arguments)} ended with {status}")
    return time.perf_counter() - started, cpu_s, peak_kib / 2**20


def steps(listed: str) -> dict[str, tuple[list[str], float]]:
    """Give each line's command and its limit in seconds."""
    counted = ["composition", "--no-pictures"]
    return {
        "show": (["show"], SHOW_S),
        "show of a source": (["show", "--only", SOURCES[0]], FILTER_S),
        "show of a list": (["show", "--samples", listed], FILTER_S),
        "show of a split": (["show", "--split", "test"], FILTER_S),
        "show of a band": (["show", "--where", "ita_deg<-30"], FILTER_S),
        "show of a group in a band": (
            ["show", "--where", "perceived_gender=female", "picture_lightness>10"],
            FILTER_S,
        ),
        "composition": (counted, FILTER_S),
        "composition of a source": ([*counted, "--only", SOURCES[0]], FILTER_S),
        "composition of a split": ([*counted, "--split", "test"], FILTER_S),
        "composition without a band": ([*counted, "--exclude", "ita_deg<-30"], FILTER_S),
        "audit": (["audit"], AUDIT_S),
    }


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        # In a process of its own: a child's peak memory begins with what its parent has.
        writing = multiprocessing.Process(target=_write_all, args=(folder, options.rows, options.seed))
        writing.start()
        writing.join()
        written_s = time.perf_counter() - started
        size = sum(path.stat().st_size for path in Path(folder, "tables").rglob("*.parquet"))
        print(f"{options.rows:,} pictures: {size / 2**20:,.0f} MiB of tables, written in {written_s:.0f} s\n")
        (listed,) = (path.stem for path in Path(folder, "samples").glob("*.csv"))
        print(f"| | s (median of {options.runs}) | s of a core | peak GiB | limit |\n|---|---|---|---|---|")
        for name, (command, limit_s) in steps(listed).items():
            here = [*command, "--workspace", folder, "--quiet"]
            every_run = [timed(here) for _ in range(options.runs)]
            elapsed_s, cpu_s, peak_gib = (
                statistics.median(numbers) for numbers in zip(*every_run, strict=True)
            )
            limits = f"{limit_s:g} s, {LIMIT_GIB:g} GiB"
            print(f"| {name} | {elapsed_s:.1f} | {cpu_s:.1f} | {peak_gib:.2f} | {limits} |", flush=True)
        compare_layouts(Path(folder), options.rows, np.random.default_rng(options.seed))


if __name__ == "__main__":
    main()
