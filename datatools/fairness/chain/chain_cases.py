"""Which number does each picture have at each step from photograph to student?

Tables in, one long frame out: what was found, proposed, gained, accepted and predicted. What a step's
number means is a sentence beside it; steps without data are told in the notes.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import pandas as pd

from datatools import plugins, selection, tables
from datatools.fairness.chain.mask_pairs import (
    FUSED,
    GENERATED,
    MaskPair,
    compare_masks,
    given_pairs,
    of_teacher,
    proposal_pairs,
)
from datatools.metrics._means import iou_fg
from datatools.progress import Progress
from datatools.records import LandmarkRow, MaskPairRow
from datatools.workspace import Workspace

FACES, LANDMARKS = "faces_found", "landmarks_found"
GAIN, REFINED = "refinement_gain", "refined"
ACCEPTED, ACCEPTED_ACCURACY = "accepted", "accepted_accuracy"
TEACHER, STUDENT = "teacher:", "student:"  # begin the steps of one of them each
COLUMNS = ("step", "reference_source", "sample_id", "person_id", "value")
NO_MASKS = ""  # the reference source of steps that need none
# Of the plug-ins that propose mattes, those that are what is trained here.
_STUDENTS = frozenset({"student", "extremec3net"})

_Key = tuple[str, str]  # a sample, and the source of the mask it is measured against
_SCORED = "in the scores table"
_ON_DISK = "from the mattes on disk"


@dataclass(frozen=True, slots=True, eq=False)
class Cases:
    """Every picture's number at every step it came to.

    ``frame`` has the columns of ``COLUMNS``; a share's values are 0 and 1, the others are IoU or
    differences of it. A picture has one row for each step and kind of reference at most.
    """

    frame: pd.DataFrame
    definitions: Mapping[str, str] = field(default_factory=dict)  # by step, a sentence for people
    notes: tuple[str, ...] = ()


class _Steps:
    """What is collected, step by step."""

    def __init__(self, person_of: Mapping[str, str]) -> None:
        self._person_of = person_of
        self._rows: list[tuple[str, str, str, str, float]] = []
        self._definitions: dict[str, str] = {}
        self.notes: list[str] = []

    def add(self, step: str, definition: str, values: Mapping[_Key, float]) -> None:
        """Add a step's numbers, of the pictures under audit; a step without any is left out."""
        rows = [
            (step, source, sample_id, self._person_of[sample_id], float(value))
            for (sample_id, source), value in sorted(values.items())
            if sample_id in self._person_of
        ]
        if rows:
            self._definitions[step] = definition
            self._rows += rows

    def has(self, step: str) -> bool:
        """Say whether a step has numbers."""
        return step in self._definitions

    def cases(self) -> Cases:
        """Give everything that was added."""
        frame = pd.DataFrame(self._rows, columns=list(COLUMNS))
        return Cases(frame, self._definitions, tuple(self.notes))


def gather(
    workspace: Workspace, person_of: Mapping[str, str], scores: pd.DataFrame, progress: Progress
) -> Cases:
    """Give each picture's number at every step that this workspace holds data of.

    Masks that no table compares yet are compared now, and kept in the table mask_pairs.

    Args:
        workspace: whose tables are read.
        person_of: sample_id to person_id: the samples under audit.
        scores: good rows of the scores table.
        progress: shows the comparing of masks.

    Raises:
        TooManyFailuresError: more than half of the masks to compare cannot be read.
    """
    steps = _Steps(person_of)
    _add_faces(steps, workspace)
    scored = _scored(scores)
    mattes = {row.teacher for row in workspace.rows_or_empty(tables.MATTES)}
    unscored = {name for name in (*mattes, GENERATED) if not _accurate(scored.get(name, {}))}
    compared = compare_masks(workspace, _pairs(workspace, set(person_of), unscored), progress)
    if compared.n_failed:
        steps.notes.append(
            f"Masks that could not be compared, as the table mask_pairs says: {compared.n_failed}."
        )
    on_disk = _on_disk(compared.rows)
    proposed = {
        name: on_disk.get(of_teacher(name), {}) | scored.get(name, {})
        for name in sorted(mattes | (_known_teachers() & scored.keys()))
    }
    for name, values in proposed.items():
        where = _ON_DISK if name in unscored else _SCORED
        steps.add(TEACHER + name, f"Mean IoU of the masks that {name} proposes, {where}.", values)
    refined = on_disk.get(GENERATED, {}) | scored.get(GENERATED, {})
    _add_masks(steps, workspace, refined, proposed, on_disk.get(FUSED, {}))
    for name in sorted(scored.keys() - proposed.keys() - {GENERATED}):
        steps.add(STUDENT + name, f"Mean IoU of the masks that {name} predicts.", scored[name])
    steps.notes += _missing(
        steps, is_measured=bool(_accurate(refined) or any(map(_accurate, proposed.values())))
    )
    return steps.cases()


def _pairs(workspace: Workspace, sample_ids: set[str], unscored: set[str]) -> list[MaskPair]:
    """Give what has to be compared: whatever was not scored against human or rendered masks."""
    found = proposal_pairs(workspace, sample_ids, unscored - {GENERATED})
    if GENERATED in unscored:
        given = given_pairs(workspace, sample_ids)
        found += [pair for pair in given if selection.measures_accuracy(pair.mask.name)]
    return found


def _known_teachers() -> set[str]:
    return set(plugins.names("teachers")) - _STUDENTS


def _accurate(values: Mapping[_Key, float]) -> dict[_Key, float]:
    return {key: value for key, value in values.items() if selection.measures_accuracy(key[1])}


def _add_faces(steps: _Steps, workspace: Workspace) -> None:
    """Add what a finder found; landmarks that came with the data were found by nobody."""
    size = {sample.sample_id: (sample.width_px, sample.height_px) for sample in workspace.samples()}
    faces: dict[_Key, float] = {}
    landmarks: dict[_Key, float] = {}
    for sample_id, row in _largest(workspace.rows_or_empty(tables.LANDMARKS)).items():
        key = (sample_id, NO_MASKS)
        faces[key] = float(row.face is not None)
        landmarks[key] = float(_has_points(row, size.get(sample_id, (None, None))))
    steps.add(FACES, "Share of the pictures in which the finder found a face.", faces)
    steps.add(
        LANDMARKS,
        "Share of the pictures whose largest face has landmarks that all lie inside the picture.",
        landmarks,
    )


def _largest(rows: Iterable[LandmarkRow]) -> dict[str, LandmarkRow]:
    """Give each sample's largest face, or its row without one; of several finders the first by name."""
    found: dict[str, LandmarkRow] = {}
    for row in rows:
        if row.detector == selection.GIVEN or row.status != "ok" or row.face not in (None, 0):
            continue
        other = found.get(row.sample_id)
        if other is None or row.detector < other.detector:
            found[row.sample_id] = row
    return found


def _has_points(row: LandmarkRow, size: tuple[int | None, int | None]) -> bool:
    if not row.points:
        return False
    sides = zip((row.points[0::2], row.points[1::2]), size, strict=True)
    return all(side is None or (min(points) >= 0 and max(points) <= side) for points, side in sides)


def _scored(scores: pd.DataFrame) -> dict[str, dict[_Key, float]]:
    """Give the IoU of every picture that a model was scored on, by model."""
    found: dict[str, dict[_Key, float]] = defaultdict(dict)
    if len(scores):
        columns = (scores[name].astype(str) for name in ("model", "sample_id", "reference_source"))
        for model, sample_id, source, value in zip(*columns, iou_fg(scores), strict=True):
            found[model][sample_id, source] = float(value)
    return dict(found)


def _on_disk(rows: Iterable[MaskPairRow]) -> dict[str, dict[_Key, float]]:
    """Give the IoU of proposals and refined masks with the masks that came with the data."""
    found: dict[str, dict[_Key, float]] = defaultdict(dict)
    for row in rows:
        if row.tp is None or row.fp is None or row.fn is None:
            continue
        is_refined = row.against == GENERATED
        given = row.mask if is_refined else row.against
        if selection.measures_accuracy(given):
            union = row.tp + row.fp + row.fn
            found[GENERATED if is_refined else row.mask][row.sample_id, given] = (
                row.tp / union if union else 1.0
            )
    return dict(found)


def _add_masks(
    steps: _Steps,
    workspace: Workspace,
    refined: Mapping[_Key, float],
    proposed: Mapping[str, Mapping[_Key, float]],
    fused: Mapping[_Key, float],
) -> None:
    """Add what refining gained, how good its masks are, and which of them were accepted."""
    if fused:
        before, name = dict(fused), "the teachers' fused matte"
    else:
        before, name = _mean_proposal(workspace, proposed, refined), "its teachers' masks (their mean)"
    gain = {key: value - before[key] for key, value in _accurate(refined).items() if key in before}
    steps.add(
        GAIN,
        f"Mean IoU of the refined mask less that of {name}; below 0 where refining does harm.",
        gain,
    )
    steps.add(REFINED, "Mean IoU of the refined masks, before any is rejected.", refined)
    if not workspace.has(tables.FINDINGS):
        return
    accepted = selection.accepted(workspace)
    checked = {row.sample_id for row in workspace.rows(tables.FINDINGS)}
    steps.add(
        ACCEPTED,
        "Share of the pictures whose mask passed every check, or was accepted by a person.",
        {(sample_id, NO_MASKS): float(sample_id in accepted) for sample_id in checked},
    )
    steps.add(
        ACCEPTED_ACCURACY,
        "Mean IoU of the accepted masks alone: what a student is trained on.",
        {key: value for key, value in _accurate(refined).items() if key[0] in accepted},
    )


def _mean_proposal(
    workspace: Workspace, proposed: Mapping[str, Mapping[_Key, float]], keys: Iterable[_Key]
) -> dict[_Key, float]:
    """Give the mean IoU of the teachers behind each refined mask, where all of them were measured."""
    sources = {row.sample_id: row.mask_source for row in workspace.rows_or_empty(tables.MASKS)}
    found: dict[_Key, float] = {}
    for key in keys:
        teachers = sources.get(key[0], "").removeprefix("model:").split("+")
        values = [proposed[name][key] for name in teachers if key in proposed.get(name, {})]
        if len(values) == len(teachers):
            found[key] = sum(values) / len(values)
    return found


def _missing(steps: _Steps, *, is_measured: bool) -> Iterator[str]:
    if not steps.has(FACES):
        yield "Faces and landmarks are not in the chain: no finder has looked (`datatools landmarks`)."
    if not is_measured:
        yield (
            "Teachers and refining are not in the chain: accuracy needs human or rendered masks beside "
            "their mattes and masks (`datatools segment`, `datatools refine`)."
        )
    if not steps.has(ACCEPTED):
        yield "Acceptance is not in the chain: no mask was checked (`datatools check`)."
    if not any(step.startswith(STUDENT) for step in steps.cases().definitions):
        yield "No student is in the chain: none was scored (`datatools evaluate`)."
