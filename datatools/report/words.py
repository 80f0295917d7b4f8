"""How are numbers and names written for people?

Shares and metrics of 0-1 are shown as points of 100, always with their interval and counts.
"""

import re

from datatools.fairness.estimates import Estimate, ModelAudit, Reading

MINUS = "−"
CROSSING = " x "  # joins attributes, and groups, that are crossed
# A vocabulary behind a question; its version stands with its definition.
_VOCABULARY = re.compile(r":([a-z][a-z0-9_]*)@[1-9][0-9]*(?= x |$)")
_MEASURED = "measured"  # stands among the answers' sources where a number was cut into groups
_REFERENCES = {
    "human": "human masks",
    "rendered": "rendered masks, which are exact",
    "keyed": "masks keyed from a plain background",
}


def number(value: float, decimals: int = 1) -> str:
    """Write a number with a real minus sign and no negative zero."""
    text = f"{abs(value):.{decimals}f}"
    return MINUS + text if value < 0 and float(text) != 0 else text


def points(value: float | None) -> str:
    """Write a 0-1 value as points of 100; a dash where there is none."""
    return "–" if value is None else number(100 * value)


def signed_points(value: float | None) -> str:
    """Write a difference of 0-1 values as points of 100 with its sign."""
    if value is None:
        return "–"
    text = number(100 * value)
    return text if text.startswith(MINUS) or float(text) == 0 else "+" + text


def interval(low: float | None, high: float | None, *, signed: bool = False) -> str:
    """Write an interval of 0-1 values as points of 100."""
    write = signed_points if signed else points
    return "no interval" if low is None or high is None else f"[{write(low)}, {write(high)}]"


def signed_interval(estimate: Estimate) -> str:
    """Write the interval of a difference."""
    return interval(estimate.low, estimate.high, signed=True)


def with_interval(estimate: Estimate, *, signed: bool = False) -> str:
    """Write a value and its interval."""
    write = signed_points if signed else points
    if estimate.value is None:
        return "–"
    return f"{write(estimate.value)} {interval(estimate.low, estimate.high, signed=signed)}"


def count(n: int, one: str, many: str | None = None) -> str:
    """Write a number of things: 1 person, 1,200 people."""
    return f"{n:,} {one if n == 1 else many or one + 's'}"


def counts(estimate: Estimate) -> str:
    """Write how many images of how many people stand behind an estimate."""
    if estimate.n_images is None or estimate.n_people is None:
        return "too few to show"
    return f"{count(estimate.n_images, 'image')} of {count(estimate.n_people, 'person', 'people')}"


def attribute(name: str) -> str:
    """Write an attribute's name for reading: ``a_b x c`` to ``a b × c``, ``age:age3@1`` to ``age (age3)``."""
    return _VOCABULARY.sub(r" (\1)", name).replace(CROSSING, " × ").replace("_", " ")


def group(name: str, attribute_name: str) -> str:
    """Write a group's name; in a crossing, ``a x b`` becomes ``a × b``."""
    return name.replace(CROSSING, " × ") if CROSSING in attribute_name else name


def whom(attribute_name: str, group_name: str) -> str:
    """Name a group with its attribute; a band of a number names it already."""
    if group_name.startswith(attribute_name):
        return group_name
    return f"{attribute(attribute_name)} = {group(group_name, attribute_name)}"


def fact(value: object) -> str:
    """Write a fact of a run record or a setting: nested values in one line, absent ones as a dash."""
    if value is None:
        return "–"
    if isinstance(value, dict):
        return ", ".join(f"{name}: {fact(item)}" for name, item in value.items())
    if isinstance(value, list | tuple):
        return "; ".join(fact(item) for item in value)
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def p_value(p: float | None) -> str:
    """Write a p-value; very small ones as a bound."""
    if p is None:
        return "–"
    return "< 0.001" if p < 0.001 else f"{p:.3f}"


def reference(source: str) -> str:
    """Say what kind of masks a model was compared with."""
    if source.startswith("model:"):
        return f"masks proposed by {source.removeprefix('model:')}"
    return _REFERENCES.get(source, f"masks of source {source}")


def reading(model: ModelAudit) -> str:
    """Say accuracy or agreement, and with what: the two are never confused."""
    return held_against(model.reading, model.reference_source)


def held_against(reading: Reading, reference_source: str) -> str:
    """Say what scores are, and what masks they were held against."""
    return f"{reading} {'against' if reading == 'accuracy' else 'with'} {reference(reference_source)}"


def said_by(sources: list[str]) -> str:
    """Say where groups come from: from people's answers, or from the pictures."""
    answered = [source.replace("_", " ") for source in sources if source != _MEASURED]
    parts = [f"answered by: {', '.join(answered)}"] if answered else []
    parts += ["measured in the pictures"] if _MEASURED in sources else []
    return f"Groups {' and '.join(parts)}." if parts else ""


def listed(words: list[str], most: int = 4) -> str:
    """Join words with commas and "and"; beyond ``most`` say how many others there are."""
    if len(words) > most:
        words = [*words[: most - 1], f"{len(words) - most + 1} others"]
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
