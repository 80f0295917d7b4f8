"""What does each metric measure, and who else measures it so?

Example::

    datatools metrics list
"""

from dataclasses import asdict

from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace


class Settings(StageSettings):
    """Settings of ``metrics list``; it has none of its own."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """List every metric: its definition, its unit, and who else measures it so."""
    from datatools.metrics._definitions import definitions

    rows = definitions()
    notes = [
        line
        for row in rows
        for line in (f"{row.name} ({row.unit})", f"    {row.definition}", f"    used by: {row.used_by}")
    ]
    return StageResult(stage="metrics list", facts={"metrics": [asdict(row) for row in rows]}, notes=notes)
