"""Does a rendered set come out whole and the same, whatever interrupts it?"""

import csv
import hashlib
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from pydantic import ValidationError

from datatools.crews import Lost
from datatools.crews.local import LocalCrew
from datatools.errors import DatatoolsError, UsageError
from datatools.images import read_mask, read_rgb
from datatools.progress import Progress
from datatools.synthetic.dataset import Planned, RenderSettings, plan, render_set
from tests.unit.synthetic.conftest import SETTINGS

_SMALL = RenderSettings(n_people=3, max_pictures=1, seed=2, max_px=256, plant="dim_dark_skin", workers=1)


def _hashes(folder: Path) -> dict[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {
        path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files
    }


def _table(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


class _Interrupted(Progress):
    """A progress that stops the work after the first picture, as Ctrl-C would."""

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Callable[[], None]]:
        def advance() -> None:
            raise KeyboardInterrupt

        yield advance


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a finished set of three people."""
    folder = tmp_path_factory.mktemp("small") / "set"
    render_set(folder, _SMALL, Progress("quiet"))
    return folder


def test_two_processes_write_the_same_bytes_as_one(small: Path, tmp_path: Path) -> None:
    """The number of workers changes no file."""
    render_set(tmp_path / "two", _SMALL.model_copy(update={"workers": 2}), Progress("quiet"))
    assert _hashes(tmp_path / "two") == _hashes(small)


def test_a_script_needs_no_guard(small: Path, tmp_path: Path) -> None:
    """Workers are not started from the script that renders, which would render again in each."""
    script = tmp_path / "draw.py"
    values = _SMALL.model_copy(update={"workers": 2}).model_dump()
    script.write_text(
        "from pathlib import Path\n"
        "from datatools.progress import Progress\n"
        "from datatools.synthetic.dataset import RenderSettings, render_set\n"
        f"render_set(Path({str(tmp_path / 'set')!r}), RenderSettings(**{values!r}), Progress('quiet'))\n"
    )
    subprocess.run([sys.executable, str(script)], check=True)
    assert _hashes(tmp_path / "set") == _hashes(small)


def test_a_picture_that_kills_its_workers_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With how it ended; the set has no index yet."""

    def died(_: object, __: object, tasks: Sequence[Planned], ___: object) -> Iterator[tuple[Planned, Lost]]:
        yield tasks[0], Lost("its worker died (signal 9, killed)")

    monkeypatch.setattr(LocalCrew, "work", died)
    with pytest.raises(DatatoolsError, match=r"p0000_0 was not drawn: its worker died \(signal 9, killed\)"):
        render_set(tmp_path / "set", _SMALL.model_copy(update={"workers": 2}), Progress("quiet"))
    assert not (tmp_path / "set" / "index.csv").exists()


def test_interrupted_set_is_completed_to_the_same_bytes(small: Path, tmp_path: Path) -> None:
    """A set that was stopped midway has no index, and a second call completes it."""
    folder = tmp_path / "stopped"
    with pytest.raises(KeyboardInterrupt):
        render_set(folder, _SMALL, _Interrupted("quiet"))
    assert not (folder / "index.csv").exists()
    render_set(folder, _SMALL, Progress("quiet"))
    assert _hashes(folder) == _hashes(small)


def test_second_call_does_nothing(small: Path) -> None:
    """A finished set is left alone."""
    before = {path: path.stat().st_mtime_ns for path in small.rglob("*")}
    render_set(small, _SMALL, Progress("quiet"))
    assert {path: path.stat().st_mtime_ns for path in small.rglob("*")} == before


def test_other_settings_do_not_mix_into_a_set(small: Path) -> None:
    """A folder of other settings is refused."""
    with pytest.raises(UsageError, match="other settings"):
        render_set(small, _SMALL.model_copy(update={"seed": 9}), Progress("quiet"))


def test_foreign_folder_is_refused(tmp_path: Path) -> None:
    """A folder that holds something else is not written into."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something else"):
        render_set(tmp_path, _SMALL, Progress("quiet"))


def test_another_seed_gives_other_people(small: Path) -> None:
    """The seed decides who is drawn."""
    first, second = plan(_SMALL), plan(_SMALL.model_copy(update={"seed": 3}))
    assert all(a.identity != b.identity for a, b in zip(first, second, strict=False))


def test_sides_out_of_order_are_refused() -> None:
    """The smallest picture cannot be larger than the largest."""
    with pytest.raises(ValidationError, match="min_px <= max_px"):
        RenderSettings(min_px=400, max_px=300)


def test_pictures_of_one_person_share_the_person_and_not_the_pose() -> None:
    """A person's fixed features stay, the scene changes."""
    settings = RenderSettings(n_people=20, max_pictures=3)
    by_person: dict[str, list[int]] = {}
    pictures = plan(settings)
    for number, picture in enumerate(pictures):
        by_person.setdefault(picture.person_id, []).append(number)
    assert set(Counter(len(found) for found in by_person.values())) == {1, 2, 3}
    for first, second, *_ in (found for found in by_person.values() if len(found) > 1):
        assert pictures[first].identity == pictures[second].identity
        assert pictures[first].scene.pose != pictures[second].scene.pose


def test_every_ten_people_have_the_ten_monk_tones() -> None:
    """Skin tones are balanced by design."""
    tones = {p.person_id: p.identity.monk_tone for p in plan(RenderSettings(n_people=30, max_pictures=1))}
    assert Counter(tones.values()) == dict.fromkeys(range(1, 11), 3)


def test_default_set_shows_every_kind_of_person_and_scene() -> None:
    """No kind of hair, covering, glasses, beard, light or backdrop is missing from the default set."""
    pictures = plan(RenderSettings())
    people = [p.identity for p in pictures]
    assert {who.hair for who in people} == {"bald", "short", "long", "curly"}
    assert {who.covering for who in people} == {"none", "hijab", "turban", "headwrap", "beanie"}
    assert {who.glasses for who in people} == {"none", "round", "square", "thin"}
    assert {who.beard for who in people} == {"none", "stubble", "moustache", "short", "full"}
    assert {p.scene.light_level for p in pictures} == {"bright", "normal", "dim"}
    assert {p.scene.is_cluttered for p in pictures} == {True, False}
    assert any(p.companion for p in pictures)
    assert len({p.person_id for p in pictures}) == 240
    sides = [side for p in pictures for side in (p.scene.width_px, p.scene.height_px)]
    assert min(sides) >= 256
    assert max(sides) <= 512


def test_masks_hold_0_and_255_and_have_the_size_of_their_picture(rendered: Path) -> None:
    """A mask's file is binary and fits."""
    for row in _table(rendered / "index.csv"):
        mask = read_mask(rendered / row["mask"])
        assert mask.array.shape == read_rgb(rendered / row["image"]).shape[:2]
        assert 0.1 < mask.area_frac < 0.95


def test_index_says_how_many_faces_and_whether_planted(rendered: Path) -> None:
    """The index agrees with the landmarks and with the plan."""
    rows = {row["id"]: row for row in _table(rendered / "index.csv")}
    for picture in plan(SETTINGS):
        row = rows[picture.picture_id]
        points = np.load(rendered / row["landmarks"])
        assert points.dtype == np.float32
        assert points.shape == (1 if picture.companion is None else 2, 68, 2)
        assert row["n_faces"] == str(len(points))
        assert row["planted"] == str(int(picture.identity.has_covering))
        assert (rendered / "twins" / f"{picture.picture_id}.jpg").exists() == picture.is_planted


def test_description_names_settings_plant_and_error_rates(rendered: Path) -> None:
    """What was planted and how often annotators err can be read from the set."""
    found = json.loads((rendered / "render.json").read_text())
    assert found["settings"] == SETTINGS.model_dump(mode="json", exclude={"workers"})
    assert (found["plant"]["question"], found["plant"]["group"]) == ("head_covering", "yes")
    assert set(found["annotators"]) == {"rendered_a1", "rendered_a2", "rendered_a3"}


def test_measurements_agree_with_the_files(rendered: Path) -> None:
    """The share of the mask and the mean brightness are those of the written files."""
    measured = {
        (row["id"], row["name"]): float(row["value"]) for row in _table(rendered / "measurements.csv")
    }
    first = _table(rendered / "index.csv")[0]
    assert measured[first["id"], "fg_frac"] == pytest.approx(
        read_mask(rendered / first["mask"]).area_frac, abs=1e-5
    )
    image = read_rgb(rendered / first["image"]).astype(float) @ [0.299, 0.587, 0.114] / 255
    assert measured[first["id"], "luminance"] == pytest.approx(image.mean(), abs=0.003)
