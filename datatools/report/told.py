"""What is one section of a page, before it becomes HTML: sentences first, then a figure, then a table?"""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """A section; every cell is plain text, which the template escapes.

    The first cell of a row names it; the last one is a verdict where ``has_verdict``.
    """

    title: str
    lead: Sequence[str] = ()
    figure: Markup | None = None
    figure_caption: str = ""
    caption: str = ""
    head: Sequence[str] = ()
    rows: Sequence[Sequence[str]] = ()
    has_verdict: bool = False
    is_open: bool = True  # False: folded away


def as_svg(text: str | None) -> Markup | None:
    """Take a figure of ours into a page as it is."""
    return None if text is None else Markup(text)  # noqa: S704  # svg.render escapes every label
