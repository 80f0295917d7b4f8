"""Which numbers does a text show, and are they those of an object of report.json?

For the tests of every format: what is shown is read back, cut into numbers, and held against the object
that a JSON pointer names.
"""

import json
import re
from collections.abc import Iterator
from typing import cast

# Numbers of our own wording: 95% intervals and probabilities, points of 100, 80% power.
CONSTANTS = frozenset({"95", "100", "80"})

_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?(?:e[+-]?\d+)?")


def resolve(document: object, pointer: str) -> object:
    """Give what a JSON pointer names (RFC 6901).

    Raises:
        LookupError: it names nothing.
    """
    for step in _steps(pointer):
        document = _inside(document, step)
    return document


def _steps(pointer: str) -> list[str]:
    if not pointer:
        return []
    first, *steps = pointer.split("/")
    if first:
        raise LookupError(f"{pointer!r} does not begin at the root")
    return [step.replace("~1", "/").replace("~0", "~") for step in steps]


def _inside(found: object, step: str) -> object:
    if isinstance(found, dict):
        return cast("dict[str, object]", found)[step]
    if isinstance(found, list):
        return cast("list[object]", found)[int(step)]
    raise LookupError(f"there is nothing in {found!r}")


def shown(text: str) -> list[str]:
    """Give every number that a text shows, as written, without its sign."""
    return [token.rstrip(",") for token in _NUMBER.findall(text)]


class Document:
    """report.json as a program reads it, and the numbers that may be written of each part of it."""

    def __init__(self, text: str) -> None:
        self.whole: object = json.loads(text)
        self._allowed: dict[str, frozenset[str]] = {}
        settings = resolve(self.whole, "/audit/settings")
        self._everywhere = CONSTANTS.union(*map(_forms, _leaves(settings)))

    def unfounded(self, text: str, pointer: str) -> list[str]:
        """Give the numbers of a text that are not those of the object that a pointer names.

        Numbers inside of names count where a string in that object, or beside the way to it, holds the
        name. The audit's settings count everywhere: the margin is one.
        """
        if pointer not in self._allowed:
            self._allowed[pointer] = self._written(pointer)
        return [token for token in shown(text) if token not in self._allowed[pointer]]

    def _written(self, pointer: str) -> frozenset[str]:
        found = self._everywhere.union(*map(_forms, _leaves(resolve(self.whole, pointer))))
        return found.union(*map(shown, _names_on_the_way(self.whole, pointer)))


def _leaves(found: object) -> Iterator[object]:
    if isinstance(found, dict):
        for name, part in cast("dict[str, object]", found).items():
            yield name
            yield from _leaves(part)
    elif isinstance(found, list):
        for part in cast("list[object]", found):
            yield from _leaves(part)
    else:
        yield found


def _names_on_the_way(document: object, pointer: str) -> Iterator[str]:
    """Give the strings that stand beside the way to an object: names of its attribute and model."""
    for step in (*_steps(pointer), None):
        if isinstance(document, dict):
            yield from (v for v in cast("dict[str, object]", document).values() if isinstance(v, str))
        if step is not None:
            yield step
            document = _inside(document, step)


def _forms(value: object) -> set[str]:
    """Give every way in which a number may be written."""
    if isinstance(value, str):
        return set(shown(value)) | _cut(value)
    if value is None or isinstance(value, bool):
        return set()
    number = abs(cast("float", value))
    if isinstance(value, int):
        return {f"{number:,}", f"{number}", f"{number:04d}"}
    written = [f"{100 * number:.1f}", f"{100 * number:.2f}", f"{100 * number:.3g}", f"{100 * number:g}"]
    written += [f"{number:.{decimals}f}" for decimals in (1, 2, 3)]
    written += [f"{number:.3g}", f"{number:.4g}", f"{number:g}", f"{number}"]
    if number < 0.001:
        written.append("0.001")
    return {token for text in written for token in shown(text)}


def _cut(value: str) -> set[str]:
    """Give the numbers in a hash that was cut."""
    return set(shown(value[:16])) if re.fullmatch(r"[0-9a-f]{64}", value) else set()
