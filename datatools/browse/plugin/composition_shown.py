"""What does the composition panel show: which rows, in which words?

Plain data. Counts come from the newest composition audit, or are made now where there is none; the reference
population is in the audit alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from datatools.browse.plugin import place
from datatools.errors import DataError
from datatools.fairness.composition.composition_result import (
    CompositionAudit,
    Count,
    Headcount,
    ReferenceTest,
)
from datatools.fairness.composition.members import Asked, asked, count
from datatools.report import newest, words
from datatools.workspace import Workspace

_HIDDEN = "too few people to show"


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """Who is in the data, and by which count."""

    report: str | None  # None: counted now
    asked: Asked
    headcounts: Sequence[Headcount]
    references: Sequence[ReferenceTest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the panel's table."""

    attribute: str
    group: str | None  # None: nobody's pictures can be shown
    cells: dict[str, str]


def read(workspace: Workspace) -> Counted:
    """Read the newest composition audit of a workspace, or count now.

    Raises:
        DataError: the audit's file is broken.
        UsageError: there are no pictures.
    """
    path = newest.composition(workspace)
    if path is None:
        wanted = Asked()
        return Counted(report=None, asked=wanted, headcounts=count(workspace, wanted), references=[])
    try:
        audit = CompositionAudit.model_validate_json(path.read_bytes())
    except ValueError as error:  # a ValidationError is one
        raise DataError(
            f"{path} is not a composition audit of this version ({str(error).splitlines()[0]}): run "
            "`datatools composition` again"
        ) from error
    return Counted(
        report=audit.name,
        asked=asked(audit.settings),
        headcounts=audit.headcounts,
        references=audit.references,
    )


def rows(counted: Counted, attribute: str) -> list[Row]:
    """Give an attribute's groups, then those that nobody is in, then who is in none."""
    head = next(one for one in counted.headcounts if one.attribute == attribute)
    test = next((one for one in counted.references if one.attribute == attribute), None)
    found = [_row(head, one, test) for one in head.groups]
    found += [_nobody(head.attribute, group, test) for group in head.empty]
    for reason in head.unplaced:
        n_people = _HIDDEN if reason.n_people is None else f"{reason.n_people:,}"
        label = f"in no group: {reason.reason.replace('_', ' ')}"
        found.append(_line(attribute, None, label, n_people=n_people))
    return found


def _row(head: Headcount, one: Count, test: ReferenceTest | None) -> Row:
    label = words.group(one.group, head.attribute)
    if one.n_people is None or one.share is None:
        return _line(head.attribute, None, label, n_people=_HIDDEN)
    return _line(
        head.attribute,
        one.group,
        label,
        n_people=f"{one.n_people:,}",
        n_images=f"{one.n_images:,}",
        share=f"{words.points(one.share)}% {words.interval(one.low, one.high)}",
        reference=_against(one.group, test),
        remark="thin: too few people to find a gap" if one.group in head.thin else "",
    )


def _nobody(attribute: str, group: str, test: ReferenceTest | None) -> Row:
    label = words.group(group, attribute)
    return _line(attribute, None, label, n_people="0", reference=_against(group, test), remark="empty")


def _against(group: str, test: ReferenceTest | None) -> str:
    found = None if test is None else next((one for one in test.groups if one.group == group), None)
    return "" if found is None else f"{words.points(found.reference_share)}%: {found.verdict}"


def _line(attribute: str, group: str | None, label: str, **cells: str) -> Row:
    every = dict.fromkeys(("n_people", "n_images", "share", "reference", "remark"), "")
    texts = {"label": label, **every, **cells}
    return Row(
        attribute=attribute,
        group=group,
        cells={name: place.unbroken(text) for name, text in texts.items()},
    )
