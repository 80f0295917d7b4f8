"""Which samples fulfil a condition that a user wrote: a measurement's bound, or people's answer?

``ita_deg<28`` is about a measurement, ``perceived_gender=female`` about answers, which may be read in a
coarser vocabulary: ``perceived_age:age3@1=old``.
"""

import operator
import re
from collections import Counter, defaultdict
from collections.abc import Sequence

from datatools import vocab
from datatools.answers import latest
from datatools.errors import UsageError
from datatools.records import Annotation, Measurement

_SIGNS = {"<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge}
_BOUND = re.compile(r"(?P<name>\w+)(?P<sign><=|>=|<|>)(?P<bound>-?\d+(?:\.\d+)?)")
_ANSWER = re.compile(r"(?P<axis>\w+(:\w+@\d+)?)=(?P<value>[\w+-]+)")


def measured(condition: str, measurements: Sequence[Measurement]) -> set[str]:
    """Give the samples whose measurement fulfils a bound; without the measurement none does.

    Raises:
        UsageError: the text is no bound, or no sample has such a measurement.
    """
    parsed = _BOUND.fullmatch(condition.replace(" ", ""))
    if parsed is None:
        raise UsageError(f"expected a condition such as qc_bottom_bg>0.2, got {condition!r}")
    rows = [row for row in measurements if row.name == parsed["name"]]
    if not rows:
        names = ", ".join(sorted({row.name for row in measurements})) or "none"
        raise UsageError(f"{condition!r}: expected a measurement among {names}")
    bound = float(parsed["bound"])
    return {row.sample_id for row in rows if _SIGNS[parsed["sign"]](row.value, bound)}


def answered(condition: str, annotations: Sequence[Annotation]) -> set[str]:
    """Give the samples about which this answer was given more often than every other.

    Raises:
        UsageError: nobody was asked this, or nobody answered so.
    """
    parsed = _ANSWER.fullmatch(condition.replace(" ", ""))
    if parsed is None:
        raise UsageError(f"expected a condition such as perceived_gender=female, got {condition!r}")
    axis = vocab.axis(parsed["axis"])
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    asked = (row for row in annotations if row.question == axis.question)
    for (sample_id, _, _), said in latest(asked, axis).items():
        if not said.is_contradictory:
            counts[sample_id][said.category] += 1
    found = {sample_id for sample_id, said in counts.items() if _only_most(said) == parsed["value"]}
    if not found:
        given = sorted({value for said in counts.values() for value in said})
        raise UsageError(
            f"{condition!r}: expected an answer that was given to {axis.question}: "
            f"{', '.join(given) or 'there is none, run `datatools annotate import`'}"
        )
    return found


def _only_most(said: Counter[str]) -> str | None:
    ranked = said.most_common(2)
    return None if len(ranked) == 2 and ranked[0][1] == ranked[1][1] else ranked[0][0]


def fulfilling(
    condition: str, measurements: Sequence[Measurement], annotations: Sequence[Annotation]
) -> set[str]:
    """Give the samples that fulfil a condition of either kind.

    Raises:
        UsageError: as ``measured`` and ``answered``.
    """
    is_bound = "<" in condition or ">" in condition
    return measured(condition, measurements) if is_bound else answered(condition, annotations)
