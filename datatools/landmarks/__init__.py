"""Where are the faces and their landmarks? One finder per file."""

from typing import Protocol

from datatools.masks import RGB, Face


class Finder(Protocol):
    """Finds faces in a picture; ``fingerprint`` hashes its weights and settings."""

    name: str
    scheme: str  # of the landmarks it gives
    licence: str  # of its weights, as the run record keeps it
    fingerprint: str

    def faces(self, image: RGB) -> list[Face]:
        """Find faces, largest first; an empty list where there are none. Several threads may call it."""
        ...
