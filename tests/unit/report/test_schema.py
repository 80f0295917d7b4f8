"""Is the published schema of report.json the one of the result, and do real reports keep it?"""

import json
from pathlib import Path

import jsonschema
import pytest

from datatools.progress import Progress
from datatools.report import schema
from datatools.stages import report
from datatools.workspace import Workspace
from tests.unit.report.builders import fill, write_audit


def test_the_published_schema_is_that_of_the_result() -> None:
    """After a change of the result: python -m datatools.report.schema."""
    assert schema.published() == schema.text()


def test_the_schema_is_one_and_names_its_version() -> None:
    """It is valid JSON Schema; its identifier holds the version that report.json states."""
    found = json.loads(schema.text())
    jsonschema.Draft202012Validator.check_schema(found)
    assert found["$id"] == f"urn:portrait-datatools:report:{found['properties']['schema_version']['const']}"


def test_what_fields_mean_is_said_where_the_code_says_it() -> None:
    """Docstrings are the schema's descriptions."""
    defined = json.loads(schema.text())["$defs"]
    assert defined["Comparison"]["description"].startswith("A group against the rest: gap = group minus rest")


def _report(workspace: Workspace, tmp_path: Path) -> dict[str, object]:
    fill(workspace, tmp_path / "src")
    write_audit(workspace)
    report.run(workspace, report.Settings(), Progress("quiet"))
    found: dict[str, object] = json.loads((workspace.report_folder("audit") / "report.json").read_bytes())
    return found


def test_a_written_report_keeps_the_schema(workspace: Workspace, tmp_path: Path) -> None:
    """What the stage report writes is valid; a word in the place of a number is not."""
    found = _report(workspace, tmp_path)
    validator = jsonschema.Draft202012Validator(json.loads(schema.published()))
    validator.validate(found)
    audit = found["audit"]
    assert isinstance(audit, dict)
    audit["n_people"] = "many"
    with pytest.raises(jsonschema.ValidationError, match="'many' is not of type 'integer'"):
        validator.validate(found)
