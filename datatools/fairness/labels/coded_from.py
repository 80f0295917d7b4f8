"""What do other codings of an attribute ask of people's answers and of what was measured?"""

import math
import statistics
from collections import defaultdict
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from datatools import vocab
from datatools.answers import latest
from datatools.fairness.who.groups import CONSENSUS, Axis, axis, is_of_consensus
from datatools.records import Annotation, Measurement

Floats = NDArray[np.float64]


class Source(Protocol):
    """What is known of the people under audit: ``who.axes.Known`` of a workspace, or ``Records``."""

    def axis(self, spec: str, years_of: str = "") -> Axis:
        """Make one axis, as ``groups.axis``; answers of ``years_of`` in numbers are cut as measurements are.

        Raises:
            UsageError: as ``groups.axis``.
        """
        ...

    def vocabularies(self, attribute: str) -> set[str]:
        """Give the vocabularies that an attribute's question was answered in, or its consensus is in."""
        ...

    def has_years(self, attribute: str) -> bool:
        """Say whether an attribute's answers are numbers that are read in bands."""
        ...

    def middles(self, name: str) -> Floats:
        """Give each person's median of a measurement, as the audit takes it, sorted (n_people,)."""
        ...


class Records:
    """A source of rows in memory."""

    def __init__(
        self,
        annotations: Sequence[Annotation],
        measurements: Sequence[Measurement],
        person_of: Mapping[str, str],
    ) -> None:
        """Hold rows.

        Args:
            annotations: all answers, and those of a consensus.
            measurements: all measurements.
            person_of: sample_id to person_id, of the samples under audit.
        """
        self._annotations = annotations
        self._measurements = measurements
        self._person_of = person_of

    def axis(self, spec: str, years_of: str = "") -> Axis:
        """Make one axis."""
        years = self._years(years_of) if years_of else []
        return axis(spec, self._annotations, [*self._measurements, *years], self._person_of)

    def vocabularies(self, attribute: str) -> set[str]:
        """Give the vocabularies of an attribute's answers."""
        question = attribute.partition(":")[0].partition("@")[0]
        return {
            row.vocabulary
            for row in self._annotations
            if row.question == question
            and row.sample_id in self._person_of
            and (row.source == CONSENSUS) == is_of_consensus(attribute)
        }

    def has_years(self, attribute: str) -> bool:
        """Say whether an attribute's answers are numbers that are read in bands."""
        return bool(self._years(attribute))

    def middles(self, name: str) -> Floats:
        """Give each person's median of a measurement."""
        of_person: dict[str, list[float]] = defaultdict(list)
        for row in self._measurements:
            if row.name == name and row.sample_id in self._person_of and not math.isnan(row.value):
                of_person[self._person_of[row.sample_id]].append(row.value)
        return np.sort([statistics.median(numbers) for numbers in of_person.values()])

    def _years(self, attribute: str) -> list[Measurement]:
        """Give answers as numbers that can be cut; none where they are not numbers, or not read in bands."""
        question, _, target = attribute.partition(":")
        levels = {vocab.load(key).level for key in self.vocabularies(attribute)}
        if not target or levels != {"interval"}:
            return []
        said = latest(
            row for row in self._annotations if row.question == question and row.sample_id in self._person_of
        )
        return [
            Measurement(sample_id=sample_id, name=question, value=float(one.category), measured_by=annotator)
            for (sample_id, _, annotator), one in said.items()
            if not (one.is_contradictory or one.is_no_answer)
        ]
