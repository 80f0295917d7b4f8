"""Where do two JSON values differ, and how is that told?"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, cast

Step = Literal["files", "scores", "masks", "audit", "report", "documents"]

_TOLERANCE = 1e-12  # relative above 1: sums in another order, on another machine
_SHOWN = 80  # characters of a value


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One thing that is not as it was kept."""

    step: Step
    where: str  # a file below the workspace, or a JSON pointer (RFC 6901) into a file
    told: str  # one sentence
    remedy: str | None = None  # the verb that makes it again


def compare(kept: object, again: object, pointer: str = "") -> Iterator[tuple[str, str]]:
    """Give the JSON pointer of every value that differs, and both values in words.

    Numbers may be 1e-12 apart, relative to those above 1. An empty field that was not kept is none: an
    older release did not know it.
    """
    if isinstance(kept, Mapping) and isinstance(again, Mapping):
        yield from _of_objects(_mapping(kept), _mapping(again), pointer)
    elif isinstance(kept, list) and isinstance(again, list):
        yield from _of_lists(kept, again, pointer)
    elif isinstance(kept, str) and isinstance(again, str):
        if kept != again:
            sides = [repr(side) for side in _around(kept, again)]
            yield pointer, f"kept {sides[0]}, made again {sides[1]}"
    elif not _equal(kept, again):
        yield pointer, f"kept {_shown(kept)}, made again {_shown(again)}"


def _mapping(value: object) -> Mapping[str, object]:
    return cast("Mapping[str, object]", value)


def _of_objects(
    kept: Mapping[str, object], again: Mapping[str, object], pointer: str
) -> Iterator[tuple[str, str]]:
    for key in [*kept, *(key for key in again if key not in kept)]:
        at = f"{pointer}/{key.replace('~', '~0').replace('/', '~1')}"
        if key not in again:
            yield at, f"kept {_shown(kept[key])}, not made again"
        elif key not in kept:
            if again[key] in (None, [], {}):
                continue
            yield at, f"not kept, made again {_shown(again[key])}"
        else:
            yield from compare(kept[key], again[key], at)


def _of_lists(kept: Sequence[object], again: Sequence[object], pointer: str) -> Iterator[tuple[str, str]]:
    for place in range(max(len(kept), len(again))):
        at = f"{pointer}/{place}"
        if place >= len(again):
            yield at, f"kept {_shown(kept[place])}, not made again"
        elif place >= len(kept):
            yield at, f"not kept, made again {_shown(again[place])}"
        else:
            yield from compare(kept[place], again[place], at)


def _equal(kept: object, again: object) -> bool:
    numbers = [value for value in (kept, again) if isinstance(value, int | float)]
    if len(numbers) < 2 or any(isinstance(value, bool) for value in numbers):
        return type(kept) is type(again) and kept == again
    one, other = numbers
    return one == other or abs(one - other) <= _TOLERANCE * max(1.0, abs(one), abs(other))


def _shown(value: object) -> str:
    if isinstance(value, Mapping):
        return f"{len(value)} values"
    if isinstance(value, list):
        return f"a list of {len(value)}"
    words = repr(value) if isinstance(value, str) else "nothing" if value is None else str(value)
    return words if len(words) <= _SHOWN else f"{words[:_SHOWN]}…"


def n_values(value: object) -> int:
    """Count the numbers, words and gaps that a JSON value holds."""
    if isinstance(value, Mapping):
        return sum(map(n_values, _mapping(value).values()))
    return sum(map(n_values, value)) if isinstance(value, list) else 1


def first_unlike(kept: bytes, again: bytes) -> str:
    """Say where two files differ first: the line and both sides of it, or the byte where they are no text."""
    try:
        lines = [data.decode().splitlines() for data in (kept, again)]
    except UnicodeDecodeError:
        short = min(len(kept), len(again))
        place = next((at for at in range(short) if kept[at] != again[at]), short)
        return f"byte {place + 1} differs; {len(kept)} bytes kept, {len(again)} rendered again"
    for number in range(max(map(len, lines))):
        one, other = (side[number] if number < len(side) else "" for side in lines)
        if one != other:
            sides = [repr(side) for side in _around(one, other)]
            return f"line {number + 1}: kept {sides[0]}, rendered again {sides[1]}"
    return "the ends of their lines differ"


def _around(one: str, other: str) -> tuple[str, str]:
    """Give the part of two texts in which they begin to differ."""
    short = min(len(one), len(other))
    start = next((at for at in range(short) if one[at] != other[at]), short)
    first = max(0, start - _SHOWN // 4) if max(len(one), len(other)) > _SHOWN else 0
    shown = (f"{'…' if first else ''}{side[first : first + _SHOWN]}" for side in (one, other))
    return next(shown), next(shown)
