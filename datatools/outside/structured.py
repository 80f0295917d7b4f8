"""Which JSON and TOML from outside become values, and how is told what is wrong with the rest?

Python's parsers raise a dozen kinds of exceptions, and let pass what later code stumbles over: values so
deep that they cannot be printed, whole numbers that no table holds, a key that stands twice, half a
character. Here each of these is one error, or is put right.
"""

import json
import re
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import cast

from datatools.errors import DataError, DatatoolsError, UsageError
from datatools.outside import regular

MAX_DEPTH = 100  # of lists and tables in each other; Python's own functions end at about 1,000
MAX_JSON_BYTES = 256 << 20  # in memory ten to thirty times as much
MAX_TOML_BYTES = 1 << 20  # people write it by hand
_LARGEST = 2**63 - 1
_HALF_CHARACTER = re.compile(r"\\u[dD][89a-fA-F]")
# A key of so many parts that tomllib would go over them for minutes: their number squared.
_LONG_KEY = re.compile(
    rf"""(?<![\w-])(?:(?:[\w-]++|"[^"\n]*+"|'[^'\n]*+')[ \t]*+\.[ \t]*+){{{MAX_DEPTH + 1}}}"""
)


def read_json(
    path: Path, what: str, wrong: type[DatatoolsError] = DataError, *, mends: bool = False
) -> object:
    """Read a JSON file.

    Args:
        path: the file.
        what: it should be, for the message.
        wrong: the error to raise.
        mends: as in ``json_of``.

    Raises:
        DatatoolsError: ``wrong``: missing, too large, not in UTF-8, or as ``json_of``.
    """
    return json_of(_read(path, what, MAX_JSON_BYTES, wrong), str(path), what, wrong, mends=mends)


def json_of(
    data: str | bytes,
    where: str,
    what: str,
    wrong: type[DatatoolsError] = DataError,
    *,
    mends: bool = False,
) -> object:
    """Parse JSON.

    Args:
        data: the text.
        where: it stands, for the message.
        what: it should be.
        wrong: the error to raise.
        mends: write a question mark for half a character: other programs cut texts within an emoji.

    Raises:
        DatatoolsError: ``wrong``: no JSON, a key twice in an object, nested deeper than ``MAX_DEPTH``, a
            whole number of more than 64 bits, or half a character.
    """
    parse = _mended_json if mends else _json
    return _parsed(parse, data, f"{where}: expected {what}, in JSON", wrong)


def read_toml(path: Path, what: str, wrong: type[DatatoolsError] = UsageError) -> dict[str, object]:
    """Read a TOML file.

    Raises:
        DatatoolsError: ``wrong``: missing, too large, not in UTF-8, or as ``toml_of``.
    """
    return toml_of(_read(path, what, MAX_TOML_BYTES, wrong), str(path), what, wrong)


def toml_of(
    data: str | bytes, where: str, what: str, wrong: type[DatatoolsError] = UsageError
) -> dict[str, object]:
    """Parse TOML.

    Raises:
        DatatoolsError: ``wrong``: no TOML, nested deeper than ``MAX_DEPTH``, or a whole number of more than
            64 bits.
    """
    return cast("dict[str, object]", _parsed(_toml, data, f"{where}: expected {what}, in TOML", wrong))


def _read(path: Path, what: str, most_bytes: int, wrong: type[DatatoolsError]) -> bytes:
    try:
        with regular.opened(path) as stream:
            data = stream.read(most_bytes + 1)
    except FileNotFoundError as error:
        raise wrong(f"expected {what} at {path}, there is no such file") from error
    # A folder, no permission; a zero byte in the name; a pipe.
    except (OSError, ValueError, DataError) as error:
        raise wrong(f"expected {what} at {path}, which cannot be read: {error}") from error
    if len(data) > most_bytes:
        raise wrong(f"{path}: expected {what} of at most {most_bytes >> 20} MiB, got a larger file")
    return data


def _parsed(
    parse: Callable[[str], object], data: str | bytes, expected: str, wrong: type[DatatoolsError]
) -> object:
    try:
        found = parse(data if isinstance(data, str) else data.decode("utf-8-sig"))
        _require_plain(found)
    # Those of the parsers and of the decoder are ValueErrors.
    except (ValueError, RecursionError) as error:
        raise wrong(f"{expected}: {error}") from error
    return found


def _json(text: str) -> object:
    found: object = json.loads(text, object_pairs_hook=_object)
    if _HALF_CHARACTER.search(text):
        json.dumps(found, ensure_ascii=False).encode()  # fails for half a pair
    return found


def _mended_json(text: str) -> object:
    found: object = json.loads(text, object_pairs_hook=_object)
    if _HALF_CHARACTER.search(text):
        whole = json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")
        found = json.loads(whole, object_pairs_hook=_object)
    return found


def _object(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return found


def _toml(text: str) -> object:
    if _LONG_KEY.search(text):
        raise ValueError(f"a key of more than {MAX_DEPTH} parts")
    return tomllib.loads(text)


def _require_plain(found: object) -> None:
    """Raise ValueError where a value is too deep or a whole number too large."""
    level, depth = [found], 0
    while level:
        if depth > MAX_DEPTH:
            raise ValueError(f"it is nested deeper than {MAX_DEPTH} levels")
        below: list[object] = []
        for value in level:
            if isinstance(value, dict):
                below.extend(value.values())
            elif isinstance(value, list):
                below.extend(value)
            elif isinstance(value, int) and not -_LARGEST <= value <= _LARGEST:
                raise ValueError(f"a whole number of {value.bit_length()} bits, and 64 are the most")
        level, depth = below, depth + 1
