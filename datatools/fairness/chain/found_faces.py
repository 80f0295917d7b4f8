"""In which pictures did a finder find a face, and landmarks that all lie inside the picture?"""

from collections.abc import Iterator

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from datatools import counting, selection, tables
from datatools.fairness.chain.steps import Column, Floats
from datatools.fairness.who.pictured import Pictured
from datatools.workspace import Workspace

_AT_ONCE = 16_384  # faces whose points are in memory as numbers

Bools = NDArray[np.bool_]


def found_faces(workspace: Workspace, shown: Pictured) -> tuple[Column, Column]:
    """Give 1 where a face was found, and where its landmarks lie inside the picture, else 0.

    The largest face of each picture counts; of several finders the first by name. Landmarks that came with
    the data were found by nobody.

    Args:
        workspace: whose faces are read.
        shown: the pictures under audit.
    """
    finders = sorted(_finders(workspace))
    size = _sizes(workspace, shown)
    best = np.full(len(shown), len(finders), np.int64)  # the finder whose look counts
    has_face, has_points = np.zeros(len(shown)), np.zeros(len(shown))
    for rows in _looks(workspace):
        codes, words = counting.coded(rows["detector"])
        finder = np.array([finders.index(word) for word in words], np.int64)[codes]
        place = shown.places(rows["sample_id"])
        order = np.lexsort((finder, place))  # stable: of equal rows the first one counts
        order = order[place[order] >= 0]
        order = order[np.diff(place[order], prepend=-1) != 0]
        order = order[finder[order] < best[place[order]]]
        place, chosen = place[order], rows.take(counting.places(order))
        best[place] = finder[order]
        has_face[place] = counting.bools(pc.is_valid(chosen["face"]))
        for start in range(0, len(order), _AT_ONCE):
            part = slice(start, start + _AT_ONCE)
            points = counting.whole(chosen["points"].slice(start, _AT_ONCE))
            has_points[place[part]] = _lie_inside(points, size[place[part]])
    looked = np.flatnonzero(best < len(finders)).astype(np.int32)
    return Column(looked, has_face[looked]), Column(looked, has_points[looked])


def _finders(workspace: Workspace) -> set[str]:
    pieces = workspace.pieces(tables.LANDMARKS, ("detector",), encoded=("detector",))
    return {name for rows in pieces for (name,) in counting.tally(rows)}


def _looks(workspace: Workspace) -> Iterator[pa.Table]:
    """Give the rows on the largest faces of pictures, and on pictures without one."""
    names = ("sample_id", "detector", "face", "points", "status")
    for rows in workspace.pieces(tables.LANDMARKS, names, encoded=("detector", "status")):
        is_largest = counting.bools(pc.fill_null(pc.equal(rows["face"], 0), True))
        is_look = is_largest & counting.equals(rows["status"], "ok")
        is_look &= ~counting.equals(rows["detector"], selection.GIVEN)
        yield rows.filter(counting.mask(is_look))


def _sizes(workspace: Workspace, shown: Pictured) -> Floats:
    """Give width and height of each picture in px (n_images, 2); infinite where unknown."""
    size = np.full((len(shown), 2), np.inf)
    for rows in workspace.pieces(tables.MANIFEST, ("sample_id", "width_px", "height_px")):
        place = shown.places(rows["sample_id"])
        for column, name in enumerate(("width_px", "height_px")):
            side = pc.fill_null(rows[name].cast(pa.float64()), np.inf).to_numpy()
            size[place[place >= 0], column] = side[place >= 0]
    return size


def _lie_inside(points: pa.ListArray, size: Floats) -> Bools:
    """Say of which faces there are points, all inside pictures of sizes (n, 2); points are x, y, x, y."""
    n_numbers = pc.fill_null(pc.list_value_length(points), 0).to_numpy()
    is_inside: Bools = n_numbers > 0
    if is_inside.any():
        numbers = points.flatten().to_numpy().reshape(-1, 2)
        n_points = n_numbers[is_inside] // 2
        starts = np.cumsum(n_points) - n_points
        is_good = (np.minimum.reduceat(numbers, starts) >= 0) | np.isinf(size[is_inside])
        is_good &= np.maximum.reduceat(numbers, starts) <= size[is_inside]
        is_inside[is_inside] = is_good.all(axis=1)
    return is_inside
