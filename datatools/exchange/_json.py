"""How are the parts of JSON from outside taken, whatever they are?"""


def text(value: object) -> str:
    """Give a scalar as a sheet has it: nothing for None, whole numbers without a point."""
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def mapping(value: object) -> dict[str, object]:
    """Give a JSON object, an empty one in the place of anything else."""
    return value if isinstance(value, dict) else {}


def sequence(value: object) -> list[object]:
    """Give a JSON array, an empty one in the place of anything else."""
    return value if isinstance(value, list) else []
