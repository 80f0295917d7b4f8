"""Does the fit that comes with the package fit the committee that `generate` asks?"""

import numpy as np

from datatools import recipe
from datatools.fusions.learned import Learned
from datatools.masks import Matte, iou
from tests.pictures import draw_person


def test_it_is_fitted_for_the_teachers_of_generate() -> None:
    """Another committee would be corrected by what was learnt about this one."""
    teachers = recipe.load("generate").parameters["teachers"].split()
    assert set(Learned().teachers) == set(teachers)


def test_it_says_what_it_was_fitted_on_and_for_what_use() -> None:
    """Human masks of EG1800, for research."""
    facts = Learned().fit.facts
    assert "EG1800" in str(facts["data"])
    assert "human" in str(facts["data"])
    assert "research" in str(facts["licence"])


def test_it_leaves_agreeing_teachers_alone() -> None:
    """Mattes that are right are not spoilt, whichever of the teachers gave them."""
    image, mask = draw_person(seed=3, width_px=300, height_px=400)
    sure = Matte(mask.array.astype(np.float32))
    fusion = Learned()
    for teachers in (fusion.teachers, fusion.teachers[:1], fusion.teachers[-1:]):
        fused = fusion.fuse(image, dict.fromkeys(teachers, sure)).threshold()
        assert iou(fused, mask) > 0.97
