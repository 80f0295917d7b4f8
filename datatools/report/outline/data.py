"""What is told of the data: what was found, what was lost and why, and who is in it?"""

from collections.abc import Sequence

from datatools.fairness.result import AuditResult, Composition, Proportion
from datatools.report import figures, words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.document import Report
from datatools.report.facts import Reason, ReportFacts
from datatools.report.outline import made_of, pointers
from datatools.report.outline.cells import whole
from datatools.report.outline.pointers import at


def section(report: Report) -> Section:
    """Give the section on the data."""
    facts = report.facts
    blocks: list[Block] = [*_funnel(facts), *_rejections(facts), *_failures(facts)]
    blocks += [*_sources(facts), *_splits(facts)]
    tints = figures.colours(report.audit)
    parts = [
        _composition(table, tints, key=f"c{number}", of=at("/audit/composition", number))
        for number, table in enumerate(report.audit.composition)
    ]
    parts += made_of.sections(facts)
    if not blocks and not parts:
        blocks = [Statement(text=_nothing(report.audit), of="/audit")]
    return Section(key="data", title="The data", blocks=blocks, sections=parts)


def _nothing(audit: AuditResult) -> str:
    pictures = words.count(audit.n_samples, "picture")
    return f"{pictures} of {words.count(audit.n_people, 'person', 'people')}; nothing else is known of them."


def _funnel(facts: ReportFacts) -> list[Block]:
    if not facts.steps or not facts.steps[0].n_images:
        return []
    rows = [
        Row(
            cells=(step.step, whole(step.n_images), whole(step.n_people), _percent(step.share)),
            of=at("/facts/steps", place),
        )
        for place, step in enumerate(facts.steps)
    ]
    drawing = figures.funnel(facts.steps, key="funnel")
    return [
        *pointers.figures(drawing, "Pictures left after each step", "/facts/steps"),
        Table(
            caption="Pictures left after each step, and the share of those found",
            head=("Step", "Images", "People", "Share"),
            rows=rows,
            is_open=False,
        ),
    ]


def _percent(share: float | None) -> str:
    return "–" if share is None else f"{words.points(share)}%"


def _rejections(facts: ReportFacts) -> list[Block]:
    found: list[Block] = []
    if facts.rejections:
        what = "Pictures that did not pass, by check; one picture may fail several"
        drawing = figures.reasons(facts.rejections, key="rejections")
        found += pointers.figures(drawing, what, "/facts/rejections")
        rows = [
            Row(
                cells=(_check(row), whole(row.n_images), _percent(row.share)),
                of=at("/facts/rejections", place),
            )
            for place, row in enumerate(facts.rejections)
        ]
        head = ("Check", "Pictures", "Share of those with a mask")
        found.append(Table(caption=what, head=head, rows=rows, is_open=False))
    if facts.n_rejected is not None:
        rejected = words.count(facts.n_rejected, "picture was", "pictures were")
        text = f"{rejected} rejected; people reviewed {words.count(facts.n_reviewed, 'mask')} by eye."
        found.append(Statement(text=text, tone="quiet", of="/facts"))
    return found


def _check(row: Reason) -> str:
    return row.where if row.reason == "did not pass" else f"{row.where}: {row.reason}"


def _failures(facts: ReportFacts) -> list[Block]:
    if not facts.failures:
        return []
    rows = [
        Row(cells=(row.where, row.reason, whole(row.n_images)), of=at("/facts/failures", place))
        for place, row in enumerate(facts.failures)
    ]
    caption = "Items that failed, and why"
    return [Table(caption=caption, head=("Stage", "Reason", "Pictures"), rows=rows)]


def _sources(facts: ReportFacts) -> list[Block]:
    if not facts.sources:
        return []
    rows = []
    for place, row in enumerate(facts.sources):
        masks = ", ".join(f"{n:,} {source}" for source, n in row.reference_masks.items()) or "none"
        counts = (whole(row.n_images), whole(row.n_people), whole(row.n_failed))
        cells = (row.source, row.reader, *counts, masks, row.licence)
        rows.append(Row(cells=cells, of=at("/facts/sources", place)))
    head = ("Source", "Read as", "Pictures", "People", "Unreadable", "Reference masks", "Licence")
    return [Table(caption="Sources", head=head, rows=rows)]


def _splits(facts: ReportFacts) -> list[Block]:
    if not facts.splits:
        return []
    rows = [
        Row(cells=(row.split, whole(row.n_images), whole(row.n_people)), of=at("/facts/splits", place))
        for place, row in enumerate(facts.splits)
    ]
    return [Table(caption="Splits, by person", head=("Split", "Pictures", "People"), rows=rows)]


def _composition(found: Composition, tints: figures.Colours, *, key: str, of: Pointer) -> Section:
    name = words.attribute(found.attribute)
    blocks: list[Block] = []
    told = words.said_by(found.answered_by)
    if found.n_unlabelled:
        told += f" {words.count(found.n_unlabelled, 'person has', 'people have')} no answer."
    if told:
        blocks.append(Statement(text=told.strip(), tone="quiet", of=of))
    for part, rows, what, unit in (
        ("people", found.people, "People", "people"),
        ("acceptance", found.acceptance, "Masks accepted", "accepted masks"),
    ):
        here = at(of, part)
        drawing = figures.shares(found, rows, tints, what=what, key=f"{key}{part[0]}")
        blocks += pointers.figures(drawing, f"{what} by {name}, with 95% Wilson interval", here)
        blocks += _shares(rows, f"{what} by {name}", unit, here)
    return Section(key=key, title=f"Who is in the data, by {name}", blocks=blocks)


def _shares(rows: Sequence[Proportion], caption: str, unit: str, of: Pointer) -> list[Block]:
    if not rows:
        return []
    found = []
    for place, row in enumerate(rows):
        here = at(of, place)
        if row.share is None or row.count is None:
            found.append(Row(cells=(row.group, "too few to show"), of=here, is_suppressed=True))
            continue
        share = f"{words.points(row.share)}% {words.interval(row.low, row.high)}"
        found.append(Row(cells=(row.group, f"{row.count:,}", f"{row.total:,}", share), of=here))
    head = ("Group", unit[:1].upper() + unit[1:], "Of", "Share, 95% interval")
    return [Table(caption=caption, head=head, rows=found, is_open=False)]
