"""Propose mattes with MediaPipe's selfie segmentation: 250 kB, made for people (Apache-2.0)."""

from datatools.teachers._card import packaged_card
from datatools.teachers._weights import weights_file
from datatools.teachers.network import Network


def build() -> Network:
    """Make the teacher; its weights come by `datatools teachers pull selfie`."""
    return Network(packaged_card("selfie"), weights_file("selfie"))
