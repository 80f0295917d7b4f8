"""How does a mention of a person leave a file of text: JSON, a listing, lines, prose?"""

import csv
import io
import json
import re
from collections.abc import Callable, Collection, Mapping
from xml.etree import ElementTree

from datatools.errors import DataError
from datatools.outside.markup import refuse_declarations
from datatools.withdrawal._parquet import GONE

Cleaner = Callable[[str, re.Pattern[str]], str]


def clean_json(text: str, mention: re.Pattern[str]) -> str:
    """Drop the items of lists and the entries that are about the person; replace other mentions."""
    try:
        value = json.loads(text)
        return json.dumps(_pruned(value, mention), indent=1, ensure_ascii=False) + "\n"
    except (ValueError, RecursionError):  # cut off, not JSON in spite of its name, or too deep
        return clean_lines(text, mention)


def _pruned(value: object, mention: re.Pattern[str]) -> object:
    if isinstance(value, str):
        return mention.sub(GONE, value)
    if isinstance(value, Mapping):
        return {key: _pruned(item, mention) for key, item in value.items() if not mention.search(str(key))}
    if isinstance(value, list):
        return [_pruned(item, mention) for item in value if not _is_about(item, mention)]
    return value


def _is_about(item: object, mention: re.Pattern[str]) -> bool:
    """Say whether an item of a list is a mention, or a record with one in a field, or in a field's fields.

    Lists inside a record have items of their own: one of them does not make the record the person's.
    """
    if isinstance(item, str):
        return mention.search(item) is not None
    return isinstance(item, Mapping) and any(_is_about(field, mention) for field in item.values())


def clean_listing(text: str, mention: re.Pattern[str], names: Collection[str] = ()) -> str:
    """Drop the rows of a CSV that mention the person, or have a cell that is one of ``names``."""
    stream = io.StringIO(newline="")
    ending = "\r\n" if "\r\n" in text else "\n"
    delimiter = "\t" if "\t" in text.partition("\n")[0] else ","
    writer = csv.writer(stream, delimiter=delimiter, lineterminator=ending)
    try:
        rows = list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter))
    except csv.Error:  # a cell longer than any table's
        return clean_lines(text, mention)
    kept = [row for row in rows if not any(cell in names or mention.search(cell) for cell in row)]
    writer.writerows(kept)
    return text if len(kept) == len(rows) else stream.getvalue()  # other quotes are no reason to rewrite


def clean_lines(text: str, mention: re.Pattern[str]) -> str:
    """Drop the lines that mention the person."""
    return "".join(line for line in text.splitlines(keepends=True) if not mention.search(line))


def clean_xml(text: str, mention: re.Pattern[str]) -> str:
    """Drop the elements below the root that mention the person: a labelling tool's pictures."""
    try:
        refuse_declarations(io.BytesIO(text.encode()), "a file of the workspace")
        root = ElementTree.fromstring(text.encode())  # noqa: S314  # nothing is declared in it
    except (ElementTree.ParseError, DataError, ValueError):
        return clean_lines(text, mention)
    for element in list(root):
        if mention.search(ElementTree.tostring(element, "unicode")):
            root.remove(element)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ElementTree.tostring(root, "unicode") + "\n"


def clean_prose(text: str, mention: re.Pattern[str]) -> str:
    """Replace each mention."""
    return mention.sub(GONE, text)


CLEANERS: Mapping[str, Cleaner] = {
    ".json": clean_json,
    ".xml": clean_xml,
    ".csv": clean_listing,
    ".tsv": clean_listing,
    ".journal": clean_lines,
    ".jsonl": clean_lines,
    ".ndjson": clean_lines,
    ".log": clean_lines,
    ".txt": clean_prose,
    ".md": clean_prose,
    ".toml": clean_prose,
}
