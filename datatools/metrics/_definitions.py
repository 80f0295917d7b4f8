"""What does each metric measure, and who else measures it so?"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from datatools import plugins
from datatools.metrics import Metric


class Named(Metric, Protocol):
    """A metric of this package."""

    used_by: str  # who else measures this, or what comes nearest


@dataclass(frozen=True, slots=True, kw_only=True)
class Definition:
    """One row of the table of metrics."""

    name: str
    definition: str  # one sentence
    unit: str
    used_by: str


def definitions() -> list[Definition]:
    """Give every metric's definition, by name."""
    metrics: list[Named] = [plugins.build("metrics", name) for name in plugins.names("metrics")]
    return [Definition(name=m.name, definition=m.definition, unit=m.unit, used_by=m.used_by) for m in metrics]


def markdown(rows: Sequence[Definition]) -> str:
    """Put definitions side by side, as a table."""
    lines = ["| name | definition | who uses it |", "|---|---|---|"]
    lines += [f"| `{row.name}` | {row.definition} | {row.used_by} |" for row in rows]
    return "\n".join(lines) + "\n"
