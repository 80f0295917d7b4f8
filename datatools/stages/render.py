"""How do we get portraits whose masks, landmarks and biases are known exactly?

Example::

    datatools render --folder portraits --people 240 --plant dim_dark_skin
"""

import json
from pathlib import Path
from typing import Literal

from pydantic import Field

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``render``; --limit has no meaning here."""

    folder: Path
    """Where the data set goes; the reader ``rendered`` ingests it."""

    people: int = Field(default=240, ge=1)
    """How many people to draw."""

    max_pictures: int = Field(default=3, ge=1)
    """Each person has between one and this many pictures."""

    min_px: int = Field(default=256, ge=128)
    """Shortest side of the smallest pictures, in px."""

    max_px: int = Field(default=512, ge=128)
    """Longest side of the largest pictures, in px."""

    plant: Literal["none", "dim_dark_skin", "dim_covered"] = "none"
    """Make one group's pictures harder: people of Monk tones 7-10, or with a covered head."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """Render portraits with exact masks, 68 landmarks, answers, and perhaps a planted bias.

    Raises:
        UsageError: the folder holds something else, or a set of other settings; or the smallest picture
            is to be larger than the largest.
    """
    from datatools.synthetic.dataset import RenderSettings, plan, render_set

    if settings.min_px > settings.max_px:
        raise UsageError(f"expected min_px <= max_px, got {settings.min_px} > {settings.max_px}")
    chosen = RenderSettings(
        n_people=settings.people,
        max_pictures=settings.max_pictures,
        seed=settings.seed,
        min_px=settings.min_px,
        max_px=settings.max_px,
        plant=None if settings.plant == "none" else settings.plant,
    )
    n_pictures = len(plan(chosen))
    facts: dict[str, object] = {"folder": str(settings.folder), "n_pictures": n_pictures}
    sentence = f"{n_pictures} pictures of {settings.people} rendered people in {settings.folder}."
    if settings.dry_run:
        return StageResult(stage="render", facts=facts, notes=[f"Would render {sentence}"])
    render_set(settings.folder, chosen, progress)
    description = json.loads((settings.folder / "render.json").read_text("utf-8"))
    facts["description"] = description
    return StageResult(stage="render", facts=facts, notes=[sentence])
