"""How does a person look through many masks at once? One page of small pictures, which needs no server.

The pictures are in the page itself, as JPEGs without metadata, dark outside the mask. They are pictures of
people: the page belongs beside the data, not on a web site.
"""

import base64
import html
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools import images
from datatools.masks import RGB
from datatools.report.style import LIGHT

# Styles are inline because the page is one file; nothing else may load, run, be sent or frame it.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"
_HEIGHT_PX = 260
_MAX_WIDTH_PX = 8 * _HEIGHT_PX  # a picture may be a thread: its height alone does not bound its size
_BACKGROUND_LIGHT = 0.3  # dark enough to see the mask's edge, light enough to see what it leaves out
_STYLE = (
    f"body{{font:14px/1.4 sans-serif;margin:1.5rem;background:{LIGHT['paper']};color:{LIGHT['ink']}}}"
    "main{display:flex;flex-wrap:wrap;gap:1rem}figure{margin:0}img{display:block;height:260px}"
    f"figcaption{{max-width:16rem;color:{LIGHT['quiet']}}}code{{color:{LIGHT['ink']}}}"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """One mask on the page."""

    sample_id: str
    uri: str  # a JPEG as data URI
    caption: str


def _dimmed(picture: RGB, person: NDArray[np.bool_]) -> RGB:
    shown = picture.copy()
    shown[~person] = (shown[~person] * _BACKGROUND_LIGHT).astype(np.uint8)
    return shown


def thumbnail(image_file: Path, mask_file: Path) -> str:
    """Give the data URI of a picture that is dark outside its mask.

    Raises:
        ImageError: the picture or the mask cannot be read.
    """
    picture, mask = images.read_rgb(image_file), images.read_mask(mask_file)
    height, width = picture.shape[:2]
    scale = min(_HEIGHT_PX / height, _MAX_WIDTH_PX / width)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    small = np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8)
    person = cv2.resize(mask.array.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) > 0
    text = base64.b64encode(images.to_jpeg(_dimmed(small, person), quality=80)).decode()
    return f"data:image/jpeg;base64,{text}"


def page(title: str, intro: str, cards: Sequence[Card]) -> bytes:
    """Give an HTML page of cards in their order, without scripts; every text is escaped."""
    figures = "\n".join(
        f'<figure id="{html.escape(card.sample_id)}"><img alt="" src="{html.escape(card.uri)}">'
        f"<figcaption><code>{html.escape(card.sample_id)}</code><br>{html.escape(card.caption)}</figcaption>"
        "</figure>"
        for card in cards
    )
    return (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{html.escape(_POLICY)}">'
        f"<title>{html.escape(title)}</title><style>{_STYLE}</style></head>\n<body><h1>{html.escape(title)}</h1>"
        f"<p>{html.escape(intro)}</p>\n<main>\n{figures}\n</main></body></html>\n"
    ).encode()
