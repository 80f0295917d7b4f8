"""What does the page of an ablation hold: with and without, overall and for whom?

Its numbers are those of ``ablation.json``, which pointers lead into.
"""

from collections.abc import Iterator, Sequence

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
from datatools.report.outline.ablation_findings import Placed, findings, headline, ranged
from datatools.report.outline.cells import capital
from datatools.report.outline.pointers import at, figures
from datatools.report.pareto import in_points
from datatools.report.provenance import command

SOURCE = "ablation.json"
_GAPS = {"gap to the rest", "largest gap"}


def of(result: AblationResult) -> Outline:
    """Outline an ablation."""
    placed = list(enumerate(result.rows))
    return Outline(
        title=f"Ablation {result.name}",
        headline=headline(placed),
        about=result.description.strip().replace("\n", " "),
        sections=[
            findings(placed),
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


# -- each arm on each test -------------------------------------------------------------------------


def _compared(placed: Sequence[Placed]) -> Iterator[Section]:
    def place(one: Placed) -> tuple[str, Reading, str, str]:
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
                        Row(cells=(c[0], c[1], c[2], ranged(row), *c[5:]), of=at("/rows", n))
                        for n, row in rows
                        for c in [arms.cells(row)]
                    ],
                    has_verdict=True,
                ),
            ],
        )


def _forests(rows: Sequence[Placed], key: str) -> Iterator[Block]:
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
