"""At which threshold does a network serve the worst group of the validation pictures best?

A mitigation that costs no training: the matte is cut elsewhere than at 0.5. It is chosen as epochs are
chosen by the worst group: on the val split alone, each group's mean drawn towards that of all.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images, tables
from datatools.ablating.plan import Ablation
from datatools.ablating.training import Planned, model_name
from datatools.crews.per_process import PerProcess
from datatools.errors import DataError, DatatoolsError
from datatools.fairness.scoring import Model, model_of
from datatools.fairness.who.membership import membership
from datatools.masks import Mask, Matte
from datatools.progress import Progress
from datatools.stages import train
from datatools.student import lessons
from datatools.student.choice import Choice, judge
from datatools.student.groups import Groups
from datatools.teachers import Teacher
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace

PERCENTS: tuple[int, ...] = tuple(range(10, 91, 5))  # of the matte; finer steps would follow single pictures
_USUAL = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Cut:
    """A network of another arm under its own name, cut at a threshold of its own."""

    name: str
    weights: str  # path of the network's file
    threshold: float

    def model(self) -> Model:
        """Load the network."""
        own: PerProcess[Teacher] = PerProcess(partial(load_teacher, self.weights))
        fingerprint = tables.fingerprint(own.get().fingerprint, self.threshold)
        return model_of(own, self.name, fingerprint, self.threshold)


def cuts(
    workspace: Workspace, ablation: Ablation, planned: Planned, name: str, progress: Progress
) -> Mapping[tuple[str, int], Cut]:
    """Choose the threshold of every network that an arm cuts elsewhere; by arm and seed.

    Raises:
        DataError: no validation picture can be read.
    """
    found: dict[tuple[str, int], Cut] = {}
    for arm in ablation.arms:
        for run in planned.runs:
            if run.arm == arm.like:
                seed = run.settings.seed
                path = workspace.model_folder(run.settings.name) / "model.pt"
                threshold = _choose(workspace, run.settings, load_teacher(str(path)), progress)
                named = model_name(name, arm.name, seed)
                found[arm.name, seed] = Cut(name=named, weights=str(path), threshold=threshold)
    return found


def _choose(workspace: Workspace, settings: train.Settings, teacher: Teacher, progress: Progress) -> float:
    """Choose a network's threshold on the validation pictures that its epochs were chosen by."""
    items, _ = lessons.lessons(workspace, settings.targets, settings.limit)
    val = [item for item in items if item.split == "val"]
    val = [item for item, is_used in zip(val, lessons.to_choose_by(val), strict=True) if is_used]
    member = membership(workspace, settings.group_by or ())
    ious, used = [], []
    with progress.bar(f"threshold ({settings.name})", len(val)) as advance:
        for item in val:
            try:
                matte = teacher.matte(images.read_rgb(item.image), ())
                ious.append(ious_by_percent(matte, images.read_reference_mask(item.target.path).mask))
                used.append(item.sample)
            except DatatoolsError as error:  # training left it out as well
                progress.say(f"left out {item.sample.sample_id}: {error}")
            advance()
    if not used:
        raise DataError(f"{settings.name}: expected validation pictures to choose a threshold by, got none")
    groups = Groups.made(
        member.names, [member.of(one.sample_id) for one in used], [one.person_id for one in used]
    )
    return best(np.array(ious), groups, train.recipe_of(settings).choice.min_people)


def ious_by_percent(matte: Matte, reference: Mask) -> NDArray[np.float64]:
    """Give foreground IoU at each of PERCENTS, (n,); 1 where neither mask holds a person."""
    rounded = np.ceil(100 * matte.array).astype(np.uint8)  # the matte is above p where this is
    height, width = reference.array.shape
    percent = cv2.resize(rounded, (width, height), interpolation=cv2.INTER_NEAREST)
    counts = [np.bincount(part.ravel(), minlength=101) for part in (percent, percent[reference.array])]
    n_pred, n_both = (np.array([int(of_bin[p + 1 :].sum()) for p in PERCENTS]) for of_bin in counts)
    union = n_pred + int(reference.array.sum()) - n_both
    return np.where(union > 0, n_both / np.maximum(union, 1), 1.0)


def best(ious: NDArray[np.float64], groups: Groups, min_people: int) -> float:
    """Give the threshold whose worst group is best; of equal ones that nearest to the usual one.

    Args:
        ious: of each picture at each of PERCENTS, (n_images, n).
        groups: whom the pictures show.
        min_people: groups of fewer are left out; the mean counts where none is left.
    """
    choice = Choice(by="worst_group", min_people=min_people)
    every = np.arange(len(ious))
    worth: Sequence[float] = [judge(at, every, groups, choice).value for at in ious.T]
    ranked = sorted(
        zip(worth, PERCENTS, strict=True), key=lambda one: (-one[0], abs(one[1] - _USUAL), one[1])
    )
    return ranked[0][1] / 100
