"""Is a group that a teacher serves worse also served worse by its student?

Three numbers, each with an interval over people, of the pictures on which both were measured against
human or rendered masks:

- the slope of the student's group values on the teacher's;
- the correlation of their errors within groups;
- of each group's gap under the student, the part that goes with the teacher's error: the teacher's gap
  times the within-group regression of the student's value on the teacher's (as in Gelbach 2016).

All are associations. A picture that is hard for everybody moves both, whoever taught whom.
"""

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd

from datatools.fairness.chain.chain_cases import REFINED, STUDENT, TEACHER
from datatools.fairness.chain.chain_result import Transfer
from datatools.fairness.chain.pass_through import Errors, correlation, product_interval, regression, slope
from datatools.fairness.estimates import AttributeAudit, Estimate, Interval
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.mean_value import MeanValue
from datatools.fairness.statistics.people import by_person
from datatools.progress import Progress
from datatools.selection import measures_accuracy

_OWN_MASKS = "generated"  # the refined masks, in the place of a teacher


@dataclass(frozen=True, slots=True, eq=False)
class _Pair:
    """A teacher and a student on the same pictures."""

    teacher: str
    student: str
    reference_source: str
    frame: pd.DataFrame  # a row for each picture: sample_id, person_id, teacher, student (IoU)


def transfers(frame: pd.DataFrame, plan: Plan, progress: Progress) -> list[Transfer]:
    """Tell for every teacher, student and single attribute how their group values go together.

    Args:
        frame: the chain's cases: step, reference_source, sample_id, person_id, value (IoU).
        plan: the audit's; crossings are left out.
        progress: shows the teachers' audits and one step for each pair.
    """
    singles = dataclasses.replace(
        plan,
        metrics=[MeanValue()],
        axes=[axis for axis in plan.axes if len(axis.attributes) == 1],
    )
    pairs = list(_pairs(frame))
    # Students are mostly scored on the same pictures: a teacher is audited once for each set of them.
    audits: dict[tuple[str, str, bytes], list[AttributeAudit]] = {}
    found: list[Transfer] = []
    with progress.bar("transfer", len(pairs)) as advance:
        for pair in pairs:
            key = (pair.teacher, pair.reference_source, _pictures(pair.frame["sample_id"]))
            if key not in audits:
                audits[key] = _teachers_gaps(pair, singles)
            found += _of_pair(pair, audits[key], singles)
            advance()
    return found


def _pictures(sample_ids: "pd.Series[str]") -> bytes:
    """Give what tells one set of pictures from another, in 16 bytes and not in their ids."""
    hashed = pd.util.hash_pandas_object(sample_ids, index=False).to_numpy()
    return hashlib.blake2b(hashed.tobytes(), digest_size=16).digest()


def _pairs(frame: pd.DataFrame) -> Iterator[_Pair]:
    for source, rows in frame.groupby("reference_source", sort=True, observed=True):
        if not measures_accuracy(str(source)):
            continue
        by_step = {str(step): group for step, group in rows.groupby("step", sort=True, observed=True)}
        for student in (step for step in by_step if step.startswith(STUDENT)):
            for teacher in (step for step in by_step if step.startswith(TEACHER) or step == REFINED):
                both = by_step[teacher].merge(
                    by_step[student][["sample_id", "value"]], on="sample_id", suffixes=("", "_student")
                )
                both = both.sort_values("sample_id")
                if len(both):
                    yield _Pair(
                        _OWN_MASKS if teacher == REFINED else teacher.removeprefix(TEACHER),
                        student.removeprefix(STUDENT),
                        str(source),
                        both[["sample_id", "person_id"]].assign(
                            teacher=both["value"], student=both["value_student"]
                        ),
                    )


def _teachers_gaps(pair: _Pair, plan: Plan) -> list[AttributeAudit]:
    scores = pair.frame.assign(
        model=pair.teacher, reference_source=pair.reference_source, value=pair.frame["teacher"]
    )
    return audit_models(scores, plan, Progress("quiet")).models[0].attributes


def _of_pair(pair: _Pair, gaps: list[AttributeAudit], plan: Plan) -> Iterator[Transfer]:
    people = by_person(pair.frame, [MeanValue("teacher"), MeanValue("student")])
    for layout, audited in zip(lay(plan.axes, people, plan.min_people), gaps, strict=True):
        if len(layout.shown) > 1:
            yield _transfer(pair, layout, audited)


def _transfer(pair: _Pair, layout: Layout, audited: AttributeAudit) -> Transfer:
    errors = _errors(layout)
    fitted = regression(errors)
    shown = [group for group in audited.groups if group.estimate.value is not None]
    among_shown = errors.of(layout.stratum < len(layout.shown))
    found_slope, found_correlation = slope(among_shown), correlation(errors)
    attribute = layout.axis.name
    return Transfer(
        teacher=pair.teacher,
        student=pair.student,
        attribute=attribute,
        reference_source=pair.reference_source,
        n_images=int(layout.people.n_images.sum()),
        n_people=len(layout.people),
        slope=found_slope,
        correlation=found_correlation,
        carried=[_carried(group.comparison.gap, group.estimate, fitted) for group in shown],
        groups=[group.group for group in shown],
        sentence=_sentence(pair, attribute, found_slope, found_correlation),
    )


def _errors(layout: Layout) -> Errors:
    teacher, student = (layout.people.sums[name] for name in ("teacher", "student"))
    return Errors(
        group=layout.stratum,
        n_images=teacher[:, 1],
        teacher=1 - teacher[:, 0] / teacher[:, 1],
        student=1 - student[:, 0] / student[:, 1],
    )


def _carried(gap: Estimate, of_group: Estimate, fitted: Interval) -> Estimate:
    found = product_interval(fitted, Interval(value=gap.value, low=gap.low, high=gap.high))
    return Estimate(
        value=found.value,
        low=found.low,
        high=found.high,
        n_images=of_group.n_images,
        n_people=of_group.n_people,
    )


def _sentence(pair: _Pair, attribute: str, found: Interval, together: Interval) -> str:
    """Say what was found, and that it is no cause."""
    served_by = "the committee" if pair.teacher == _OWN_MASKS else pair.teacher
    if found.value is None:
        text = (
            f"{served_by} differs too little between the groups of {attribute} to tell whether "
            f"{pair.student} follows it"
        )
    else:
        side = "worse" if found.value >= 0 else "better"
        ends = " to ".join(_number(end) for end in (found.low, found.high))
        text = (
            f"For each point that {served_by} serves a group of {attribute} worse, {pair.student} serves "
            f"it {_number(abs(found.value))} points {side} (slope {ends})"
        )
    if together.value is not None:
        text += (
            f"; within groups their log errors have a correlation of {_number(together.value)} "
            f"({_number(together.low)} to {_number(together.high)})"
        )
    text = text[0].upper() + text[1:] if pair.teacher == _OWN_MASKS else text
    return f"{text}. This is association, not cause: a picture may be hard for both."


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.2f}".replace("-", "\N{MINUS SIGN}")
