"""What is in this workspace, and how far has it come?

Example::

    datatools show --workspace ws
    datatools show --workspace ws --where "ita_deg<28" --split test
    datatools show --workspace ws --watch
"""

from typing import TYPE_CHECKING

from pydantic import Field

from datatools.overview import holdings, under_way
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import ListedSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import pyarrow as pa


class Settings(ListedSettings):
    """Settings of ``show``."""

    split: str | None = None
    """Count this split alone."""

    where: list[str] = Field(default_factory=list)
    """Count readable pictures that meet conditions alone, as in "ita_deg<28" or perceived_gender=female."""

    watch: float | None = Field(default=None, gt=0)
    """Say what is running, how far it is and who runs it, again every so many seconds; ^C ends it."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """Say what a workspace holds: samples, faces, masks, findings, answers, splits, models, reports.

    Raises:
        UsageError: no workspace, or no such source, list, split, measurement or answer.
    """
    workspace.require()
    if settings.watch is not None:
        return StageResult(stage="show", updates=under_way.updates(workspace, settings.watch))
    facts: dict[str, object] = {"workspace": str(workspace.root)}
    notes = [f"workspace {workspace.root}"]
    for line in holdings.lines(workspace, _chosen(workspace, settings)):
        facts[line.name] = line.fact
        notes.append(f"  {line.name:<12} {line.sentence}")
    return StageResult(stage="show", facts=facts, notes=notes)


def _chosen(workspace: Workspace, settings: Settings) -> "pa.StringArray | None":
    """Give the readable pictures that are asked about; None where nothing is said."""
    asked = (settings.only, settings.samples, settings.split, settings.limit)
    if not settings.where and all(one is None for one in asked):
        return None
    # Imported here: what reads conditions loads NumPy's and Arrow's slower half.
    import pyarrow as pa

    from datatools import conditions, counting, filtering, lists

    found = filtering.readable(workspace, settings.only)
    if settings.split is not None:
        found = filtering.among(found, filtering.in_split(workspace, settings.split))
    if settings.samples is not None:
        found = filtering.among(found, pa.array(sorted(lists.read(workspace, settings.samples))))
        lists.require_some(settings.samples, len(found))
    for condition in settings.where:
        found = filtering.among(found, conditions.fulfilling(workspace, condition))
    return counting.whole(found["sample_id"][: settings.limit])
