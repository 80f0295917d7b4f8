"""How do the comments behind a class's fields come onto its page?

An extension of griffe, which reads docstrings for the Python API: fields of records and of results have a
comment each, in place of a docstring; here they become the class's section "Attributes".
"""

from typing import Any

import griffe

_NOTHING = "\u200b"  # no width: the parser drops a field of which nothing is said


class Comments(griffe.Extension):
    """Tells of each public field without a docstring what its comment says."""

    def on_class_members(self, *, cls: griffe.Class, **_: Any) -> None:
        """Add the fields to the class's docstring."""
        fields = [
            member
            for name, member in cls.members.items()
            if isinstance(member, griffe.Attribute)
            and member.docstring is None
            and member.annotation is not None
            and "instance-attribute" in member.labels
            and not name.startswith("_")
        ]
        if cls.docstring is None or not fields or not hasattr(cls.filepath, "read_text"):
            return
        lines = cls.filepath.read_text("utf-8").splitlines()
        told = [f"    {one.name}: {_comment(lines, one)}" for one in fields]
        cls.docstring.value += "\n\nAttributes:\n" + "\n".join(told)


def _comment(lines: list[str], field: griffe.Attribute) -> str:
    """Give what stands behind a field, on its last line."""
    last = field.endlineno or field.lineno or 0
    return lines[last - 1].partition("  # ")[2] or _NOTHING
