"""Which single attributes does an audit compare people by?"""

from collections.abc import Mapping, Sequence

from datatools import tables
from datatools.errors import UsageError
from datatools.fairness.groups import Axis, axis, default_attributes
from datatools.fairness.membership import answers
from datatools.workspace import Workspace


def axes_of(
    workspace: Workspace, wanted: Sequence[str] | None, person_of: Mapping[str, str]
) -> tuple[list[Axis], list[str]]:
    """Make the axes that are asked for; without a wish every question, and a note on each that fails.

    All that is known of the people under audit counts, also answers about their other pictures.

    Args:
        workspace: whose answers and measurements are read.
        wanted: attributes as ``groups.axis`` takes them; None: every question that places people in groups.
        person_of: sample_id to person_id: the samples under audit.

    Raises:
        UsageError: as ``groups.axis``, for an attribute that was asked for.
    """
    said = answers(workspace, wanted or ())
    measured = workspace.rows_or_empty(tables.MEASUREMENTS)
    if wanted is not None:
        return [axis(spec, said, measured, person_of) for spec in wanted], []
    said = [row for row in said if row.sample_id in person_of]
    axes, notes = [], []
    for spec in default_attributes(said):
        try:
            axes.append(axis(spec, said, measured, person_of))
        except UsageError as error:
            notes.append(f"Not audited: {error}.")
    return axes, notes
