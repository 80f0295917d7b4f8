"""What every refiner must do, whatever it improves."""

from concurrent.futures import ThreadPoolExecutor

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools import plugins
from datatools.masks import RGB, Face, Landmarks, Matte
from datatools.refiners import Refiner
from datatools.refiners._chain import refine
from datatools.stages.refine import Settings
from tests.pictures import draw_person, face_points
from tests.unit.refiners.heads import proper_points

NAMES = plugins.names("refiners")


@pytest.fixture(scope="module", params=NAMES)
def refiner(request: pytest.FixtureRequest) -> Refiner:
    """Give each refiner in turn."""
    built: Refiner = plugins.build("refiners", request.param)
    return built


def _faces(kind: str) -> list[Face]:
    points = face_points().points
    low, high = points.min(axis=0).tolist(), points.max(axis=0).tolist()
    box = (low[0], low[1], high[0], high[1])
    return {
        "none": [],
        "ibug68": [Face(box, Landmarks(points, "ibug68"), None)],
        "mesh468": [Face(box, Landmarks(np.resize(points, (468, 2)), "mesh468"), None)],
        "proper": [Face(box, proper_points(), None)],
        "eg1800_49": [Face(box, Landmarks(points[:49], "eg1800_49"), None)],
        "box": [Face(box, None, 0.9)],
        "two": [Face(box, None, 0.9), Face((5, 5, 25, 30), None, 0.5)],
        "outside": [Face((500, 500, 600, 600), None, None)],
    }[kind]


def _case(seed: int, sigma_px: float, noise: float) -> tuple[RGB, Matte]:
    """Give a drawn person and a matte of it with smooth random errors: bays, crumbs and holes."""
    rng = np.random.default_rng(seed)
    image, mask = draw_person(seed=seed)
    errors = cv2.GaussianBlur(rng.standard_normal(mask.array.shape).astype(np.float32), (0, 0), 2) * 5
    soft = cv2.GaussianBlur(mask.array.astype(np.float32), (0, 0), sigma_px) + noise * errors
    return image, Matte(np.clip(soft, 0, 1).astype(np.float32))


KINDS = ("none", "ibug68", "mesh468", "proper", "eg1800_49", "box", "two", "outside")


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6),
    sigma_px=st.sampled_from([0.5, 1.5, 4.0]),
    noise=st.sampled_from([0.0, 0.3, 1.0]),
    kind=st.sampled_from(KINDS),
)
def test_refining_twice_is_refining_once(
    refiner: Refiner, seed: int, sigma_px: float, noise: float, kind: str
) -> None:
    """Exactly, and the shape and range of a matte are kept."""
    image, matte = _case(seed, sigma_px, noise)
    once = refiner.refine(image, matte, _faces(kind))
    assert once.array.shape == matte.array.shape
    assert (refiner.refine(image, once, _faces(kind)).array == once.array).all()


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10**6), noise=st.sampled_from([0.3, 1.0]), kind=st.sampled_from(KINDS))
def test_refining_a_refined_mask_changes_nothing(seed: int, noise: float, kind: str) -> None:
    """The mask that the default rules and their guard give, taken as a matte, is left alone."""
    rules: list[Refiner] = [plugins.build("refiners", name) for name in Settings().rules]
    image, matte = _case(seed, 1.5, noise)
    once = refine(image, matte, _faces(kind), rules).mask.array
    again = refine(image, Matte(once.astype(np.float32)), _faces(kind), rules)
    assert (again.mask.array == once).all()
    assert [effect for effect in again.effects if effect.kept] == []


@pytest.mark.parametrize("value", [0.0, 1.0])
@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_and_a_full_matte_stay(refiner: Refiner, value: float, kind: str) -> None:
    """There is no edge, no piece and no hole to mend, and certainty is not overruled."""
    image, mask = draw_person()
    matte = Matte(np.full(mask.array.shape, value, np.float32))
    assert (refiner.refine(image, matte, _faces(kind)).array == value).all()


def test_inputs_are_not_changed(refiner: Refiner) -> None:
    """Refiners are pure."""
    image, matte = _case(1, 1.5, 0.3)
    kept = image.copy(), matte.array.copy()
    refiner.refine(image, matte, _faces("ibug68"))
    assert (image == kept[0]).all()
    assert (matte.array == kept[1]).all()


def test_threads_do_not_change_the_result(refiner: Refiner) -> None:
    """Alone and eight at a time: the same bytes."""
    cases = [_case(seed, 1.5, 0.3) for seed in range(8)]
    faces = _faces("ibug68")
    alone = [refiner.refine(image, matte, faces).array.tobytes() for image, matte in cases]
    with ThreadPoolExecutor(8) as pool:
        done = [pool.submit(refiner.refine, image, matte, faces) for image, matte in cases]
        together = [future.result().array.tobytes() for future in done]
    assert together == alone


def test_a_refiner_is_named_as_its_module_and_is_on_by_default(refiner: Refiner) -> None:
    """Its fingerprint has 16 hex digits and is the same in another instance."""
    assert refiner.name in Settings().rules
    assert refiner.fingerprint == plugins.build("refiners", refiner.name).fingerprint
    assert len(refiner.fingerprint) == 16
