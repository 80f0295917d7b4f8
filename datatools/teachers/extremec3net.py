"""Propose mattes with the student that this project trained and ships: ExtremeC3Net, 37.7 K parameters.

For research only, as the pictures it learned from: see its card beside the weights.
"""

import importlib.resources

from datatools.student.beginning import RELEASED
from datatools.teachers._logits import LogitTeacher
from datatools.teachers.student import build as of_file


def build() -> LogitTeacher:
    """Make the teacher; its weights come with the package."""
    return released("extremec3net")


def released(name: str) -> LogitTeacher:
    """Make a teacher of weights that come with the package."""
    with importlib.resources.as_file(RELEASED / f"{name}.pt") as path:
        return of_file(str(path), name)
