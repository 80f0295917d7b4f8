"""How good are the masks that the factory makes, against human masks?

Prints, for the pictures of one source of a workspace that ``segment``, ``refine`` and ``check`` have
handled: mean and median foreground IoU, the share below 0.85 and boundary F1 at 3 px of each teacher, of
the fused matte and of the final mask; each difference to the final mask, paired, with an interval; how
many pictures refinement harmed; and the accepted masks. Intervals are of means over people, 10,000
bootstrap replicates.

Example::

    python benchmarks/factory.py --workspace ws --only eg_val
"""

import argparse
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools import selection, tables
from datatools.fairness.statistics.paired import mean_difference
from datatools.images import read_mask, read_matte, read_reference_mask
from datatools.masks import Mask
from datatools.metrics._counts import count
from datatools.records import MatteRow, Sample
from datatools.workspace import Workspace

_BAD = 0.85
_HARM = 0.01
_N_REPLICATES = 10_000

Scores = NDArray[np.float64]


def scores_of(mask: Mask, truth: Mask) -> tuple[float, float]:
    """Give the foreground IoU and the boundary F1 at 3 px of one mask."""
    found = count(mask, truth)
    union = found.tp + found.fp + found.fn
    precision = found.edge_pred_hit / found.edge_pred if found.edge_pred else 0.0
    recall = found.edge_ref_hit / found.edge_ref if found.edge_ref else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    return found.tp / union if union else 1.0, f1


def picture_scores(
    workspace: Workspace, sample: Sample, mattes: Mapping[str, MatteRow]
) -> dict[str, tuple[float, float]]:
    """Score everything that was made of one picture; a failed mask scores 0."""
    target = selection.reference_target(workspace, sample)
    assert target is not None
    truth = read_reference_mask(target.path).mask
    found = {
        teacher: scores_of(read_matte(workspace.file(row.path)).threshold(), truth)
        for teacher, row in mattes.items()
        if row.path is not None
    }
    fused = workspace.fused_file(sample.sample_id)
    if fused.is_file():
        found["fused"] = scores_of(read_matte(fused).threshold(), truth)
    mask = workspace.mask_file(sample.sample_id)
    found["refined"] = scores_of(read_mask(mask), truth) if mask.is_file() else (0.0, 0.0)
    return found


def show(name: str, values: Scores, people: NDArray[np.str_]) -> str:
    """Say a mean with its 95% interval."""
    found = mean_difference(values, people.tolist(), _N_REPLICATES, np.random.default_rng(0))
    return f"{name} {found.value:.4f} [{found.low or 0:.4f}, {found.high or 0:.4f}]"


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--only", required=True, help="the source to measure on")
    options = parser.parse_args()
    workspace = Workspace(options.workspace)
    mattes: dict[str, dict[str, MatteRow]] = {}
    for row in workspace.rows(tables.MATTES):
        mattes.setdefault(row.sample_id, {})[row.teacher] = row
    samples = []
    for sample in workspace.samples(source=options.only):
        target = selection.reference_target(workspace, sample)
        if target is not None and selection.measures_accuracy(target.mask_source):
            samples.append(sample)
    with ThreadPoolExecutor() as pool:
        rows = list(pool.map(lambda s: picture_scores(workspace, s, mattes[s.sample_id]), samples))
    people = np.array([sample.person_id for sample in samples])
    final = np.array([row["refined"] for row in rows])
    print(f"{len(rows)} pictures of {len(set(people))} people\n")
    for name in dict.fromkeys(key for row in rows for key in row):
        values = np.array([row.get(name, (0.0, 0.0)) for row in rows])
        gain = final - values
        bad = f"median {np.median(values[:, 0]):.4f}, below {_BAD} {np.mean(values[:, 0] < _BAD):.3f}"
        edge = show("boundary F1", values[:, 1], people)
        print(f"{name}: {show('IoU', values[:, 0], people)}, {bad}, {edge}")
        if name != "refined":
            print(f"    refined less {name}: {show('IoU', gain[:, 0], people)}, "
                  f"{show('boundary F1', gain[:, 1], people)}, "
                  f"{np.mean(gain[:, 0] < -_HARM):.3f} of the pictures lost more than a point")  # fmt: skip
    accepted_report(workspace, samples, final[:, 0], people)


def accepted_report(
    workspace: Workspace, samples: list[Sample], iou: Scores, people: NDArray[np.str_]
) -> None:
    """Print what the checks accept, and how well the expected IoU orders the masks."""
    if not workspace.has(tables.FINDINGS):
        return
    accepted = selection.accepted(workspace)
    kept = np.array([sample.sample_id in accepted for sample in samples])
    print(f"\naccepted {kept.mean():.3f}: {show('IoU', iou[kept], people[kept])}, "
          f"below {_BAD} {np.mean(iou[kept] < _BAD):.4f}")  # fmt: skip
    scores = {
        row.sample_id: row.score for row in workspace.rows(tables.FINDINGS) if row.check == "expected_iou"
    }
    expected = np.array([scores.get(sample.sample_id) or np.nan for sample in samples])
    known = np.isfinite(expected)
    if not known.any():
        return
    rank = stats.spearmanr(expected[known], iou[known]).statistic
    order = np.argsort(-expected)
    best = order[: round(0.85 * len(order))]
    print(f"expected IoU: rank correlation {rank:.3f}, mean expected {expected[known].mean():.4f} against "
          f"{iou[known].mean():.4f}; the best 85%: {show('IoU', iou[best], people[best])}, "
          f"below {_BAD} {np.mean(iou[best] < _BAD):.4f}")  # fmt: skip
    tenths = np.array_split(np.argsort(expected), 10)
    error = np.mean([abs(expected[part].mean() - iou[part].mean()) for part in tenths])
    print(f"calibration error over tenths {error:.4f}")


if __name__ == "__main__":
    main()
