"""What every check must do, whatever it asks."""

import json

import numpy as np
import pytest

from datatools import plugins
from datatools.checks import Check, Evidence
from datatools.masks import Face, Mask, Matte
from datatools.stages.check import Settings
from tests.pictures import draw_person
from tests.unit.checks.evidence import face

NAMES = plugins.names("checks")


@pytest.fixture(params=NAMES)
def check(request: pytest.FixtureRequest) -> Check:
    """Give each check in turn."""
    built: Check = plugins.build("checks", request.param)
    return built


def _evidence() -> dict[str, Evidence]:
    """Give good and bad evidence, thirty of each kind that a set-wide check needs."""
    found: dict[str, Evidence] = {}
    for number in range(30):
        image, mask = draw_person(seed=number)
        matte = Matte(mask.array.astype(np.float32))
        key = f"{number:02d}"
        found[key] = Evidence(sample_id=key, image=image, faces=[face()], mattes={"selfie": matte}, mask=mask)
    image, mask = draw_person()
    nothing = Mask(np.zeros_like(mask.array))
    flat = np.zeros((16, 16, 3), np.uint8)
    found["no_mask"] = Evidence(sample_id="no_mask", image=image, faces=[], mattes={}, mask=None)
    found["empty"] = Evidence(
        sample_id="empty",
        image=image,
        faces=[Face((-50, -50, 400, 400), None, None)],
        mattes={"a": Matte(np.full(mask.array.shape, 0.4, np.float32))},
        mask=nothing,
    )
    found["flat"] = Evidence(
        sample_id="flat", image=flat, faces=[], mattes={}, mask=Mask(np.ones((16, 16), np.bool_))
    )
    return found


def test_every_sample_gets_a_verdict_and_failures_say_why(check: Check) -> None:
    """Observations survive JSON; a detail is there exactly when the check did not pass."""
    observed = {key: json.loads(json.dumps(check.observe(seen))) for key, seen in _evidence().items()}
    verdicts = dict(check.judge(observed.items()))
    assert verdicts.keys() == observed.keys()
    for verdict in verdicts.values():
        assert verdict.passed == (verdict.detail is None)
        assert verdict.score is None or np.isfinite(verdict.score)


def test_verdicts_do_not_depend_on_the_order_of_samples(check: Check) -> None:
    """The set is a set."""
    observed = {key: check.observe(seen) for key, seen in _evidence().items()}
    backwards = dict(reversed(observed.items()))
    assert dict(check.judge(backwards.items())) == dict(check.judge(observed.items()))


def test_verdicts_come_in_the_order_of_the_observations(check: Check) -> None:
    """What several checks say is put together while it comes."""
    observed = {key: check.observe(seen) for key, seen in _evidence().items()}
    assert [sample_id for sample_id, _ in check.judge(observed.items())] == list(observed)


def test_an_empty_set_is_judged(check: Check) -> None:
    """No samples, no verdicts."""
    assert list(check.judge([])) == []


def test_a_check_is_named_as_its_module_and_is_on_by_default(check: Check) -> None:
    """Its fingerprint has 16 hex digits and is the same in another instance."""
    assert check.name in Settings().checks
    assert len(check.fingerprint) == 16
    assert check.fingerprint == plugins.build("checks", check.name).fingerprint
