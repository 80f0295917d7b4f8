"""A page of masks needs nothing from outside and takes no markup from names."""

import base64
import io
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools.errors import ImageError
from datatools.images import write_mask
from datatools.report.contact import Card, page, thumbnail
from tests.pictures import draw_person


def test_every_text_is_escaped() -> None:
    """Names come from files, and files from anywhere."""
    text = page("<b>", "a & b", [Card(sample_id='"x', uri="data:,", caption="<script>")]).decode()
    assert "<b>" not in text.partition("<title>")[2]
    assert "<script>" not in text
    assert 'id="&quot;x"' in text
    assert "a &amp; b" in text


def test_a_thumbnail_is_dark_outside_the_mask(tmp_path: Path) -> None:
    """A white picture of 300 px whose left half is person; the JPEG has no metadata."""
    _, mask = draw_person(width_px=225, height_px=300)
    Image.new("RGB", (225, 300), "white").save(tmp_path / "white.png")
    write_mask(tmp_path / "mask.png", mask)
    uri = thumbnail(tmp_path / "white.png", tmp_path / "mask.png")
    shown = Image.open(io.BytesIO(base64.b64decode(uri.partition(",")[2])))
    grey = np.asarray(shown.convert("L"))
    assert grey.shape == (260, 195)
    assert grey[130, 97] > 240
    assert grey[3, 3] < 100
    assert not shown.getexif()


def test_an_unreadable_mask_is_an_error(tmp_path: Path) -> None:
    """The caller leaves the card out."""
    Image.new("RGB", (30, 30)).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match="there is no such file"):
        thumbnail(tmp_path / "a.png", tmp_path / "none.png")
