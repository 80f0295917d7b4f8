"""How do the rows of one source join those of the others in the manifest?"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from datatools.records import Sample


@dataclass(frozen=True, slots=True)
class Merged:
    """The manifest after a source was ingested."""

    rows: list[Sample]  # of every source
    own: list[Sample]  # the source's, in its reader's order
    n_duplicates: int  # files with the bytes of another file of the source
    n_shared: int  # files with the bytes of another source's picture


def merge(source: str, seen: Sequence[Sample], before: Sequence[Sample]) -> Merged:
    """Replace a source's rows by what was seen now; the same bytes stay one row.

    Within the source the first path names the sample. A picture that another source already holds
    stays that source's, with the alias ``SOURCE:PATH``.
    """
    others = {
        row.sample_id: replace(row, aliases=[a for a in row.aliases if not a.startswith(f"{source}:")])
        for row in before
        if row.source != source
    }
    foreign = {row.source for row in others.values()}
    from_others = {
        row.sample_id: [alias for alias in row.aliases if alias.partition(":")[0] in foreign]
        for row in before
        if row.source == source
    }
    own: dict[str, Sample] = {}
    n_duplicates = n_shared = 0
    for row in seen:
        first, shared = own.get(row.sample_id), others.get(row.sample_id)
        if first is not None:
            own[row.sample_id] = _joined(first, row)
            n_duplicates += 1
        elif shared is not None:
            others[row.sample_id] = replace(shared, aliases=sorted([*shared.aliases, f"{source}:{row.path}"]))
            n_shared += 1
        else:
            own[row.sample_id] = replace(row, aliases=from_others.get(row.sample_id, []))
    return Merged([*others.values(), *own.values()], list(own.values()), n_duplicates, n_shared)


def _joined(first: Sample, copy: Sample) -> Sample:
    """Add a copy's path to a row, and its mask where the row has none."""
    row = replace(first, aliases=sorted([*first.aliases, copy.path]))
    if first.reference_mask is None and copy.reference_mask is not None:
        row = replace(
            row,
            reference_mask=copy.reference_mask,
            mask_source=copy.mask_source,
            mask_encoding=copy.mask_encoding,
            error=copy.error,
        )
    return row
