"""Write what somebody might bring: tables of scores and of groups."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd

from datatools.fairness.audit import Scope
from datatools.fairness.brought.bring import Stated, scope
from datatools.progress import Progress

Rows = dict[str, Sequence[object]]


def bring(folder: Path, scores: Rows, groups: Rows | None = None, **stated: object) -> Scope:
    """Write the tables as scores.csv and groups.csv, and read them."""
    pd.DataFrame(scores).to_csv(folder / "scores.csv", index=False)
    if groups is not None:
        pd.DataFrame(groups).to_csv(folder / "groups.csv", index=False)
    return scope(
        scores=folder / "scores.csv",
        groups=None if groups is None else folder / "groups.csv",
        stated=Stated(**stated),  # type: ignore[arg-type]  # each test gives the fields it means
        progress=Progress("quiet"),
    )


def levels(found: Scope, name: str) -> dict[str, str]:
    """Give each person's group on one attribute."""
    (axis,) = (axis for axis in found.axes if axis.name == name)
    return {person: level for person, (level,) in axis.group_of.items()}
