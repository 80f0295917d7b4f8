"""Where around the face does a model err: one group's mean errors in a frame aligned with the face."""

from datatools.fairness.estimates import Frozen

GRID = 24  # cells along each side of the frame


class ErrorMap(Frozen):
    """One group's mean error, cell by cell; None is suppressed.

    The frame is upright with the face, centred on it, and a stated number of face heights wide and high.
    Each person counts once. ``over`` is the share of a cell's pixels that the model wrongly takes for the
    person, ``under`` the share of those that it wrongly leaves out; rows run from top to bottom, 0-1. A cell
    is None where pictures of too few of the people reach, or where it would let such a group be found.
    """

    model: str
    reference_source: str
    attribute: str  # empty: everybody
    group: str
    n_images: int | None  # with a known face
    n_people: int | None
    over: (
        list[list[float | None]] | None
    )  # GRID rows of GRID cells; of pixels outside a picture nothing is known
    under: list[list[float | None]] | None
