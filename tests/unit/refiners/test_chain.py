"""Rules in a row: each guarded and logged, again until nothing changes."""

from collections.abc import Sequence

import numpy as np

from datatools import plugins
from datatools.masks import RGB, Face, Matte
from datatools.refiners._chain import RuleEffect, recipe_fingerprint, refine
from tests.unit.refiners.heads import doubting, ellipse, face, head


class Draw:
    """A rule that draws a block of a value, as a bad rule would."""

    def __init__(self, name: str, block: tuple[slice, slice], value: float) -> None:
        self.name = name
        self.fingerprint = name
        self._block, self._value = block, value

    def refine(self, image: RGB, matte: Matte, faces: Sequence[Face]) -> Matte:
        values = matte.array.copy()
        values[self._block] = self._value
        return Matte(values)


def _effects(effects: Sequence[RuleEffect]) -> list[tuple[str, int, int, int, bool]]:
    return [(e.rule, e.round, e.n_px_added, e.n_px_removed, e.kept) for e in effects]


def test_a_harmful_change_is_refused_and_said_once() -> None:
    """The mask is as if the rule had not been there; its proposals of later rounds are not repeated."""
    image, person = head()
    matte = Matte(person.astype(np.float32))
    done = refine(image, matte, [], [Draw("sky", np.s_[0:60, 140:190], 1.0)])
    assert (done.mask.array == person).all()
    assert _effects(done.effects) == [("sky", 0, int((~person[0:60, 140:190]).sum()), 0, False)]
    assert done.rules_applied == []


def test_kept_changes_are_counted_by_direction() -> None:
    """Pixels added and removed by a rule that the guard takes for harmless."""
    image, person = head()
    rules = [Draw("dot", np.s_[0:5, 0:6], 1.0), Draw("hole", np.s_[200:204, 98:102], 0.0)]
    done = refine(image, Matte(person.astype(np.float32)), [], rules)
    assert _effects(done.effects) == [("dot", 0, 30, 0, True), ("hole", 0, 0, 16, True)]
    assert done.rules_applied == ["dot", "hole"]
    assert done.mask.array.sum() == person.sum() + 30 - 16


def test_a_change_below_the_threshold_is_no_effect() -> None:
    """Values move, the mask does not."""
    image, person = head()
    done = refine(image, Matte(person.astype(np.float32)), [], [Draw("faint", np.s_[0:5, 0:6], 0.2)])
    assert done.effects == []


def test_rules_run_again_on_their_own_result() -> None:
    """Holes are filled before pieces are removed; what that opens is filled in the next round."""
    image, person = head()
    values = person.astype(np.float32)
    ring, core = ellipse((100, 200), 6, 6), ellipse((100, 200), 3, 3)
    values[ring] = 0
    values[core] = 1
    rules = [
        plugins.build("refiners", "fill_holes", {"max_hole_frac": 0.0042}),
        plugins.build("refiners", "face_component"),
    ]
    done = refine(image, Matte(values), [face()], rules)
    again = refine(image, Matte(done.mask.array.astype(np.float32)), [face()], rules)
    assert (again.mask.array == done.mask.array).all()
    assert again.effects == []


def test_the_default_rules_mend_a_doubted_neck() -> None:
    """Recorded under the rule that did it."""
    image, person = head()
    matte = doubting(person, ellipse((100, 150), 25, 20) & person)
    rules = [plugins.build("refiners", name) for name in ("face_seed", "shoulder_wedge", "edge_colour")]
    done = refine(image, matte, [face()], rules)
    assert "shoulder_wedge" in done.rules_applied
    assert (done.mask.array & person).sum() / (done.mask.array | person).sum() > 0.98


def test_the_recipe_is_the_rules_in_their_order() -> None:
    """Another order is another recipe."""
    rules = [plugins.build("refiners", name) for name in ("face_seed", "hair")]
    assert recipe_fingerprint(rules) == recipe_fingerprint(list(rules))
    assert recipe_fingerprint(rules) != recipe_fingerprint(rules[::-1])
