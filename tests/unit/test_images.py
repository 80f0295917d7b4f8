import struct
import zlib
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from datatools import images
from datatools.errors import ImageError
from datatools.masks import Matte
from tests.dirty import Expected, encoded, png16, portrait, wide_gamut_profile, write_dirty
from tests.pictures import draw_person

_, PERSON = draw_person(width_px=24, height_px=32)


@pytest.fixture(scope="module")
def dirty(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Expected]]:
    """Give the corpus's folder and what each of its files must become."""
    folder = tmp_path_factory.mktemp("dirty") / "files"
    return folder, write_dirty(folder)


def _difference(path: Path, expected: Expected) -> float:
    assert expected.picture is not None
    actual = images.read_rgb(path)
    assert actual.dtype == np.uint8
    assert actual.shape == expected.picture.shape
    return float(np.abs(actual.astype(np.int64) - expected.picture).mean())


def test_every_odd_but_sound_file_gives_its_picture(dirty: tuple[Path, dict[str, Expected]]) -> None:
    """CMYK, 16 bit, alpha, EXIF, GIF, palettes, odd names and sizes: the right pixels come out."""
    folder, files = dirty
    sound = {name: expected for name, expected in files.items() if expected.picture is not None}
    wrong = {name: _difference(folder / name, expected) for name, expected in sound.items()}
    assert {name: value for name, value in wrong.items() if value > sound[name].tolerance} == {}
    assert len(sound) > 15


def test_every_broken_file_says_what_is_wrong(dirty: tuple[Path, dict[str, Expected]]) -> None:
    """Truncated, empty, no picture, not supported, too large: each error names the file and why."""
    folder, files = dirty
    for name, expected in files.items():
        if expected.reason is not None:
            with pytest.raises(ImageError, match=expected.reason) as caught:
                images.read_rgb(folder / name)
            assert str(caught.value).startswith(f"{name}: ")
            assert str(folder) not in str(caught.value)


def test_missing_file_is_named(tmp_path: Path) -> None:
    """A path without a file is an error of its own, not a decoder's."""
    with pytest.raises(ImageError, match=r"gone\.png: there is no such file"):
        images.read_rgb(tmp_path / "gone.png")


def test_camera_raw_is_refused_by_name(tmp_path: Path) -> None:
    """A raw file is a TIFF whose first picture is a thumbnail, which nobody asked for."""
    path = tmp_path / "IMG_1.CR2"
    path.write_bytes(encoded(Image.new("RGB", (4, 4)), "TIFF"))
    with pytest.raises(ImageError, match="CR2 files are not read"):
        images.read_rgb(path)


def test_limit_is_judged_before_decoding(tmp_path: Path) -> None:
    """A header that promises more pixels than allowed is enough to refuse a file without pixels."""
    path = tmp_path / "bomb.png"
    header = struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    chunk = b"IHDR" + header
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + chunk + struct.pack(">I", zlib.crc32(chunk))
        + struct.pack(">I", 0) + b"IDAT" + struct.pack(">I", zlib.crc32(b"IDAT"))
    )  # fmt: skip
    with pytest.raises(ImageError, match="60000 x 60000 px is 3600 megapixels, the limit is 64"):
        images.read_rgb(path)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["TIFF", "PNG"])
def test_exif_orientation_is_undone(tmp_path: Path, orientation: int, kind: str) -> None:
    """All eight orientations give the picture as a viewer shows it, whatever the container."""
    upright = portrait(3)
    turns = {1: 0, 3: 2, 6: 1, 8: 3}  # quarter turns that a camera was held at
    stored = np.rot90(upright, turns.get(orientation, 0))
    if orientation not in turns:
        flips = {2: upright[:, ::-1], 4: upright[::-1], 5: upright.transpose(1, 0, 2)}
        stored = flips.get(orientation, upright[::-1, ::-1].transpose(1, 0, 2))
    tag = Image.Exif()
    tag[0x0112] = orientation
    path = tmp_path / f"turned.{kind.lower()}"
    path.write_bytes(encoded(Image.fromarray(np.ascontiguousarray(stored)), kind, exif=tag))
    np.testing.assert_array_equal(images.read_rgb(path), upright)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data")
def test_broken_exif_does_not_cost_the_picture(tmp_path: Path) -> None:
    """EXIF that cannot be parsed says nothing about the orientation, and no more than that."""
    path = tmp_path / "odd.jpg"
    exif = b"Exif\0\0II*\0\x08\0\0\0\xff\xff"
    path.write_bytes(encoded(Image.fromarray(portrait(4)), "JPEG", quality=95, exif=exif))
    assert _difference(path, Expected(portrait(4))) < 3


def test_broken_profile_is_ignored(tmp_path: Path) -> None:
    """Colour numbers with an unreadable ICC profile are taken as sRGB, as browsers take them."""
    path = tmp_path / "odd.png"
    path.write_bytes(encoded(Image.fromarray(portrait(5)), "PNG", icc_profile=b"no profile"))
    np.testing.assert_array_equal(images.read_rgb(path), portrait(5))


def test_profile_of_another_colour_space_is_ignored(tmp_path: Path) -> None:
    """An RGB profile in a grey file cannot be applied; the grey stays as it is."""
    grey = np.asarray(cv2.cvtColor(portrait(5), cv2.COLOR_RGB2GRAY), np.uint8)
    path = tmp_path / "odd.png"
    path.write_bytes(encoded(Image.fromarray(grey), "PNG", icc_profile=wide_gamut_profile()))
    np.testing.assert_array_equal(images.read_rgb(path)[..., 0], grey)


def test_float_picture_is_scaled_and_nan_is_black(tmp_path: Path) -> None:
    """A float TIFF holds 0 to 1; what is not a number shows nothing."""
    path = tmp_path / "float.tif"
    path.write_bytes(encoded(Image.fromarray(np.array([[0.5, np.nan, 1.0]], np.float32)), "TIFF"))
    assert images.read_rgb(path)[0, :, 0].tolist() == [128, 0, 255]


def test_32_bit_picture_keeps_its_range(tmp_path: Path) -> None:
    """Integers above 16 bit scale by their own maximum instead of turning white."""
    path = tmp_path / "deep.tif"
    path.write_bytes(encoded(Image.fromarray(np.array([[0, 100_000, 200_000]], np.int32)), "TIFF"))
    assert images.read_rgb(path)[0, :, 0].tolist() == [0, 128, 255]


def test_threads_read_the_same_pixels(dirty: tuple[Path, dict[str, Expected]]) -> None:
    """Stages read in threads: profiles, limits and warnings must not leak from one to another."""
    folder, files = dirty
    names = [name for name, expected in files.items() if expected.picture is not None] * 4
    alone = [images.read_rgb(folder / name) for name in names]
    with ThreadPoolExecutor(8) as pool:
        together = list(pool.map(images.read_rgb, [folder / name for name in names]))
    assert all(np.array_equal(one, other) for one, other in zip(alone, together, strict=True))


# -- reference masks ---------------------------------------------------------------------------------


def _write(path: Path, values: NDArray[np.uint8], mode: str | None = None) -> Path:
    image = Image.fromarray(values)
    if mode == "P":
        image.putpalette([value for level in range(256) for value in (level, 255 - level, 7)])
    elif mode is not None:
        image = image.convert(mode)
    image.save(path)
    return path


def _encode(folder: Path, mask: NDArray[np.bool_], encoding: str) -> Path:
    ones = mask.astype(np.uint8)
    path = folder / f"{encoding}.png"
    if encoding == "binary01":
        return _write(path, ones)
    if encoding == "binary255":
        return _write(path, ones * np.uint8(255))
    if encoding == "palette":
        return _write(path, ones * np.uint8(3), "P")
    if encoding == "labels":
        rows = np.arange(mask.shape[0], dtype=np.uint8)[:, None] % 2
        return _write(path, ones * (np.uint8(11) + rows))
    soft = np.where(mask, np.uint8(200), np.uint8(60)).astype(np.uint8)
    return _write(path, soft)


masks = st.builds(
    lambda seed, share: np.random.default_rng(seed).random((9, 7)) < share,
    st.integers(0, 10_000),
    st.floats(0.2, 0.8),
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(mask=masks, encoding=st.sampled_from(["binary01", "binary255", "palette", "labels", "soft"]))
def test_each_encoding_is_told_apart(tmp_path: Path, mask: NDArray[np.bool_], encoding: str) -> None:
    """The same mask comes out of every encoding, and the encoding's name with it."""
    found = images.read_reference_mask(_encode(tmp_path, mask, encoding))
    np.testing.assert_array_equal(found.mask.array, mask)
    assert found.encoding == encoding


def test_void_of_a_label_map_is_not_person(tmp_path: Path) -> None:
    """255 beside class indices marks what nobody judged."""
    values = np.array([[0, 5, 255], [0, 12, 255]], np.uint8)
    for mode in ("L", "P"):
        found = images.read_reference_mask(_write(tmp_path / f"{mode}.png", values, mode))
        assert found.mask.array.tolist() == [[False, True, False], [False, True, False]]


def test_palette_of_0_and_255_is_a_person(tmp_path: Path) -> None:
    """A binary mask saved with a palette has no other index for the person than 255."""
    found = images.read_reference_mask(_write(tmp_path / "a.png", np.array([[0, 255]], np.uint8), mode="P"))
    assert (found.mask.array.tolist(), found.encoding) == ([[False, True]], "palette")


def test_one_level_beside_zero_is_a_person(tmp_path: Path) -> None:
    """Below 128 such a level would vanish if it were taken as alpha."""
    found = images.read_reference_mask(_write(tmp_path / "a.png", np.array([[0, 100]], np.uint8)))
    assert (found.mask.array.tolist(), found.encoding) == ([[False, True]], "labels")


def test_colours_are_labels_and_black_is_background(tmp_path: Path) -> None:
    """A colour-coded parsing map in RGB: turned to grey, dark colours would be lost."""
    colours = np.array([[[0, 0, 0], [128, 0, 0], [0, 64, 0]]], np.uint8)
    found = images.read_reference_mask(_write(tmp_path / "a.png", colours))
    assert (found.mask.array.tolist(), found.encoding) == ([[False, True, True]], "labels")


def test_colours_without_black_are_all_person(tmp_path: Path) -> None:
    """No black pixel, no background: the person fills the picture."""
    found = images.read_reference_mask(_write(tmp_path / "a.png", np.array([[[90, 0, 9]]], np.uint8)))
    assert found.mask.array.all()


def test_photograph_is_no_mask(tmp_path: Path) -> None:
    """A picture in the masks' folder is an error, not a mask of its bright parts."""
    path = tmp_path / "a.png"
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (9, 9, 3)).astype(np.uint8)).save(path)
    with pytest.raises(ImageError, match=r"a\.png: expected a mask, got a picture of 81 colours"):
        images.read_reference_mask(path)


def test_grey_in_three_channels_is_read_as_one(tmp_path: Path) -> None:
    """Many tools save masks as RGB; three equal channels are one."""
    values = PERSON.array.astype(np.uint8) * np.uint8(255)
    path = _write(tmp_path / "a.png", np.dstack([values, values, values]))
    found = images.read_reference_mask(path)
    assert (np.array_equal(found.mask.array, PERSON.array), found.encoding) == (True, "binary255")


def test_alpha_of_a_cut_out_is_the_mask(tmp_path: Path) -> None:
    """A cut-out's colours say nothing about where the person is; its alpha does."""
    colours = np.full((*PERSON.array.shape, 3), 200, np.uint8)
    alpha = PERSON.array.astype(np.uint8) * np.uint8(255)
    found = images.read_reference_mask(_write(tmp_path / "a.png", np.dstack([colours, alpha])))
    np.testing.assert_array_equal(found.mask.array, PERSON.array)


def test_opaque_alpha_is_ignored(tmp_path: Path) -> None:
    """An alpha that hides nothing was added by a tool; the mask is in the colours."""
    values = PERSON.array.astype(np.uint8) * np.uint8(255)
    opaque = np.full_like(values, 255)
    path = _write(tmp_path / "a.png", np.dstack([values, values, values, opaque]))
    np.testing.assert_array_equal(images.read_reference_mask(path).mask.array, PERSON.array)


def test_noise_of_a_jpeg_mask_is_background(tmp_path: Path) -> None:
    """Lossy compression smears small values round the edge: they are no classes."""
    wide = cv2.resize(PERSON.array.astype(np.uint8) * 255, (240, 320), interpolation=cv2.INTER_NEAREST)
    path = tmp_path / "a.jpg"
    Image.fromarray(wide).save(path, quality=60)
    found = images.read_reference_mask(path)
    assert found.encoding == "soft"
    assert np.count_nonzero(found.mask.array != (wide > 0)) < 50


@pytest.mark.parametrize(("top", "encoding"), [(65535, "binary255"), (1, "binary01"), (12, "labels")])
def test_16_bit_masks_are_read(tmp_path: Path, top: int, encoding: str) -> None:
    """Sixteen bits hold indices as well as full-scale alpha."""
    path = tmp_path / "a.png"
    path.write_bytes(png16(PERSON.array.astype(np.uint16) * np.uint16(top)))
    found = images.read_reference_mask(path)
    assert (np.array_equal(found.mask.array, PERSON.array), found.encoding) == (True, encoding)


def test_float_alpha_is_read(tmp_path: Path) -> None:
    """A float TIFF matte of 0 to 1 is soft alpha."""
    path = tmp_path / "a.tif"
    Image.fromarray(np.array([[0.0, 0.4, 0.6, 1.0]], np.float32)).save(path)
    found = images.read_reference_mask(path)
    assert (found.mask.array.tolist(), found.encoding) == ([[False, False, True, True]], "soft")


@pytest.mark.parametrize("value", [0, 255])
def test_empty_and_full_masks_are_read(tmp_path: Path, value: int) -> None:
    """A mask of one value is empty or full, not an error."""
    found = images.read_reference_mask(_write(tmp_path / "a.png", np.full((4, 4), value, np.uint8)))
    assert found.mask.area_frac == value / 255


def test_real_masks_are_binary(shared_data: Path) -> None:
    """The human masks of three data sets hold 0 and 255 alone, at their pictures' size."""
    for name in ("eg1800", "celebamask", "ccp", "london"):
        for path in sorted((shared_data / name / "masks").iterdir())[::60]:
            assert images.read_reference_mask(path).encoding == "binary255"


# -- what the toolkit writes ---------------------------------------------------------------------------


def test_mask_survives_writing(tmp_path: Path) -> None:
    """Write then read is identity; the bytes given back are the file's."""
    data = images.write_mask(tmp_path / "m" / "a.png", PERSON)
    np.testing.assert_array_equal(images.read_mask(tmp_path / "m" / "a.png").array, PERSON.array)
    assert (tmp_path / "m" / "a.png").read_bytes() == data


def test_matte_survives_writing(tmp_path: Path) -> None:
    """Write then read is identity for the 256 levels that a file holds."""
    levels = (np.arange(256, dtype=np.float32) / np.float32(255)).reshape(16, 16)
    images.write_matte(tmp_path / "a.png", Matte(levels))
    np.testing.assert_array_equal(images.read_matte(tmp_path / "a.png").array, levels)


def test_foreign_file_is_no_mask_of_ours(tmp_path: Path) -> None:
    """A colour picture where a written mask should be is named."""
    Image.new("RGB", (2, 2)).save(tmp_path / "a.png")
    with pytest.raises(ImageError, match=r"a\.png: expected an 8-bit grey PNG, got mode RGB"):
        images.read_mask(tmp_path / "a.png")


def test_jpeg_bytes_hold_the_picture(tmp_path: Path) -> None:
    """A picture for a report survives JPEG up to its loss, and carries no metadata."""
    path = tmp_path / "a.jpg"
    path.write_bytes(images.to_jpeg(portrait(6), quality=95))
    assert _difference(path, Expected(portrait(6))) < 3


def test_png_bytes_hold_picture_and_alpha(tmp_path: Path) -> None:
    """RGB and RGBA come back as they were, in Pillow's order of channels."""
    rgba = np.random.default_rng(0).integers(0, 256, (5, 4, 4)).astype(np.uint8)
    for channels in (3, 4):
        path = tmp_path / f"{channels}.png"
        path.write_bytes(images.to_png(np.ascontiguousarray(rgba[..., :channels])))
        assert (np.asarray(Image.open(path)) == rgba[..., :channels]).all()
