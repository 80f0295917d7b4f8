"""How are the rows of a data set's files read: Parquet with class labels, JSON lines, CSV?"""

import csv
import io
from collections.abc import Iterator, Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from datatools.errors import DataError
from datatools.exchange._json import mapping, sequence
from datatools.outside.structured import json_of

FEATURES = b"huggingface"  # the key of a schema's metadata where the package datasets keeps its features
WHAT = "a data set of Hugging Face: Parquet, JSON lines or CSV, or a folder of Parquet files"
Row = Mapping[str, object]


def rows(file: Path) -> Iterator[Row]:
    """Give a file's rows, class labels as their names."""
    try:
        if file.suffix.lower() == ".parquet":
            yield from _parquet_rows(file)
        elif file.suffix.lower() == ".csv":
            yield from csv.DictReader(io.StringIO(file.read_bytes().decode("utf-8-sig"), newline=""))
        else:
            with file.open(encoding="utf-8-sig") as lines:
                yield from (
                    mapping(json_of(line, file.name, WHAT, mends=True)) for line in lines if line.strip()
                )
    except FileNotFoundError as error:
        raise DataError(f"expected {WHAT} at {file}, there is no such file") from error
    # UnicodeDecodeError, JSONDecodeError and most of Arrow's are ValueErrors.
    except (ValueError, RecursionError, csv.Error, pa.ArrowException, OSError) as error:
        raise DataError(f"{file.name}: expected {WHAT}: {error}") from error


def _parquet_rows(file: Path) -> Iterator[Row]:
    with pq.ParquetFile(file) as table:
        described = (table.schema_arrow.metadata or {}).get(FEATURES, b"{}")
        features = mapping(mapping(mapping(json_of(described, file.name, WHAT)).get("info")).get("features"))
        for batch in table.iter_batches(batch_size=1024):
            for row in batch.to_pylist():
                yield {name: _named_class(value, features.get(name)) for name, value in row.items()}


def _named_class(value: object, feature: object) -> object:
    """Turn the number of a ClassLabel, or a list of them, into its name."""
    if isinstance(value, list):
        inner = sequence(feature)[0] if sequence(feature) else mapping(feature).get("feature")
        return [_named_class(one, inner) for one in value]
    names = sequence(mapping(feature).get("names"))
    if isinstance(value, int) and names:
        return names[value] if 0 <= value < len(names) else None if value == -1 else value
    return value
