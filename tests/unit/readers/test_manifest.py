"""A source's rows join those of the others whatever came before, and in whatever order."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from datatools.readers._manifest import merge
from datatools.records import Sample
from datatools.spool import Spool
from tests.stages.people import sample

SOURCE = "set"
_NUMBERS = st.integers(0, 9)


@st.composite
def _before(draw: st.DrawFn) -> list[Sample]:
    """Draw a manifest: each sample is the source's or another's, perhaps with copies at both."""
    rows = []
    for number in sorted(draw(st.sets(_NUMBERS))):
        aliases = draw(st.lists(st.sampled_from(["set:a.jpg", "other:b.jpg", "c.jpg"]), unique=True))
        source = draw(st.sampled_from([SOURCE, "other", "third"]))
        rows.append(replace(sample(number, source=source), aliases=aliases))
    return rows


@st.composite
def _seen(draw: st.DrawFn) -> list[Sample]:
    """Draw what a reader finds: some files have the same bytes, some have masks."""
    numbers = draw(st.lists(_NUMBERS))
    masks = draw(st.lists(st.sampled_from([None, "m.png"]), min_size=len(numbers), max_size=len(numbers)))
    return [
        replace(
            sample(number, path=f"{place}.jpg"), reference_mask=mask, mask_source="human" if mask else None
        )
        for place, (number, mask) in enumerate(zip(numbers, masks, strict=True))
    ]


def _by_sample(seen: Sequence[Sample]) -> list[list[tuple[int, Sample]]]:
    ids = sorted({row.sample_id for row in seen})
    return [[(n, row) for n, row in enumerate(seen) if row.sample_id == one] for one in ids]


def _expected(seen: Sequence[Sample], before: Sequence[Sample]) -> tuple[list[Sample], list[Sample]]:
    """Give the manifest and the source's rows, by the rules alone, file after file."""
    foreign = {row.source for row in before} - {SOURCE}
    rows: dict[str, Sample] = {}
    copies: dict[str, list[str]] = {}
    for row in before:
        if row.source != SOURCE:
            kept = [alias for alias in row.aliases if not alias.startswith(f"{SOURCE}:")]
            rows[row.sample_id] = replace(row, aliases=kept)
        else:
            copies[row.sample_id] = [alias for alias in row.aliases if alias.partition(":")[0] in foreign]
    own = []
    for row in seen:
        known = rows.get(row.sample_id)
        if known is None:
            own.append(row.sample_id)
            rows[row.sample_id] = replace(row, aliases=copies.get(row.sample_id, []))
            continue
        name = row.path if known.source == SOURCE else f"{SOURCE}:{row.path}"
        joined = replace(known, aliases=sorted([*known.aliases, name]))
        if known.source == SOURCE and known.reference_mask is None:
            joined = replace(joined, reference_mask=row.reference_mask, mask_source=row.mask_source)
        rows[row.sample_id] = joined
    return [rows[key] for key in sorted(rows)], [rows[key] for key in own]


@given(before=_before(), seen=_seen())
def test_rows_join_as_if_file_after_file_came(before: list[Sample], seen: list[Sample]) -> None:
    """The first path names the sample, copies are aliases, others' pictures stay theirs."""
    others = {row.source for row in before} - {SOURCE}
    expected, own = _expected(seen, before)
    with closing(Spool[Sample](Path())) as rows:
        merged = merge(SOURCE, others, before, _by_sample(seen), rows)
        assert (list(rows), list(merged.own())) == (expected, own)
    assert merged.n_duplicates + merged.n_shared + len(own) == len(seen)
