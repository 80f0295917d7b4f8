"""People look first where a look changes most."""

import pytest

from datatools.quality.answers import AcceptCurve
from datatools.quality.model import QualityModel
from datatools.quality.queue import queue, within
from tests.unit.quality.made import SIGNAL, examples


@pytest.fixture(scope="module")
def model() -> QualityModel:
    """Give a model of a rule with little noise; IoU is about 1 - split / 2."""
    return QualityModel(examples(noise=0.2))


SEEN = {
    "accepted_bad": {SIGNAL: 0.55},
    "accepted_good": {SIGNAL: 0.02},
    "rejected_bad": {SIGNAL: 0.55},
    "rejected_good": {SIGNAL: 0.02},
}
ACCEPTED = {"accepted_bad", "accepted_good"}


def test_wrong_decisions_come_first(model: QualityModel) -> None:
    """A good mask that was rejected and a bad one that was accepted, before right decisions."""
    places = queue(model, SEEN, ACCEPTED, curve=None, seconds=6)
    assert {place.sample_id for place in places[:2]} == {"rejected_good", "accepted_bad"}
    by_name = {place.sample_id: place for place in places}
    assert by_name["accepted_bad"].bad_chance > 0.3
    assert by_name["accepted_good"].gain == 0
    assert by_name["rejected_good"].gain == pytest.approx(0.14, abs=0.02)


def test_gain_is_by_the_minute(model: QualityModel) -> None:
    """Ten looks of six seconds."""
    for place in queue(model, SEEN, ACCEPTED, curve=None, seconds=6):
        assert place.gain_per_minute == pytest.approx(10 * place.gain)


def test_people_who_reject_everything_make_rejected_masks_worthless(model: QualityModel) -> None:
    """With such a curve there is nothing to take back."""
    never = AcceptCurve(intercept=-50, slope=1e-6, n_accepted=5, n_rejected=5)
    places = {place.sample_id: place for place in queue(model, SEEN, ACCEPTED, curve=never, seconds=6)}
    assert places["rejected_good"].gain == pytest.approx(0, abs=1e-9)


def test_a_queue_ends_with_the_time_and_with_the_gain(model: QualityModel) -> None:
    """Two looks fit into 0.2 minutes; looks that gain nothing are left out."""
    places = queue(model, SEEN, ACCEPTED, curve=None, seconds=6)
    assert within(places, seconds=6, minutes=0.2) == places[:2]
    assert "accepted_good" not in {place.sample_id for place in within(places, seconds=6, minutes=None)}


def test_no_masks_no_queue(model: QualityModel) -> None:
    """An empty set."""
    assert queue(model, {}, set(), curve=None, seconds=6) == []
