"""The table of metrics."""

from pathlib import Path

from datatools import plugins
from datatools.metrics._definitions import definitions, markdown

_DOCS = Path(__file__).resolve().parents[3] / "docs" / "metrics.md"


def test_every_metric_has_its_row() -> None:
    """In the order of the names."""
    assert [row.name for row in definitions()] == plugins.names("metrics")


def test_the_docs_hold_the_table_as_the_code_says_it() -> None:
    """What ``markdown`` writes: a metric's definition stands once, in its file."""
    assert markdown(definitions()) in _DOCS.read_text()
