"""What is told of answers that may be wrong: doubtful ones, other ways to make groups, wrong groups?"""

from collections.abc import Mapping, Sequence

from datatools.fairness.estimates import Comparison
from datatools.fairness.labels.label_result import MislabelBound, Sensitivity, UncertainLabels
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline.cells import estimated, some
from datatools.report.outline.pointers import at

_BOUND = (
    "The last column is the least share of people in a wrong group at which the verdict need not hold, if "
    "exactly the worst people for it were the mislabelled ones: a bound, not a forecast."
)


def uncertain(found: Sequence[tuple[Pointer, UncertainLabels]], *, key: str) -> list[Section]:
    """Give a section for each attribute whose annotators disagreed."""
    return [_uncertain(one, of, key=f"{key}labels{number}") for number, (of, one) in enumerate(found)]


def _uncertain(one: UncertainLabels, of: Pointer, *, key: str) -> Section:
    lost = [words.group(group.group, one.attribute) for group in one.groups if not group.is_kept]
    but = f" but those of {some(lost)}" if lost else ""
    text = (
        f"Annotators disagree about some people: of {one.n_people:,}, {one.n_uncertain:,} are in a group "
        f"with less than 95% probability ({one.posterior}). All gaps{but} keep their side of zero when that "
        "doubt is carried through."
    )
    blocks: list[Block] = [Statement(text=text, of=of)]
    if one.doubt is not None:
        low, high = words.points(one.doubt.low), words.points(one.doubt.high)
        doubt = (
            f"The chance that a person is in a wrong group is {low}% in the half with the lower scores, "
            f"{high}% in the other (p {words.p_value(one.doubt.p_value)}); were they unlike, annotators "
            "would err by score, and these intervals would not hold."
        )
        blocks.append(Statement(text=doubt, tone="quiet", of=at(of, "doubt")))
    rows = [
        Row(
            cells=(
                words.group(group.group, one.attribute),
                f"{group.n_expected:.1f}",
                estimated(group.certain, signed=True),
                estimated(group.drawn, signed=True),
            ),
            of=at(of, "groups", place),
        )
        for place, group in enumerate(one.groups)
    ]
    caption = f"{one.metric}: gap to the rest in points of 100, 95% intervals"
    head = ("Group", "People expected", "Gap, labels taken for certain", "Gap, labels uncertain")
    blocks.append(Table(caption=caption, head=head, rows=rows))
    return Section(
        key=key, title=f"With uncertain labels, by {words.attribute(one.attribute)}", blocks=blocks
    )


def codings(found: Sequence[tuple[Pointer, Sensitivity]], *, key: str) -> list[Section]:
    """Give one section on all attributes that could have been put into groups in another way."""
    if not found:
        return []
    rows = [
        Row(
            cells=(
                coding.coding,
                str(coding.n_groups),
                words.points(coding.largest_gap),
                words.p_value(coding.p_value),
                _standing(coding.comparisons),
            ),
            of=at(of, "codings", place),
        )
        for of, one in found
        for place, coding in enumerate(one.codings)
    ]
    table = Table(
        caption="Largest gap between two groups, in points of 100, and whether any group differs",
        head=("Groups made as", "Groups", "Largest gap", "p, any group differs", "Gaps that stand"),
        rows=rows,
    )
    told = [Statement(text=one.sentence, of=of) for of, one in found]
    return [
        Section(
            key=f"{key}codings",
            title="Other ways to make groups",
            blocks=[*told, table],
            is_open=not all(one.is_stable for _, one in found),
        )
    ]


def _standing(comparisons: Mapping[str, Comparison]) -> str:
    named = [
        f"{group} ({words.signed_points(one.gap.value)})"
        for group, one in comparisons.items()
        if one.verdict == "gap"
    ]
    return some(named, most=4) if named else "none"


def bounds(found: Sequence[tuple[Pointer, MislabelBound]], *, key: str) -> list[Section]:
    """Give one section on how many wrong labels each verdict would bear."""
    if not found:
        return []
    table = Table(
        caption="Gap to the rest in points of 100; bounds at the measured share of wrong labels",
        head=("Group", "Gap", "Measured wrong", "Gap could be", "Verdict may break at"),
        rows=[_bound(one, of) for of, one in found],
    )
    blocks: list[Block] = [Statement(text=_BOUND, tone="quiet"), table]
    title = "If people are in the wrong group"
    return [Section(key=f"{key}bounds", title=title, blocks=blocks, is_open=False)]


def _bound(one: MislabelBound, of: Pointer) -> Row:
    is_known = one.low is not None and one.high is not None
    cells = (
        words.whom(one.attribute, one.group),
        words.signed_points(one.gap),
        "–" if one.error_rate is None else f"{words.points(one.error_rate)}%",
        words.interval(one.low, one.high, signed=True) if is_known else "not measured",
        "no share" if one.breaks_at is None else f"{words.points(one.breaks_at)}%",
    )
    return Row(cells=cells, of=of)
