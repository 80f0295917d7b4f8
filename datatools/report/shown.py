"""How does a notebook show the figures of a report?"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datatools.report import svg
from datatools.report.blocks import Figure, Section, walk
from datatools.report.style import LIGHT, SANS

_RIM_PX = 20  # room for the outermost numbers of an axis
_FAMILY = re.compile(r"""(<text style="[^"]*font-family: )'DejaVu Sans'""")
_BOX = re.compile(r'width="[\d.]+" height="[\d.]+"(.*?)viewBox="0 0 ([\d.]+) ([\d.]+)" style="', re.DOTALL)


@dataclass(frozen=True, slots=True, repr=False)
class Shown:
    """A drawing of ``svg.render``, on paper of its own: a notebook may be dark."""

    drawing: str
    caption: str = ""

    def __repr__(self) -> str:
        """Give the caption, where a drawing cannot be shown."""
        return self.caption or "a figure"

    def _repr_svg_(self) -> str:
        """Give what Jupyter shows."""
        # Any reader's machine has one of these families, only ours is sure to have the first.
        return _BOX.sub(_with_rim, _FAMILY.sub(rf"\g<1>{SANS}", svg.on_paper(self.drawing)), count=1)


def _with_rim(found: re.Match[str]) -> str:
    width, height = (float(side) + 2 * _RIM_PX for side in found.groups()[1:])
    return (
        f'width="{width:g}" height="{height:g}"{found[1]}'
        f'viewBox="-{_RIM_PX} -{_RIM_PX} {width:g} {height:g}" style="background:{LIGHT["paper"]};'
    )


@dataclass(frozen=True, slots=True, repr=False)
class Picture:
    """An SVG file that a stage wrote."""

    text: str

    def _repr_svg_(self) -> str:
        """Give what Jupyter shows."""
        return self.text[self.text.index("<svg") :]


def drawings(sections: Sequence[Section]) -> Iterator[Shown]:
    """Give every figure in these sections and in those within them, in reading order."""
    for section in walk(sections):
        for block in section.blocks:
            if isinstance(block, Figure):
                yield Shown(block.drawing, f"{section.title}: {block.caption}")
