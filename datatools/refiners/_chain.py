"""What do rules in a row make of a matte, and what did each of them do?

A guard keeps or refuses each rule's change. The row is run again on its own result until nothing
changes, so that refining a refined mask changes nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from datatools.masks import RGB, Face, Mask, Matte
from datatools.refiners import Refiner, _guard
from datatools.refiners._guard import Guard
from datatools.tables import fingerprint


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleEffect:
    """What one rule proposed for one picture, and whether the guard kept it."""

    rule: str
    round: int  # 0: on the matte; later ones on the mask that the round before gave
    n_px_added: int
    n_px_removed: int
    kept: bool
    reason: str


@dataclass(frozen=True, slots=True)
class Refined:
    """The mask that a row of rules gives, and the effects of those that would change it."""

    mask: Mask
    effects: list[RuleEffect]
    touched: frozenset[str]  # the rules that moved any value of the matte, kept or refused

    @property
    def rules_applied(self) -> list[str]:
        """Give the rules that changed a pixel, in the order in which they first did."""
        return list(dict.fromkeys(effect.rule for effect in self.effects if effect.kept))


def recipe_fingerprint(rules: Sequence[Refiner]) -> str:
    """Hash everything that decides what ``refine`` gives, beside its inputs."""
    return fingerprint(_guard.FINGERPRINT, *(rule.fingerprint for rule in rules))


def refine(image: RGB, matte: Matte, faces: Sequence[Face], rules: Sequence[Refiner]) -> Refined:
    """Apply rules in order, each guarded, until the mask no longer changes."""
    guard = Guard(image)
    effects: list[RuleEffect] = []
    touched = set[str]()
    number = 0
    while True:
        start = matte.threshold().array
        matte, found = _round(image, matte, faces, rules, guard, number, touched)
        # A refused proposal comes again in every round: once is enough to know.
        effects += [effect for effect in found if effect.kept or number == 0]
        mask = matte.threshold()
        # The rules that change certain pixels remove pieces or fill holes: each round leaves fewer of
        # both, so this ends.
        if number > 0 and np.array_equal(mask.array, start):
            return Refined(mask, effects, frozenset(touched))
        matte = Matte(mask.array.astype(np.float32))
        number += 1


def _round(
    image: RGB,
    matte: Matte,
    faces: Sequence[Face],
    rules: Sequence[Refiner],
    guard: Guard,
    number: int,
    touched: set[str],
) -> tuple[Matte, list[RuleEffect]]:
    effects = []
    for rule in rules:
        better = rule.refine(image, matte, faces)
        if better is matte:
            continue
        touched.add(rule.name)
        old, new = matte.threshold().array, better.threshold().array
        n_added, n_removed = int(np.count_nonzero(new > old)), int(np.count_nonzero(old > new))
        if not n_added and not n_removed:
            matte = better
            continue
        ruling = guard.judge(matte, better)
        effects.append(
            RuleEffect(
                rule=rule.name,
                round=number,
                n_px_added=n_added,
                n_px_removed=n_removed,
                kept=ruling.kept,
                reason=ruling.reason,
            )
        )
        if ruling.kept:
            matte = better
    return matte, effects
