"""Where in report.json does a number stand, and what of a drawing is told in words?"""

import html
import re

from datatools.report.blocks import Figure, Pointer


def at(parent: Pointer, *names: str | int) -> Pointer:
    """Point at something inside what ``parent`` points at; names may hold any letters (RFC 6901)."""
    steps = (str(name).replace("~", "~0").replace("/", "~1") for name in names)
    return "/".join((parent, *steps))


def figures(drawing: str | None, caption: str, of: Pointer, *, is_wide: bool = False) -> list[Figure]:
    """Give a drawing as a figure, with the words that ``svg.render`` gave it; nothing where there is none."""
    if drawing is None:
        return []
    label = re.search(r'aria-label="([^"]*)"', drawing)
    assert label is not None  # svg.render always writes it
    return [Figure(drawing=drawing, caption=caption, alt=html.unescape(label[1]), of=of, is_wide=is_wide)]
