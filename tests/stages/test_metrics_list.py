"""The stage metrics list."""

from datatools import plugins
from datatools.progress import Progress
from datatools.stages import metrics_list
from datatools.workspace import Workspace


def test_every_metric_is_listed_with_its_definition_and_users(quiet: Progress) -> None:
    """The same facts for people and for --json; no workspace is needed."""
    result = metrics_list.run(Workspace("nowhere"), metrics_list.Settings(), quiet)
    rows = result.facts["metrics"]
    assert isinstance(rows, list)
    assert [row["name"] for row in rows] == plugins.names("metrics")
    assert len(result.notes) == 3 * len(rows)
    assert "    used by: the ExtremeC3Net and SINet authors' own validation loop" in result.notes
