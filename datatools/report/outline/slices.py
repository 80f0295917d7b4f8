"""What is told of the conditions under which a model fails?"""

from collections.abc import Sequence

from datatools.fairness.why.why_result import SliceSearch
from datatools.report import words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.outline.cells import estimated
from datatools.report.outline.pointers import at

_SHOWN = 10

Placed = tuple[Pointer, SliceSearch]


def sections(found: Sequence[Placed], *, key: str) -> list[Section]:
    """Give a section for each search; none where too little was measured to search by."""
    searched = [(of, one) for of, one in found if one.features]
    return [_section(one, of, key=f"{key}slices{number}") for number, (of, one) in enumerate(searched)]


def _section(one: SliceSearch, of: Pointer, *, key: str) -> Section:
    features = words.listed([words.attribute(name) for name in one.features], most=20)
    text = (
        f"{words.count(one.n_candidates, 'slice')} of up to {one.depth} conditions, of "
        f"{words.count(one.n_people, 'person', 'people')}, were looked at: {features}. "
        "p says how often a search of scores dealt at random finds a slice as bad; values are of people the "
        "search had not seen."
    )
    blocks: list[Block] = []
    if not one.slices:
        blocks.append(Statement(text="None stands out from chance."))
    blocks.append(Statement(text=text, tone="quiet", of=of))
    if one.slices:
        rows = [
            Row(
                cells=(
                    " and ".join(piece.conditions),
                    estimated(piece.estimate),
                    estimated(piece.gap, signed=True),
                    words.counts(piece.estimate),
                    words.p_value(piece.p_corrected),
                ),
                of=at(of, "slices", place),
            )
            for place, piece in enumerate(one.slices[:_SHOWN])
        ]
        caption = f"{one.metric} in points of 100, 95% intervals; the worst first"
        head = ("Pictures with", "Value", "Against the others", "Images, people", "p (corrected)")
        blocks.append(Table(caption=caption, head=head, rows=rows))
    return Section(key=key, title="Conditions under which it fails", blocks=blocks)
