"""What does the page of two audits held against each other say? Its numbers are those of diff.json."""

from collections.abc import Iterator, Sequence

from datatools.fairness.differences.difference_result import (
    AttributeDifference,
    AuditDifference,
    Change,
    Changed,
    GroupDifference,
    ModelDifference,
    Overlap,
)
from datatools.fairness.differences.differing import STANDS
from datatools.report import plots, words
from datatools.report.blocks import (
    Block,
    Definitions,
    Listed,
    Outline,
    Pointer,
    Row,
    Section,
    Statement,
    Table,
)
from datatools.report.outline.cells import estimated, whole
from datatools.report.outline.pointers import at, figures
from datatools.report.plots import Reference

SOURCE = "diff.json"
_EVERYBODY = "everybody"
_HOW = {"paired": "in both audits", "everyone": "of either audit", "from intervals": "from intervals"}
_READING = [
    ("Before, after", "The value, or the gap to the rest, as each of the two audits has it."),
    (
        "Change",
        "After less before, in points of 100, with its 95% interval over people. In both audits: people who "
        "are in both, each compared with themselves. Of either audit: everyone, where few are in both. From "
        "intervals: where the scores of one audit are not at hand; it takes all people as different ones.",
    ),
    (
        "Verdict",
        "Higher or lower: the change stays clear of chance, corrected for all changes. Equivalent: it is "
        "shown to be smaller than the margin. Insufficient data: neither could be shown.",
    ),
    (
        "Gap",
        "The group's value less that of everybody else with a known group. Higher is no praise: for a group "
        "that is behind it is a smaller gap, for one that is ahead a larger one.",
    ),
]

_Placed = tuple[str, Pointer, Change]


def outline(result: AuditDifference) -> Outline:
    """Outline what changed."""
    before, after = result.before, result.after
    return Outline(
        title=f"From {before.name} to {after.name}",
        headline=headline(result),
        about=f"Before: {_size(before.n_images, before.n_people)}. "
        f"After: {_size(after.n_images, after.n_people)}. "
        f"{words.count(result.n_comparisons, 'declared change')}, corrected together (Holm).",
        sections=[
            _findings(result),
            *(_model(result, place) for place in range(len(result.differences))),
            _people(result),
            *_made_otherwise(result),
            Section(
                key="reading", title="How to read this", blocks=[Definitions(entries=_READING)], is_open=False
            ),
            Section(
                key="limits",
                title="What to know",
                blocks=[
                    Listed(
                        items=[
                            Statement(text=note, of=at("", "notes", n)) for n, note in enumerate(result.notes)
                        ]
                    )
                ],
            ),
        ],
        source=SOURCE,
    )


def _size(n_images: int, n_people: int) -> str:
    return f"{words.count(n_images, 'picture')} of {words.count(n_people, 'person', 'people')}"


def headline(result: AuditDifference) -> str:
    """Say in one line how much changed."""
    if not result.differences:
        return "No model is in both audits: only the data are compared."
    n_stand, n_verdicts = result.n_changes, result.n_verdicts_changed
    changes = words.count(n_stand, "change stands", "changes stand") if n_stand else "No change stands"
    verdicts = (
        words.count(n_verdicts, "verdict on a gap changed", "verdicts on gaps changed")
        if n_verdicts
        else "no verdict on a gap changed"
    )
    return f"{changes} after correction; {verdicts}."


def counts(result: AuditDifference) -> dict[str, object]:
    """Count what stands, for programs."""
    changes = [change for model in result.differences for _, _, change in _changes(model, "")]
    verdicts = [change.verdict for change in changes]
    return {
        "n_changes": result.n_changes,
        "n_verdicts_changed": result.n_verdicts_changed,
        "n_comparisons": result.n_comparisons,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "n_settings_changed": len(result.settings),
        "people": None if result.people is None else result.people.model_dump(),
    }


def sentences(result: AuditDifference) -> list[str]:
    """Say each change that stands and each verdict that is another one."""
    return [statement.text for statement in _told(result)]


def _told(result: AuditDifference) -> list[Statement]:
    found = []
    for place, model in enumerate(result.differences):
        of = at("", "differences", place)
        found += [
            Statement(text=_sentence(model, name, change), of=pointer, tone="strong")
            for name, pointer, change in _changes(model, of)
            if change.verdict in STANDS
        ]
        found += list(_verdicts(model, of))
    return found


def _sentence(model: ModelDifference, name: str, change: Change) -> str:
    return (
        f"{_title(model)}, {name}: {change.verdict} by {words.points(abs(change.difference.value or 0.0))} "
        f"points {words.signed_interval(change.difference)}; {words.counts(change.difference)} "
        f"{_HOW[change.how]}, corrected p {words.p_value(change.p_holm)}."
    )


def _verdicts(model: ModelDifference, of: Pointer) -> Iterator[Statement]:
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            if group.verdict_before == group.verdict_after:
                continue
            name = words.whom(attribute.attribute, group.group)
            text = f"{_title(model)}, {name}: {group.verdict_before} before, {group.verdict_after} after. "
            pointer = at(of, "attributes", number, "groups", line)
            yield Statement(text=text + " ".join(group.why), of=pointer)


def _title(model: ModelDifference) -> str:
    if model.model == model.model_after:
        return model.model
    return f"{model.model_after} (before: {model.model})"


def _changes(model: ModelDifference, of: Pointer) -> Iterator[_Placed]:
    yield _EVERYBODY, at(of, "overall"), model.overall
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            name = words.whom(attribute.attribute, group.group)
            pointer = at(of, "attributes", number, "groups", line)
            yield name, at(pointer, "value"), group.value
            if group.gap is not None:
                yield f"{name}, gap to the rest", at(pointer, "gap"), group.gap


def _findings(result: AuditDifference) -> Section:
    told = _told(result)
    if not told:
        told = [Statement(text="No change stands after correction, and every verdict is what it was.")]
    blocks: list[Block] = [Listed(items=told)]
    models = [
        Statement(text=f"{one.what}: {one.was}.", of=at("", "models", n))
        for n, one in enumerate(result.models)
        if one.was != "changed"
    ]
    if models:
        blocks.append(Listed(items=models, about="Models"))
    return Section(key="summary", title="What changed", blocks=blocks)


# -- one model ---------------------------------------------------------------------------------------


def _model(result: AuditDifference, place: int) -> Section:
    model, of = result.differences[place], at("", "differences", place)
    values: list[_Placed] = [(_EVERYBODY, at(of, "overall"), model.overall)]
    gaps: list[tuple[str, Pointer, GroupDifference, Change]] = []
    for number, attribute in enumerate(model.attributes):
        for line, group in enumerate(attribute.groups):
            name = words.whom(attribute.attribute, group.group)
            pointer = at(of, "attributes", number, "groups", line)
            values.append((name, at(pointer, "value"), group.value))
            if group.gap is not None:  # of two groups the gaps are one
                gaps.append((name, pointer, group, group.gap))
    lead = (
        f"{model.metric}, {model.reading} against {words.reference(model.reference_source)}. Everybody: "
        f"{estimated(model.overall.difference, signed=True)}, "
        f"{words.counts(model.overall.difference)} {_HOW[model.overall.how]}: {model.overall.verdict}."
    )
    blocks: list[Block] = [
        Statement(text=lead, of=at(of, "overall")),
        *figures(
            _forest(values, result.margin, key=f"c{place}", title=f"Change of {_title(model)}"),
            "Change of the value, points of 100; open marks are not settled",
            of,
        ),
        _values(values, model),
    ]
    if gaps:
        blocks.append(_gaps(gaps))
    blocks += [
        Statement(text=text, tone="quiet", of=at(of, "attributes", number))
        for number, attribute in enumerate(model.attributes)
        for text in _remarks(attribute)
    ]
    return Section(key=f"model{place}", title=_title(model), blocks=blocks, is_name=True)


def _values(values: Sequence[_Placed], model: ModelDifference) -> Table:
    return Table(
        caption=f"{model.metric} in points of 100, before and after",
        head=("Whom", "Before", "After", "Change", "Over", "p (corrected)", "Verdict"),
        rows=[
            Row(
                cells=(
                    name,
                    estimated(change.before),
                    estimated(change.after),
                    estimated(change.difference, signed=True),
                    f"{words.counts(change.difference)} {_HOW[change.how]}",
                    words.p_value(change.p_holm),
                    change.verdict,
                ),
                of=pointer,
            )
            for name, pointer, change in values
        ],
        has_verdict=True,
    )


def _gaps(groups: Sequence[tuple[str, Pointer, GroupDifference, Change]]) -> Table:
    return Table(
        caption="Gaps to the rest in points of 100, and their verdicts, before and after",
        head=(
            "Whom",
            "Gap before",
            "Gap after",
            "Verdict before",
            "Verdict after",
            "Change of the gap",
            "Verdict",
        ),
        rows=[
            Row(
                cells=(
                    name,
                    estimated(gap.before, signed=True),
                    estimated(gap.after, signed=True),
                    group.verdict_before,
                    group.verdict_after,
                    estimated(gap.difference, signed=True),
                    gap.verdict,
                ),
                of=pointer,
            )
            for name, pointer, group, gap in groups
        ],
        has_verdict=True,
    )


def _remarks(attribute: AttributeDifference) -> Iterator[str]:
    name = words.attribute(attribute.attribute)
    if attribute.n_moved:
        yield f"{name}: {words.count(attribute.n_moved, 'person is', 'people are')} in another group now."
    for side, groups in (("first", attribute.only_before), ("second", attribute.only_after)):
        if groups:
            yield f"{name}: shown in the {side} audit alone: {words.listed(groups, most=12)}."


def _forest(values: Sequence[_Placed], band: float, *, key: str, title: str) -> str | None:
    """Draw everybody and the groups; of too many groups those that changed most."""
    shown = [(name, change) for name, _, change in values if change.difference.value is not None]
    if len(shown) > plots.MAX_ROWS:
        first, *others = shown
        others.sort(key=lambda item: -abs(item[1].difference.value or 0.0))
        shown = [first, *others[: plots.MAX_ROWS - 1]]
    rows = [
        plots.Row(
            label=name,
            text=f"{estimated(change.difference, signed=True)} · {change.verdict}",
            value=change.difference.value,
            low=change.difference.low,
            high=change.difference.high,
            colour=change.verdict if change.verdict in STANDS else "quiet",
            is_open=change.verdict == "insufficient data",
        )
        for name, change in shown
    ]
    if not rows:
        return None
    label = "points higher or lower than before; shaded: the margin"
    told = "; ".join(f"{row.label} {row.text}" for row in rows)
    reference = Reference(value=0.0, half_width=band, label=label)
    return plots.forest(rows, reference, key=key, title=f"{title}: {told}", signed=True)


# -- data and settings -------------------------------------------------------------------------------


def _people(result: AuditDifference) -> Section:
    rows = [
        Row(
            cells=(what, whole(before), whole(after), *_overlap(found)),
            of=pointer,
        )
        for what, before, after, found, pointer in (
            ("pictures", result.before.n_images, result.after.n_images, result.images, ""),
            ("people", result.before.n_people, result.after.n_people, result.people, ""),
            ("pictures that could not be used", result.before.n_failed, result.after.n_failed, None, ""),
        )
    ]
    head = ("What", "Before", "After", "In both", "Before alone", "After alone")
    blocks: list[Block] = [Table(caption="Pictures and people of both audits", head=head, rows=rows)]
    if result.headcounts:
        blocks.append(
            Table(
                caption="People by group",
                head=("Group", "Before", "After"),
                rows=[
                    Row(
                        cells=(words.whom(one.attribute, one.group), whole(one.before), whole(one.after)),
                        of=at("", "headcounts", n),
                    )
                    for n, one in enumerate(result.headcounts)
                ],
                is_open=False,
            )
        )
    return Section(key="people", title="Who is in them", blocks=blocks)


def _overlap(found: Overlap | None) -> tuple[str, str, str]:
    if found is None:
        return ("–", "–", "–")
    return whole(found.n_both), whole(found.n_gone), whole(found.n_new)


def _made_otherwise(result: AuditDifference) -> Iterator[Section]:
    for key, title, found in (
        ("settings", "Settings that differ", result.settings),
        ("inputs", "Tables that differ", result.inputs),
        ("versions", "Versions that differ", result.versions),
    ):
        if found:
            table = Table(
                caption=title,
                head=("What", "Was", "Before", "After"),
                rows=[
                    Row(cells=(one.what, one.was, *_both(one, key)), of=at("", key, n))
                    for n, one in enumerate(found)
                ],
            )
            yield Section(key=key, title=title, blocks=[table], is_open=False)


def _both(one: Changed, key: str) -> tuple[str, str]:
    sides = ("–" if side is None else side for side in (one.before, one.after))
    before, after = (side[:12] if key == "inputs" else side for side in sides)  # of hashes the beginning
    return before, after
