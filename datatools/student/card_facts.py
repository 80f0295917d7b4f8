"""What is to be said about a training run that has just finished?"""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from datatools import selection
from datatools.selection import measures_accuracy
from datatools.student.batches import n_steps
from datatools.student.card import Card, Generated, Source, ValScore
from datatools.student.state import Best, TrainingState
from datatools.tables import FINDINGS
from datatools.workspace import Workspace

if TYPE_CHECKING:  # lessons imports this module
    from datatools.student.lessons import Course, Lesson

_MADE_HERE = "model:"  # begins the mask_source of masks that the toolkit made


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """One validation picture, and how well the chosen weights do on it."""

    sample_id: str
    person_id: str
    mask_source: str
    iou: float  # foreground IoU at the network's size


Describe = Callable[[Sequence[Judged]], list[ValScore]]


def means(judged: Sequence[Judged]) -> list[ValScore]:
    """Describe validation pictures by their means, one for each kind of masks."""
    by_source: dict[str, list[float]] = defaultdict(list)
    for each in judged:
        by_source[each.mask_source].append(each.iou)
    return [
        ValScore(
            reference_source=source,
            measures="accuracy" if measures_accuracy(source) else "agreement",
            n_images=len(values),
            iou_fg_image=sum(values) / len(values),
        )
        for source, values in sorted(by_source.items())
    ]


def card_of(
    workspace: Workspace,
    course: "Course",
    used: Sequence["Lesson"],
    best: Best,
    state: TrainingState,
    *,
    data_fingerprint: str,
    n_shown: int,
) -> Card:
    """Gather the facts of a finished run that are the same whoever trained it, and when.

    Args:
        workspace: that was learned from.
        course: what was asked for.
        used: the lessons whose picture and mask could be read.
        best: the chosen weights, with a value for each of the val lessons in their order.
        state: of the run, finished.
        data_fingerprint: of pictures, masks and their splits.
        n_shown: pictures that an epoch shows.
    """
    train = [item for item in used if item.split == "train"]
    val = [item for item in used if item.split == "val"]
    judged = [
        Judged(
            sample_id=item.sample.sample_id,
            person_id=item.sample.person_id,
            mask_source=item.target.mask_source,
            iou=value,
        )
        for item, value in zip(val, best.values, strict=True)
    ]
    recipe = course.recipe
    batch_of = {(phase.name, phase.size_px): phase.batch for phase in recipe.phases}
    return Card(
        name=course.name,
        architecture=course.architecture.title,
        network=course.architecture.name,
        recipe=recipe.name,
        epochs=" + ".join(str(phase.epochs) for phase in recipe.phases),
        size_px=recipe.preprocessing.size_px,
        seed=course.seed,
        n_parameters=course.architecture.n_parameters(),
        n_train=len(train),
        n_val=len(val),
        n_failed=len(course.lessons) - len(used),
        n_people_train=len({item.sample.person_id for item in train}),
        n_people_val=len({item.sample.person_id for item in val}),
        n_epochs=len(state.history),
        n_steps=sum(n_steps(n_shown, batch_of[row.phase, row.size_px]) for row in state.history),
        n_seen=state.n_seen,
        mask_sources=dict(sorted(Counter(item.target.mask_source for item in train).items())),
        licences=dict(sorted(Counter(item.sample.licence for item in used).items())),
        sources=_sources(train, val),
        generated=_generated(workspace, train),
        val=course.describe(judged),
        best_epoch=best.epoch,
        recipe_values=recipe.model_dump(mode="json"),
        groups_apart=list(course.group_names) if recipe.uses_groups() else [],
        beginning=course.beginning,
        data_fingerprint=data_fingerprint,
    )


def _sources(train: Sequence["Lesson"], val: Sequence["Lesson"]) -> list[Source]:
    people: dict[tuple[str, str], set[str]] = defaultdict(set)
    for item in (*train, *val):
        people[item.sample.source, item.sample.licence].add(item.sample.person_id)
    n_train, n_val = (Counter((i.sample.source, i.sample.licence) for i in part) for part in (train, val))
    return [
        Source(name=key[0], licence=key[1], n_train=n_train[key], n_val=n_val[key], n_people=len(people[key]))
        for key in sorted(people)
    ]


def _generated(workspace: Workspace, train: Sequence["Lesson"]) -> Generated | None:
    """Count the masks that the toolkit made, was shown, and kept; None where none was learned from."""
    n_train = sum(item.target.mask_source.startswith(_MADE_HERE) for item in train)
    if not n_train or not workspace.has(FINDINGS):
        return None
    findings = workspace.rows(FINDINGS)
    return Generated(
        n_train=n_train,
        n_checked=len({row.sample_id for row in findings}),
        n_accepted=len(selection.accepted(workspace)),
        checks=sorted({row.check for row in findings}),
    )
