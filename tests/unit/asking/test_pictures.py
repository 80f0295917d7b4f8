"""Pictures are upright, small and bare of metadata; a mask's layers lie exactly over them."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import images
from datatools.asking import pictures
from datatools.asking.task import Picture
from datatools.errors import ImageError
from datatools.images import write_mask
from datatools.masks import Mask
from tests.pictures import draw_person


def _picture(folder: Path, mask: Path | None = None) -> Picture:
    return Picture(sample_id="a" * 16, image=folder / "image.jpg", mask=mask, asked=())


def test_a_picture_is_upright_small_and_without_metadata(tmp_path: Path) -> None:
    """Place and camera do not travel; the longer side is what was asked for."""
    exif = Image.Exif()
    exif[0x0112] = 6  # to be turned by 90 degrees
    exif[0x010E] = "where it was taken"
    Image.new("RGB", (400, 200), "red").save(tmp_path / "image.jpg", exif=exif)
    pictures.write(tmp_path / "page", _picture(tmp_path), 100)
    with Image.open(tmp_path / "page" / pictures.photo_name("a" * 16)) as found:
        assert found.size == (50, 100)
        assert not found.getexif()
    assert not (tmp_path / "page" / "masks").exists()


def test_a_small_picture_stays_as_it_is() -> None:
    """Nothing is made larger."""
    image = draw_person()[0]
    assert images.scaled(image, 1024) is image


def test_layers_have_the_pictures_size_and_follow_its_mask(tmp_path: Path) -> None:
    """The veil is dark outside and clear inside, up to the edge between the two lines."""
    image, mask = draw_person(width_px=300, height_px=400)
    Image.fromarray(image).save(tmp_path / "image.jpg")
    write_mask(tmp_path / "mask.png", mask)
    pictures.write(tmp_path / "page", _picture(tmp_path, tmp_path / "mask.png"), 200)
    layers = [
        np.asarray(Image.open(tmp_path / "page" / pictures.layer_name("a" * 16, name)))
        for name in ("outline", "veil")
    ]
    assert [layer.shape for layer in layers] == [(200, 150, 4)] * 2
    person = layers[1][..., 3] == 0
    small = np.asarray(Image.fromarray(mask.array).resize((150, 200)))
    assert (person != small).mean() < 0.02
    lines = layers[0][..., 3] > 0
    assert (layers[0][lines & person] == 255).all()
    assert (layers[0][lines & ~person][:, :3] == 0).all()


def test_an_outline_lies_on_both_sides_of_the_edge_only() -> None:
    """Where a body leaves the picture there is no edge; far from it nothing is drawn."""
    array = np.zeros((60, 40), bool)
    array[20:, 10:30] = True
    drawn = pictures.outline(Mask(array))
    shown = drawn[..., 3] > 0
    assert shown[40].nonzero()[0].tolist() == [8, 9, 10, 11, 28, 29, 30, 31]
    assert not shown[59, 15:25].any()
    assert drawn[40, 10].tolist() == [255, 255, 255, 255]
    assert drawn[40, 9].tolist() == [0, 0, 0, 255]


def test_a_mask_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    """Then nobody is asked about the picture."""
    Image.fromarray(draw_person()[0]).save(tmp_path / "image.jpg")
    with pytest.raises(ImageError):
        pictures.write(tmp_path / "page", _picture(tmp_path, tmp_path / "none.png"), 200)
