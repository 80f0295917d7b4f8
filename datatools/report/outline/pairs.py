"""What is told of models against the baseline: which is better, for whom, and is anybody harmed?"""

from collections.abc import Sequence

from datatools.fairness.models.models_result import ModelPair, PairedGroup
from datatools.fairness.result import AuditResult
from datatools.report import plots, words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline import pointers
from datatools.report.outline.cells import estimated, some
from datatools.report.outline.forests import changes
from datatools.report.outline.pointers import at
from datatools.report.verdicts import margin

_COLOURS = {"better": "equivalent", "worse": "gap", "equivalent": "equivalent"}
_OF = "/audit/model_pairs"
_EVERYBODY = "everybody"

Placed = tuple[str, Pointer, PairedGroup]


def sections(audit: AuditResult) -> list[Section]:
    """Give the section that compares models; none where only one was audited."""
    found = audit.model_pairs
    if found is None or not (found.pairs or found.notes):
        return []
    blocks: list[Block] = [
        Statement(text=note, tone="quiet", of=at(_OF, "notes", place))
        for place, note in enumerate(found.notes)
    ]
    parts = [
        _pair(pair, margin(audit), at(_OF, "pairs", place), key=f"mp{place}")
        for place, pair in enumerate(found.pairs)
    ]
    return [Section(key="models", title="Models compared", blocks=blocks, sections=parts)]


def _pair(pair: ModelPair, band: float, of: Pointer, *, key: str) -> Section:
    groups: list[Placed] = [
        (words.whom(attribute.attribute, group.group), at(of, "attributes", place, "groups", line), group)
        for place, attribute in enumerate(pair.attributes)
        for line, group in enumerate(attribute.groups)
    ]
    everyone: list[Placed] = [(_EVERYBODY, at(of, "overall"), pair.overall), *groups]
    lead = (
        f"{pair.model} less {pair.baseline}, on the same pictures; {pair.reading} against "
        f"{words.reference(pair.reference_source)}. Everybody: "
        f"{estimated(pair.overall.difference, signed=True)}, {words.counts(pair.overall.difference)}, "
        f"{pair.overall.verdict}."
    )
    if pair.n_only_one:
        pictures = words.count(pair.n_only_one, "picture was", "pictures were")
        lead += f" {pictures} scored under one of the two alone, and left out."
    caption = "Difference on the same pictures; open marks are not settled"
    if len(everyone) > plots.MAX_ROWS:
        caption += "; of many groups those with the largest differences"
    drawing = _forest(everyone, band, key, f"{pair.model} less {pair.baseline}")
    blocks: list[Block] = [
        Statement(text=lead, of=of),
        _harm(groups, of),
        *_gaps(pair, of),
        *pointers.figures(drawing, caption, of),
        Table(
            caption=f"{pair.metric} in points of 100, paired 95% intervals",
            head=(
                "Whom",
                pair.baseline,
                pair.model,
                "Difference",
                "Images, people",
                "p (corrected)",
                "Harm",
                "Verdict",
            ),
            rows=[_row(*one) for one in everyone],
            has_verdict=True,
        ),
    ]
    return Section(key=key, title=f"{pair.model} against {pair.baseline}", blocks=blocks)


def _harm(groups: Sequence[Placed], of: Pointer) -> Statement:
    harmed = [name for name, _, group in groups if group.harm == "harmed"]
    text = f"Harmed: {some(harmed)}." if harmed else "No group is shown to be harmed."
    if any(group.harm == "insufficient data" for _, _, group in groups):
        text += " Of groups with insufficient data it cannot be told."
    return Statement(text=text, tone="gap" if harmed else "plain", of=of)


def _gaps(pair: ModelPair, of: Pointer) -> list[Statement]:
    return [
        Statement(
            text=f"{words.attribute(one.attribute)}: the worst group's value changes by "
            f"{estimated(one.gaps.worst_group, signed=True)}, the largest gap by "
            f"{estimated(one.gaps.largest_gap, signed=True)}.",
            tone="quiet",
            of=at(of, "attributes", place, "gaps"),
        )
        for place, one in enumerate(pair.attributes)
        if one.gaps is not None and one.gaps.worst_group.value is not None
    ]


def _row(name: str, of: Pointer, group: PairedGroup) -> Row:
    cells = (
        name,
        words.points(group.baseline_value.value),
        words.points(group.value.value),
        estimated(group.difference, signed=True),
        words.counts(group.difference),
        words.p_value(group.p_holm),
        group.harm,
        group.verdict,
    )
    return Row(cells=cells, of=of)


def _forest(groups: Sequence[Placed], band: float, key: str, title: str) -> str | None:
    found = [(name, group.difference, group.verdict) for name, _, group in groups]
    axis = "points better or worse than the baseline; shaded: the margin"
    return changes(found, band, _COLOURS, key=key, title=title, axis=axis)
