"""What do the licences of the pictures allow to be done with weights that learned from them?

Read from the words of the manifest's licences; a careful reading, and no lawyer's.
"""

import re
from collections.abc import Mapping
from typing import Literal

Use = Literal["research", "unclear", "as licensed"]

_RESEARCH = re.compile(r"research|academic|non-?commercial|\bNC\b", re.IGNORECASE)
_UNCLEAR = re.compile(r"unknown|unclear|unstated", re.IGNORECASE)


def use_of(licence: str) -> Use:
    """Say what one licence limits its pictures to; where it is both, research is the narrower word."""
    if _RESEARCH.search(licence):
        return "research"
    return "unclear" if is_unclear(licence) else "as licensed"


def is_unclear(licence: str) -> bool:
    """Say whether a licence leaves open, wholly or in part, what its pictures came under."""
    return _UNCLEAR.search(licence) is not None or not licence.strip()


def use_of_all(licences: Mapping[str, int]) -> Use:
    """Say what all licences together limit weights to: the narrowest of them decides."""
    found = {use_of(licence) for licence in licences}
    for use in ("research", "unclear"):
        if use in found:
            return use
    return "as licensed"


def sentence(licences: Mapping[str, int]) -> str:
    """Say it for people, with the counts of pictures that it follows from."""
    total = sum(licences.values())
    counts = {use: sum(n for name, n in licences.items() if use_of(name) == use) for use in _WORDS}
    use = use_of_all(licences)
    return f"{_WORDS[use]} ({counts[use]:,} of {total:,} pictures)." if use != "as licensed" else _WORDS[use]


_WORDS: Mapping[Use, str] = {
    "research": "**For research only**: pictures that it learned from came under terms that allow no more",
    "unclear": "**Rights unclear**: nobody has said under which terms pictures that it learned from may be "
    "used, so treat the weights as limited to research until somebody has",
    "as licensed": "No licence of the pictures limits them to research; keep to what each asks, such as "
    "naming the authors.",
}
