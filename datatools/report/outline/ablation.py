"""What does the page of an ablation hold: with and without, overall and for whom?

Its numbers are those of ``ablation.json``, which pointers lead into.
"""

from collections.abc import Iterator, Sequence
from itertools import groupby

from datatools.fairness.estimates import Reading
from datatools.fairness.models.arms_result import EVERYBODY, AblationResult
from datatools.fairness.models.arms_result import Row as Difference
from datatools.report import arms, pareto, plots, words
from datatools.report.blocks import (
    Block,
    Commands,
    Definitions,
    Listed,
    Outline,
    Row,
    Section,
    Statement,
    Table,
)
from datatools.report.outline.cells import capital, whole
from datatools.report.outline.pointers import at, figures
from datatools.report.pareto import in_points
from datatools.report.provenance import command

SOURCE = "ablation.json"
_GAPS = {"gap to the rest", "largest gap"}
_READING = (
    "Each arm is trained the same way but for what its name says, once for each seed; all are scored on the "
    "same pictures, which none of them learnt from.",
    "A difference is an arm's score minus that of the reference arm, in points of 100. The interval in "
    "brackets holds the truth with 95% confidence; it allows for other people in the pictures and for other "
    "luck in training.",
    "Verdicts. Difference: it stays clear of chance, corrected for all comparisons. Equivalent: it is shown "
    "to be smaller than the margin. Insufficient data: neither could be shown.",
)

_Placed = tuple[int, Difference]  # a row with its place in the result


def of(result: AblationResult) -> Outline:
    """Outline an ablation."""
    placed = list(enumerate(result.rows))
    return Outline(
        title=f"Ablation {result.name}",
        headline=_headline(placed),
        about=result.description.strip().replace("\n", " "),
        sections=[
            _findings(placed),
            *_compared(placed),
            *_pareto(result),
            _arms(result),
            _runs(result),
            Section(
                key="definitions",
                title="Definitions",
                blocks=[
                    Definitions(
                        entries=list(result.metric_definitions.items()),
                        is_code=True,
                        of="/metric_definitions",
                    )
                ],
            ),
            Section(key="limits", title="What to know", blocks=[_noted(result)]),
            _provenance(result),
        ],
        source=SOURCE,
    )


def _everybody(placed: Sequence[_Placed]) -> list[_Placed]:
    return [(n, row) for n, row in placed if row.attribute == EVERYBODY and row.is_compared]


def _headline(placed: Sequence[_Placed]) -> str:
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


# -- findings --------------------------------------------------------------------------------------


def _findings(placed: Sequence[_Placed]) -> Section:
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
        text = f"{about}: {row.arm} and {row.reference} are equivalent, {_ranged(row)}; {people}."
        return Statement(text=text, tone="equivalent", of=at("/rows", number))
    side = "higher" if (row.difference or 0.0) > 0 else "lower"
    change = f"{in_points(abs(row.difference or 0.0))} points {side} {arms.interval(row)}"
    text = f"{about}: {change} with {row.arm} than with {row.reference}; {people}, "
    text += f"corrected p {arms.p_value(row)}."
    return Statement(text=text, of=at("/rows", number))


def _unsettled(number: int, row: Difference) -> Statement:
    text = f"{row.test}, everybody: insufficient data, {_ranged(row)}."
    if row.detectable is not None:
        text += f" Differences under {in_points(row.detectable)} points would mostly go unseen (80% power)."
    return Statement(text=text, tone="insufficient", of=at("/rows", number))


def _glance(placed: Sequence[_Placed]) -> Iterator[Table]:
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
                        _ranged(row),
                        whole(row.n_people),
                        row.verdict,
                    ),
                    of=at("/rows", number),
                )
                for number, row in rows
            ],
            has_verdict=True,
        )


def _ranged(row: Difference) -> str:
    value = in_points(row.difference, signed=True)
    return value if row.low is None else f"{value} {arms.interval(row)}"


# -- each arm on each test -------------------------------------------------------------------------


def _compared(placed: Sequence[_Placed]) -> Iterator[Section]:
    def place(one: _Placed) -> tuple[str, Reading, str, str]:
        return one[1].arm, one[1].reading, one[1].test, one[1].reference_source

    for number, (arm, reading, test, source) in enumerate(dict.fromkeys(map(place, placed))):
        rows = [one for one in placed if place(one) == (arm, reading, test, source)]
        key = f"c{number}"
        yield Section(
            key=key,
            title=f"{test}: {arm} against {rows[0][1].reference}",
            is_name=True,
            blocks=[
                Statement(text=f"{capital(words.held_against(reading, source))}.", tone="quiet"),
                *_forests(rows, key),
                Table(
                    caption=f"{arm} minus {rows[0][1].reference} on {test}, in points of 100, 95% intervals",
                    head=(*arms.COLUMNS[:3], "difference and 95% interval", *arms.COLUMNS[5:]),
                    rows=[
                        Row(cells=(c[0], c[1], c[2], _ranged(row), *c[5:]), of=at("/rows", n))
                        for n, row in rows
                        for c in [arms.cells(row)]
                    ],
                    has_verdict=True,
                ),
            ],
        )


def _forests(rows: Sequence[_Placed], key: str) -> Iterator[Block]:
    for name, asked, caption in (
        ("v", {"value", "worst group"}, "Difference by group; open marks are not settled"),
        ("g", _GAPS, "Change of the gaps: below zero, a gap became smaller where it was positive"),
    ):
        chosen = [
            row for _, row in rows if row.is_compared and row.difference is not None and row.asked in asked
        ]
        if not chosen:
            continue
        first = chosen[0]
        line = plots.Reference(
            value=0.0, label=f"points of {first.metric}: {first.arm} minus {first.reference}"
        )
        marks = [arms.mark(row, _mark_name(row)) for row in chosen]
        title = f"{caption}: {'; '.join(f'{mark.label} {mark.text}' for mark in marks[: plots.MAX_ROWS])}"
        drawing = plots.forest(marks, line, key=f"{key}{name}", title=title, signed=True)
        yield from figures(drawing, caption, "/rows")


def _mark_name(row: Difference) -> str:
    """Name a mark shortly; that a figure is about gaps stands above it."""
    if row.asked in {"worst group", "largest gap"}:
        return f"{row.asked.split()[0]}: {words.attribute(row.attribute)}"
    return arms.whom(row) if row.attribute == EVERYBODY else words.whom(row.attribute, row.group)


# -- the rest --------------------------------------------------------------------------------------


def _pareto(result: AblationResult) -> Iterator[Section]:
    if not result.pareto:
        return
    blocks: list[Block] = []
    drawings = pareto.charts(result.pareto)
    for (heading, lines), drawing, numbers in zip(
        pareto.tables(result.pareto), drawings, pareto.places(result.pareto), strict=True
    ):
        blocks += figures(drawing, heading, "/pareto")
        rows = [Row(cells=cells, of=at("/pareto", n)) for n, cells in zip(numbers, lines[1:], strict=True)]
        blocks.append(Table(caption=f"{heading}, in points of 100", head=lines[0], rows=rows))
    yield Section(key="pareto", title="Everybody against the worst group", blocks=blocks)


def _arms(result: AblationResult) -> Section:
    rows = []
    for name, settings in result.arms.items():
        told = ", ".join(f"{key} {words.fact(value)}" for key, value in settings.items())
        seen = "; ".join(result.pictures_seen.get(name, [])) or "not trained here"
        if "like" in settings:
            models = {run.model for run in result.runs if run.arm == name}
            cuts = (f"{result.thresholds[model]:g}" for model in sorted(models & set(result.thresholds)))
            seen = f"cut at {', '.join(cuts)}; not trained again"
        rows.append(Row(cells=(name, told or "as the recipe says", seen), of=""))
    seeds = f"Seeds {', '.join(map(str, result.seeds))}." if result.seeds else "Nothing was trained."
    return Section(
        key="arms",
        title="Arms",
        blocks=[
            Statement(text=seeds, of="/seeds"),
            Table(
                caption="What sets each arm apart, and what it cost",
                head=("Arm", "Settings", "Seen"),
                rows=rows,
            ),
        ],
    )


def _runs(result: AblationResult) -> Section:
    rows = [
        Row(
            cells=(
                run.model,
                run.arm,
                "–" if run.seed is None else str(run.seed),
                run.test,
                f"{run.reading} ({run.reference_source})",
                run.metric,
                in_points(run.value),
            ),
            of=at("/runs", number),
        )
        for number, run in enumerate(result.runs)
    ]
    table = Table(
        caption="Every run, everybody, in points of 100",
        head=("Model", "Arm", "Seed", "Test", "Reading", "Metric", "Value"),
        rows=rows,
    )
    return Section(key="runs", title="Every run", blocks=[table], is_open=False)


def _noted(result: AblationResult) -> Block:
    return Listed(
        items=[Statement(text=note, tone="limit", of=at("/notes", n)) for n, note in enumerate(result.notes)]
    )


def _provenance(result: AblationResult) -> Section:
    hashes = [Row(cells=(name, digest), of=at("/inputs", name)) for name, digest in result.inputs.items()]
    return Section(
        key="provenance",
        title="Provenance",
        blocks=[
            Statement(text="This command makes the ablation again. WS stands for the workspace's folder."),
            Commands(lines=[command("ablate", result.settings)]),
            Definitions(entries=list(result.versions.items()), is_code=True, of="/versions"),
            Table(caption="Made from", head=("What", "SHA-256"), rows=hashes, is_open=False),
        ],
    )
