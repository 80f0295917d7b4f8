"""An annotation page: exported, opened, and its file imported."""

import json
from pathlib import Path
from typing import TYPE_CHECKING

from datatools import tables
from datatools.progress import Progress
from datatools.records import Annotation, StageResult
from datatools.stages import annotate_export, annotate_import
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from playwright.sync_api import Page

GENDER = "perceived_gender"
RACE = "self_reported_race"
AGE = "perceived_age"
REVIEW = "mask_review"


def export_page(workspace: Workspace, *questions: str, **settings: object) -> Path:
    """Export a page; give its file."""
    run_export(workspace, *questions, **settings)
    return workspace.root / "sheets" / "ann01-page" / "index.html"


def run_export(workspace: Workspace, *questions: str, **settings: object) -> StageResult:
    """Export a page; give what the verb said."""
    given = {"questions": questions or (GENDER,), "annotator_id": "ann01", "html": True, **settings}
    return annotate_export.run(workspace, annotate_export.Settings.model_validate(given), Progress("quiet"))


def import_file(workspace: Workspace, path: Path) -> StageResult:
    """Import the file that a page saved."""
    return annotate_import.run(workspace, annotate_import.Settings(sheet=path), Progress("quiet"))


def task_of(index: Path) -> dict[str, list[dict[str, str]]]:
    """Read what a page was told to ask."""
    text = (
        index.read_text().partition('<script type="application/json" id="task">')[2].partition("</script>")[0]
    )
    return dict(json.loads(text))


def shown_on(index: Path) -> list[str]:
    """Give the samples of a page, in their order."""
    return [picture["sample"] for picture in task_of(index)["pictures"]]


def answers_of(workspace: Workspace) -> list[Annotation]:
    """Give the workspace's answers in the order in which they were given."""
    return sorted(workspace.rows(tables.ANNOTATIONS), key=lambda row: (row.created_at or "", row.value))


def said_on(page: "Page") -> str:
    """Give what a page says just now."""
    return page.text_content("#said") or ""
