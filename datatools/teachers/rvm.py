"""Propose mattes with Robust Video Matting's small network: made for people, soft at hair (GPL-3.0)."""

from datatools.teachers._card import packaged_card
from datatools.teachers._weights import weights_file
from datatools.teachers.network import Network


def build() -> Network:
    """Make the teacher; its weights come by `datatools teachers pull rvm`."""
    return Network(packaged_card("rvm"), weights_file("rvm"))
