"""Which doubtful pixels of a region do the colours make person?

The rules that recover hair, beard, hands and shoulders differ in where they look and whose colours they
trust; the question they ask of a pixel is the same, and only pixels that the matte itself doubts are
asked about.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

from datatools.anatomy import Anatomy, anatomy
from datatools.masks import RGB, Face, Matte, disk
from datatools.refiners._regions import MIN_WIDTH_PX, Window, window_round

Bools = NDArray[np.bool_]

THICK_FRAC = 0.06  # of the jaw's width: what is thinner is the soft edge of the matte
SURE = 0.9  # a matte at or above is sure of person, at or below 1 - SURE of background
# Just person: not sure, so that what was raised lends no colours to a second look.
RAISED = np.float32(0.6)
# Of a patch's outline, where colours alone chose it: background of the head's colour meets the head at a
# corner, hair and hands along a side. On 100 portraits with human masks and five mixtures of teachers,
# hair below this lost on 4 of 4 pictures and hands on 3 of 7; above it neither lost on any.
_MIN_CONTACT_FRAC = 0.25
_BINS = 16  # a channel
_MIN_PIXELS = 40  # fewer have no colour distribution
_FLOOR_FRAC = 1e-3  # of a histogram: a colour that was never seen is rare, not impossible
_STEPS_PER_JAW = 80  # a face wider than twice this is looked at in every second pixel, and so on
_MAX_COLOUR_LOGIT = 3.0  # the colours are taken for no surer than 95%


def _histogram(pixels: NDArray[np.uint8]) -> NDArray[np.float32]:
    """Give the smoothed share of each colour (16, 16, 16) among pixels (n, 3)."""
    index = (pixels // (256 // _BINS)).astype(np.int64) @ np.array([_BINS * _BINS, _BINS, 1])
    cube = np.bincount(index, minlength=_BINS**3).astype(np.float32).reshape(_BINS, _BINS, _BINS)
    for axis in range(3):  # a binomial filter along each channel: neighbouring colours are one material
        padded = np.pad(cube, [(1, 1) if a == axis else (0, 0) for a in range(3)], mode="edge")
        low, middle, high = (np.take(padded, np.arange(_BINS) + k, axis=axis) for k in range(3))
        cube = ((low + 2 * middle + high) / 4).astype(np.float32)
    return np.asarray(cube / cube.sum(), np.float32)


def colour_logit(image: RGB, person: Bools, background: Bools, asked: Bools) -> NDArray[np.float64] | None:
    """Give for each asked pixel (n,) how much likelier its colour is in the person than behind it.

    The logarithm of the likelihood ratio, cut at 95%; None where person or background has too few
    pixels (H, W) to say.
    """
    if person.sum() < _MIN_PIXELS or background.sum() < _MIN_PIXELS:
        return None
    inside, outside = _histogram(image[person]), _histogram(image[background])
    red, green, blue = (image[asked] // (256 // _BINS)).T
    ratio = np.log((inside[red, green, blue] + _FLOOR_FRAC) / (outside[red, green, blue] + _FLOOR_FRAC))
    return np.asarray(np.clip(ratio, -_MAX_COLOUR_LOGIT, _MAX_COLOUR_LOGIT), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Doubt:
    """What a rule works on: the largest face, a window near it, and the window's doubtful pixels.

    The window takes every ``step``-th pixel, so that a face of any size costs about the same: what is
    raised is a thick patch, which needs no finer grid.
    """

    parts: Anatomy
    centre: NDArray[np.float32]  # (2,), x and y px
    window: Window
    step: int
    pixels: Bools  # (h, w) of the window
    least: float  # a matte at or below is certain of background
    thick_px: float  # what is thinner, in pixels of the picture, is not raised


def doubt_near(
    matte: Matte,
    faces: Sequence[Face],
    centre_of: Callable[[Anatomy], NDArray[np.float32]],
    *,
    reach: float,
    least: float,
    thick_frac: float = THICK_FRAC,
) -> Doubt | None:
    """Look for doubtful patches within ``reach`` jaw widths of a place on the largest face.

    None where there is no face to speak of, or no doubt near it, as in most pictures: the rule has
    nothing to do.
    """
    parts = anatomy(faces[0]) if faces else None
    if parts is None or parts.width_px < MIN_WIDTH_PX:
        return None
    centre, step = centre_of(parts), max(1, int(parts.width_px / _STEPS_PER_JAW))
    window = window_round(centre, reach * parts.width_px, matte.array.shape, step)
    if window is None:
        return None
    pixels = _doubtful(matte.array[window], least)
    doubt = Doubt(parts, centre, window, step, pixels, least, thick_frac * parts.width_px)
    if not pixels.any():
        return None
    # The square that fits into the disk of ``lift``: OpenCV filters it in rows and columns.
    side = 2 * int(_radius(doubt) / 2**0.5) + 1
    kernel = np.ones((side, side), np.uint8)
    return doubt if cv2.erode(pixels.view(np.uint8), kernel, borderValue=0).any() else None


def _doubtful(values: NDArray[np.float32], least: float) -> Bools:
    """Give where a matte calls background what it is not certain of."""
    return (values > least) & (values <= 0.5)


def _radius(doubt: Doubt) -> int:
    """Give half the thickness that a patch needs, in steps of the window."""
    return round(doubt.thick_px / doubt.step / 2)


def recover(image: RGB, matte: Matte, doubt: Doubt, asked: Bools, region: Bools, donors: Bools) -> Matte:
    """Raise the asked pixels of a window that look like the donors, are thick and touch the person.

    Args:
        image: (H, W, 3).
        matte: (H, W).
        doubt: whose window the next three show.
        asked: the doubtful pixels.
        region: whose background's colours count.
        donors: whose colours count as the person's, where the matte is sure of person.

    Returns:
        The raised matte, or the same object where nothing was raised.
    """
    if not asked.any():
        return matte
    values, colours = matte.array[doubt.window], image[doubt.window]
    evidence = colour_logit(colours, donors & (values >= SURE), region & (values <= 1 - SURE), asked)
    if evidence is None:
        return matte
    opinion = values[asked].astype(np.float64)
    chosen = np.zeros_like(asked)
    chosen[asked] = np.log(opinion / (1 - opinion)) + evidence > 0
    return lift(matte, doubt, chosen, _MIN_CONTACT_FRAC)


def lift(matte: Matte, doubt: Doubt, chosen: Bools, min_contact_frac: float = 0.0) -> Matte:
    """Raise the chosen pixels of a window that form thick patches touching the person.

    What is thinner than ``doubt.thick_px`` is the soft edge of the matte, which is for ``edge_colour`` to
    place. The same object comes back where there is nothing to raise. A second call with what is then
    left of the chosen pixels raises nothing.
    """
    if not chosen.any():
        return matte
    thick = chosen.astype(np.uint8)
    if (radius := _radius(doubt)) >= 1:
        thick = cv2.morphologyEx(thick, cv2.MORPH_OPEN, disk(radius), borderValue=0).astype(np.uint8)
    raised = _joined(thick > 0, matte.array[doubt.window] > 0.5, min_contact_frac)
    if not raised.any():
        return matte
    better = matte.array.copy()
    rows, columns = (slice(part.start, part.stop) for part in doubt.window)
    part = better[rows, columns]
    for axis in (0, 1):  # each taken pixel stands for those up to the next
        raised = np.repeat(raised, doubt.step, axis=axis).take(range(part.shape[axis]), axis=axis)
    part[raised & _doubtful(part, doubt.least)] = RAISED
    return Matte(better)


def _joined(chosen: Bools, person: Bools, min_contact_frac: float) -> Bools:
    """Give the chosen patches that touch the person along enough of their outline."""
    n_labels, labels = cv2.connectedComponents(chosen.astype(np.uint8), connectivity=4)
    outline, contact = np.zeros(n_labels), np.zeros(n_labels)
    for first, second in ((np.s_[:-1], np.s_[1:]), (np.s_[:, :-1], np.s_[:, 1:])):
        for own, other in ((first, second), (second, first)):
            is_edge = (labels[own] > 0) & (labels[own] != labels[other])
            outline += np.bincount(labels[own][is_edge], minlength=n_labels)
            contact += np.bincount(labels[own][is_edge & person[other]], minlength=n_labels)
    kept = (contact > 0) & (contact >= min_contact_frac * outline)
    return np.asarray(kept[labels])
