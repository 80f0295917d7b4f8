"""Train ExtremeC3Net, the student of this toolkit; the network itself is student/extremec3net.py."""

from datatools.student.architecture import EXTREMEC3NET, Architecture


def build() -> Architecture:
    """Give the default student."""
    return EXTREMEC3NET
