"""Are the scores those of the masks that lie on disk?

Masks made here and teachers' mattes are counted against the reference masks again. A trained student keeps
no masks: what its scores were made of (the network, the reference mask, the face) is fingerprinted again, and
with ``deep`` it is run again.
"""

import dataclasses
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from datatools import tables
from datatools.crews.hire import hire
from datatools.errors import DatatoolsError
from datatools.fairness.chain.mask_pairs import GENERATED
from datatools.fairness.maps.keeping import key_of
from datatools.fairness.scoring import Model, Pair, parents_of, score
from datatools.images import read_matte
from datatools.progress import Progress
from datatools.records import ErrorGrid, Score
from datatools.report.provenance import RunRecord
from datatools.report.verified.differences import Difference
from datatools.report.verified.known import Known
from datatools.workspace import Workspace

_NOT_COUNTS = frozenset({"parents", "seconds"})
_AREAS = ("tp", "fp", "fn", "tn")
_OPEN_LEVEL = 128
_COUNTS = tuple(name.name for name in dataclasses.fields(Score) if name.name not in _NOT_COUNTS)


@dataclass(slots=True)
class Recounted:
    """What came of it."""

    differences: list[Difference] = field(default_factory=list)
    n_counted: int = 0  # scores counted again from masks
    n_traced: int = 0  # scores whose network, masks and faces were fingerprinted again
    not_made_again: list[str] = field(default_factory=list)


def recount(
    workspace: Workspace,
    rows: Sequence[Score],
    records: Sequence[RunRecord],
    *,
    deep: bool,
    progress: Progress,
) -> Recounted:
    """Make scores again as far as that goes, and compare them exactly.

    Args:
        workspace: the workspace; nothing is written there.
        rows: the scores under audit.
        records: run records, oldest first: what each model was called on the command line.
        deep: run every model again.
        progress: shows the pictures.
    """
    found = Recounted()
    known = Known(workspace, records)
    by_model: dict[str, list[Score]] = defaultdict(list)
    for row in rows:
        by_model[row.model].append(row)
    for name, own in sorted(by_model.items()):
        _recount_model(known, name, own, found, deep=deep, progress=progress)
    return found


def _recount_model(
    known: Known, name: str, rows: Sequence[Score], found: Recounted, *, deep: bool, progress: Progress
) -> None:
    predictions = {row.sample_id: known.prediction(name, row.sample_id) for row in rows}
    try:
        model: Model | None = known.model(name)
    except DatatoolsError as error:
        model = None
        found.not_made_again.append(
            f"Scores of {name}: what it was made with is not here ({error}); whether its reference masks are "
            "those it was scored on is not known."
        )
    runs_again = deep and model is not None and model.predict is not None
    pairs: dict[str, tuple[Score, Pair]] = {}
    lost = []
    for row in rows:
        kept = None if runs_again else predictions[row.sample_id]
        pair = known.pair(row, kept)
        if pair is None:
            lost.append(_difference(row, f"there is no {row.reference_source} mask of this picture any more"))
        else:
            pairs[key_of(row)] = (row, pair)
    found.differences += lost
    traced = _traced(model, [*pairs.values()], found) if model is not None else {}
    countable = {
        key: (row, pair)
        for key, (row, pair) in pairs.items()
        if runs_again or pair.prediction is not None or (name == GENERATED and pair.problem is not None)
    }
    counted, grids = _counted(name, model if runs_again else None, countable, found, progress)
    found.n_counted += len(counted)
    rounded = {
        key
        for key, again in counted.items()
        if not runs_again and name != GENERATED and _is_rounding(*pairs[key], again)
    }
    if rounded:
        found.not_made_again.append(
            f"Scores of {name}: {len(rounded)} differ from those of its mattes by no more pixels than the "
            "mattes' 256 levels cannot tell; --deep runs it again."
        )
    same = {key: again for key, again in counted.items() if key not in rounded}
    found.differences += _unlike_grids(known, {key: grids[key] for key in same if key in grids}, pairs)
    found.differences += _unlike(pairs, same, traced, is_run_again=runs_again)
    if len(countable) < len(pairs):
        found.not_made_again.append(
            f"Scores of {name}: it keeps no masks, so {len(pairs) - len(countable)} of its {len(rows)} "
            "scores were traced to their network and reference masks, not counted; --deep runs it again."
        )


def _traced(model: Model, pairs: Sequence[tuple[Score, Pair]], found: Recounted) -> dict[str, bool]:
    """Say of each score whether it was made of what is there now."""
    # A model that ran had no mask to read: only the workspace's own are scored as files.
    own = [
        (row, pair if model.predict is None else dataclasses.replace(pair, prediction=None))
        for row, pair in pairs
    ]
    found.n_traced += len(own)
    return {key_of(row): row.parents == parents_of(model, pair) for row, pair in own}


def _counted(
    name: str,
    model: Model | None,
    pairs: Mapping[str, tuple[Score, Pair]],
    found: Recounted,
    progress: Progress,
) -> tuple[dict[str, Score], dict[str, ErrorGrid]]:
    """Count masks again, or run the model again; give scores, and error grids of those with a face."""
    if not pairs:
        return {}, {}
    # What lies on disk is counted as it is; whose network it was is no matter.
    plain = model or Model(name, GENERATED, needs_faces=False, predict=None)
    try:
        with tempfile.TemporaryDirectory() as folder:
            scratch = Workspace(folder)
            done = score(scratch, plain, [pair for _, pair in pairs.values()], progress, crew=hire()).derived
            rows = {key_of(row): row for row in done.rows}
            grids = {key_of(row): row for row in scratch.rows_or_empty(tables.ERROR_GRIDS)}
    except DatatoolsError as error:
        found.differences.append(
            Difference(step="scores", where="tables/scores.parquet", told=f"scores of {name}: {error}")
        )
        return {}, {}
    return rows, grids


def _is_rounding(row: Score, pair: Pair, again: Score) -> bool:
    """Say whether a score differs from its matte's only where the matte's 256 levels cannot tell.

    A network's value next to one half is 127.5 of 255: it may be kept as 128 although it was not above.
    """
    unlike = [name for name in _COUNTS if getattr(row, name) != getattr(again, name)]
    if not unlike or pair.prediction is None or None in (row.tp, again.tp, again.fn):
        return False
    levels = np.round(read_matte(pair.prediction).array * 255)
    n_ref_px = sum(getattr(again, name) for name in _AREAS)
    n_open = int((levels == _OPEN_LEVEL).sum()) * max(1.0, n_ref_px / levels.size)
    moved = max(abs(getattr(row, name) - getattr(again, name)) for name in _AREAS)
    return 0 < moved <= n_open and all(isinstance(getattr(row, name), int) for name in unlike)


def _unlike(
    pairs: Mapping[str, tuple[Score, Pair]],
    counted: Mapping[str, Score],
    traced: Mapping[str, bool],
    *,
    is_run_again: bool,
) -> Iterator[Difference]:
    """Tell what differs; where all of a model's scores were made of something else, it is the model."""
    moved = [key for key, is_same in traced.items() if not is_same]
    is_all = len(moved) == len(traced) > 1
    for key, (row, pair) in pairs.items():
        again = counted.get(key)
        unlike = [] if again is None else [n for n in _COUNTS if getattr(row, n) != getattr(again, n)]
        numbers = "; ".join(
            f"{n} {getattr(row, n)} kept, {getattr(again, n)} counted again" for n in unlike[:3]
        )
        more = f" and {len(unlike) - 3} more" if len(unlike) > 3 else ""
        if key in moved and not is_all:
            files = [pair.reference.path, *([] if pair.prediction is None else [pair.prediction])]
            told = (
                f"what it was counted from has changed: {' or '.join(map(str, files))}, its face or its split"
            )
            yield _difference(row, f"{told}; {numbers}{more}" if unlike else told)
        elif unlike:
            why = "the model gives other masks" if is_run_again else "the row or the mask has changed"
            yield _difference(row, f"{why}: {numbers}{more}")
    if is_all:
        row = pairs[moved[0]][0]
        told = (
            f"none of its {len(moved)} scores was made of what is there now: another network, other masks, "
            "faces or splits, or another way to count"
        )
        yield Difference(
            step="scores",
            where="tables/scores.parquet",
            told=f"scores of {row.model}: {told}; run `datatools evaluate` again",
            remedy="evaluate",
        )


def _unlike_grids(
    known: Known, again: Mapping[str, ErrorGrid], pairs: Mapping[str, tuple[Score, Pair]]
) -> Iterator[Difference]:
    """Give the error grids that are not those of the masks on disk; a score may have none."""
    for key, grid in again.items():
        kept = known.grids.get(key)
        if kept is not None and _cells(kept) != _cells(grid):
            told = "its grid of errors around the face is another one when counted again"
            yield _difference(pairs[key][0], told)


def _cells(grid: ErrorGrid) -> tuple[bytes, ...]:
    return grid.over, grid.under, grid.inside


def _difference(row: Score, told: str) -> Difference:
    return Difference(
        step="scores",
        where=f"tables/scores.parquet: {key_of(row)}",
        told=f"score of {row.model} on {row.sample_id} against {row.reference_source} masks: {told}; "
        "run `datatools evaluate` again",
        remedy="evaluate",
    )
