"""What is read off a picture that is not the person."""

from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image
from PIL.TiffImagePlugin import IFDRational

from datatools.errors import ImageError
from datatools.fairness.composition.framing import BACKGROUND, MASK_SHAPE, camera, framing
from datatools.masks import Mask
from tests.pictures import draw_person


def _disk(radius_px: float, centre: tuple[float, float] = (128.0, 128.0), side_px: int = 256) -> Mask:
    rows, columns = np.mgrid[:side_px, :side_px]
    return Mask(np.hypot(columns - centre[0] + 0.5, rows - centre[1] + 0.5) <= radius_px)


def _noise(shape: tuple[int, int], seed: int = 0) -> NDArray[np.uint8]:
    return np.random.default_rng(seed).integers(0, 256, (*shape, 3)).astype(np.uint8)


def test_everything_is_measured_of_a_person() -> None:
    """Every number of the two lists, each finite."""
    image, mask = draw_person()
    found = framing(image, mask)
    assert found.keys() == MASK_SHAPE.keys() | BACKGROUND.keys()
    assert np.isfinite(list(found.values())).all()


def test_no_pixel_of_the_person_is_read() -> None:
    """Another person in the same place changes nothing."""
    image, mask = draw_person(width_px=192, height_px=256)
    other = image.copy()
    other[mask.array] = _noise((256, 192))[mask.array]
    assert framing(other, mask) == framing(image, mask)


def test_the_outline_of_a_disk_is_simple() -> None:
    """A circle has the least outline for its area: 1; twice as large a picture changes nothing."""
    found = framing(_noise((256, 256)), _disk(60))
    assert found["mask_edge_complexity"] == pytest.approx(1.0, abs=0.03)
    assert found["mask_area_frac"] == pytest.approx(np.pi * 60**2 / 256**2, abs=0.005)
    larger = framing(_noise((512, 512)), _disk(120, (256, 256), 512))
    assert larger["mask_edge_complexity"] == pytest.approx(1.0, abs=0.03)


def test_a_person_in_the_middle_is_centred() -> None:
    """Half a width to the side is 0.5, on either side."""
    assert framing(_noise((256, 256)), _disk(40))["mask_off_centre"] == pytest.approx(0, abs=0.01)
    for x in (64.0, 192.0):
        assert framing(_noise((256, 256)), _disk(40, (x, 128)))["mask_off_centre"] == pytest.approx(
            0.5, abs=0.01
        )


def test_what_touches_the_border_is_truncated() -> None:
    """The bottom does not count: portraits end there."""
    whole = np.zeros((256, 256), bool)
    whole[128:] = True
    assert framing(_noise((256, 256)), Mask(whole))["mask_truncation_frac"] == pytest.approx(
        256 / 766, abs=0.01
    )
    assert framing(_noise((256, 256)), _disk(60))["mask_truncation_frac"] == 0.0


def test_the_backgrounds_colour_is_that_outside() -> None:
    """A grey wall that is lighter above."""
    image = np.full((256, 256, 3), 100, np.uint8)
    image[:128] = 160
    found = framing(image, _disk(60))
    assert found["background_top_light"] == pytest.approx(23.5, abs=1.0)
    assert found["background_green_red"] == pytest.approx(0, abs=0.5)
    assert found["background_complexity"] < framing(_noise((256, 256)), _disk(60))["background_complexity"]


@pytest.mark.parametrize("filled", [None, False, True])
def test_without_mask_or_background_there_is_little_to_read(filled: bool | None) -> None:
    """No mask, an empty one, and one that fills the picture."""
    mask = None if filled is None else Mask(np.full((64, 64), filled))
    found = framing(_noise((64, 64)), mask)
    assert found.keys() == (MASK_SHAPE.keys() if filled else set())


def test_a_crumb_that_vanishes_at_the_working_size_has_no_outline() -> None:
    """One pixel of a large picture."""
    crumb = np.zeros((2000, 2000), bool)
    crumb[1000, 1000] = True
    assert framing(np.zeros((2000, 2000, 3), np.uint8), Mask(crumb)).keys() == BACKGROUND.keys()


def test_a_file_tells_its_size_and_camera(tmp_path: Path) -> None:
    """From the header and the EXIF data alone."""
    image = Image.fromarray(_noise((100, 200)))
    exif = Image.Exif()
    exif.get_ifd(0x8769).update({0x8827: (200, 100), 0x829A: IFDRational(1, 100), 0x829D: 0, 0x920A: "wide"})
    image.save(tmp_path / "a.jpg", quality=50, exif=exif)
    image.save(tmp_path / "b.jpg", quality=95)
    image.save(tmp_path / "c.png")
    found = camera(tmp_path / "a.jpg")
    assert found["aspect"] == pytest.approx(1.0)
    assert found["megapixels_log"] == pytest.approx(np.log10(0.02))
    assert found["exif_iso_log"] == pytest.approx(np.log10(200))
    assert found["exif_exposure_log"] == pytest.approx(-2)
    assert "exif_aperture" not in found
    assert "exif_focal_mm" not in found
    assert found["jpeg_step"] > camera(tmp_path / "b.jpg")["jpeg_step"]
    assert camera(tmp_path / "c.png").keys() == {"aspect", "megapixels_log"}


def test_what_is_no_picture_is_an_error(tmp_path: Path) -> None:
    """The file is named."""
    (tmp_path / "a.jpg").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"a\.jpg"):
        camera(tmp_path / "a.jpg")
