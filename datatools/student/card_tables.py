"""How are numbers and tables of a model card written?"""

from collections.abc import Iterator, Mapping, Sequence

from datatools.literal import markdown
from datatools.student.card import Interval

_MINUS = "\N{MINUS SIGN}"


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> Iterator[str]:
    """Write a table of Markdown cells, and an empty line behind it."""
    yield _row(head)
    yield "|" + "---|" * len(head)
    yield from map(_row, rows)
    yield ""


def _row(cells: Sequence[str]) -> str:
    return "| " + " | ".join(cells) + " |"


def interval(found: Interval, *, is_signed: bool = False) -> str:
    """Write a value with its interval."""
    if found.value is None:
        return "undefined"
    sign = "+" if is_signed else ""
    return f"{found.value:{sign}.4f}{span(found.low, found.high, sign)}".replace("-", _MINUS)


def span(low: float | None, high: float | None, sign: str = "") -> str:
    """Write the ends of an interval behind a value; nothing where they are undefined."""
    return "" if low is None or high is None else f" [{low:{sign}.4f}, {high:{sign}.4f}]"


def counts(n_images: int, n_people: int | None) -> str:
    """Write how many pictures, of how many people where that is known."""
    pictures = f"{n_images:,} picture{'' if n_images == 1 else 's'}"
    people = "1 person" if n_people == 1 else f"{n_people:,} people" if n_people is not None else None
    return pictures if people is None else f"{pictures} of {people}"


def recipe_table(values: Mapping[str, object]) -> Iterator[str]:
    """Write every value of a recipe: the phases side by side, then all else by its place in the file."""
    phases = values.get("phases")
    if isinstance(phases, list | tuple) and phases:
        names = list(phases[0])
        head = ("phase", *(str(number) for number in range(1, len(phases) + 1)))
        yield from table(
            head, [(markdown(name), *(_value(phase.get(name)) for phase in phases)) for name in names]
        )
    rest = {name: value for name, value in values.items() if name not in {"phases", "name"}}
    yield from table(("setting", "value"), list(_flat(rest, "")))


def _flat(values: Mapping[str, object], prefix: str) -> Iterator[tuple[str, str]]:
    for name, value in values.items():
        if isinstance(value, Mapping):
            yield from _flat(value, f"{prefix}{name}.")
        else:
            yield markdown(f"{prefix}{name}"), _value(value)


def _value(value: object) -> str:
    if isinstance(value, list | tuple):
        return ", ".join(map(_value, value))
    if isinstance(value, float):
        return f"{value:g}"
    return "none" if value is None else markdown(str(value))
