"""Is it shown where around the face a model errs, by group?"""

from collections import Counter
from collections.abc import Sequence

from datatools.fairness.maps.maps_result import ErrorMap
from datatools.report import error_maps, words
from datatools.report.blocks import Block, Section, Statement
from datatools.report.outline.cells import some

_MOST_DRAWN = 12  # groups of one attribute; a taller figure would be a page of its own
_LEAD = (
    "Pictures are laid over each other so that the faces meet; shown is the mean error at each place. "
    "It tells where a model errs, for whom more, and no more than that: no verdict rests on it."
)


def sections(maps: Sequence[ErrorMap]) -> list[Section]:
    """Give the section with error maps; none where the audit made none."""
    groups = Counter((one.model, one.reference_source, one.attribute) for one in maps if one.attribute)
    many = {key for key, n in groups.items() if n > _MOST_DRAWN}
    drawn = [one for one in maps if (one.model, one.reference_source, one.attribute) not in many]
    figures = error_maps.figures(drawn, key="em")
    if not figures:
        return []
    blocks: list[Block] = [Statement(text=_LEAD)]
    if many:
        names = dict.fromkeys(words.attribute(attribute) for _, _, attribute in sorted(many))
        text = f"Not drawn, because there are too many groups: {some(list(names))}; report.json has them."
        blocks.append(Statement(text=text, tone="quiet"))
    return [Section(key="errormaps", title="Where around the face they err", blocks=[*blocks, *figures])]
