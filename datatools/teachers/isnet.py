"""Propose mattes with IS-Net: a heavy network for the salient object, fine at hair (AGPL-3.0)."""

from datatools.teachers._card import packaged_card
from datatools.teachers._weights import weights_file
from datatools.teachers.network import Network


def build() -> Network:
    """Make the teacher; its weights come by `datatools teachers pull isnet`."""
    return Network(packaged_card("isnet"), weights_file("isnet"))
