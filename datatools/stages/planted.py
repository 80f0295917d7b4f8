"""How much does the bias planted in a rendered set harm a model, exactly?

Every planted picture was rendered once more without the plant, all else equal. The paired difference on
these twins is the plant's own effect; the gap that an audit finds is that and whatever else differs
between the groups.

Example::

    datatools planted --folder demo/portraits --model student --workspace demo
"""

from pathlib import Path
from typing import TYPE_CHECKING

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.masks import RGB, Mask


class Settings(StageSettings):
    """Settings of ``planted``; --limit and --seed have no meaning here."""

    folder: Path
    """A data set that ``render`` made with a plant."""

    model: str
    """A teacher's name, a file (.pt, .pth or a card .toml), or a trained model's name."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Measure what a planted bias does to a model, on twins that differ in the plant alone.

    Raises:
        UsageError: no such model, or it needs faces, which twins have not been searched for.
        DataError: the set was rendered without a plant.
    """
    from datatools.synthetic.plant import planted_effect
    from datatools.teachers._load import load_teacher

    teacher = load_teacher(str(workspace.trained_model(settings.model) or settings.model))
    if teacher.needs_faces:
        raise UsageError(f"expected a model that needs no faces, got {teacher.name}")
    if settings.dry_run:
        return StageResult(stage="planted", notes=[f"Would score {teacher.name} on {settings.folder}."])
    n_pictures = 2 * len(list((settings.folder / "twins").glob("*.jpg")))
    with progress.bar(f"planted ({teacher.name})", n_pictures) as advance:

        def predict(image: "RGB") -> "Mask":
            advance()
            return teacher.matte(image, ()).threshold()

        effect = planted_effect(settings.folder, predict)
    facts: dict[str, object] = {
        "model": teacher.name,
        "n_images": effect.n_images,
        "n_people": effect.n_people,
        "mean_iou_on": effect.mean_iou_on,
        "mean_iou_off": effect.mean_iou_off,
        "effect": effect.effect,
    }
    note = (
        f"The plant moves the accuracy of {teacher.name} by {100 * effect.effect:+.1f} points of IoU: "
        f"{100 * effect.mean_iou_on:.1f} with it, {100 * effect.mean_iou_off:.1f} without, on the same "
        f"{effect.n_images} pictures of {effect.n_people} people."
    )
    return StageResult(stage="planted", facts=facts, notes=[note])
