"""How does one look at a workspace as it was when a report was written, and leave it as it is?"""

from pathlib import Path
from typing import TypeVar

from datatools import tables
from datatools.tables import Table
from datatools.workspace import Workspace

Row = TypeVar("Row")


class View(Workspace):
    """A workspace in which nothing is written, and runs after a report are not seen.

    The one table that an audit brings up to date (how masks of one picture differ) lies in a scratch folder,
    empty at first: every pair is compared anew.
    """

    def __init__(self, root: Path, scratch: Path, last_run: int | None = None) -> None:
        """Look at a workspace.

        Args:
            root: the workspace's folder.
            scratch: an empty folder.
            last_run: the number of the last run record to see; None: all.
        """
        super().__init__(root)
        self._scratch = scratch
        self._last_run = last_run

    def table_file(self, table: Table[Row]) -> Path:
        """Give the path of a table."""
        if table.name == tables.MASK_PAIRS.name:
            return self._scratch / f"{table.name}.parquet"
        return super().table_file(table)

    def run_files(self) -> list[Path]:
        """Give the run records that are seen, oldest first."""
        found = super().run_files()
        if self._last_run is None:
            return found
        return [path for path in found if int(path.name.partition("-")[0]) <= self._last_run]
