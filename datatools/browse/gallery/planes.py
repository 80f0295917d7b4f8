"""How are a sample's overlays kept in one small file that a page can lay over the picture?

One PNG of sixteen colours: the overlays of a sample as planes of the thumbnail's size, one below the other.
A page shows a plane by moving the file behind a window of the picture's size, so that no script has to read a
pixel: a browser does not let one where the page is a file.
"""

import io
from collections.abc import Mapping, Sequence

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from datatools.masks import Face, Mask, Matte

Plane = NDArray[np.uint8]  # (height, width) of the thumbnail; places in PALETTE

CLEAR = 0
GENERATED, REFERENCE = (1, 2), (3, 4)  # inside and edge
OVER, UNDER = 5, 6
POINT, RIM = 7, 8
_HEAT = 9  # and the places after it

# The masks' colours are those of the FiftyOne data set: none is one of skin or hair. Yellow and blue stay
# apart for everybody; heat goes from dark to light, as printed grey would.
_COLOURS: Mapping[int, tuple[int, int, int, int]] = {
    CLEAR: (0, 0, 0, 0),
    GENERATED[0]: (18, 214, 176, 80),
    GENERATED[1]: (18, 214, 176, 255),
    REFERENCE[0]: (180, 92, 255, 80),
    REFERENCE[1]: (180, 92, 255, 255),
    OVER: (255, 212, 0, 235),
    UNDER: (47, 123, 255, 235),
    POINT: (255, 255, 255, 255),
    RIM: (0, 0, 0, 255),
    _HEAT: (68, 1, 84, 60),
    _HEAT + 1: (71, 44, 122, 190),
    _HEAT + 2: (59, 82, 139, 200),
    _HEAT + 3: (33, 145, 140, 210),
    _HEAT + 4: (94, 201, 98, 215),
    _HEAT + 5: (190, 223, 38, 220),
    _HEAT + 6: (253, 231, 37, 120),
}
_N_HEAT = 7
_EFFORT = 6  # of zlib: 9 takes six times as long for files an eighth smaller
_EDGE = np.ones((3, 3), np.uint8)
_SHOWN_SHARE = 0.25  # of a thumbnail's pixel that is wrong: a thin line of errors is to stay visible


def of_mask(mask: Mask, size: tuple[int, int], colours: tuple[int, int]) -> Plane:
    """Draw a mask, pale inside and full at its edge; ``size`` is (width, height) px."""
    inside = (_shares(mask.array, size) >= 0.5).astype(np.uint8)
    # The picture's border is no edge: a body that leaves the picture does not end there.
    core = cv2.erode(inside, _EDGE, borderType=cv2.BORDER_REPLICATE)
    return np.where(inside > core, colours[1], inside * colours[0]).astype(np.uint8)


def of_matte(matte: Matte, size: tuple[int, int]) -> Plane:
    """Draw a matte as heat; what is surely background stays clear."""
    soft = np.asarray(cv2.resize(matte.array, size, interpolation=cv2.INTER_AREA), np.float32)
    level = np.clip(np.round(soft * _N_HEAT), 0, _N_HEAT).astype(np.uint8)
    return np.where(level == 0, CLEAR, level + (_HEAT - 1)).astype(np.uint8)


def of_errors(mask: Mask, reference: Mask, size: tuple[int, int]) -> Plane:
    """Draw what a mask adds to a reference of its shape, and what it leaves out."""
    over = _shares(mask.array & ~reference.array, size)
    under = _shares(reference.array & ~mask.array, size)
    drawn = np.where(under >= _SHOWN_SHARE, UNDER, CLEAR)
    return np.where((over >= _SHOWN_SHARE) & (over >= under), OVER, drawn).astype(np.uint8)


def of_faces(faces: Sequence[Face], scale: tuple[float, float], size: tuple[int, int]) -> Plane:
    """Draw the landmarks of all faces as points; ``scale`` is thumbnail px a picture's px, x and y."""
    drawn: Plane = np.zeros((size[1], size[0]), np.uint8)
    found = [face.landmarks.points * np.array(scale) for face in faces if face.landmarks is not None]
    points = np.vstack(found) if found else np.zeros((0, 2))
    reach = np.array(size) + 1.0
    near = points[((points > -2) & (points < reach)).all(axis=1)].round().astype(int)
    for radius, colour in ((1, RIM), (0, POINT)):
        for x, y in near.tolist():
            cv2.circle(drawn, (x, y), radius, (colour,), -1)
    return drawn


def packed(planes: Sequence[Plane]) -> bytes:
    """Give one PNG, without metadata, of planes below each other."""
    image = Image.fromarray(np.vstack(planes), "L").copy()
    image = Image.frombytes("P", image.size, image.tobytes())
    colours = [_COLOURS[place] for place in range(len(_COLOURS))]
    image.putpalette([value for colour in colours for value in colour[:3]])
    buffer = io.BytesIO()
    image.save(
        buffer, "PNG", transparency=bytes(colour[3] for colour in colours), bits=4, compress_level=_EFFORT
    )
    return buffer.getvalue()


def colour(place: int) -> str:
    """Give a place of the palette as CSS writes it, for the page's legend."""
    red, green, blue, _ = _COLOURS[place]
    return f"#{red:02x}{green:02x}{blue:02x}"


def _shares(array: NDArray[np.bool_], size: tuple[int, int]) -> NDArray[np.float32]:
    """Give the share of each thumbnail pixel that is True."""
    return np.asarray(cv2.resize(array.astype(np.float32), size, interpolation=cv2.INTER_AREA), np.float32)
