"""Is a source an address, which files does it mean, what is it called, and how is it told without secrets?"""

import re
from collections.abc import Iterator
from itertools import product

from datatools.errors import UsageError
from datatools.telemetry import without_secrets

SHARD_SUFFIXES = (".tar", ".tar.gz", ".tgz", ".tar.zst")
MAX_EXPANDED = 100_000
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+(?:://|::)")  # C:\ is none
_CHAIN = re.compile(r"::(?=[A-Za-z][A-Za-z0-9+.-]*://)")  # as fsspec writes one place in another
_RANGE = re.compile(r"\{([0-9]{1,18})\.\.([0-9]{1,18})\}")
_AROUND_RANGES = re.compile(r"[-_.]*\{[^}]*\}[-_.]*")
_DROPPED_SUFFIXES = (*SHARD_SUFFIXES, ".zip")


def is_address(text: str) -> bool:
    """Say whether a text names something by a protocol, as s3:// or zip://...:: do."""
    return _SCHEME.match(text) is not None


def is_chain(address: str) -> bool:
    """Say whether an address is of a place within another: zip://a.zip::https://..."""
    return _CHAIN.search(address) is not None


def redacted(address: str) -> str:
    """Give an address without user, password and query: what may be printed, logged and stored."""
    return without_secrets(address)


def without_access(address: str) -> str:
    """Give an address without what gives access to it: one place has one, whoever asks."""
    return redacted(address).replace("://...@", "://").replace("?...", "")


def is_shard(name: str) -> bool:
    """Say whether a file's name is that of a tar archive."""
    return name.lower().endswith(SHARD_SUFFIXES)


def key_of(name: str) -> str:
    """Give what the names of one sample's files have in common: all before the last part's first dot."""
    head, slash, last = name.rpartition("/")
    return head + slash + last.partition(".")[0]


def has_ranges(text: str) -> bool:
    """Say whether a text holds a range, as ``{000..009}``."""
    return _RANGE.search(text) is not None


def expanded(text: str) -> list[str]:
    """Give the texts that one with ranges means, in order: ``a{08..10}`` is a08, a09, a10.

    Raises:
        UsageError: a range goes down, or there would be more than ``MAX_EXPANDED``.
    """
    parts = _RANGE.split(text)  # text, first, last, text, first, last, text ...
    n_texts = 1
    for first, last in zip(parts[1::3], parts[2::3], strict=True):
        n_texts *= int(last) - int(first) + 1
        if int(last) < int(first) or n_texts > MAX_EXPANDED:
            raise UsageError(
                f"expected ranges as {{000..009}} that go up and name at most {MAX_EXPANDED} files, got "
                f"{{{first}..{last}}}"
            )
    ranges = [_numbers(first, last) for first, last in zip(parts[1::3], parts[2::3], strict=True)]
    return ["".join(_woven(parts[::3], chosen)) for chosen in product(*ranges)]


def _numbers(first: str, last: str) -> list[str]:
    width = len(first) if first.startswith("0") else 0
    return [f"{number:0{width}d}" for number in range(int(first), int(last) + 1)]


def _woven(texts: list[str], chosen: tuple[str, ...]) -> Iterator[str]:
    for text, number in zip(texts, chosen, strict=False):
        yield text + number
    yield texts[-1]


def name_of(address: str) -> str:
    """Give what a source at an address is called: the last part of its path, else its host or bucket."""
    plain = address.partition("?")[0].partition("#")[0]
    paths = [link.partition("://")[2] if "://" in link else link for link in _CHAIN.split(plain)]
    parts = [part for path in reversed(paths) for part in path.replace("\\", "/").split("/")]
    for part in reversed(parts):
        name = part.rpartition("@")[2]
        for suffix in _DROPPED_SUFFIXES:
            name = name.removesuffix(suffix)
        name = _AROUND_RANGES.sub("-", name).strip("-_.")
        if any(letter.isalnum() for letter in name):
            return name
    return "source"
