"""Does a report's notebook make the report's tables again, and stop where one differs?"""

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from datatools.progress import Progress
from datatools.report.document import Report
from datatools.report.formats import notebook
from datatools.stages import audit
from datatools.stages import report as report_stage
from datatools.workspace import Workspace
from tests.notebooks import kernels

_CELL = re.compile(r"<td>(.*?)</td>")
_DISPLAYED = 1e-6  # pandas shows six decimals


def _numbers(value: object) -> Iterator[float]:
    """Give every number of a JSON value."""
    if isinstance(value, bool) or value is None or isinstance(value, str):
        return
    if isinstance(value, int | float):
        yield float(value)
    elif isinstance(value, dict):
        for item in value.values():
            yield from _numbers(item)
    elif isinstance(value, list):
        for item in value:
            yield from _numbers(item)


def _shown(ran: kernels.Ran) -> list[float]:
    """Give every number in the tables that a notebook shows."""
    cells = [html.unescape(cell) for table in ran.of_kind("text/html") for cell in _CELL.findall(table)]
    return [float(cell) for cell in cells if re.fullmatch(r"-?\d+(\.\d+)?(e-\d+)?", cell)]


def _read(folder: Path) -> Report:
    return Report.model_validate_json((folder / "report.json").read_text("utf-8"))


def _cells(report: Report) -> list[str]:
    cells = json.loads(notebook.render(report))["cells"]
    return ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "code"]


@pytest.mark.slow
def test_every_number_that_is_shown_is_in_the_report(rendered: Workspace) -> None:
    """The tables are made again from the workspace; each says that it is equal."""
    folder = rendered.report_folder("audit")
    report = _read(folder)
    ran = kernels.run(notebook.render(report), folder)
    known = list(_numbers(json.loads((folder / "report.json").read_text("utf-8"))))
    shown = _shown(ran)
    n_tables = 3 + len(report.audit.models[0].attributes)
    assert len(shown) > 50
    assert [x for x in shown if min(abs(x - one) for one in known) > _DISPLAYED] == []
    assert ran.printed.count("equal to report.json: ") == n_tables
    assert len(list(ran.of_kind("image/svg+xml"))) == 1


@pytest.mark.slow
def test_a_changed_number_stops_the_notebook(rendered: Workspace, tmp_path: Path) -> None:
    """The error names the group, the column and both numbers."""
    report = _read(rendered.report_folder("audit"))
    model = report.audit.models[0]
    attribute = model.attributes[0]
    group = attribute.groups[0]
    estimate = group.estimate.model_copy(update={"value": 0.123})
    groups = [group.model_copy(update={"estimate": estimate}), *attribute.groups[1:]]
    attributes = [attribute.model_copy(update={"groups": groups}), *model.attributes[1:]]
    models = [model.model_copy(update={"attributes": attributes})]
    changed = report.model_copy(update={"audit": report.audit.model_copy(update={"models": models})})
    # Beside nothing but report.json: the notebook is told where the workspace is.
    (tmp_path / "report.json").write_text(changed.model_dump_json())
    code = "\n".join(_cells(changed)).replace("folder.parents[1]", repr(str(rendered.root)))
    code = code.replace("Path.cwd()", f"Path({str(tmp_path)!r})")
    with pytest.raises(
        Exception, match=rf"value of {group.group} is 0.123 in report.json, 0\.\d+ of the data"
    ):
        exec(code, {})  # our own notebook


def test_brought_results_are_read_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """There is no workspace: the notebook reads the files that audit.json names."""
    lines = [f"{n}.png,p{n},{0.9 - 0.1 * (n % 2)},{'ab'[n % 2]}" for n in range(40)]
    (tmp_path / "scores.csv").write_text("\n".join(["image,person,iou,group", *lines]) + "\n")
    out = tmp_path / "out"
    settings = audit.Settings(scores=tmp_path / "scores.csv", out=out, attributes=["group"], replicates=200)
    audit.run(Workspace(tmp_path / "none"), settings, Progress("quiet"))
    made = report_stage.Settings(audit=out / "audit.json")
    report_stage.run(Workspace(tmp_path / "none"), made, Progress("quiet"))
    report = _read(out)
    monkeypatch.chdir(out)
    names: dict[str, object] = {}
    exec("\n".join(_cells(report)), names)  # our own notebook
    assert "facts." not in "\n".join(_cells(report))
    assert getattr(names["again"], "models") == report.audit.models  # noqa: B009  # of any type for mypy
