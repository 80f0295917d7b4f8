"""How does a matplotlib figure become a small inline SVG that takes the page's colours and type?

The same figure always gives the same bytes: no date, fixed identifiers, two decimals.
"""

import io
import re
import unicodedata
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

from datatools import literal
from datatools.report.style import LIGHT

_RC: dict[RcKeyType, object] = {
    "svg.fonttype": "none",  # text stays text: small, searchable, in the page's own type
    "svg.hashsalt": "datatools",
    "text.parse_math": False,  # a label with dollar signs is a label
    "font.family": "DejaVu Sans",  # comes with matplotlib, so widths are measured alike everywhere
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.spines.bottom": False,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "axes.unicode_minus": True,
    "hatch.linewidth": 0.7,
}
_POINTS_PER_INCH = 72.0  # an SVG of matplotlib has one unit a point; we take a unit as a CSS pixel
_VARIABLE_OF = {value: f"var(--{name})" for name, value in LIGHT.items()}
_TAG = re.compile(r"<[^>]*>")
_AREA_NAME = "told-on-hover-"
_AREA = re.compile(rf'<g id="{_AREA_NAME}(\d+)">')
_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


@contextmanager
def canvas(width_px: float, height_px: float) -> Iterator[Figure]:
    """Give an empty figure of a size in CSS pixels, in the house style.

    No pyplot: nothing is kept in a global list, so nothing is left to close.
    """
    with mpl.rc_context(_RC), warnings.catch_warnings():
        # The browser draws the text and has the glyphs; matplotlib's font only measures it.
        warnings.filterwarnings("ignore", r"Glyph \d+ .* missing from font", UserWarning)
        warnings.filterwarnings("ignore", r"Matplotlib currently does not support", UserWarning)
        yield Figure(figsize=(width_px / _POINTS_PER_INCH, height_px / _POINTS_PER_INCH))


def render(figure: Figure, *, key: str, label: str, told: Sequence[str] = ()) -> str:
    """Turn a figure made by ``canvas`` into an ``<svg>`` element; call it inside the ``with``.

    Args:
        figure: what to draw.
        key: letters and digits, unique on the page: the identifiers in the SVG begin with it.
        label: the figure in words, for readers who do not see it.
        told: the words of areas that were made with ``tell_on_hover``, in their order.
    """
    buffer = io.StringIO()
    figure.savefig(buffer, format="svg", metadata=_METADATA)
    text = buffer.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>|<!--.*?-->", "", text, flags=re.DOTALL)
    text = re.sub(r"<style[^>]*>.*?</style>", "", text, flags=re.DOTALL)
    text = re.sub(r"\s*\n\s*", " ", text)
    # Tags alone: what stands between them are names that users gave, and stays as it is.
    tags = "".join(_TAG.findall(text))
    used = frozenset(re.findall(r'href="#([^"]+)"', tags) + re.findall(r"url\(#([^)]+)\)", tags))
    text = _TAG.sub(lambda found: _page_tag(found[0], key, used), text)
    return _head(_AREA.sub(lambda found: _told_area(found, told), text), label)


def tell_on_hover(area: Artist, place: int) -> None:
    """Make an invisible area say the text at ``place`` of ``render``'s ``told``; the page lights it up."""
    area.set(gid=f"{_AREA_NAME}{place}", alpha=0)


def _told_area(found: re.Match[str], told: Sequence[str]) -> str:
    return f'<g class="mark"><title>{_attribute(told[int(found[1])])}</title>'


def _page_tag(tag: str, key: str, used: frozenset[str]) -> str:
    """Round a tag's numbers, let the page choose its colours and type, make its identifier unique.

    Identifiers that nothing refers to go.
    """

    def identifier(found: re.Match[str]) -> str:
        if found[1].startswith(_AREA_NAME):
            return found[0]
        return f' id="{key}-{found[1]}"' if found[1] in used else ""

    tag = re.sub(r"-?\d+\.\d{3,}", lambda found: f"{float(found[0]):.2f}".rstrip("0").rstrip("."), tag)
    for colour, variable in _VARIABLE_OF.items():
        tag = tag.replace(colour, variable)
    tag = re.sub(r' transform="rotate\(-0 [^"]*"', "", tag)
    tag = re.sub(r"font-family: [^;\"]*", "font-family: var(--sans)", tag)
    tag = re.sub(r' id="([^"]+)"', identifier, tag)
    return tag.replace('xlink:href="#', f'href="#{key}-').replace("url(#", f"url(#{key}-")


def _head(text: str, label: str) -> str:
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', text)
    assert box is not None  # matplotlib always writes it
    body = text[text.index(">") + 1 :]
    return (
        f'<svg role="img" aria-label="{_attribute(label)}" viewBox="0 0 {box[1]} {box[2]}" '
        f'style="--w:{box[1]}px">{body}'
    )


def on_paper(drawing: str) -> str:
    """Turn an ``<svg>`` element of ``render`` into a file of its own, in the colours and type of paper."""
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', drawing)
    assert box is not None  # _head wrote it
    size = f'xmlns="http://www.w3.org/2000/svg" width="{box[1]}" height="{box[2]}"'
    return _TAG.sub(_paper_tag, drawing).replace("<svg ", f"<svg {size} ", 1)


def _paper_tag(found: re.Match[str]) -> str:
    tag = found[0]
    for name, value in LIGHT.items():
        tag = tag.replace(f"var(--{name})", value)
    return tag.replace("var(--sans)", "'DejaVu Sans'")


def _attribute(text: str) -> str:
    escaped = literal.plain(text).replace("&", "&amp;").replace('"', "&quot;")
    return escaped.replace("<", "&lt;").replace(">", "&gt;")


def shorten(text: str, width: int) -> str:
    """Cut a label to about ``width`` columns, wide letters counting two; the cut shows as an ellipsis."""
    text, used = literal.plain(text), 0
    for position, letter in enumerate(text):
        used += 2 if unicodedata.east_asian_width(letter) in {"W", "F"} else 1
        if used > width:
            return text[: max(position - 1, 1)].rstrip() + "…"
    return text


def shorten_all(labels: Sequence[str], width: int) -> list[str]:
    """Cut the labels of one axis to about ``width`` columns each.

    Where one is too long, the first word goes if all begin with it: bands of a number begin with its name.
    """
    texts = [literal.plain(label) for label in labels]
    is_cut = any(shorten(text, width) != text for text in texts)
    first = {text.partition(" ")[0] for text in texts}
    rest = [text.partition(" ")[2] for text in texts]
    shared = is_cut and len(texts) > 1 and len(first) == 1 and all(rest)
    return [shorten(text, width) for text in (rest if shared else texts)]
