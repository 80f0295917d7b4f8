"""How fast did each annotator answer, and how often the same as before? Numbers to look at, no verdicts."""

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from datatools.fairness.labels.coded import Coded, Floats

_FAST_FRAC = 1 / 3  # of everybody's median lead time


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """One annotator's times and repetitions."""

    median_s: float | None  # None: no lead time is known
    fast_frac: float | None  # answers in less than a third of everybody's median
    same_as_before_frac: float | None  # None: one answer, or none
    same_by_chance_frac: float | None  # what the same answers in a random order would give
    longest_run: int


def median(numbers: Floats) -> float | None:
    """Give the median of the numbers that are known, None where none is."""
    known = numbers[~np.isnan(numbers)]
    return float(np.median(known)) if len(known) else None


def paces(coded: Coded) -> list[Pace]:
    """Describe each annotator of a question."""
    usual = median(coded.lead_s)
    order = np.lexsort((coded.place, coded.annotator))
    ends = np.searchsorted(coded.annotator[order], np.arange(len(coded.annotators) + 1))
    found = []
    for start, end in pairwise(ends):
        mine = order[start:end]
        lead_s = coded.lead_s[mine]
        known = lead_s[~np.isnan(lead_s)]
        values = coded.value[mine]
        n = len(values)
        share = np.bincount(values)
        changes = np.flatnonzero(np.diff(values))
        runs = np.diff(np.concatenate([[-1], changes, [n - 1]]))
        found.append(
            Pace(
                median_s=median(known),
                fast_frac=float(np.mean(known < _FAST_FRAC * usual)) if usual and len(known) else None,
                same_as_before_frac=1 - len(changes) / (n - 1) if n > 1 else None,
                same_by_chance_frac=float((share * (share - 1)).sum() / (n * (n - 1))) if n > 1 else None,
                longest_run=int(runs.max(initial=0)),
            )
        )
    return found
