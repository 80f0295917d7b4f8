"""What every teacher promises; a new teacher's file is enough to be tested.

A teacher whose weights were not pulled is skipped: the tests download nothing.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from datatools import plugins
from datatools.errors import MissingExtraError, MissingWeightsError
from datatools.masks import RGB, Face, Matte
from datatools.teachers import Batched, Concurrent, Teacher
from datatools.workspace import file_name
from tests.pictures import draw_person, face_points
from tests.unit.student.exports import save_export
from tests.unit.teachers.networks import write_card, write_onnx
from tests.unit.teachers.test_smp import save as save_smp
from tests.unit.teachers.test_student import save
from tests.unit.teachers.test_zoo import NAME, list_model

NAMES = plugins.names("teachers")
_HEAVY = {"isnet", "zoo"}  # the zoo brings FiftyOne, whose start takes seconds


def _tiny_network(folder: Path) -> dict[str, str]:
    write_onnx(folder / "net.onnx", [[1.0, 2.0, -3.0]], [0.1])
    return {"card": str(write_card(folder, "net.onnx"))}


def _zoo_model(folder: Path) -> dict[str, str]:
    plugins.module("teachers", "zoo")  # raises where the extra is not installed
    list_model(folder)
    return {"model": NAME}


_OPTIONS: dict[str, Callable[[Path], dict[str, str]]] = {
    "network": _tiny_network,
    "zoo": _zoo_model,
    "student": lambda folder: {"checkpoint": str(save(folder / "model.pt"))},
    "exported": lambda folder: {"path": str(save_export(folder / "student.onnx"))},
    "smp": lambda folder: {"checkpoint": str(save_smp(folder / "model.pt"))},
}


def _make(name: str, folder: Path) -> Teacher:
    try:
        options = _OPTIONS[name](folder) if name in _OPTIONS else {}
        teacher = plugins.build("teachers", name, options)
    except (MissingExtraError, MissingWeightsError) as error:
        pytest.skip(str(error))
    assert isinstance(teacher, Teacher)
    return teacher


@pytest.fixture(
    scope="module",
    params=[pytest.param(name, marks=pytest.mark.slow if name in _HEAVY else ()) for name in NAMES],
)
def teacher(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Teacher:
    """Give each teacher."""
    return _make(request.param, tmp_path_factory.mktemp("teacher"))


def faces_for(teacher: Teacher) -> list[Face]:
    """Give the drawn person's face to a teacher that needs faces."""
    points = face_points()
    (x0, y0), (x1, y1) = points.points.min(axis=0).tolist(), points.points.max(axis=0).tolist()
    return [Face((x0, y0, x1, y1), points, 1.0)] if teacher.needs_faces else []


@dataclass(frozen=True, slots=True)
class Proposal:
    """A picture as it was, as the teacher left it, and the matte."""

    before: RGB
    after: RGB
    matte: Matte


def propose(teacher: Teacher, **drawing: int) -> Proposal:
    """Let a teacher propose a matte of a drawn person."""
    picture, _ = draw_person(**drawing)
    before = picture.copy()
    return Proposal(before, picture, teacher.matte(picture, faces_for(teacher)))


@pytest.fixture(scope="module")
def proposal(teacher: Teacher) -> Proposal:
    """Give a teacher's first proposal; made once, for networks are slow."""
    return propose(teacher)


def test_a_matte_has_the_size_of_its_picture(proposal: Proposal) -> None:
    """Whatever size the teacher works at."""
    assert proposal.matte.array.shape == proposal.before.shape[:2]


def test_the_picture_is_left_as_it_was(proposal: Proposal) -> None:
    """Other steps share its array."""
    np.testing.assert_array_equal(proposal.after, proposal.before)


def test_nothing_is_remembered(teacher: Teacher, proposal: Proposal) -> None:
    """After a picture of another size the first one gives the same matte as before."""
    other = propose(teacher, width_px=131, height_px=57, seed=1)
    assert other.matte.array.shape == (57, 131)
    np.testing.assert_array_equal(propose(teacher).matte.array, proposal.matte.array)


def test_a_picture_without_faces_gets_a_matte_too(teacher: Teacher, proposal: Proposal) -> None:
    """A finder misses faces; that is no reason to lose the picture."""
    matte = teacher.matte(proposal.before, []) if teacher.needs_faces else proposal.matte
    assert matte.array.shape == proposal.before.shape[:2]


def test_a_picture_of_one_pixel_gets_a_matte(teacher: Teacher) -> None:
    """Ingest takes any picture that can be read."""
    assert teacher.matte(np.zeros((1, 1, 3), np.uint8), []).array.shape == (1, 1)


def test_pictures_together_get_the_mattes_they_get_alone(teacher: Teacher, proposal: Proposal) -> None:
    """Within half a step of an 8-bit matte; only some teachers take several."""
    if not isinstance(teacher, Batched):
        pytest.skip(f"{teacher.name} takes one picture at a time")
    assert teacher.batch_size >= 1
    other, _ = draw_person(seed=1)
    small, _ = draw_person(seed=2, width_px=40, height_px=40)
    pictures = [proposal.before, other, small, proposal.before]
    together = teacher.mattes(pictures, [faces_for(teacher)] * 4)
    assert [matte.array.shape for matte in together] == [picture.shape[:2] for picture in pictures]
    for matte in (together[0], together[3]):
        np.testing.assert_allclose(matte.array, proposal.matte.array, atol=0.5 / 255)


def test_threads_at_once_get_the_mattes_of_one(teacher: Teacher) -> None:
    """Two threads and four sizes of pictures, to the last bit; only some teachers take several threads."""
    if not (isinstance(teacher, Concurrent) and teacher.is_concurrent):
        pytest.skip(f"{teacher.name} takes one thread at a time")
    pictures = [draw_person(seed=seed, width_px=40 + 8 * seed, height_px=64)[0] for seed in range(4)] * 2
    with ThreadPoolExecutor(2) as pool:
        together = list(pool.map(lambda picture: teacher.matte(picture, []).array, pictures))
    for matte, picture in zip(together, pictures, strict=True):
        np.testing.assert_array_equal(matte, teacher.matte(picture, []).array)


def test_the_name_can_be_a_folders(teacher: Teacher) -> None:
    """Mattes are kept under it, so it must come back as it is."""
    assert file_name(teacher.name) == teacher.name


@pytest.mark.parametrize("name", sorted(set(NAMES) - _HEAVY))
def test_made_again_it_has_the_same_fingerprint(name: str, tmp_path: Path) -> None:
    """A second run keeps the first one's mattes."""
    assert _make(name, tmp_path).fingerprint == _make(name, tmp_path).fingerprint
