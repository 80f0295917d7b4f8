"""In which measured conditions may groups of people differ, other than by who they are?

A confounder is a condition of the picture that goes with the group in these data and moves the metric by
itself: by chance, by who took the pictures, or by where. What a group brings with it wherever it is
photographed lies on the path from the group to the error, and adjusting for that hides the gap instead of
explaining it. No list can tell the two apart for every question; here is one, with the reason for each.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from datatools.errors import UsageError
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.numbers import Numbers

ALL_STANDARD = "standard"  # in a wish: the standard confounders, beside those that are named
MIN_KNOWN_FRAC = 0.8  # of the pictures; a standard confounder that is known of fewer is left out
_MIN_PEOPLE_OF_LEVEL = 5  # a rarer answer has nobody to be compared with
_SKIN = "skin"
_SKIN_WORDS = ("race", "skin", "ita_", "_ita", "tone", "monk")  # in names of axes about how people look
# Numbers that read the person's skin as much as its light: of an axis about skin they are the axis.
SKIN_READERS = frozenset({"face_ita_deg", "ita_deg", "ita_skin", "L_skin", "face_lightness", "back_light"})
# Numbers that say who somebody is, not how the picture was taken: groups of people are audited, not searched.
WHO = SKIN_READERS | {"age_years", "monk_tone", "person_luminance"}
# To the left is as hard as to the right.
SIGNLESS = frozenset({"face_yaw_deg", "face_roll_deg", "face_side_light"})

STANDARD: Mapping[str, str] = {
    "picture_lightness": "how much light there was is a matter of the place and the camera",
    "face_side_light": "where the light came from is a matter of the place",
    "back_light": "whether the light came from behind is a matter of the place; it is read off the face as "
    "well, so it is left out where skin tone or race is audited",
    "face_yaw_deg": "how far the head was turned is a matter of the moment",
    "face_pitch_deg": "how far the head was lifted is a matter of the moment and of the camera's height",
    "face_frac": "how large the face is, is a matter of the distance and the crop",
    "face_sharpness": "how sharp the face is, is a matter of the camera, the file and the moment",
    "edge_contrast": "what stands behind the person is a matter of the place; it is read off hair and "
    "clothes as well, so a part of it may be the group's own",
    "background_complexity": "what stands behind the person is a matter of the place",
    "hair_below_chin": "long hair is harder for every network, whoever wears it; where a group is known by "
    "its hair, this is a path of its gap and no other cause",
}
_OF_THE_PERSON = frozenset({"edge_contrast", "hair_below_chin"})


@dataclass(frozen=True, slots=True, eq=False)
class Conditions:
    """What is known of each picture of one model's scores."""

    numbers: pd.DataFrame  # a row for each picture, a float column for each measurement; NaN is unknown
    answers: Mapping[str, Sequence[str | None]]  # question to the answer about each picture's person
    generated: frozenset[str]  # measurements that were read with the help of a generated mask

    @property
    def names(self) -> list[str]:
        """Name all that may be asked for."""
        return sorted({*map(str, self.numbers.columns), *self.answers})


@dataclass(frozen=True, slots=True, eq=False)
class Confounder:
    """One confounder's values of pictures, as numbers or as levels."""

    name: str
    number: Floats | None  # (n_images,), NaN is unknown
    level: NDArray[np.int64] | None  # (n_images,), -1 is unknown

    @property
    def is_known(self) -> NDArray[np.bool_]:
        """Say of which pictures it is known (n_images,)."""
        if self.number is not None:
            return np.isfinite(self.number)
        assert self.level is not None
        return self.level >= 0

    def of(self, pictures: NDArray[np.bool_]) -> "Confounder":
        """Give it of the pictures where ``pictures`` (n_images,) is True."""
        number = None if self.number is None else self.number[pictures]
        return Confounder(self.name, number, None if self.level is None else self.level[pictures])


def conditions_of(scores: pd.DataFrame, numbers: Numbers, axes: Sequence[Axis]) -> Conditions:
    """Lay measurements and answers over the pictures of scores, in their order."""
    asked = [axis for axis in axes if len(axis.attributes) == 1 and axis.answered_by != ("measured",)]
    people = [] if not asked else scores["person_id"].astype(str).tolist()
    answers = {
        _question(axis): [axis.group_of[person][0] if person in axis.group_of else None for person in people]
        for axis in asked
    }
    return Conditions(numbers.about(scores["sample_id"]), answers, numbers.generated)


def chosen(axis: Axis, wanted: Sequence[str] | None, known: Conditions) -> tuple[list[str], list[str]]:
    """Name the confounders to adjust an axis for, and say in sentences what was left out and why.

    Args:
        axis: what is audited.
        wanted: measurements and questions, ``standard`` among them for those that None gives: the
            standard ones that most pictures have.
        known: what is known of the pictures.

    Raises:
        UsageError: nothing of a wanted name is known.
    """
    own = {attribute.partition(":")[0].partition("@")[0] for attribute in axis.attributes}
    standard, said = _standard(axis, own, known, wanted or ())
    if wanted is None:
        return standard, said + _cautions(standard, known)
    if ALL_STANDARD in wanted:
        wanted = [*standard, *(name for name in wanted if name != ALL_STANDARD)]
    else:
        said = []
    unknown = [name for name in wanted if name not in known.names]
    if unknown:
        raise UsageError(
            f"expected confounders among the measurements and answered questions "
            f"({', '.join(known.names) or 'none'}); got {', '.join(unknown)}"
        )
    names = [name for name in dict.fromkeys(wanted) if name not in own]
    notes = [*said, *(f"{name} names the groups and is not adjusted for." for name in wanted if name in own)]
    skin = [name for name in names if name in SKIN_READERS]
    if skin and is_about_skin(axis):
        notes.append(
            f"{' and '.join(skin)} {_s(skin, 'reads', 'read')} the skin itself: adjusting for it takes out a "
            f"part of what {axis.name} is about."
        )
    return names, notes + _cautions(names, known)


def is_about_skin(axis: Axis) -> bool:
    """Say whether an axis is about skin tone or race, which measures of light on the face read as well."""
    return any(word in attribute for attribute in axis.attributes for word in _SKIN_WORDS)


def _standard(
    axis: Axis, own: set[str], known: Conditions, named: Sequence[str]
) -> tuple[list[str], list[str]]:
    shares = known.numbers.notna().mean()
    names = [
        name
        for name in STANDARD
        if name not in own
        and shares.get(name, 0.0) >= MIN_KNOWN_FRAC
        and not (name in SKIN_READERS and is_about_skin(axis))
    ]
    missing = [name for name in STANDARD if shares.get(name, 0.0) < MIN_KNOWN_FRAC and name not in named]
    notes = []
    if names and missing:
        notes.append(
            f"Not adjusted for {', '.join(missing)}: measured on fewer than {100 * MIN_KNOWN_FRAC:g}% of the "
            "pictures."
        )
    return names, notes


def _cautions(names: Sequence[str], known: Conditions) -> list[str]:
    notes = []
    person = [name for name in names if name in _OF_THE_PERSON]
    if person:
        notes.append(
            f"{' and '.join(person)} {_s(person, 'depends', 'depend')} on the person as well as on the "
            "picture: that part of the gap is explained, not excused."
        )
    generated = [name for name in names if name in known.generated]
    if generated:
        notes.append(
            f"{', '.join(generated)} {_s(generated, 'was', 'were')} read with the help of generated masks, "
            "whose errors may be those under audit."
        )
    return notes


def _s(names: Sequence[str], one: str, several: str) -> str:
    return one if len(names) == 1 else several


def confounder(name: str, known: Conditions, person: NDArray[np.int64]) -> Confounder:
    """Read one confounder; answers that fewer than five people share count as unknown.

    Args:
        name: a measurement, or else a question.
        known: what is known of the pictures.
        person: (n_images,), the person of each picture.
    """
    if name in known.numbers.columns:
        number = known.numbers[name].to_numpy(np.float64)
        return Confounder(name, np.abs(number) if name in SIGNLESS else number, None)
    level, levels = pd.factorize(np.array(known.answers[name], object), sort=True)
    for code in range(len(levels)):
        if len(np.unique(person[level == code])) < _MIN_PEOPLE_OF_LEVEL:
            level = np.where(level == code, -1, level)
    return Confounder(name, None, level.astype(np.int64))


def _question(axis: Axis) -> str:
    return axis.attributes[0].partition(":")[0].partition("@")[0]
