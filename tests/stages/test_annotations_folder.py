"""The code book, the template and the example agree with the code."""

import csv
import runpy
from pathlib import Path

import pytest

from datatools import sheets, tables
from datatools.progress import Progress
from datatools.stages import annotate_import
from datatools.workspace import Workspace
from tests.stages.people import ingest, sample

FOLDER = Path(__file__).resolve().parents[2] / "annotations"


def test_the_code_book_is_what_its_script_prints(capsys: pytest.CaptureFixture[str]) -> None:
    """Run ``python annotations/codebook.py > annotations/codebook.md`` after a change."""
    runpy.run_path(str(FOLDER / "codebook.py"), run_name="__main__")
    assert capsys.readouterr().out == (FOLDER / "codebook.md").read_text("utf-8")


def test_the_template_has_the_columns_of_an_exported_sheet() -> None:
    """Nothing more and nothing less."""
    assert (FOLDER / "template.csv").read_text() == ",".join(sheets.SHEET_COLUMNS) + "\n"


def test_the_example_is_a_valid_sheet(workspace: Workspace, tmp_path: Path) -> None:
    """Every one of its answers is imported."""
    with (FOLDER / "example01.csv").open(newline="") as stream:
        lines = list(csv.DictReader(stream))
    paths = sorted({line["sample"].partition(":")[2] for line in lines})
    ingest(workspace, tmp_path, [sample(n, path=path, source="rendered") for n, path in enumerate(paths)])
    settings = annotate_import.Settings(sheet=FOLDER / "example01.csv")
    result = annotate_import.run(workspace, settings, Progress("quiet"))
    assert result.facts["n_imported"] == len(lines) == len(workspace.rows(tables.ANNOTATIONS))
