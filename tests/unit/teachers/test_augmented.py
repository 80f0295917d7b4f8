"""Are several looks at a picture averaged in its own frame?"""

from collections.abc import Sequence

import numpy as np

from datatools.masks import RGB, Face, Landmarks, Matte
from datatools.teachers._augmented import Augmented


class Recorder:
    """A teacher that finds what is bright, worse on the left, and keeps what it was shown."""

    name = "recorder"
    fingerprint = "1"
    needs_faces = False
    licence = "MIT"

    def __init__(self) -> None:
        self.seen: list[tuple[tuple[int, ...], Sequence[Face]]] = []

    def matte(self, image: RGB, faces: Sequence[Face]) -> Matte:
        self.seen.append((image.shape, faces))
        bright = image.mean(axis=2) / 255
        bright[:, : image.shape[1] // 2] *= 0.6
        return Matte(bright.astype(np.float32))


def picture(top: int, bottom: int, left: int, right: int) -> RGB:
    """Draw a white box on a black picture of 60 x 80."""
    image = np.zeros((80, 60, 3), np.uint8)
    image[top:bottom, left:right] = 255
    return image


def test_a_mirrored_look_is_turned_back() -> None:
    """What is missed on one side only is half found."""
    matte = Augmented(Recorder(), ("flip",)).matte(picture(0, 80, 0, 60), [])
    np.testing.assert_allclose(matte.array, 0.8)


def test_a_second_look_goes_to_the_part_with_the_person() -> None:
    """The box with a margin, and the average of both looks inside it."""
    teacher = Recorder()
    matte = Augmented(teacher, ("zoom",)).matte(picture(40, 60, 30, 50), [])
    assert [shape for shape, _ in teacher.seen] == [(80, 60, 3), (26, 26, 3)]
    np.testing.assert_allclose(matte.array[50, 32], 0.8)  # left half of the part, right half of the whole
    np.testing.assert_allclose(matte.array[50, 45], 1.0)
    assert matte.array[:37].max() == 0.0


def test_a_person_who_fills_the_picture_is_looked_at_once() -> None:
    """Enlarging it would show nothing new; neither is there anything to enlarge without a person."""
    for image in (picture(5, 80, 2, 60), picture(0, 0, 0, 0)):
        teacher = Recorder()
        Augmented(teacher, ("zoom",)).matte(image, [])
        assert len(teacher.seen) == 1


def test_faces_move_with_the_view() -> None:
    """Into the part's frame with their landmarks; mirrored ones keep their box alone."""
    teacher = Recorder()
    points = Landmarks(np.array([[40.0, 50.0]], np.float32), "one")
    face = Face((35.0, 45.0, 45.0, 55.0), points, 0.5)
    Augmented(teacher, ("zoom", "flip")).matte(picture(40, 60, 30, 50), [face])
    (_, [whole]), (_, [mirrored]), (_, [near]), _ = teacher.seen
    assert whole is face
    assert mirrored.box == (15.0, 45.0, 25.0, 55.0)
    assert mirrored.landmarks is None
    assert near.box == (8.0, 8.0, 18.0, 18.0)
    assert near.landmarks is not None
    np.testing.assert_allclose(near.landmarks.points, [[13.0, 13.0]])


def test_it_keeps_the_name_and_licence_but_not_the_fingerprint() -> None:
    """Mattes made with other views are stale, whatever the order in which the views were named."""
    plain = Recorder()
    one, other = Augmented(plain, ("flip", "zoom")), Augmented(plain, ("zoom", "flip"))
    assert (one.name, one.licence, one.needs_faces) == ("recorder", "MIT", False)
    assert one.fingerprint == other.fingerprint
    assert len({plain.fingerprint, one.fingerprint, Augmented(plain, ("flip",)).fingerprint}) == 3
