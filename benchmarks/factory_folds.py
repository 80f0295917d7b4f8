"""How good is what the factory accepts, on every portrait in turn and with nothing fitted on it?

The people of a workspace with human masks are parted into folds by a hash of their ids. For each fold the
fusion is fitted anew on the other folds, all pictures are refined and checked by it, the quality model is
fitted on the other folds' masks, and the fold's own masks are accepted by what that model expects: the best
85% of the fold. Printed are the folds and all portraits together, which tell a share of a few bad masks in a
thousand better than one part of the portraits can. Start with a workspace that ``segment`` and ``landmarks``
have handled; its splits, fusion, masks and checks are made anew. Each fold's masks go to a table in the
folder OUT, and what is there is not made again: so folds can be made side by side, in copies of a workspace.

Example::

    python benchmarks/factory_folds.py --workspace ws --teachers selfie rvm rvm_fine --out folds
"""

import argparse
import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools import tables
from datatools.progress import Progress
from datatools.quality.evaluation import FLOOR, share
from datatools.quality.gathering import gather, observed
from datatools.quality.model import QualityModel
from datatools.records import SplitRow
from datatools.stages import check, fusion_fit, refine
from datatools.workspace import Workspace

_ACCEPTED = 0.85
_TRAIN = 0.8  # of the other folds' people, for the fusion; the rest only shows how well it does

Values = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Fold:
    """The masks of one fold's people."""

    sample_ids: list[str]
    expected: Values  # (n,) expected IoU
    true: Values  # (n,) IoU with the human's mask

    @property
    def best(self) -> Values:
        """Give the true IoU of those that are accepted."""
        order = np.argsort(-self.expected, kind="stable")
        return self.true[order[: round(_ACCEPTED * len(order))]]


def lot(*words: object) -> float:
    """Draw a number in [0, 1) that is always the same for the same words."""
    digest = hashlib.sha256("/".join(map(str, words)).encode()).digest()
    return int.from_bytes(digest[:8], "big") / 2**64


def fold_of(person_id: str, n_folds: int) -> int:
    """Give the fold of a person."""
    return int(lot("fold", person_id) * n_folds)


def measured(workspace: Workspace, teachers: tuple[str, ...], fold: int, n_folds: int) -> Fold:
    """Fit everything on the other folds, and give what this one's masks are worth."""
    progress = Progress("quiet")
    samples = workspace.samples()
    rows = []
    for sample in samples:
        is_train = lot("train", fold, sample.person_id) < _TRAIN
        split = "test" if fold_of(sample.person_id, n_folds) == fold else "train" if is_train else "val"
        rows.append(SplitRow(sample_id=sample.sample_id, person_id=sample.person_id, split=split))
    workspace.write(tables.SPLITS, rows)
    fusion_fit.run(workspace, fusion_fit.Settings(teachers=teachers, epochs=40, seed=1), progress)
    refine.run(workspace, refine.Settings(fusion="learned"), progress)
    check.run(workspace, check.Settings(checks=("expected_iou",)), progress)
    gathered = gather(workspace, observed(workspace), samples, progress)
    assert gathered.examples is not None
    assert gathered.n_unreadable == 0
    is_own = np.array([fold_of(sample.person_id, n_folds) == fold for sample in gathered.samples])
    model = QualityModel(gathered.examples.rows(np.flatnonzero(~is_own)))
    expected = model.expected(gathered.examples.features[is_own])
    own = [sample.sample_id for sample, chosen in zip(gathered.samples, is_own, strict=True) if chosen]
    return Fold(own, expected, gathered.examples.iou[is_own])


def write(file: Path, fold: Fold) -> None:
    """Keep a fold as a table."""
    with file.open("w", newline="") as stream:
        table = csv.writer(stream)
        table.writerow(("sample_id", "expected_iou", "true_iou"))
        table.writerows(zip(fold.sample_ids, fold.expected.tolist(), fold.true.tolist(), strict=True))


def read(file: Path) -> Fold:
    """Read what ``write`` wrote."""
    with file.open(newline="") as stream:
        rows = list(csv.DictReader(stream))
    expected, true = (np.array([float(row[name]) for row in rows]) for name in ("expected_iou", "true_iou"))
    return Fold([row["sample_id"] for row in rows], expected, true)


def show(name: str, folds: list[Fold]) -> None:
    """Print what was accepted."""
    accepted = np.concatenate([fold.best for fold in folds])
    true = np.concatenate([fold.true for fold in folds])
    expected = np.concatenate([fold.expected for fold in folds])
    n_bad = int((accepted < FLOOR).sum())
    bad = share(n_bad, len(accepted))
    tenths = np.array_split(np.argsort(expected, kind="stable"), 10)
    error = np.mean([abs(expected[part].mean() - true[part].mean()) for part in tenths])
    print(
        f"{name}: {len(true)} masks, mean IoU {true.mean():.4f}, below {FLOOR} {np.mean(true < FLOOR):.4f}; "
        f"{len(accepted)} accepted, mean IoU {accepted.mean():.4f}, {n_bad} below {FLOOR}: "
        f"{100 * bad.value:.2f}% [{100 * bad.low:.2f}, {100 * bad.high:.2f}]; "
        f"rank correlation {stats.spearmanr(expected, true).statistic:.3f}, calibration error {error:.4f}",
        flush=True,
    )


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--workspace", type=Path, required=True)
    parser.add_argument("--teachers", nargs="+", required=True)
    parser.add_argument("--out", type=Path, required=True, help="folder for the tables of the folds")
    parser.add_argument("--n-folds", type=int, default=3)
    parser.add_argument("--only", type=int, nargs="+", metavar="FOLD", help="make these alone: 0 1 ...")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    workspace, teachers = Workspace(options.workspace), tuple(options.teachers)
    folds = []
    for number in range(options.n_folds) if options.only is None else options.only:
        file = options.out / f"{number}-of-{options.n_folds}.csv"
        if not file.is_file():
            write(file, measured(workspace, teachers, number, options.n_folds))
        folds.append(read(file))
        show(f"fold {number}", folds[-1:])
    show("together", folds)


if __name__ == "__main__":
    main()
