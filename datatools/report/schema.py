"""What may a program that reads report.json rely on?

The JSON Schema (2020-12) of report.json is made of the typed result and lies beside this module, so that it
can be read and published without running anything. After a change of the result it is written anew by

    python -m datatools.report.schema
"""

import json
from importlib.resources import files
from pathlib import Path

from pydantic.json_schema import GenerateJsonSchema

from datatools import tables
from datatools.report.document import Report

FILE = "report.schema.json"
_DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Plain(GenerateJsonSchema):
    """Leave out titles that only repeat the fields' names."""

    def field_title_should_be_set(self, schema: object) -> bool:  # noqa: ARG002  # pydantic gives it
        """Say no."""
        return False


def identifier() -> str:
    """Give the schema's ``$id``: it holds the version that report.json states."""
    return f"urn:portrait-datatools:report:{Report.model_fields['schema_version'].default}"


def text() -> str:
    """Write the schema."""
    # What has a default is not required: reports that an older release wrote under this version stay valid.
    made = Report.model_json_schema(mode="validation", schema_generator=_Plain)
    head = {
        "$schema": _DIALECT,
        "$id": identifier(),
        "title": "report.json of portrait-datatools",
        "description": "Everything that a report shows: the audit, what was counted beside it, and in words.",
    }
    rest = {key: value for key, value in made.items() if key not in head}
    return json.dumps({**head, **rest}, indent=1, ensure_ascii=False) + "\n"


def published() -> str:
    """Read the schema that came with this version."""
    return (files("datatools.report") / FILE).read_text("utf-8")


if __name__ == "__main__":
    tables.write_bytes(Path(__file__).with_name(FILE), text().encode())
