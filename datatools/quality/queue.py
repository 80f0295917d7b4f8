"""Which masks should a person look at first: where does a minute of theirs do most?

The gain of one look is what it is expected to change in the set of accepted masks. A mask is worth its IoU
minus a floor: above it the set is better with the mask, below it without. A person keeps what lies above
and drops the rest, so a look at an accepted mask gains E[max(0, floor - IoU)], and a look at a rejected
one E[max(0, IoU - floor)], both over the distribution of its true IoU. Where former reviews showed which
masks people accept, their curve takes the place of "above the floor".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datatools.quality.answers import AcceptCurve
from datatools.quality.evaluation import FLOOR
from datatools.quality.examples import matrix
from datatools.quality.model import Prediction, QualityModel

DEFAULT_SECONDS = 6.0  # of a look, where no review says how long it took: our guess


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A mask in the queue."""

    sample_id: str
    prediction: Prediction
    is_accepted: bool  # before the person looks
    bad_chance: float  # that its IoU is below the floor
    gain: float  # expected, in IoU
    gain_per_minute: float


def queue(
    model: QualityModel,
    seen: Mapping[str, Mapping[str, float]],
    accepted: set[str],
    *,
    curve: AcceptCurve | None,
    seconds: float,
) -> list[Place]:
    """Rank masks by the expected gain per minute, most first; then by sample."""
    names = sorted(seen)
    expected = model.expected(matrix([seen[name] for name in names]))
    low, high = model.bounds(expected)
    iou = model.spread(expected)  # (n, m)
    keeps = (iou >= FLOOR).astype(np.float64) if curve is None else curve.chance(iou)
    worth = iou - FLOOR
    gain_if_accepted = (-(1 - keeps) * worth).mean(axis=1)  # what dropping it saves
    gain_if_rejected = (keeps * worth).mean(axis=1)  # what taking it back adds
    bad = (iou < FLOOR).mean(axis=1)
    places = []
    for row, name in enumerate(names):
        gain = max(0.0, float((gain_if_accepted if name in accepted else gain_if_rejected)[row]))
        places.append(
            Place(
                sample_id=name,
                prediction=Prediction(
                    expected_iou=float(expected[row]), low=float(low[row]), high=float(high[row])
                ),
                is_accepted=name in accepted,
                bad_chance=float(bad[row]),
                gain=gain,
                gain_per_minute=gain * 60 / seconds,
            )
        )
    return sorted(places, key=lambda place: (-place.gain_per_minute, place.sample_id))


def within(places: Sequence[Place], *, seconds: float, minutes: float | None) -> list[Place]:
    """Give the first places that so many minutes suffice for, and that gain anything."""
    n = len(places) if minutes is None else int(minutes * 60 / seconds)
    return [place for place in places[:n] if place.gain > 0]
