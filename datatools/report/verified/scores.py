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
from pathlib import Path

from datatools import selection, tables
from datatools.errors import DatatoolsError
from datatools.fairness.chain.mask_pairs import GENERATED
from datatools.fairness.scoring import Model, Pair, load_model, parents_of, score
from datatools.progress import Progress
from datatools.records import Sample, Score
from datatools.report.provenance import RunRecord
from datatools.report.verified.differences import Difference
from datatools.selection import Target
from datatools.workspace import Workspace

_NOT_COUNTS = frozenset({"parents", "seconds"})
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
    known = _Known(workspace, records)
    by_model: dict[str, list[Score]] = defaultdict(list)
    for row in rows:
        by_model[row.model].append(row)
    for name, own in sorted(by_model.items()):
        _recount_model(known, name, own, found, deep=deep, progress=progress)
    return found


class _Known:
    """What is known of the pictures now."""

    def __init__(self, workspace: Workspace, records: Sequence[RunRecord]) -> None:
        self.workspace = workspace
        self.samples: dict[str, Sample] = tables.index(workspace.samples(), "sample_id")
        self.splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
        self.faces = selection.faces(workspace)
        self.masks = tables.index(workspace.rows_or_empty(tables.MASKS), "sample_id")
        self.mattes = {
            (row.teacher, row.sample_id): workspace.file(row.path)
            for row in workspace.rows_or_empty(tables.MATTES)
            if row.path is not None
        }
        has_findings = workspace.has(tables.FINDINGS) and workspace.has(tables.MASKS)
        self.generated: Mapping[str, Target] = (
            selection.training_targets(workspace, "generated") if has_findings else {}
        )
        self.word_of = {
            str(record.facts.get("model")): str(record.settings.get("model"))
            for record in records
            if record.stage == "evaluate"
        }

    def model(self, name: str) -> Model:
        """Load what a model's scores were made with, by the words of the run that made them.

        Raises:
            DatatoolsError: it is not here, or cannot be read.
        """
        if name == GENERATED:
            return Model(GENERATED, GENERATED, needs_faces=False, predict=None)
        word = self.word_of.get(name, name)
        return dataclasses.replace(load_model(str(self.workspace.trained_model(word) or word)), name=name)

    def pair(self, row: Score, prediction: Path | None) -> Pair | None:
        """Give a score's picture and reference mask as they are now; None where there is no such mask."""
        sample = self.samples.get(row.sample_id)
        target = None if sample is None else self._reference(sample, row.reference_source)
        if sample is None or target is None:
            return None
        mask = self.masks.get(row.sample_id) if row.model == GENERATED else None
        return Pair(
            sample_id=row.sample_id,
            person_id=sample.person_id,
            split=self.splits.get(row.sample_id),
            image=self.workspace.image_file(sample),
            reference=target,
            prediction=prediction,
            faces=self.faces.get(row.sample_id),
            problem=mask.error if mask is not None and mask.path is None else None,
        )

    def _reference(self, sample: Sample, source: str) -> Target | None:
        given = selection.reference_target(self.workspace, sample)
        for target in (given, self.generated.get(sample.sample_id)):
            if target is not None and target.mask_source == source:
                return target
        return None

    def prediction(self, name: str, sample_id: str) -> Path | None:
        """Give the mask or matte that a model left in the workspace, whether or not it is still there."""
        if name != GENERATED:
            return self.mattes.get((name, sample_id))
        row = self.masks.get(sample_id)
        return None if row is None or row.path is None else self.workspace.file(row.path)


def _recount_model(
    known: _Known, name: str, rows: Sequence[Score], found: Recounted, *, deep: bool, progress: Progress
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
            pairs[_key(row)] = (row, pair)
    found.differences += lost
    traced = _traced(model, [*pairs.values()], found) if model is not None else {}
    countable = {
        key: (row, pair)
        for key, (row, pair) in pairs.items()
        if runs_again or pair.prediction is not None or (name == GENERATED and pair.problem is not None)
    }
    counted = _counted(name, model if runs_again else None, countable, found, progress)
    found.n_counted += len(counted)
    found.differences += _unlike(pairs, counted, traced, is_run_again=runs_again)
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
    return {_key(row): row.parents == parents_of(model, pair) for row, pair in own}


def _counted(
    name: str,
    model: Model | None,
    pairs: Mapping[str, tuple[Score, Pair]],
    found: Recounted,
    progress: Progress,
) -> dict[str, Score]:
    """Count masks again, or run the model again."""
    if not pairs:
        return {}
    # What lies on disk is counted as it is; whose network it was is no matter.
    plain = model or Model(name, GENERATED, needs_faces=False, predict=None)
    try:
        with tempfile.TemporaryDirectory() as scratch:
            done = score(Workspace(scratch), plain, [pair for _, pair in pairs.values()], progress)
    except DatatoolsError as error:
        found.differences.append(
            Difference(step="scores", where="tables/scores.parquet", told=f"scores of {name}: {error}")
        )
        return {}
    return {_key(row): row for row in done.rows}


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


def _key(row: Score) -> str:
    return f"{row.sample_id}/{row.model}/{row.reference_source}"


def _difference(row: Score, told: str) -> Difference:
    return Difference(
        step="scores",
        where=f"tables/scores.parquet: {_key(row)}",
        told=f"score of {row.model} on {row.sample_id} against {row.reference_source} masks: {told}; "
        "run `datatools evaluate` again",
        remedy="evaluate",
    )
