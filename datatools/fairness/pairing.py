"""Which pictures are scored, against which masks?"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal

import numpy as np

from datatools import counting, selection, streams, tables
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.fairness.scoring import Pair
from datatools.keys import Keys
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.records import Sample
from datatools.selection import Target
from datatools.workspace import Workspace, inside


def folder_pairs(folder: Path, reader: str, options: Mapping[str, str], limit: int | None) -> Iterator[Pair]:
    """Pair a folder's pictures with their masks, the first ones alone; one picture under two names is one.

    Raises:
        UsageError: no such folder or reader.
        DataError: no picture has a reference mask.
    """
    entries = (
        entry
        for entry in detect(folder, reader, options).entries()
        if entry.mask is not None and (entry.ancestry is None or entry.ancestry.kind != selection.COMPOSITE)
    )
    first = next(entries, None)
    if first is None:
        raise DataError(
            f"{folder}: expected pictures with reference masks (composites are not for testing), found none"
        )
    return islice(_different(folder, chain([first], entries)), limit)


def _different(folder: Path, entries: Iterable[Entry]) -> Iterator[Pair]:
    seen = set[str]()
    for entry in entries:
        pair = _folder_pair(folder, entry)
        if pair.sample_id not in seen:
            seen.add(pair.sample_id)
            yield pair


def _folder_pair(folder: Path, entry: Entry) -> Pair:
    assert entry.mask is not None
    problem: str | None = None
    image = mask = folder / entry.path
    try:
        image, mask = inside(folder, entry.path), inside(folder, entry.mask)
        sample_id = tables.sha256_file(image)[:16]
    except (DatatoolsError, OSError) as error:
        problem = f"{entry.path}: {error}"
        sample_id = tables.fingerprint(entry.path)
    if entry.mask_source is None:
        problem = f"{entry.path}: the reader does not say who made its mask"
    return Pair(
        sample_id=sample_id,
        person_id=entry.person_id or sample_id,
        split=entry.source_split,
        image=image,
        reference=Target(mask, entry.mask_source or "unstated"),
        problem=problem,
    )


def workspace_pairs(
    workspace: Workspace,
    samples: Callable[[], Iterator[Sample]],
    *,
    is_generated: bool,
    reference: Literal["given", "generated"],
    split: str | None,
    limit: int | None,
) -> Iterator[Pair]:
    """Pair the samples, in the order of their ids, with references; those without one are left out.

    ``is_generated``: the masks that were made here are what is scored.

    Raises:
        UsageError: no such split.
        DataError: no sample has a reference.
    """
    made = selection.composites(workspace)  # to learn from alone

    def scope() -> Iterator[Sample]:
        return (row for row in samples() if row.sample_id not in made)

    if split is not None:
        _require_split(workspace, split)
    references = _references(workspace, reference)
    pairs = _pairs(workspace, scope(), references, split, is_generated=is_generated)
    first = next(pairs, None)
    if first is None:
        raise DataError(
            f"expected samples with {reference} reference masks in scope, found none of "
            f"{sum(1 for _ in scope())}; score against the masks made here with "
            "--reference generated"
        )
    return islice(chain([first], pairs), limit)


def _pairs(
    workspace: Workspace,
    samples: Iterator[Sample],
    references: Callable[[Sample], Target | None],
    split: str | None,
    *,
    is_generated: bool,
) -> Iterator[Pair]:
    # For models that need them, and for errors by zone of the face.
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=is_generated)
    splits = streams.Alongside(workspace, tables.SPLITS)
    for sample in samples:
        sample_id, reference = sample.sample_id, references(sample)
        own = next((row.split for row in splits.of(sample_id)), None)
        if reference is None or (split is not None and own != split):
            continue
        mask = next(iter(masks.of(sample_id)), None) if is_generated else None
        if is_generated and mask is None:
            continue
        yield Pair(
            sample_id=sample_id,
            person_id=sample.person_id,
            split=own,
            image=workspace.image_file(sample),
            reference=reference,
            prediction=workspace.file(mask.path) if mask is not None and mask.path is not None else None,
            faces=selection.faces_of(landmarks.of(sample_id)).get(sample_id),
            problem=mask.error if mask is not None and mask.path is None else None,
        )


def _references(workspace: Workspace, kind: str) -> Callable[[Sample], Target | None]:
    """Give what gives a sample's reference; samples are asked for in the order of their ids."""
    if kind != "generated":
        return partial(selection.reference_target, workspace)
    if not workspace.has(tables.FINDINGS):
        return lambda _: None
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=True)
    sample_ids, is_good = selection.verdicts(workspace)
    accepted = Keys(np.array(sample_ids.filter(counting.mask(is_good)).to_pylist(), np.bytes_))

    def made(sample: Sample) -> Target | None:
        row = next(iter(masks.of(sample.sample_id)), None)
        if row is None or row.path is None or accepted.find([sample.sample_id])[0] < 0:
            return None
        return Target(workspace.file(row.path), row.mask_source)

    return made


def _require_split(workspace: Workspace, wanted: str) -> None:
    splits = workspace.columns(tables.SPLITS, ("split",), encoded=("split",))["split"]
    known = sorted(splits.unique().to_pylist())
    if wanted not in known:
        raise UsageError(f"expected a split among {known}, got {wanted!r}; the stage split makes them")
