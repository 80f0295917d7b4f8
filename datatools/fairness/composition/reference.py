"""What does a reference population look like: which share should each group have, and who says so?

A CSV file has the columns attribute, group, share, source, a TOML file a table [[share]] with these keys
(``source`` may stand once at the top). Shares are fractions of 1 and add up to 1 within an attribute.
Crossings join names with `` x ``: attribute "perceived_gender x perceived_age_band", group
"female x 55+".
"""

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path

from datatools.errors import DataError, UsageError
from datatools.fairness.composition.labelled import Labels
from datatools.fairness.who.groups import SEVERAL, group_name
from datatools.outside.formulas import plain, to_csv
from datatools.outside.structured import toml_of

COLUMNS = ("attribute", "group", "share", "source")
_TOLERANCE = 0.015  # of the sum: shares are often rounded to whole percents


@dataclass(frozen=True, slots=True)
class Reference:
    """The shares of one attribute's groups in a population."""

    attribute: str
    shares: Mapping[str, float]  # group to share; they add up to 1
    source: str


def read_reference(path: Path) -> list[Reference]:
    """Read a reference population.

    Raises:
        UsageError: there is no such file, or it is neither CSV nor TOML.
        DataError: a share is missing or no fraction, a group comes twice, no source is named, or an
            attribute's shares do not add up to 1.
    """
    if not path.is_file():
        raise UsageError(f"expected a reference population, there is no file {path}")
    if path.suffix not in {".csv", ".toml"}:
        raise UsageError(f"expected a reference population as .csv or .toml, got {path.name}")
    try:
        text = path.read_bytes().decode("utf-8-sig")
        lines = _csv_lines(text) if path.suffix == ".csv" else _toml_lines(text, path.name)
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(f"{path.name} cannot be read as a reference population: {error}") from error
    shares: dict[str, dict[str, float]] = {}
    sources: dict[str, list[str]] = {}
    for number, line in enumerate(lines, 1):
        where = f"{path.name}, share {number}"
        missing = [name for name in COLUMNS if not line.get(name, "").strip()]
        if missing:
            raise DataError(f"{where}: expected {', '.join(COLUMNS)}, without {', '.join(missing)}")
        attribute, group, share, source = (line[name].strip() for name in COLUMNS)
        if group in shares.setdefault(attribute, {}):
            raise DataError(f"{where}: {attribute} = {group} came before; expected one share for each group")
        shares[attribute][group] = _fraction(share, where)
        sources.setdefault(attribute, []).append(source)
    if not shares:
        raise DataError(f"{path.name} holds no shares: expected the columns {', '.join(COLUMNS)}")
    return [
        _checked(path.name, attribute, found, "; ".join(dict.fromkeys(sources[attribute])))
        for attribute, found in shares.items()
    ]


def _csv_lines(text: str) -> list[dict[str, str]]:
    rows = csv.DictReader(io.StringIO(text), strict=True)
    return [{str(name): plain(str(value or "")) for name, value in row.items() if name} for row in rows]


def _toml_lines(text: str, name: str) -> list[dict[str, str]]:
    found = toml_of(text, name, "a reference population", DataError)
    rows = found.get("share", [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError("expected tables [[share]] in the reference population")
    source = {"source": str(found.get("source", ""))}
    return [source | {str(name): str(value) for name, value in row.items()} for row in rows]


def _fraction(text: str, where: str) -> float:
    try:
        share = float(text)
    except ValueError as error:
        raise DataError(f"{where}: expected a share as a fraction of 1, got {text!r}") from error
    if not 0 <= share <= 1:
        raise DataError(f"{where}: expected a share from 0 to 1 (percents divided by 100), got {text}")
    return share


def _checked(name: str, attribute: str, shares: Mapping[str, float], source: str) -> Reference:
    total = sum(shares.values())
    if abs(total - 1) > _TOLERANCE:
        raise DataError(
            f"{name}: the shares of {attribute} add up to {total:g}, expected 1; give every group, also "
            "those that the data lacks"
        )
    return Reference(attribute, {group: share / total for group, share in shares.items()}, source)


def template(labels: Sequence[Labels]) -> bytes:
    """Give a CSV file with a line for every group of every attribute, for its user to fill in."""
    lines = [
        (label.name, group_name(levels), "", "")
        for label in labels
        for levels in product(*label.levels)
        if SEVERAL not in levels
    ]
    return to_csv(COLUMNS, lines)
