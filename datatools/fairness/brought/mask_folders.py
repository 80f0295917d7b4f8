"""Which masks of two folders belong together, and how do they differ?"""

import dataclasses
import os
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.fairness.brought.bring_rows import few
from datatools.fairness.brought.foreign_sheet import Sheet, folded
from datatools.fairness.scoring import check_aspect
from datatools.images import SUFFIXES, read_reference_mask
from datatools.masks import Mask
from datatools.metrics._counts import AREAS, Counts, areas, count, resized
from datatools.progress import Progress
from datatools.readers._files import walk

_ID = "image_id"
_COUNT_NAMES = tuple(field.name for field in dataclasses.fields(Counts))


@dataclass(frozen=True, slots=True, eq=False)
class FolderScores:
    """The counts of every pair as a table, and what to tell the reader."""

    sheet: Sheet
    notes: list[str]


@dataclass(frozen=True, slots=True)
class _Pair:
    name: str  # the reference's path below its folder, without the suffix
    pred: Path
    ref: Path


def score_folders(
    pred: Path, ref: Path, model: str, progress: Progress, *, areas_only: bool = False
) -> FolderScores:
    """Score every mask of one folder against the mask of the same name in another.

    Names are paths below the folders without what ends them, so that a.jpg meets a.png; where those do
    not meet, the file's name alone counts if it is the only one. Masks may hold 0 and 255, 0 and 1, classes,
    a palette, or alpha; a prediction is scaled to its reference's size.

    Args:
        pred: the predictions.
        ref: the references.
        model: what made the predictions.
        progress: shows one step for each pair.
        areas_only: count what metrics of areas need, and nothing of the edges.

    Raises:
        UsageError: no such folder.
        DataError: no two masks belong together, two have one name, or none can be read.
    """
    pairs, notes = _paired(pred, ref)
    with progress.bar("score", len(pairs)) as advance, ThreadPoolExecutor(os.cpu_count()) as pool:
        rows = []
        for row in pool.map(_score_areas if areas_only else _score, pairs):
            advance()
            rows.append(row)
    failed = [f"{row[_ID]}: {row['error']}" for row in rows if row["error"] is not None]
    if len(failed) == len(rows):
        raise DataError(f"expected masks that can be scored, got none of {len(rows)}: {failed[0]}")
    if failed:
        notes.append(f"Could not be scored: {few(failed)}.")
    frame = pd.DataFrame(rows).drop(columns="error").assign(model=model)
    return FolderScores(Sheet(f"the masks of {pred.name}", frame, 1), notes)


def _masks(folder: Path) -> dict[str, Path]:
    """Give the pictures below a folder by what their names share that are taken for one."""
    if not folder.is_dir():
        raise UsageError(f"expected a folder of masks, there is none at {folder}")
    found: dict[str, Path] = {}
    for path in sorted(folder / one.path for one in walk(folder) if one.problem is None):
        if path.suffix.lower() not in SUFFIXES or not path.is_file():
            continue
        key = folded(_name(folder, path))
        if key in found:
            raise DataError(
                f"expected one mask for each name in {folder.name}, got {_name(folder, found[key])} twice: "
                f"{found[key].name} and {path.name}"
            )
        found[key] = path
    return found


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).with_suffix("").as_posix()


def _paired(pred: Path, ref: Path) -> tuple[list[_Pair], list[str]]:
    preds, refs = _masks(pred), _masks(ref)
    keys = {key: key for key in refs if key in preds}
    # Other folders in between: the file's name decides, where it is the only one of its name.
    left_preds = _by_stem({key: path for key, path in preds.items() if key not in keys})
    left_refs = _by_stem({key: path for key, path in refs.items() if key not in keys})
    keys |= {left_refs[stem]: left_preds[stem] for stem in left_refs.keys() & left_preds.keys()}
    if not keys:
        raise DataError(
            f"expected masks of the same names in {pred.name} and {ref.name}, got "
            f"{few(sorted(preds)[:3]) or 'none'} and {few(sorted(refs)[:3]) or 'none'}"
        )
    notes = []
    for folder, names in (
        (pred, preds.keys() - set(keys.values())),
        (ref, refs.keys() - keys.keys()),
    ):
        if names:
            masks = "1 mask" if len(names) == 1 else f"{len(names):,} masks"
            notes.append(f"In {folder.name} alone, and so not scored: {masks} ({few(sorted(names))}).")
    pairs = [_Pair(_name(ref, refs[key]), preds[other], refs[key]) for key, other in sorted(keys.items())]
    return pairs, notes


def _by_stem(paths: Mapping[str, Path]) -> dict[str, str]:
    """Give the keys of files by their own name, where no two share it."""
    keys: dict[str, list[str]] = defaultdict(list)
    for key, path in paths.items():
        keys[folded(path.stem)].append(key)
    return {stem: alike[0] for stem, alike in keys.items() if len(alike) == 1}


def _score(pair: _Pair) -> dict[str, object]:
    return _row(pair, _COUNT_NAMES, lambda pred, ref: dataclasses.asdict(count(pred, ref)))


def _score_areas(pair: _Pair) -> dict[str, object]:
    return _row(pair, AREAS, areas)


def _row(
    pair: _Pair, names: Sequence[str], counted: Callable[[Mask, Mask], Mapping[str, int | None]]
) -> dict[str, object]:
    try:
        pred, ref = read_reference_mask(pair.pred).mask, read_reference_mask(pair.ref).mask
        check_aspect(pred.array.shape, ref.array.shape)
        counts = counted(resized(pred, ref.array.shape), ref)
        error = None
    except DatatoolsError as problem:
        counts, error = dict.fromkeys(names), str(problem)
    numbers = {name: float("nan") if value is None else float(value) for name, value in counts.items()}
    return {_ID: pair.name, "error": error, **numbers}
