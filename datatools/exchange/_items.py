"""Which items does a store's table of answers make, and how is an item written as text?"""

from collections.abc import Iterable, Iterator, Sequence

from datatools import vocab
from datatools.exchange import Item
from datatools.records import Annotation
from datatools.sheets import ANSWER_COLUMNS, FIELDS, SEVERAL, SHEET_COLUMNS, WAS


def of_rows(rows: Iterable[Annotation]) -> list[Item]:
    """Join the rows that differ in their value alone; in the order of samples, questions and times."""
    values: dict[tuple[object, ...], list[str]] = {}
    first: dict[tuple[object, ...], Annotation] = {}
    for row in rows:
        key = _key(row)
        values.setdefault(key, []).append(row.value)
        first.setdefault(key, row)
    items = [_item(row, values[key]) for key, row in first.items()]
    return sorted(items, key=_place)


def _key(row: Annotation) -> tuple[object, ...]:
    key = (
        row.sample_id,
        row.question,
        row.annotator_id,
        row.created_at,
        row.presentation_order,
        row.source,
        row.vocabulary,
        row.lead_time_s,
        row.batch,
    )
    # Elsewhere several values contradict each other, and must come back as they were.
    is_set = vocab.question(row.question).several and row.value not in vocab.NO_ANSWERS
    return key if is_set else (*key, row.value)


def _item(row: Annotation, said: list[str]) -> Item:
    return Item(
        sample_id=row.sample_id,
        question=row.question,
        vocabulary=row.vocabulary,
        annotator_id=row.annotator_id,
        source=row.source,
        presentation_order=row.presentation_order,
        values=tuple(sorted(said)),
        created_at=row.created_at,
        lead_time_s=row.lead_time_s,
        batch=row.batch,
    )


def _place(item: Item) -> tuple[str, ...]:
    return (item.sample_id, item.question, item.annotator_id, item.created_at or "", *item.values)


def texts(item: Item) -> dict[str, str]:
    """Give what a line says of an item beside sample, question and value; what is absent has no entry."""
    found = {
        "annotator_id": item.annotator_id,
        "source": item.source,
        "vocabulary": item.vocabulary,
        "created_at": item.created_at,
        "lead_time_s": None if item.lead_time_s is None else repr(item.lead_time_s),
        "presentation_order": None if item.presentation_order is None else str(item.presentation_order),
        "note": item.note,
        "batch": item.batch,
    }
    kept = {name: text for name in FIELDS if (text := found[name])}
    return kept | {WAS: SEVERAL.join(item.values)} if item.values else kept


def columns_of(items: Iterable[Item]) -> tuple[str, ...]:
    """Give a sheet's columns: those of answers only where there are some."""
    return ANSWER_COLUMNS if any(item.values for item in items) else SHEET_COLUMNS


def lines(columns: Sequence[str], items: Iterable[Item]) -> Iterator[list[str]]:
    """Give a long sheet's lines under these columns."""
    for item in items:
        cells = texts(item) | {
            "sample": item.sample_id,
            "picture": item.picture or "",
            "question": item.question,
            "asks": vocab.question(item.question).text,
            "allowed": vocab.load(item.vocabulary).allowed,
            "value": SEVERAL.join(item.values),
        }
        yield [cells.get(name, "") for name in columns]
