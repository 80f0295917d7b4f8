"""Which rows of the workspace does one axis need? Only its question's are read into memory."""

from collections.abc import Mapping

import pyarrow.compute as pc

from datatools import tables
from datatools.fairness.who.groups import CONSENSUS, Axis, axis, of_consensus
from datatools.records import Annotation
from datatools.workspace import Workspace


def axis_of(workspace: Workspace, spec: str, person_of: Mapping[str, str]) -> Axis:
    """Make the axis that a word of the settings means; see ``groups.axis``.

    Raises:
        UsageError: as ``groups.axis``.
    """
    question, _, how = spec.partition(":")[0].partition("@")
    answers: list[Annotation]
    if how == CONSENSUS:
        rows = workspace.rows_or_empty(tables.CONSENSUS)
        answers = of_consensus(row for row in rows if row.question == question)
    else:
        said = workspace.annotations()
        chosen = said.filter(pc.equal(said["question"].cast("string"), question))
        answers = tables.records_of(chosen, tables.ANNOTATIONS)
    return axis(spec, answers, workspace.rows_or_empty(tables.MEASUREMENTS), person_of)
