"""Which pictures are scored, against which masks?"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from itertools import chain, islice
from pathlib import Path
from typing import Literal

from datatools import selection, streams, tables
from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.fairness.scoring import Pair
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.records import Sample
from datatools.selection import Target
from datatools.workspace import Workspace, inside


def folder_pairs(folder: Path, reader: str, options: Mapping[str, str]) -> list[Pair]:
    """Pair a folder's pictures with their masks; the same picture under two names is one.

    Raises:
        UsageError: no such folder or reader.
        DataError: no picture has a reference mask.
    """
    entries = [
        entry
        for entry in detect(folder, reader, options).entries()
        if entry.mask is not None and (entry.ancestry is None or entry.ancestry.kind != selection.COMPOSITE)
    ]
    if not entries:
        raise DataError(
            f"{folder}: expected pictures with reference masks (composites are not for testing), found none"
        )
    pairs: dict[str, Pair] = {}
    for entry in entries:
        pair = _folder_pair(folder, entry)
        pairs.setdefault(pair.sample_id, pair)
    return list(pairs.values())


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

    splits, references = _splits(workspace, split), _references(workspace, reference)
    pairs = _pairs(workspace, scope(), references, splits, split, is_generated=is_generated)
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
    splits: Mapping[str, str],
    split: str | None,
    *,
    is_generated: bool,
) -> Iterator[Pair]:
    # For models that need them, and for errors by zone of the face.
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    masks = streams.Alongside(workspace, tables.MASKS, is_needed=is_generated)
    for sample in samples:
        sample_id, reference = sample.sample_id, references(sample)
        if reference is None or (split is not None and splits.get(sample_id) != split):
            continue
        mask = next(iter(masks.of(sample_id)), None) if is_generated else None
        if is_generated and mask is None:
            continue
        yield Pair(
            sample_id=sample_id,
            person_id=sample.person_id,
            split=splits.get(sample_id),
            image=workspace.image_file(sample),
            reference=reference,
            prediction=workspace.file(mask.path) if mask is not None and mask.path is not None else None,
            faces=selection.faces_of(landmarks.of(sample_id)).get(sample_id),
            problem=mask.error if mask is not None and mask.path is None else None,
        )


def _references(workspace: Workspace, kind: str) -> Callable[[Sample], Target | None]:
    if kind == "generated":
        made = selection.training_targets(workspace, "generated")
        return lambda sample: made.get(sample.sample_id)
    return partial(selection.reference_target, workspace)


def _splits(workspace: Workspace, wanted: str | None) -> Mapping[str, str]:
    splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
    if wanted is not None and wanted not in splits.values():
        known = sorted(set(splits.values()))
        raise UsageError(f"expected a split among {known}, got {wanted!r}; the stage split makes them")
    return splits
