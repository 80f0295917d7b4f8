"""In which order does an annotator see the pictures, and where do those with known answers stand?"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from pathlib import Path

from datatools import sheets
from datatools.errors import DataError
from datatools.intake import Finder


def lot(seed: int, annotator_id: str, sample_id: str) -> float:
    """Draw a number in [0, 1) that seed, annotator and sample alone decide."""
    text = f"{seed}\x1f{annotator_id}\x1f{sample_id}"
    return int.from_bytes(hashlib.blake2b(text.encode(), digest_size=16).digest()) / 2**128


def arranged(
    sample_ids: Iterable[str],
    *,
    queue: Sequence[str] | None,
    mixed_in: Collection[str],
    seed: int,
    annotator_id: str,
) -> list[str]:
    """Give samples in the annotator's order: by lot, or as queued with those mixed in at drawn places."""
    drawn = {sample_id: lot(seed, annotator_id, sample_id) for sample_id in sample_ids}
    if queue is None:
        return sorted(drawn, key=lambda sample_id: drawn[sample_id])
    places = {sample_id: place / len(queue) for place, sample_id in enumerate(queue)}

    def place(sample_id: str) -> tuple[float, float]:
        # A picture with a known answer keeps no place of its own in the queue: there it could be found.
        is_drawn = sample_id in mixed_in or sample_id not in places
        return (drawn[sample_id] if is_drawn else places[sample_id], drawn[sample_id])

    return sorted(drawn, key=place)


def queued(path: Path, finder: Finder) -> list[str]:
    """Give the samples that a label sheet lists, in its order.

    Raises:
        DataError: it is no label sheet, or lists a picture that was not ingested.
    """
    return list(dict.fromkeys(sample_id for sample_id, _ in _listed(path, finder)))


def known(path: Path, finder: Finder) -> dict[str, set[str]]:
    """Give, by question, the samples to which a label sheet holds an answer.

    Raises:
        DataError: as ``queued``, or it holds no answer.
    """
    found: dict[str, set[str]] = defaultdict(set)
    for sample_id, cell in _listed(path, finder):
        if cell.value:
            found[cell.question].add(sample_id)
    if not found:
        raise DataError(f"{path.name}: expected a label sheet with known answers, its values are all empty")
    return found


def _listed(path: Path, finder: Finder) -> Iterator[tuple[str, sheets.Cell]]:
    for cell in sheets.read(path):
        try:
            yield finder.of_sheet(cell.sample), cell
        except DataError as error:
            raise DataError(f"{path.name}, {cell.where}: {error}") from error
