"""What is told of one model by the groups of one attribute, or of a crossing of attributes?"""

from dataclasses import dataclass

from datatools.fairness.estimates import AttributeAudit, Group, ModelAudit
from datatools.fairness.result import AuditResult
from datatools.report import figures, linked, words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline import pointers
from datatools.report.outline.cells import HIDDEN, counted, estimated, ranged, whole
from datatools.report.outline.pointers import at
from datatools.report.verdicts import corrected

_MOST_DRAWN_FOLDED = 12  # groups of a metric that is not the main one; of more there is the table alone
_MOST_PAIRS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class View:
    """What all attributes of one model are told with."""

    model: ModelAudit
    audit: AuditResult
    tints: figures.Colours
    margin: float
    main_metric: str | None
    gallery: str | None = None  # address of a gallery's page


def section(view: View, found: AttributeAudit, *, key: str, of: Pointer) -> Section:
    """Give one attribute's section; those of metrics other than the main one are folded."""
    is_main = found.metric == view.main_metric
    name = words.attribute(found.attribute)
    blocks: list[Block] = [_about(found, of)]
    if is_main or len(found.groups) <= _MOST_DRAWN_FOLDED:
        blocks += _drawn(view, found, key, of)
    blocks += [_table(view, found, of), *_other_metrics(found, of), *_pairs(view, found, of)]
    blocks += [*_lowest(found, of), *_spread(found, of)]
    title = f"By {name}" if is_main else f"{found.metric} by {name}"
    return Section(key=key, title=title, blocks=blocks, is_open=is_main)


def _about(found: AttributeAudit, of: Pointer) -> Statement:
    parts = [f"{found.metric}.", words.said_by(found.answered_by)]
    if found.n_unlabelled:
        people = words.count(found.n_unlabelled, "person has", "people have")
        parts.append(f"{people} no answer and {'is' if found.n_unlabelled == 1 else 'are'} left out.")
    if found.n_suppressed:
        groups = words.count(found.n_suppressed, "group is", "groups are")
        parts.append(f"{groups} too small to be shown.")
    return Statement(text=" ".join(part for part in parts if part), tone="quiet", of=of)


def _drawn(view: View, found: AttributeAudit, key: str, of: Pointer) -> list[Block]:
    overall = view.model.overall.get(found.metric)
    heat = figures.crossing(found, overall, key=f"{key}h")
    if heat is not None:
        caption = "Value in each crossing: blue above all people, orange below, hatched not shown"
        return [*pointers.figures(heat, caption, of, is_wide=True)]
    cut = "; of many groups the lowest and the highest" if figures.is_cut(found) else ""
    values = figures.values(found, overall, view.tints, key=f"{key}v")
    gaps = figures.gaps(found, view.margin, view.tints, key=f"{key}g")
    return [
        *pointers.figures(values, f"Value of each group, with n and 95% interval{cut}", of),
        *pointers.figures(gaps, f"Gap to the rest; open marks are not settled{cut}", of),
    ]


def _table(view: View, found: AttributeAudit, of: Pointer) -> Table:
    has_shrunken = any(group.shrunken is not None for group in found.groups)
    name = words.attribute(found.attribute)
    caption = (
        f"{found.metric} by {name}: {view.model.reading} in points of 100, 95% intervals. "
        "Gap: the group minus the rest."
    )
    if has_shrunken:
        caption += (
            " Shrunken: drawn towards what the group's single attributes foretell, the more the fewer people "
            "it has."
        )
    return Table(
        caption=caption,
        head=(
            "Group",
            "Value",
            *(("Shrunken",) if has_shrunken else ()),
            "Images",
            "People",
            "Gap to the rest",
            "p (corrected)",
            "Detectable gap",
            "People to add",
            "Verdict",
        ),
        rows=[
            _row(view, found, group, at(of, "groups", place), has_shrunken=has_shrunken)
            for place, group in enumerate(found.groups)
        ],
        has_verdict=True,
    )


def _row(view: View, found: AttributeAudit, group: Group, of: Pointer, *, has_shrunken: bool) -> Row:
    name = words.group(group.group, found.attribute)
    compared = group.comparison
    if compared.verdict == "suppressed":
        return Row(cells=(name, HIDDEN, compared.verdict), of=of, is_suppressed=True)
    shrunken = "–" if group.shrunken is None else ranged(group.shrunken)
    cells = (
        name,
        estimated(group.estimate),
        *((shrunken,) if has_shrunken else ()),
        *counted(group.estimate),
        estimated(compared.gap, signed=True),
        words.p_value(corrected(compared, view.audit)),
        words.points(compared.detectable_gap),
        whole(compared.people_needed),
        compared.verdict,
    )
    return Row(cells=cells, of=of, seen_at=linked.group_in(view.gallery, found.attribute, group.group))


def _other_metrics(found: AttributeAudit, of: Pointer) -> list[Block]:
    names = list(dict.fromkeys(name for group in found.groups for name in group.other_metrics))
    if not names:
        return []
    rows = [
        Row(
            cells=(
                words.group(group.group, found.attribute),
                *(
                    estimated(group.other_metrics[name]) if name in group.other_metrics else "–"
                    for name in names
                ),
                *counted(group.estimate),
            ),
            of=at(of, "groups", place),
        )
        for place, group in enumerate(found.groups)
        if group.other_metrics
    ]
    caption = (
        f"Other metrics by {words.attribute(found.attribute)}, in points of 100 with 95% intervals; shown, "
        "not compared"
    )
    return [Table(caption=caption, head=("Group", *names, "Images", "People"), rows=rows, is_open=False)]


def _pairs(view: View, found: AttributeAudit, of: Pointer) -> list[Block]:
    if not found.pairs:
        return []
    placed = list(enumerate(found.pairs))
    caption = (
        f"Groups against each other: the first minus the second, {found.metric} in points of 100, "
        "95% intervals"
    )
    if len(placed) > _MOST_PAIRS:
        placed.sort(key=lambda item: -abs(item[1].comparison.gap.value or 0.0))
        placed = placed[:_MOST_PAIRS]
        caption += "; of many pairs those with the largest gaps, report.json has all"
    rows = [
        Row(
            cells=(
                f"{pair.group} less {pair.other}",
                estimated(pair.comparison.gap, signed=True),
                words.p_value(corrected(pair.comparison, view.audit)),
                words.points(pair.comparison.detectable_gap),
                pair.comparison.verdict,
            ),
            of=at(of, "pairs", place),
        )
        for place, pair in placed
    ]
    head = ("Groups", "Gap", "p (corrected)", "Detectable gap", "Verdict")
    return [Table(caption=caption, head=head, rows=rows, has_verdict=True, is_open=False)]


def _lowest(found: AttributeAudit, of: Pointer) -> list[Block]:
    if found.worst is None:
        return []
    name = words.group(found.worst.group, found.attribute)
    text = (
        f"Lowest group: {name}, {ranged(found.worst.seen)}. As the lowest of several it was partly picked "
        "for its bad luck"
    )
    low, high = found.worst.corrected.low, found.worst.corrected.high
    if low is not None and high is not None:
        text += f"; allowing for that, it lies between {words.points(low)} and {words.points(high)}"
    return [Statement(text=f"{text}.", tone="quiet", of=at(of, "worst"))]


def _spread(found: AttributeAudit, of: Pointer) -> list[Block]:
    spread = found.spread
    if spread.gap is None:
        return []
    text = f"Largest gap between two groups: {words.points(spread.gap)} points."
    if spread.expected_under_null is not None:
        text += (
            f" With no difference at all, groups of these sizes would show "
            f"{words.points(spread.expected_under_null)} points by chance (permutation p "
            f"{words.p_value(spread.p_value)})."
        )
    return [Statement(text=text, tone="quiet", of=at(of, "spread"))]
