"""How do results become the cells of tables?"""

from datatools.fairness.estimates import Estimate, Interval
from datatools.report import words

HIDDEN = "not shown: too few people"


def ranged(found: Interval, *, signed: bool = False) -> str:
    """Write a value with its interval; without one where none could be computed."""
    write = words.signed_points if signed else words.points
    if found.value is None or found.low is None or found.high is None:
        return write(found.value)
    return f"{write(found.value)} {words.interval(found.low, found.high, signed=signed)}"


def estimated(estimate: Estimate, *, signed: bool = False) -> str:
    """Write an estimate's value with its interval."""
    return ranged(Interval(value=estimate.value, low=estimate.low, high=estimate.high), signed=signed)


def whole(n: int | None) -> str:
    """Write a count, a dash where there is none."""
    return "–" if n is None else f"{n:,}"


def counted(estimate: Estimate) -> tuple[str, str]:
    """Write how many images of how many people stand behind an estimate, in two cells."""
    return whole(estimate.n_images), whole(estimate.n_people)


def some(names: list[str], most: int = 12) -> str:
    """Join names with commas and "and"; beyond ``most`` say that there are others, whom a table holds."""
    return words.listed([*names[:most], "others"] if len(names) > most else names, most=most + 1)


def capital(text: str) -> str:
    """Begin a sentence."""
    return text[:1].upper() + text[1:]
