"""How fast is the audit: against fairlearn's bootstrap, and on a million rows of scores?

First, people of 126 cells are drawn again under 8 metrics, with an interval for every cell and metric,
here and by fairlearn's MetricFrame, which draws pictures, not people. Both take the same frame of
scores, alternately; the table has the median seconds for a replicate and their ratio.

Then a workspace of tables alone (no step opens a picture) is audited by the command line in a process
of its own: five pictures of each of 200,000 people, every picture with a score and with two answers. It
asks for groups, gaps, intervals and tests; sections that search, or go over answers one by one, are left
out. The seconds and the peak memory are printed as shares of the limits, 60 s and 2 GiB.

Example::

    python benchmarks/audit_speed.py --seed 0
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TypeVar

import numpy as np
import pandas as pd
import pyarrow as pa
from fairlearn.metrics import MetricFrame
from numpy.typing import NDArray

from datatools import plugins, tables, vocab
from datatools.batches import append
from datatools.fairness.statistics.group_values import group_values
from datatools.fairness.statistics.people import by_person
from datatools.metrics import Metric
from datatools.workspace import Workspace

METRICS = (
    "iou_fg_image",
    "iou_fg_global",
    "miou2_image",
    "miou2_global",
    "dice_image",
    "boundary_iou",
    "over_frac",
    "under_frac",
)
LIMIT_REPLICATES_S, LIMIT_RATIO = 2.0, 500.0
LIMIT_S, LIMIT_GIB = 60.0, 2.0
PICTURES_EACH = 5  # of a person
SIDE_PX = 512
ATTRIBUTES = ("perceived_gender", "perceived_skin_tone")  # 2 and 10 groups, and 20 crossed
ALONE = ("--no-codings", "--no-chain", "--adjust", "none", "--slices", "0")  # sections beside the gaps

Floats = NDArray[np.float64]
Row = TypeVar("Row")


# -- scores ----------------------------------------------------------------------------------------


def score_columns(n_people: int, n_pictures: int, rng: np.random.Generator) -> dict[str, NDArray[np.int64]]:
    """Simulate the counts of portraits: errors are log-normal, between people and between pictures."""
    n = n_people * n_pictures
    log_error = np.repeat(rng.normal(-3.0, 0.6, n_people), n_pictures) + rng.normal(0, 0.5, n)
    area = np.full(n, SIDE_PX**2 * 2 // 5)
    wrong = (area * np.minimum(np.exp(log_error), 0.9)).astype(np.int64)
    fp = (wrong * rng.random(n)).astype(np.int64)
    fn = wrong - fp
    band = np.full(n, 12_000)
    edge = np.full(n, 1_500)
    hit = edge - np.minimum(edge, wrong // 40)
    found = dict.fromkeys((name for name in _counts() if name.startswith("edge_")), edge)
    found |= {name: hit for name in found if "_hit" in name}
    found |= {name: np.full(n, 3) for name in ("edge_tolerance_px", "edge_rel_px", "band_px")}
    found |= {"tp": area - fn, "fp": fp, "fn": fn, "tn": SIDE_PX**2 - area - fp}
    found |= {"band_tp": band - np.minimum(band, wrong // 4), "band_union": band}
    return found | {"fp_band": fp // 2, "fn_band": fn // 2}


def _counts() -> list[str]:
    return [field.name for field in tables.schema(tables.SCORES) if field.type == pa.int64()]


# -- replicates ------------------------------------------------------------------------------------


def frame_of_people(n_people: int, n_cells: int, rng: np.random.Generator) -> tuple[pd.DataFrame, Floats]:
    """Give scores of three pictures a person, and each picture's cell; every cell has two people or more."""
    n_pictures = 3
    scores = pd.DataFrame(score_columns(n_people, n_pictures, rng))
    scores["person_id"] = np.repeat([f"p{number:06d}" for number in range(n_people)], n_pictures)
    cell = np.concatenate([np.arange(n_cells), np.arange(n_cells), rng.integers(0, n_cells, n_people)])
    return scores, np.repeat(rng.permutation(cell[:n_people]), n_pictures)


def time_ours(scores: pd.DataFrame, cell: Floats, metrics: list[Metric], n_replicates: int) -> float:
    """Give the seconds from rows of scores to the intervals of all cells and metrics."""
    started = time.perf_counter()
    people = by_person(scores, metrics)
    group = cell[:: len(scores) // len(people)].astype(np.int64)
    group_values(metrics, people, group, n_replicates, np.random.default_rng(0))
    return time.perf_counter() - started


def time_fairlearn(scores: pd.DataFrame, cell: Floats, metrics: list[Metric], n_replicates: int) -> float:
    """Give the seconds of fairlearn from the same rows to the same intervals, of pictures."""
    functions, params = {}, {}
    for metric in metrics:
        columns = metric.columns(scores)
        functions[metric.name] = _fairlearn_metric(metric)
        params[metric.name] = {f"c{number}": column for number, column in enumerate(columns.T)}
    nothing = np.zeros(len(scores))
    started = time.perf_counter()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of cells that a replicate lost
        frame = MetricFrame(
            metrics=functions,
            y_true=nothing,
            y_pred=nothing,
            sensitive_features=pd.Series(cell, name="cell"),
            sample_params=params,
            n_boot=n_replicates,
            ci_quantiles=[0.025, 0.975],
            random_state=0,
        )
        assert frame.by_group_ci[0].shape == (len(np.unique(cell)), len(metrics))
    return time.perf_counter() - started


def _fairlearn_metric(metric: Metric) -> Callable[..., float]:
    def value(_true: Floats, _pred: Floats, **columns: Floats) -> float:
        return float(metric.value(np.array([np.sum(column) for column in columns.values()])))

    return value


def compare_replicates(n_people: int, n_cells: int, n_replicates: int, n_theirs: int, seed: int) -> None:
    """Print the seconds of replicates, ours and fairlearn's."""
    metrics: list[Metric] = [plugins.build("metrics", name) for name in METRICS]
    scores, cell = frame_of_people(n_people, n_cells, np.random.default_rng(seed))
    ours_s, theirs_s = [], []
    for _ in range(3):
        ours_s.append(time_ours(scores, cell, metrics, n_replicates))
        theirs_s.append(time_fairlearn(scores, cell, metrics, n_theirs))
    ours, theirs = float(np.median(ours_s)), float(np.median(theirs_s))
    ratio = (theirs / n_theirs) / (ours / n_replicates)
    print(f"\n{n_people} people, {len(scores)} pictures, {n_cells} cells, {len(metrics)} metrics\n")
    print("| | replicates | s | ms a replicate | limit |\n|---|---|---|---|---|")
    print(
        f"| here, people drawn | {n_replicates} | {ours:.2f} | {1e3 * ours / n_replicates:.3f} | "
        f"{LIMIT_REPLICATES_S:g} s: {ours / LIMIT_REPLICATES_S:.2f} of it |"
    )
    print(
        f"| fairlearn, pictures drawn | {n_theirs} | {theirs:.2f} | {1e3 * theirs / n_theirs:.0f} | "
        f"{ratio:.0f} x as long (at least {LIMIT_RATIO:g}) |",
        flush=True,
    )


# -- a million rows --------------------------------------------------------------------------------


def write_workspace(workspace: Workspace, n_people: int, rng: np.random.Generator) -> int:
    """Write a manifest, scores and answers; give the number of pictures."""
    n = n_people * PICTURES_EACH
    ids = pa.array(f"{number * 2654435761 % 2**64:016x}" for number in range(n))
    people = pa.array(f"simulated/{number // PICTURES_EACH}" for number in range(n))
    known = {"sample_id": ids, "person_id": people}
    _write(workspace, tables.SOURCES, 1, source="simulated", root="/", reader="folder", licence="none")
    _write(
        workspace,
        tables.MANIFEST,
        n,
        **known,
        path=ids,
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        source="simulated",
        licence="none: there are no pictures",
        aliases=pa.array([[]] * n, pa.list_(pa.string())),
        status="ok",
    )
    counts = {name: pa.array(values) for name, values in score_columns(n_people, PICTURES_EACH, rng).items()}
    _write(
        workspace,
        tables.SCORES,
        n,
        **known,
        **counts,
        model="student",
        reference_source="human",
        parents="",
        status="ok",
    )
    for question in ATTRIBUTES:
        _append_answers(workspace, question, ids, rng)
    return n


def _append_answers(workspace: Workspace, question: str, ids: pa.Array, rng: np.random.Generator) -> None:
    vocabulary = vocab.load(vocab.question(question).vocabularies[0])
    words = rng.integers(len(vocabulary.groups), size=len(ids) // PICTURES_EACH)
    said = pa.array(np.repeat(np.array(vocabulary.groups)[words], PICTURES_EACH))
    columns = {
        "sample_id": ids,
        "question": question,
        "value": said,
        "annotator_id": "dataset",
        "source": "dataset",
        "vocabulary": vocabulary.key,
        "batch": "simulated",
    }
    append(workspace.annotations_folder, _arrow(tables.ANNOTATIONS, len(ids), columns))


def _write(workspace: Workspace, table: tables.Table[Row], n: int, **columns: object) -> None:
    tables.write_bytes(workspace.table_file(table), tables.to_bytes(_arrow(table, n, columns)))


def _arrow(table: tables.Table[Row], n: int, columns: dict[str, object]) -> pa.Table:
    """Make a table of ``n`` rows: a column is an array, one value for all rows, or absent."""
    found = {}
    for field in tables.schema(table):
        value = columns.get(field.name)
        found[field.name] = value if isinstance(value, pa.Array) else pa.array([value] * n, field.type)
    return tables.sorted_arrow(table, pa.table(found))


def timed(arguments: Sequence[str]) -> tuple[float, float, float]:
    """Run the command line; give its seconds, those of its processor, and its peak memory in GiB.

    Raises:
        SystemExit: the command failed.
    """
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "datatools", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def audit_rows(n_people: int, n_replicates: int, seed: int) -> None:
    """Print the seconds and the memory of an audit of many rows by the command line."""
    with tempfile.TemporaryDirectory() as folder:
        workspace = Workspace(Path(folder))
        workspace.create()
        n = write_workspace(workspace, n_people, np.random.default_rng(seed))
        command = ["audit", "--workspace", folder, "--quiet", "--replicates", str(n_replicates), *ALONE]
        elapsed_s, cpu_s, peak_gib = timed([*command, "--attributes", *ATTRIBUTES])
    print(f"\n{n} rows of scores, {n_people} people, 2 + 10 + 20 groups, {n_replicates} replicates\n")
    print("| | | share of the limit |\n|---|---|---|")
    print(f"| seconds (of a core: {cpu_s:.0f}) | {elapsed_s:.1f} | {elapsed_s / LIMIT_S:.2f} |")
    print(f"| peak memory, GiB | {peak_gib:.2f} | {peak_gib / LIMIT_GIB:.2f} |", flush=True)


def main() -> None:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--people", type=int, default=1_000)
    parser.add_argument("--cells", type=int, default=126)
    parser.add_argument("--replicates", type=int, default=10_000)
    parser.add_argument("--fairlearn-replicates", type=int, default=10)
    parser.add_argument("--audited-people", type=int, default=200_000, help="0 leaves the large audit out")
    parser.add_argument("--audit-replicates", type=int, default=1_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    compare_replicates(
        options.people, options.cells, options.replicates, options.fairlearn_replicates, options.seed
    )
    if options.audited_people:
        audit_rows(options.audited_people, options.audit_replicates, options.seed)


if __name__ == "__main__":
    main()
