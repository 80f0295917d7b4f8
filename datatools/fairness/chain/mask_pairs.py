"""How do two masks of one picture differ, for every picture of a workspace?

The masks that came with the data are held against the refined ones, and the teachers' mattes, cut at
one half, against human or rendered masks. The table ``mask_pairs`` keeps what was found, so that
nothing is compared twice and a run that was killed goes on where it was.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from datatools import counting, selection, tables
from datatools.crews.hire import hire
from datatools.derive import Derived, Item, Work, derive
from datatools.fairness.chain.edge_shift import edge_shift_px
from datatools.fairness.scoring import check_aspect
from datatools.fairness.who.pictured import Pictured
from datatools.images import read_mask, read_reference_mask
from datatools.masks import Mask
from datatools.metrics._counts import resized
from datatools.outside.structured import read_json
from datatools.progress import Progress
from datatools.records import MaskPairRow, Sample
from datatools.workspace import Workspace

GENERATED = "generated"  # the refined masks, as the stage evaluate calls them
FUSED = "fused"
_TEACHER = "teacher:"
_AT_ONCE = 16_384  # samples whose rows are in memory together
_VERSION = 1  # part of what makes a row stale: raise it when a number changes its meaning


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One mask of a picture."""

    name: str  # who made it; see ``records.MaskPairRow``
    path: Path
    content: str  # hash of the file
    is_given: bool  # it came with the data, in whatever encoding; else it is a mask or matte of ours


@dataclass(frozen=True, slots=True, kw_only=True)
class MaskPair:
    """A mask that is held against another one of the same picture, at that one's size."""

    sample_id: str
    mask: Side
    against: Side


def of_teacher(name: str) -> str:
    """Give the name of a teacher's mattes, cut at one half, in the table."""
    return _TEACHER + name


def given_pairs(workspace: Workspace, sample_ids: Collection[str]) -> Iterator[MaskPair]:
    """Hold each mask that came with the data against the refined mask of its picture."""
    for given in _given(workspace, sample_ids):
        refined = {
            row.sample_id: Side(
                name=GENERATED, path=workspace.file(row.path), content=row.sha256 or "", is_given=False
            )
            for row in workspace.rows_about(tables.MASKS, given)
            if row.path is not None
        }
        for sample_id, side in given.items():
            if sample_id in refined:
                yield MaskPair(sample_id=sample_id, mask=side, against=refined[sample_id])


def proposal_pairs(
    workspace: Workspace, sample_ids: Collection[str], teachers: Collection[str]
) -> Iterator[MaskPair]:
    """Hold teachers' mattes, and what they were fused to, against human or rendered masks."""
    has_fused = _has_fused(workspace)
    for given in _given(workspace, sample_ids):
        proposals: dict[str, list[Side]] = {}
        for row in workspace.rows_about(tables.MATTES, given) if teachers else ():
            if row.path is not None and row.teacher in teachers:
                path, name = workspace.file(row.path), of_teacher(row.teacher)
                side = Side(name=name, path=path, content=row.sha256 or "", is_given=False)
                proposals.setdefault(row.sample_id, []).append(side)
        for sample_id, against in given.items():
            if not selection.measures_accuracy(against.name):
                continue
            sides = proposals.get(sample_id, [])
            path = workspace.fused_file(sample_id)
            if has_fused and path.is_file():
                content = tables.sha256_file(path)
                sides = [*sides, Side(name=FUSED, path=path, content=content, is_given=False)]
            for side in sides:
                yield MaskPair(sample_id=sample_id, mask=side, against=against)


def _given(workspace: Workspace, sample_ids: Collection[str]) -> Iterator[dict[str, Side]]:
    """Give the masks that came with these samples, some at a time; what has none is not read."""
    shown = sample_ids if isinstance(sample_ids, Pictured) else Pictured.of(dict.fromkeys(sample_ids, ""))
    names = ("sample_id", "status", "reference_mask")
    for rows in workspace.pieces(tables.MANIFEST, names, encoded=("status",)):
        has_mask = counting.equals(rows["status"], "ok") & counting.bools(pc.is_valid(rows["reference_mask"]))
        ids = rows["sample_id"].filter(counting.mask(has_mask & (shown.places(rows["sample_id"]) >= 0)))
        for start in range(0, len(ids), _AT_ONCE):
            found = workspace.rows_about(tables.MANIFEST, ids[start : start + _AT_ONCE].to_pylist())
            sides = ((sample.sample_id, _given_side(workspace, sample)) for sample in found)
            yield {sample_id: side for sample_id, side in sides if side is not None}


def _given_side(workspace: Workspace, sample: Sample) -> Side | None:
    target = selection.reference_target(workspace, sample)
    if target is None:
        return None
    content = tables.sha256_file(target.path) if target.path.is_file() else ""
    return Side(name=target.mask_source, path=target.path, content=content, is_given=True)


def _has_fused(workspace: Workspace) -> bool:
    """Say whether the fused mattes on disk are those behind today's masks: the last refine wrote them."""
    runs = [path for path in workspace.run_files() if path.stem.partition("-")[2] == "refine"]
    record = read_json(runs[-1], "a run record") if runs else None
    settings = record.get("settings") if isinstance(record, dict) else None
    return isinstance(settings, dict) and bool(settings.get("maps"))


def compare_masks(
    workspace: Workspace, pairs: Iterable[MaskPair], progress: Progress
) -> Derived[MaskPairRow]:
    """Bring the table of mask pairs up to date; the own rows are those of these pairs.

    Raises:
        TooManyFailuresError: more than half of the pairs, and more than 20, cannot be compared.
    """
    items = (
        Item(_key(pair.sample_id, pair.mask.name, pair.against.name), _parents(pair), pair) for pair in pairs
    )
    return derive(
        workspace,
        tables.MASK_PAIRS,
        items,
        _work,
        key=lambda row: _key(row.sample_id, row.mask, row.against),
        label="compare masks",
        progress=progress,
        crew=hire(),
    )


def _work() -> Work[MaskPair, MaskPairRow, MaskPairRow, MaskPairRow]:
    return Work(
        prepare=_compared,  # all in the reading threads: there is no network to feed
        forward=lambda row: row,
        finish=lambda _, row: [row],
        failed=lambda item, error: _row(item.subject, error=error),
    )


def pairs_frame(rows: Iterable[MaskPairRow], person_of: Mapping[str, str]) -> pd.DataFrame:
    """Give what was compared as ``label_bias`` takes it; failed rows are left out."""
    shown = Pictured.of(person_of)
    words: dict[str, list[str]] = {name: [] for name in ("sample_id", "mask", "against")}
    counts = {name: array("q") for name in ("tp", "fp", "fn", "tn")}  # numbers, not an object for each
    shifts = array("d")
    for row in rows:
        if row.status == "ok":
            for name, held in words.items():
                held.append(getattr(row, name))
            for name, numbers in counts.items():
                numbers.append(getattr(row, name))
            shifts.append(np.nan if row.edge_shift_px is None else row.edge_shift_px)
    person = shown.people_of(pa.array(words["sample_id"], pa.string()))
    people = np.array([*shown.people, ""], object)[person]
    columns = {name: np.frombuffer(numbers, np.int64) for name, numbers in counts.items()}
    frame = pd.DataFrame({"person_id": people, **words, **columns, "edge_shift_px": np.frombuffer(shifts)})
    return frame if (person >= 0).all() else frame[person >= 0].reset_index(drop=True)


def _key(sample_id: str, mask: str, against: str) -> str:
    return f"{sample_id}/{mask}/{against}"


def _parents(pair: MaskPair) -> str:
    return tables.fingerprint(_VERSION, pair.mask.content, pair.against.content)


def _compared(pair: MaskPair) -> MaskPairRow:
    mask, against = _read(pair.mask), _read(pair.against)
    shape = against.array.shape
    check_aspect(mask.array.shape, shape)
    mask = resized(mask, (shape[0], shape[1]))
    n_both = int((mask.array & against.array).sum())
    n_mask, n_against = int(mask.array.sum()), int(against.array.sum())
    counts = {
        "tp": n_both,
        "fp": n_mask - n_both,
        "fn": n_against - n_both,
        "tn": mask.array.size - n_mask - n_against + n_both,
    }
    return _row(pair, counts=counts, shift=edge_shift_px(mask, against))


def _read(side: Side) -> Mask:
    # A matte on disk is above 127 where it is above one half.
    return read_reference_mask(side.path).mask if side.is_given else read_mask(side.path)


def _row(
    pair: MaskPair,
    *,
    counts: dict[str, int] | None = None,
    shift: float | None = None,
    error: str | None = None,
) -> MaskPairRow:
    counted = counts or {}
    return MaskPairRow(
        sample_id=pair.sample_id,
        mask=pair.mask.name,
        against=pair.against.name,
        tp=counted.get("tp"),
        fp=counted.get("fp"),
        fn=counted.get("fn"),
        tn=counted.get("tn"),
        edge_shift_px=shift,
        parents=_parents(pair),
        status="ok" if error is None else "failed",
        error=error,
    )
