"""Which pictures of people are in a report, and what is said before them?"""

from datatools.report.blocks import Block, Pictures, Section, Statement
from datatools.report.gallery import Gallery

_WARNING = "These are pictures of people. Share this report only with those who may see them."


def sections(gallery: Gallery | None) -> list[Section]:
    """Give the section with the pictures, only where they were asked for."""
    if not gallery:
        return []
    blocks: list[Block] = [Statement(text=_WARNING, tone="strong"), Pictures(strips=gallery)]
    return [Section(key="pictures", title="Pictures", blocks=blocks)]
