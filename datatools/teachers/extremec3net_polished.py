"""Propose mattes with the student that this project ships after it went on learning at full size.

For research only, as the pictures it learned from: see its card beside the weights.
"""

from datatools.teachers._logits import LogitTeacher
from datatools.teachers.extremec3net import released


def build() -> LogitTeacher:
    """Make the teacher; its weights come with the package."""
    return released("extremec3net_polished")
