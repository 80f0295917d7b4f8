"""What does the page of two audits held against each other say? Its numbers are those of diff.json."""

from collections.abc import Iterator

from datatools.fairness.differences.difference_result import (
    AuditDifference,
    Changed,
    Overlap,
)
from datatools.report import difference_model, difference_told, words
from datatools.report.blocks import (
    Block,
    Definitions,
    Listed,
    Outline,
    Row,
    Section,
    Statement,
    Table,
)
from datatools.report.outline.cells import whole
from datatools.report.outline.pointers import at

SOURCE = "diff.json"
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


def outline(result: AuditDifference) -> Outline:
    """Outline what changed."""
    before, after = result.before, result.after
    return Outline(
        title=f"From {before.name} to {after.name}",
        headline=difference_told.headline(result),
        about=f"Before: {_size(before.n_images, before.n_people)}. "
        f"After: {_size(after.n_images, after.n_people)}. "
        f"{words.count(result.n_comparisons, 'declared change')}, corrected together (Holm).",
        sections=[
            _findings(result),
            *(difference_model.section(result, place) for place in range(len(result.differences))),
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


def _findings(result: AuditDifference) -> Section:
    told = difference_told.told(result)
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
