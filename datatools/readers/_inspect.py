"""What is in the files of one entry: the picture's hash and size, its mask's encoding, its faces?"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

import numpy as np

from datatools import images, tables
from datatools.errors import DataError
from datatools.masks import Face, Landmarks
from datatools.outside import regular
from datatools.outside.names import require_plain, shown
from datatools.readers import Entry
from datatools.records import LandmarkRow, Sample, Source
from datatools.selection import GIVEN
from datatools.workspace import inside


@dataclass(frozen=True, slots=True)
class Known:
    """A readable picture of an earlier run."""

    sample_id: str
    width_px: int
    height_px: int


@dataclass(frozen=True, slots=True)
class Seen:
    """An entry, and what an earlier run read at its path: the same bytes are not decoded again."""

    number: int  # its place among the entries
    entry: Entry
    known: Known | None


@dataclass(frozen=True, slots=True)
class Inspector:
    """Turns entries of one source into rows of the manifest."""

    source: Source
    max_megapixels: float

    def __call__(self, seen: Sequence[Seen]) -> Iterator[Sample]:
        """Inspect entries, one after the other."""
        return map(self.inspect, seen)

    def inspect(self, seen: Seen, decoder: str | None = None) -> Sample:
        """Hash and decode one picture and its mask; ``decoder`` says of what one died, and spares another.

        A picture that cannot be read gives a row with status failed. A mask that cannot be used leaves
        the picture ``ok`` without a mask; ``error`` says why.
        """
        entry = seen.entry
        # A name that is not UTF-8 fits no table, and control characters forge lines of output: such a name is
        # shown with escapes, and the row is a failed one.
        path = shown(entry.path)
        row = Sample(
            sample_id=tables.sha256_bytes(f"{self.source.source}\x1f{path}".encode())[:16],
            path=path,
            width_px=None,
            height_px=None,
            source=self.source.source,
            licence=entry.licence or self.source.licence,
            person_id="",
            reference_mask=None,
            mask_source=None,
            mask_encoding=None,
            source_split=entry.source_split,
            aliases=[],
            status="failed",
            error=entry.problem,
        )
        try:
            require_plain(entry.path)
            file = inside(Path(self.source.root), path)
            row = replace(row, sample_id=_sample_id(file))
            if decoder is not None:
                raise DataError(f"{file.name}: not readable as a picture: {decoder}")
            width_px, height_px = self._size(file, row, seen.known)
        except DataError as error:
            row = replace(row, error=entry.problem or str(error))
        else:
            row = replace(row, width_px=width_px, height_px=height_px, status="ok")
            row = self._with_mask(row, entry)
        if entry.ancestry is not None:  # named in its parent's manifest, not in this data set
            return replace(row, person_id=entry.ancestry.person_id)
        person = entry.person_id
        return replace(row, person_id=row.sample_id if person is None else f"{row.source}:{person}")

    def _size(self, file: Path, row: Sample, known: Known | None) -> tuple[int, int]:
        if known is not None and known.sample_id == row.sample_id:
            size = (known.width_px, known.height_px)
            if size[0] * size[1] <= self.max_megapixels * 1e6:
                return size
        height_px, width_px, _ = images.read_rgb(file, self.max_megapixels).shape
        return width_px, height_px

    def _with_mask(self, row: Sample, entry: Entry) -> Sample:
        if entry.mask is None:
            return row
        try:
            require_plain(entry.mask)
            mask_file = inside(Path(self.source.root), entry.mask)
            found = images.read_reference_mask(mask_file, self.max_megapixels)
            height_px, width_px = found.mask.array.shape
            if (width_px, height_px) != (row.width_px, row.height_px):
                raise DataError(
                    f"{mask_file.name}: expected the picture's {row.width_px} x {row.height_px} px, "
                    f"got {width_px} x {height_px}"
                )
        except DataError as error:
            notes = [note for note in (row.error, f"mask not used: {error}") if note]
            return replace(row, error="; ".join(notes))
        return replace(
            row, reference_mask=entry.mask, mask_source=entry.mask_source, mask_encoding=found.encoding
        )


def _sample_id(file: Path) -> str:
    try:
        return regular.sha256(file, images.MAX_FILE_BYTES)[:16]
    except FileNotFoundError as error:
        raise DataError(f"{file.name}: there is no such file") from error
    except OSError as error:
        raise DataError(f"{file.name}: cannot be read: {error.strerror}") from error


def reason(row: Sample) -> str | None:
    """Give a row's error without the file's name, so that equal reasons can be counted."""
    return row.error and row.error.replace(f"{PurePosixPath(row.path).name}: ", "")


def given_faces(sample: Sample, faces: tuple[Landmarks, ...]) -> list[LandmarkRow]:
    """Turn the landmarks that came with a readable picture into rows, the largest face first."""
    boxed = [Face(_bounding_box(face), face, None) for face in faces]
    boxed.sort(key=lambda face: -face.area_px)
    return [
        LandmarkRow(
            sample_id=sample.sample_id,
            scheme=face.landmarks.scheme,
            points=[float(value) for value in face.landmarks.points.ravel()],
            detector=GIVEN,
            score=None,
            face=number,
            n_faces=len(boxed),
            box=list(face.box),
            is_cut=face.is_cut(sample.width_px or 0, sample.height_px or 0),
            parents=tables.fingerprint(sample.sample_id, GIVEN),
            status="ok",
            error=None,
        )
        for number, face in enumerate(boxed)
        if face.landmarks is not None
    ]


def _bounding_box(face: Landmarks) -> tuple[float, float, float, float]:
    x0, y0 = np.min(face.points, axis=0)
    x1, y1 = np.max(face.points, axis=0)
    return float(x0), float(y0), float(x1), float(y1)
