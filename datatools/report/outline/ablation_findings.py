"""What does the page of an ablation say first: of everybody, and for whom?"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from datatools.fairness.models.arms_result import EVERYBODY
from datatools.fairness.models.arms_result import Row as Difference
from datatools.report import arms, words
from datatools.report.blocks import Listed, Row, Section, Statement, Table
from datatools.report.outline.cells import whole
from datatools.report.outline.pointers import at
from datatools.report.pareto import in_points

_READING = (
    "Each arm is trained the same way but for what its name says, once for each seed; all are scored on the "
    "same pictures, which none of them learnt from.",
    "A difference is an arm's score minus that of the reference arm, in points of 100. The interval in "
    "brackets holds the truth with 95% confidence; it allows for other people in the pictures and for other "
    "luck in training.",
    "Verdicts. Difference: it stays clear of chance, corrected for all comparisons. Equivalent: it is shown "
    "to be smaller than the margin. Insufficient data: neither could be shown.",
)

Placed = tuple[int, Difference]  # a row with its place in the result


def _everybody(placed: Sequence[Placed]) -> list[Placed]:
    return [(n, row) for n, row in placed if row.attribute == EVERYBODY and row.is_compared]


def headline(placed: Sequence[Placed]) -> str:
    """Say of everybody what each arm changes, test by test."""
    parts = []
    for arm in dict.fromkeys(row.arm for _, row in placed):
        of_arm = [row for _, row in _everybody(placed) if row.arm == arm]
        said = []
        for word, some in (
            ("higher", [row for row in of_arm if row.verdict == "difference" and (row.difference or 0) > 0]),
            ("lower", [row for row in of_arm if row.verdict == "difference" and (row.difference or 0) <= 0]),
            ("equivalent", [row for row in of_arm if row.verdict == "equivalent"]),
            ("not settled", [row for row in of_arm if row.verdict == "insufficient data"]),
        ):
            if some:
                # Names of tests may hold commas.
                said.append(f"{word} on {' and '.join(_told(row) for row in some)}")
        parts.append(f"{arm} against {of_arm[0].reference}: {'; '.join(said) or 'nothing to tell'}.")
    return " ".join(parts) or "Nothing was compared."


def _told(row: Difference) -> str:
    is_told = row.verdict == "difference"
    return f"{row.test} ({in_points(row.difference, signed=True)})" if is_told else row.test


def findings(placed: Sequence[Placed]) -> Section:
    """Give what can be said, what cannot, and everybody at a glance."""
    told = [
        _sentence(n, row)
        for n, row in placed
        if row.verdict in {"difference", "equivalent"} and row.is_compared
    ]
    unsure = [_unsettled(n, row) for n, row in _everybody(placed) if row.verdict == "insufficient data"]
    for test in dict.fromkeys(row.test for _, row in placed):
        names = dict.fromkeys(
            words.attribute(row.attribute)
            for _, row in placed
            if row.test == test and row.verdict == "insufficient data" and row.attribute != EVERYBODY
        )
        if names:
            text = f"{test}, by group: insufficient data for some of {words.listed(list(names), most=12)}."
            unsure.append(Statement(text=text, tone="insufficient"))
    nothing = Statement(text="No comparison came to a verdict.")
    settled = Statement(text="Every comparison of everybody came to a verdict.")
    return Section(
        key="findings",
        title="Findings",
        sections=[
            Section(key="cansay", title="What we can say", blocks=[Listed(items=told) if told else nothing]),
            Section(
                key="cannotsay",
                title="What we cannot say",
                blocks=[Listed(items=unsure) if unsure else settled],
            ),
            Section(key="glance", title="Everybody at a glance", blocks=list(_glance(placed))),
            Section(
                key="reading",
                title="How to read this report",
                blocks=[Statement(text=text, tone="quiet") for text in _READING],
            ),
        ],
    )


def _sentence(number: int, row: Difference) -> Statement:
    about = f"{row.test}, {arms.whom(row)}"
    people = f"{whole(row.n_images)} images of {whole(row.n_people)} people"
    if row.verdict == "equivalent":
        text = f"{about}: {row.arm} and {row.reference} are equivalent, {ranged(row)}; {people}."
        return Statement(text=text, tone="equivalent", of=at("/rows", number))
    side = "higher" if (row.difference or 0.0) > 0 else "lower"
    change = f"{in_points(abs(row.difference or 0.0))} points {side} {arms.interval(row)}"
    text = f"{about}: {change} with {row.arm} than with {row.reference}; {people}, "
    text += f"corrected p {arms.p_value(row)}."
    return Statement(text=text, of=at("/rows", number))


def _unsettled(number: int, row: Difference) -> Statement:
    text = f"{row.test}, everybody: insufficient data, {ranged(row)}."
    if row.detectable is not None:
        text += f" Differences under {in_points(row.detectable)} points would mostly go unseen (80% power)."
    return Statement(text=text, tone="insufficient", of=at("/rows", number))


def _glance(placed: Sequence[Placed]) -> Iterator[Table]:
    """Give a table for each reading: accuracy and agreement are never in one."""
    everybody = sorted(_everybody(placed), key=lambda one: one[1].reading)
    for reading, rows in groupby(everybody, key=lambda one: one[1].reading):
        yield Table(
            caption=f"Everybody: {reading} in points of 100, 95% intervals over people and seeds",
            head=(
                "Test",
                "Metric",
                "Arm",
                "Reference arm",
                "Arm's value",
                "Reference's",
                "Difference",
                "People",
                "Verdict",
            ),
            rows=[
                Row(
                    cells=(
                        row.test,
                        row.metric,
                        row.arm,
                        row.reference,
                        in_points(row.value),
                        in_points(row.reference_value),
                        ranged(row),
                        whole(row.n_people),
                        row.verdict,
                    ),
                    of=at("/rows", number),
                )
                for number, row in rows
            ],
            has_verdict=True,
        )


def ranged(row: Difference) -> str:
    """Write a difference with its interval, in points of 100."""
    value = in_points(row.difference, signed=True)
    return value if row.low is None else f"{value} {arms.interval(row)}"
