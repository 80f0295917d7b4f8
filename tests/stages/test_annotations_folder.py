"""The code book, the schemas, the templates and the examples agree with the code."""

import csv
import dataclasses
import json
import re
import runpy
import shutil
from pathlib import Path
from typing import Any

import pytest

from datatools import sheets, tables
from datatools.answers import latest
from datatools.progress import Progress
from datatools.records import Annotation
from datatools.stages import annotate_import
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample

FOLDER = Path(__file__).resolve().parents[2] / "annotations"


def test_the_code_book_is_what_its_script_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Run ``python annotations/codebook.py > annotations/codebook.md`` after a change."""
    runpy.run_path(str(FOLDER / "codebook.py"), run_name="__main__")
    assert capsys.readouterr().out == (FOLDER / "codebook.md").read_text("utf-8")


def test_the_template_has_the_columns_of_an_exported_sheet() -> None:
    """Nothing more and nothing less."""
    assert (FOLDER / "template.csv").read_text() == ",".join(sheets.SHEET_COLUMNS) + "\n"


def test_the_wide_template_names_questions(workspace: Workspace, tmp_path: Path) -> None:
    """One line a picture; filled in, every question is answered."""
    ingest(workspace, tmp_path, [sample(0)])
    header = (FOLDER / "template_wide.csv").read_text()
    sheet = tmp_path / "wide.csv"
    sheet.write_text(header + "0.jpg,female,30-54,monk_04,long|curly,ann01,2024-06-03T08:00:00Z,21,1\n")
    result = annotate_import.run(workspace, annotate_import.Settings(sheet=sheet), Progress("quiet"))
    assert result.facts["n_imported"] == 5


def _import(workspace: Workspace, folder: Path, name: str) -> list[Annotation]:
    with (FOLDER / name).open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    paths = sorted({line["sample"].partition(":")[2] for line in lines})
    ingest(workspace, folder, [sample(n, path=path, source="rendered") for n, path in enumerate(paths)])
    annotate_import.run(workspace, annotate_import.Settings(sheet=FOLDER / name), Progress("quiet"))
    rows = workspace.rows(tables.ANNOTATIONS)
    assert len(rows) == sum(line["value"].count("|") + 1 for line in lines)
    return rows


@pytest.mark.parametrize("name", ["example01.csv", "example02.csv"])
def test_an_example_is_a_valid_sheet(workspace: Workspace, tmp_path: Path, name: str) -> None:
    """Every one of its answers is imported, and fits the schema of an answer."""
    schema = json.loads((FOLDER / "answer.schema.json").read_text())
    for row in _import(workspace, tmp_path, name):
        assert _fits(dataclasses.asdict(row), schema)


def test_the_second_example_shows_several_values_and_a_changed_mind(
    workspace: Workspace, tmp_path: Path
) -> None:
    """Both stay; the later word counts."""
    rows = _import(workspace, tmp_path, "example02.csv")
    said = latest(rows)
    assert len([answer for answer in said.values() if len(answer.values) == 2]) == 1
    assert len(rows) == len(said) + 2


def test_the_schemas_are_what_their_script_makes() -> None:
    """Run ``python annotations/schemas.py`` after a change."""
    made = runpy.run_path(str(FOLDER / "schemas.py"))
    for name in ("answer", "batch"):
        assert (FOLDER / f"{name}.schema.json").read_text("utf-8") == made["text"](made[name]())


def test_the_script_writes_both_schemas(tmp_path: Path) -> None:
    """Beside itself."""
    shutil.copy(FOLDER / "schemas.py", tmp_path)
    runpy.run_path(str(tmp_path / "schemas.py"), run_name="__main__")
    assert sorted(path.name for path in tmp_path.glob("*.json")) == [
        "answer.schema.json",
        "batch.schema.json",
    ]


WRONG: list[dict[str, object]] = [
    {"value": "martian"},
    {"source": "self_report"},
    {"vocabulary": "hair@1"},
    {"question": "race"},
    {"sample_id": "1.jpg"},
    {"lead_time_s": -1.0},
    {"created_at": "yesterday"},
    {"annotator_id": None},
    {"annotator_id": ""},
    {"mood": "good"},
]


@pytest.mark.parametrize("wrong", WRONG)
def test_the_schema_refuses_what_the_import_refuses(wrong: dict[str, object]) -> None:
    """A word of another list, a guess as a self-report, a field that there is not."""
    schema = json.loads((FOLDER / "answer.schema.json").read_text())
    good = dataclasses.asdict(answer(1, "male", created_at="2024-06-03T08:00:00+00:00"))
    assert _fits(good, schema)
    assert not _fits(good | wrong, schema)


TYPES = {"string": str, "number": float, "integer": int, "null": type(None)}


def _fits(value: Any, schema: Any) -> bool:
    """Check those words of JSON Schema that ours are made of."""
    known = {"$schema", "$id", "title", "description", "properties", "required", "additionalProperties"}
    known |= {"oneOf", "type", "pattern", "minimum", "minLength", "enum", "const"}
    assert set(schema) <= known
    if schema.get("type") == "object":
        if set(value) - set(schema["properties"]) or set(schema["required"]) - set(value):
            return False
    elif "type" in schema:
        kinds = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        if not any(isinstance(value, TYPES[kind]) for kind in kinds):
            return False
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return False
    if isinstance(value, str) and len(value) < schema.get("minLength", 0):
        return False
    if isinstance(value, float) and value < schema.get("minimum", value):
        return False
    if value not in schema.get("enum", [value]) or value != schema.get("const", value):
        return False
    properties = schema.get("properties", {})
    if any(name in value and not _fits(value[name], inner) for name, inner in properties.items()):
        return False
    return "oneOf" not in schema or sum(_fits(value, one) for one in schema["oneOf"]) == 1
