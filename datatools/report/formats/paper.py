"""How do the figures and pictures of the page become files of their own?"""

import base64
import re

from datatools.report import svg
from datatools.report.blocks import Figure
from datatools.report.style import LIGHT

# On the page labels may reach beyond a figure's edge; a file of its own needs the room inside.
_RIGHT = 14.0
_LEFT = 10.0
_LEFT_OF_ROW_NAMES = 30.0
# A reader's browser may lack DejaVu Sans; Verdana has its widths.
_FAMILIES = "'DejaVu Sans', Verdana, sans-serif"
_HEAD = re.compile(r' width="([\d.]+)" height="([\d.]+)"')
_VIEW = re.compile(r'viewBox="0 0 [\d.]+ [\d.]+"')


def drawing(figure: Figure) -> tuple[str, float, float]:
    """Give a figure as an SVG file in the colours of paper, its width and its height in CSS pixels."""
    text = svg.on_paper(figure.drawing)
    head = _HEAD.search(text)
    assert head is not None  # svg.on_paper wrote it
    left = _left(figure)
    width, height = float(head[1]) + left + _RIGHT, float(head[2])
    text = text.replace(head[0], f' width="{width:g}" height="{height:g}"', 1)
    return _VIEW.sub(f'viewBox="{-left:g} 0 {width:g} {height:g}"', text, count=1), width, height


def on_screen(figure: Figure) -> str:
    """Give a figure as an SVG file that brings its paper along, for pages that may be dark."""
    text, width, height = drawing(figure)
    head, end, body = text.partition(">")
    size = f'x="{-_left(figure):g}" y="0" width="{width:g}" height="{height:g}"'
    text = f'{head}{end}<rect {size} fill="{LIGHT["paper"]}"/>{body}'
    return re.sub(r"<[^>]*>", lambda tag: tag[0].replace("'DejaVu Sans'", _FAMILIES), text)


def picture(uri: str) -> tuple[bytes, str]:
    """Give a picture's bytes and the ending of its file's name, from its data URI."""
    head, _, content = uri.partition(";base64,")
    return base64.b64decode(content), head.removeprefix("data:image/")


def _left(figure: Figure) -> float:
    return _LEFT_OF_ROW_NAMES if figure.is_wide else _LEFT
