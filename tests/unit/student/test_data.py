"""Pictures are packed once; what cannot be read is named."""

import errno
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools.errors import DataError
from datatools.student import data
from datatools.student.data import Pack, Source
from tests.pictures import draw_person, write_people
from tests.unit.student.small import tiny_recipe

PREPROCESSING = tiny_recipe().preprocessing


@pytest.fixture
def sources(tmp_path: Path) -> list[Source]:
    """Write three people."""
    write_people(tmp_path / "people", 3)
    folder = tmp_path / "people"
    names = [f"{n:03d}.png" for n in range(3)]
    return [Source(f"c{n}", folder / "images" / n, folder / "masks" / n) for n in names]


def make(folder: Path, sources: list[Source], *, workers: int = 1, size_px: int = 32) -> Pack:
    """Pack the sources."""
    preprocessing = replace(PREPROCESSING, size_px=size_px)
    return data.pack(folder, sources, preprocessing, workers=workers, advance=lambda: None)


def test_a_pack_holds_resized_pictures_and_masks(tmp_path: Path, sources: list[Source]) -> None:
    """RGB in its order, the mask in the fourth channel with its share of the picture."""
    pack = make(tmp_path / "pack", sources)
    picture, mask = draw_person(seed=0, centre_frac=0.4)
    assert pack.pixels.shape == (3, 32, 32, 5)
    np.testing.assert_allclose(pack.pixels[0, ..., :3].mean((0, 1)), picture.mean((0, 1)), atol=1)
    assert pack.pixels[0, ..., 3].mean() / 255 == pytest.approx(mask.area_frac, abs=0.01)


def test_a_second_call_reads_no_picture(tmp_path: Path, sources: list[Source]) -> None:
    """The pack is found by what goes into it, and opened."""
    first = make(tmp_path / "pack", sources).pixels.copy()
    for source in sources:
        source.image.unlink()
    assert np.array_equal(make(tmp_path / "pack", sources).pixels, first)


def test_workers_do_not_change_a_pack(tmp_path: Path, sources: list[Source]) -> None:
    """One thread or three."""
    one, three = (make(tmp_path / str(n), sources, workers=n).pixels for n in (1, 3))
    assert np.array_equal(one, three)


def test_other_content_or_size_makes_another_pack(tmp_path: Path, sources: list[Source]) -> None:
    """A changed mask changes the content's hash."""
    make(tmp_path / "pack", sources)
    make(tmp_path / "pack", sources, size_px=36)
    make(tmp_path / "pack", [replace(sources[0], content="new"), *sources[1:]])
    assert len(list((tmp_path / "pack").glob("pack-*.npy"))) == 3


def test_a_pack_that_was_not_finished_is_made_again(tmp_path: Path, sources: list[Source]) -> None:
    """The list of failures is written last: without it the pictures do not count."""
    whole = make(tmp_path / "pack", sources).pixels.copy()
    (about,) = (tmp_path / "pack").glob("*.json")
    (pixels,) = (tmp_path / "pack").glob("*.npy")
    about.unlink()
    pixels.write_bytes(b"cut off")
    assert np.array_equal(make(tmp_path / "pack", sources).pixels, whole)


def test_pictures_that_cannot_be_read_are_named(tmp_path: Path, sources: list[Source]) -> None:
    """The others are packed all the same, and the reasons are kept."""
    sources[1].image.write_bytes(b"no picture")
    sources[2].mask.unlink()
    for _ in range(2):
        pack = make(tmp_path / "pack", sources)
        assert sorted(pack.failed) == [1, 2]
        assert "no such file" in pack.failed[2]
        assert pack.pixels[0].any()


def test_every_picture_advances(tmp_path: Path, sources: list[Source]) -> None:
    """Progress counts pictures."""
    calls: list[None] = []
    data.pack(tmp_path, sources, PREPROCESSING, workers=2, advance=lambda: calls.append(None))
    assert len(calls) == 3


def test_a_mask_of_another_size_is_refused(sources: list[Source]) -> None:
    """The message names both files and sizes."""
    Image.new("L", (10, 20)).save(sources[0].mask)
    with pytest.raises(DataError, match=r"000\.png is 96 x 128 px, its mask .*000\.png is 10 x 20"):
        data.packed(sources[0], PREPROCESSING)


def test_a_full_disk_is_found_out_before_a_picture_is_read(
    tmp_path: Path, sources: list[Source], monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the file's name, and nothing left behind."""

    def full(*_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full)
    with pytest.raises(OSError, match=r"No space left on device: '.*pack-"):
        make(tmp_path / "pack", sources)
    assert list((tmp_path / "pack").iterdir()) == []
