"""Which samples fulfil a condition that a user wrote: a measurement's bound, or people's answer?

``ita_deg<28`` is about a measurement, ``perceived_gender=female`` about answers, which may be read in a
coarser vocabulary: ``perceived_age:age3@1=old``. Samples are read and found in columns: there may be
millions.
"""

import operator
import re
from typing import cast

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from datatools import answers, counting, tables, vocab
from datatools.errors import UsageError
from datatools.workspace import Workspace

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_BOUND = re.compile(r"(?P<name>\w+)(?P<sign><=|>=|<|>)(?P<bound>-?\d+(?:\.\d+)?)")
_ANSWER = re.compile(r"(?P<axis>\w+(:\w+@\d+)?)=(?P<value>[\w+-]+)")


def measured(workspace: Workspace, condition: str) -> pa.StringArray:
    """Give the samples whose measurement fulfils a bound; without the measurement none does.

    Raises:
        UsageError: the text is no bound, or no sample has such a measurement.
    """
    parsed = _BOUND.fullmatch(condition.replace(" ", ""))
    if parsed is None:
        raise UsageError(f"expected a condition such as qc_bottom_bg>0.2, got {condition!r}")
    where = {"name": (parsed["name"],)}
    rows = workspace.columns(tables.MEASUREMENTS, ("sample_id", "value"), where=where)
    if not len(rows):
        every = workspace.columns(tables.MEASUREMENTS, ("name",), encoded=("name",))
        names = ", ".join(sorted(word for (word,) in counting.tally(every))) or "none"
        raise UsageError(f"{condition!r}: expected a measurement among {names}")
    fulfils = _SIGNS[parsed["sign"]](rows["value"].to_numpy(), float(parsed["bound"]))
    found = counting.whole(rows.filter(counting.mask(fulfils))["sample_id"])
    return found.take(counting.places(counting.starts(found)))  # several may have measured one sample


def answered(workspace: Workspace, condition: str) -> pa.StringArray:
    """Give the samples about which this answer was given more often than every other.

    Raises:
        UsageError: nobody was asked this, or nobody answered so.
    """
    parsed = _ANSWER.fullmatch(condition.replace(" ", ""))
    if parsed is None:
        raise UsageError(f"expected a condition such as perceived_gender=female, got {condition!r}")
    axis = vocab.axis(parsed["axis"])
    said = answers.table(workspace, axis)
    sample, value = counting.whole(said["sample_id"]), counting.whole(said["value"])
    words = value.dictionary.to_pylist()
    if parsed["value"] in words:
        is_clear = counting.bools(value.is_valid())
        of_sample = sample.indices.to_numpy()[is_clear].astype(np.int64)
        of_value = value.indices.drop_null().to_numpy().astype(np.int64)
        winners = only_most(of_sample, of_value, len(words))
        found = winners[winners[:, 1] == words.index(parsed["value"]), 0]
        if len(found):
            return sample.dictionary.take(counting.places(found))
    given = ", ".join(words) or "there is none, run `datatools annotate import`"
    raise UsageError(f"{condition!r}: expected an answer that was given to {axis.question}: {given}")


def only_most(subject: NDArray[np.int64], value: NDArray[np.int64], n_values: int) -> NDArray[np.int64]:
    """Give the value that each subject has more often than every other, where there is one.

    Args:
        subject: (n_votes,) who, from 0.
        value: (n_votes,) what, from 0 to ``n_values`` - 1.
        n_values: how many values there are.

    Returns:
        (n, 2): subjects in their order, and their value; those with a tie are left out.
    """
    pairs, counts = np.unique(subject * n_values + value, return_counts=True)
    subjects, values = np.divmod(pairs, n_values)
    order = np.lexsort((-counts, subjects))
    subjects, values, counts = subjects[order], values[order], counts[order]
    is_first = np.diff(subjects, prepend=-1) != 0
    is_tied = np.append((subjects[1:] == subjects[:-1]) & (counts[1:] == counts[:-1]), False)
    keep = is_first & ~is_tied
    return cast("NDArray[np.int64]", np.stack([subjects[keep], values[keep]], axis=1))


def fulfilling(workspace: Workspace, condition: str) -> pa.StringArray:
    """Give the samples that fulfil a condition of either kind.

    Raises:
        UsageError: as ``measured`` and ``answered``.
    """
    is_bound = "<" in condition or ">" in condition
    return measured(workspace, condition) if is_bound else answered(workspace, condition)
