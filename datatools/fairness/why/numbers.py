"""Which numbers were measured in each picture?

An array with a row for each picture and a column for each measurement: a million pictures are no millions
of objects.
"""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa

from datatools import counting, tables
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.pictured import Pictured
from datatools.records import Measurement
from datatools.workspace import Workspace

_WORDS = ("name", "measured_by")
_BY_MODEL = ":model:"  # in who measured it: a generated mask helped


class Numbers:
    """Measurements of pictures; of several values of one name the last one counts."""

    def __init__(
        self, shown: Pictured, names: Sequence[str], values: Floats, generated: frozenset[str], n_rows: int
    ) -> None:
        """Hold columns.

        Args:
            shown: the pictures.
            names: of the measurements that have a value anywhere, sorted.
            values: (n_images, n_names); NaN is unknown.
            generated: measurements that were read with the help of a generated mask.
            n_rows: of the table that they are from.
        """
        self.names = list(names)
        self.generated = generated
        self._shown = shown
        self._values = values
        self._n_rows = n_rows

    @classmethod
    def read(cls, workspace: Workspace, shown: Pictured) -> "Numbers":
        """Read what was measured in these pictures."""
        columns: dict[str, Floats] = {}
        generated: set[str] = set()
        n_rows = 0
        for rows in workspace.pieces(tables.MEASUREMENTS, ("sample_id", *_WORDS, "value"), encoded=_WORDS):
            n_rows += len(rows)
            generated |= {name for name, by in counting.tally(rows.select(_WORDS)) if _BY_MODEL in by}
            place, value = shown.places(rows["sample_id"]), rows["value"].to_numpy()
            codes, words = counting.coded(rows["name"])
            is_known = np.isfinite(value)
            for code in np.unique(codes[is_known]).tolist():
                column = columns.setdefault(words[code], np.full(len(shown), np.nan))
                mine = is_known & (codes == code) & (place >= 0)
                column[place[mine]] = value[mine]  # of several places the last one written stays
        names = sorted(columns)
        values = np.empty((len(shown), len(names)), order="F")
        for number, name in enumerate(names):
            values[:, number] = columns.pop(name)
        return cls(shown, names, values, frozenset(generated), n_rows)

    @classmethod
    def of(cls, measurements: "Sequence[Measurement] | Numbers") -> "Numbers":
        """Give measurements in memory as columns."""
        if isinstance(measurements, Numbers):
            return measurements
        known = [row for row in measurements if np.isfinite(row.value)]
        sample_ids = sorted({row.sample_id for row in known})
        place_of = {sample_id: place for place, sample_id in enumerate(sample_ids)}
        names = sorted({row.name for row in known})
        values = np.full((len(sample_ids), len(names)), np.nan)
        for row in known:
            values[place_of[row.sample_id], names.index(row.name)] = row.value
        generated = frozenset(row.name for row in measurements if _BY_MODEL in row.measured_by)
        shown = Pictured.of({sample_id: sample_id for sample_id in sample_ids})
        return cls(shown, names, values, generated, len(measurements))

    def __len__(self) -> int:
        """Count the rows of the table that they are from, of whichever pictures."""
        return self._n_rows

    def about(self, sample_ids: "pd.Series[str]") -> pd.DataFrame:
        """Give a row for each of these pictures, a float column for each measurement; NaN is unknown."""
        column = pa.array(sample_ids, pa.string())
        found = np.full((len(column), len(self.names)), np.nan, order="F")
        place = self._shown.places(column)
        found[place >= 0] = self._values[place[place >= 0]]
        return pd.DataFrame(found, columns=self.names, copy=False)
