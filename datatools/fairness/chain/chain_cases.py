"""Which number does each picture have at each step from photograph to student?

Tables in, one long frame out: what was found, proposed, gained, accepted and predicted. What a step's
number means is a sentence beside it; steps without data are told in the notes.
"""

import functools
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from datatools import counting, plugins, selection, tables
from datatools.fairness.chain.found_faces import found_faces
from datatools.fairness.chain.mask_pairs import (
    FUSED,
    GENERATED,
    MaskPair,
    compare_masks,
    given_pairs,
    of_teacher,
    proposal_pairs,
)
from datatools.fairness.chain.steps import Cases, Column, Steps, Values, over
from datatools.fairness.who.pictured import Pictured
from datatools.metrics._means import iou_fg
from datatools.progress import Progress
from datatools.records import MaskPairRow
from datatools.workspace import Workspace

FACES, LANDMARKS = "faces_found", "landmarks_found"
GAIN, REFINED = "refinement_gain", "refined"
ACCEPTED, ACCEPTED_ACCURACY = "accepted", "accepted_accuracy"
TEACHER, STUDENT = "teacher:", "student:"  # begin the steps of one of them each
NO_MASKS = ""  # the reference source of steps that need none
# Of the plug-ins that propose mattes, those that are what is trained here.
_STUDENTS = frozenset({"student", "extremec3net", "extremec3net_polished"})

_SCORED = "in the scores table"
_ON_DISK = "from the mattes on disk"


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
    shown = Pictured.of(person_of).sorted()
    steps = Steps(shown)
    _add_faces(steps, workspace, shown)
    scored = _scored(scores, shown)
    mattes = {
        teacher
        for rows in workspace.pieces(tables.MATTES, ("teacher",), encoded=("teacher",))
        for (teacher,) in counting.tally(rows)
    }
    unscored = {name for name in (*mattes, GENERATED) if not _accurate(scored.get(name, {}))}
    compared = compare_masks(workspace, _pairs(workspace, shown, unscored), progress)
    if compared.n_failed:
        steps.notes.append(
            f"Masks that could not be compared, as the table mask_pairs says: {compared.n_failed}."
        )
    on_disk = _on_disk(compared.own(), shown)
    proposed = {
        name: over(scored.get(name, {}), on_disk.get(of_teacher(name), {}))
        for name in sorted(mattes | (_known_teachers() & scored.keys()))
    }
    for name, values in proposed.items():
        where = _ON_DISK if name in unscored else _SCORED
        steps.add(TEACHER + name, f"Mean IoU of the masks that {name} proposes, {where}.", values)
    refined = over(scored.get(GENERATED, {}), on_disk.get(GENERATED, {}))
    _add_masks(steps, workspace, shown, refined, proposed, on_disk.get(FUSED, {}))
    for name in sorted(scored.keys() - proposed.keys() - {GENERATED}):
        steps.add(STUDENT + name, f"Mean IoU of the masks that {name} predicts.", scored[name])
    steps.notes += _missing(
        steps, is_measured=bool(_accurate(refined) or any(map(_accurate, proposed.values())))
    )
    return steps.cases()


def _pairs(workspace: Workspace, shown: Pictured, unscored: set[str]) -> Iterator[MaskPair]:
    """Give what has to be compared: whatever was not scored against human or rendered masks."""
    yield from proposal_pairs(workspace, shown, unscored - {GENERATED})
    if GENERATED in unscored:
        given = given_pairs(workspace, shown)
        yield from (pair for pair in given if selection.measures_accuracy(pair.mask.name))


def _known_teachers() -> set[str]:
    return set(plugins.names("teachers")) - _STUDENTS


def _accurate(values: Values) -> dict[str, Column]:
    return {source: values[source] for source in values if selection.measures_accuracy(source)}


def _add_faces(steps: Steps, workspace: Workspace, shown: Pictured) -> None:
    """Add what a finder found; landmarks that came with the data were found by nobody."""
    faces, landmarks = found_faces(workspace, shown)
    steps.add(FACES, "Share of the pictures in which the finder found a face.", {NO_MASKS: faces})
    steps.add(
        LANDMARKS,
        "Share of the pictures whose largest face has landmarks that all lie inside the picture.",
        {NO_MASKS: landmarks},
    )


def _scored(scores: pd.DataFrame, shown: Pictured) -> dict[str, dict[str, Column]]:
    """Give the IoU of every picture that a model was scored on, by model and kind of reference."""
    found: dict[str, dict[str, Column]] = defaultdict(dict)
    if scores.empty:
        return {}
    for (model, source), rows in scores.groupby(["model", "reference_source"], sort=True):
        column = Column.of(shown.places(pa.array(rows["sample_id"], pa.string())), iou_fg(rows))
        if len(column.place):
            found[str(model)][str(source)] = column
    return dict(found)


def _on_disk(rows: Iterable[MaskPairRow], shown: Pictured) -> dict[str, dict[str, Column]]:
    """Give the IoU of proposals and refined masks with the masks that came with the data."""
    held: dict[tuple[str, str], tuple[list[str], list[float]]] = defaultdict(lambda: ([], []))
    for row in rows:
        if row.tp is None or row.fp is None or row.fn is None:
            continue
        is_refined = row.against == GENERATED
        given = row.mask if is_refined else row.against
        if selection.measures_accuracy(given):
            union = row.tp + row.fp + row.fn
            ids, values = held[GENERATED if is_refined else row.mask, given]
            ids.append(row.sample_id)
            values.append(row.tp / union if union else 1.0)
    found: dict[str, dict[str, Column]] = defaultdict(dict)
    for (name, given), (ids, values) in held.items():
        found[name][given] = Column.of(shown.places(pa.array(ids, pa.string())), np.array(values))
    return dict(found)


def _add_masks(
    steps: Steps,
    workspace: Workspace,
    shown: Pictured,
    refined: Values,
    proposed: Mapping[str, Values],
    fused: Values,
) -> None:
    """Add what refining gained, how good its masks are, and which of them were accepted."""
    if fused:
        before, name = fused, "the teachers' fused matte"
    else:
        before, name = _mean_proposal(workspace, shown, proposed), "its teachers' masks (their mean)"
    accurate = _accurate(refined)
    gain = {source: accurate[source].less(before[source]) for source in accurate if source in before}
    steps.add(
        GAIN,
        f"Mean IoU of the refined mask less that of {name}; below 0 where refining does harm.",
        gain,
    )
    steps.add(REFINED, "Mean IoU of the refined masks, before any is rejected.", refined)
    if not workspace.has(tables.FINDINGS):
        return
    checked, is_good = selection.verdicts(workspace)
    accepted = Column.of(shown.places(checked), is_good.astype(np.float64))
    is_accepted = np.zeros(len(shown), np.bool_)
    is_accepted[accepted.place] = accepted.value > 0
    steps.add(
        ACCEPTED,
        "Share of the pictures whose mask passed every check, or was accepted by a person.",
        {NO_MASKS: accepted},
    )
    steps.add(
        ACCEPTED_ACCURACY,
        "Mean IoU of the accepted masks alone: what a student is trained on.",
        {source: column.at(is_accepted) for source, column in accurate.items()},
    )


def _mean_proposal(
    workspace: Workspace, shown: Pictured, proposed: Mapping[str, Values]
) -> dict[str, Column]:
    """Give the mean IoU of the teachers behind each refined mask, where all of them were measured."""
    behind: dict[str, NDArray[np.bool_]] = {}  # whom a mask is of, to the pictures of such masks
    for rows in workspace.pieces(tables.MASKS, ("sample_id", "mask_source"), encoded=("mask_source",)):
        place = shown.places(rows["sample_id"])
        codes, words = counting.coded(rows["mask_source"])
        for code, word in enumerate(words):
            mine = place[(codes == code) & (place >= 0)]
            behind.setdefault(word, np.zeros(len(shown), np.bool_))[mine] = True
    found: dict[str, Column] = {}
    for word, is_in in behind.items():
        teachers = [proposed.get(name, {}) for name in word.removeprefix("model:").split("+")]
        for source in set.intersection(*(set(values) for values in teachers)):
            mean = _mean([values[source] for values in teachers]).at(is_in)
            found[source] = mean.over(found[source]) if source in found else mean
    return found


def _mean(columns: Sequence[Column]) -> Column:
    """Give the mean of the pictures that all columns have."""
    place = functools.reduce(np.intersect1d, [column.place for column in columns])
    total = np.zeros(len(place))
    for column in columns:
        total += column.value[np.searchsorted(column.place, place)]
    return Column(place, total / len(columns))


def _missing(steps: Steps, *, is_measured: bool) -> Iterator[str]:
    if FACES not in steps.names:
        yield "Faces and landmarks are not in the chain: no finder has looked (`datatools landmarks`)."
    if not is_measured:
        yield (
            "Teachers and refining are not in the chain: accuracy needs human or rendered masks beside "
            "their mattes and masks (`datatools segment`, `datatools refine`)."
        )
    if ACCEPTED not in steps.names:
        yield "Acceptance is not in the chain: no mask was checked (`datatools check`)."
    if not any(step.startswith(STUDENT) for step in steps.names):
        yield "No student is in the chain: none was scored (`datatools evaluate`)."
