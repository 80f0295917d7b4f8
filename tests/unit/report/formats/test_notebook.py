"""A report's notebook is valid, has no outputs, always has the same bytes, and shows names as they are."""

import ast
import html
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import nbformat
import pytest
from markdown_it import MarkdownIt

from datatools.report import facts, summary
from datatools.report.document import Report, Sentence
from datatools.report.formats import notebook
from tests.unit.report import builders
from tests.unit.report.formats.outlines import HOSTILE, LONG

_NAMES = (
    *(HOSTILE, LONG, "=1+1", "@SUM(A1)", "-2", "+ one", "1. first", "# title", "---", "> quoted", "$$x$$"),
    *(r"\(x\) \[y\] \begin{z}", "$a$ and $b$", "| a | b |", "```", "www.x.com", "a@b.c", "*", "😀 שלום"),
)


def _report(name: str = "student", *, title: str = "Audit") -> Report:
    audit = builders.plain_audit(builders.audit().models[0].attributes[0].groups, name_of_model=name)
    counted = facts.nothing()
    return Report(title=title, summary=summary.summarise(audit, counted), audit=audit, facts=counted)


def _cells(text: str, kind: str) -> list[str]:
    return ["".join(cell["source"]) for cell in json.loads(text)["cells"] if cell["cell_type"] == kind]


def _as_page(cells: Sequence[str]) -> str:
    return "\n".join(MarkdownIt("gfm-like", {"html": True, "linkify": False}).render(cell) for cell in cells)


def _seen(page: str) -> str:
    """Give what a reader sees: tags away, white space as single spaces."""
    return " ".join(html.unescape(re.sub(r"<[^>]*>", "", page)).split())


def test_it_is_valid_and_has_no_outputs() -> None:
    """As nbformat writes it, so that opening and saving changes nothing."""
    text = notebook.render(_report())
    read = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's
    nbformat.validate(read)
    written = nbformat.writes(read)  # type: ignore[no-untyped-call]  # nbformat's
    assert written.strip() == text.strip()
    assert all(cell["outputs"] == [] for cell in json.loads(text)["cells"] if cell["cell_type"] == "code")


def test_the_same_report_gives_the_same_bytes() -> None:
    """Cells are numbered, not named by chance."""
    text = notebook.render(_report())
    ids = [cell["id"] for cell in json.loads(text)["cells"]]
    assert notebook.render(_report()) == text
    assert ids == [f"cell-{number}" for number in range(len(ids))]


def test_it_begins_with_the_summary() -> None:
    """Title and headline, what can be said, what cannot, what to do next."""
    report = _report(title="Portraits, first audit")
    told = report.summary.model_copy(
        update={
            "can_say": [Sentence(about="student", tone="gap", text="Women: 1.8 points higher.")],
            "cannot_say": [Sentence(about="", tone="limit", text="Why.")],
            "next_steps": ["Collect 12 people.", "Run `datatools audit --name b` again."],
        }
    )
    first = _cells(notebook.render(report.model_copy(update={"summary": told})), "markdown")[0]
    page = _as_page([first])
    assert "<h1>Portraits, first audit</h1>" in page
    assert f"<strong>{report.summary.headline}</strong>" in page
    assert "<strong>student</strong>: Women: 1.8 points higher." in _as_page([first])
    assert "Run <code>datatools audit --name b</code> again." in page
    assert page.index("What we can say") < page.index("What we cannot say") < page.index("What to do next")


@pytest.mark.parametrize("name", _NAMES)
def test_a_name_appears_literally(name: str) -> None:
    """In title, headline, sentences and steps; no link, list, formula or tag is made of it."""
    report = _report(name, title=name)
    told = report.summary.model_copy(
        update={
            "headline": name,
            "can_say": [Sentence(about=name, tone="gap", text=name)],
            "next_steps": [name],
        }
    )
    page = _as_page(_cells(notebook.render(report.model_copy(update={"summary": told})), "markdown"))
    tags = set(re.findall(r"<(\w+)", page))
    # Outside a span of its own, a dollar or a backslash would open a formula.
    bare = re.sub(r"<span>[$\\]</span>", "", page)
    assert tags <= {"h1", "h2", "h3", "p", "strong", "ul", "ol", "li", "code", "span", "br"}
    assert _seen(page).count(" ".join(name.split())) >= 5
    assert "$" not in bare
    assert "\\" not in bare
    assert page.count("<ul>") == page.count("What we can say") + page.count("What we cannot say")


def test_its_code_is_python_without_names_from_outside() -> None:
    """Names stand in Markdown alone: no cell of code can be made of one."""
    code = _cells(notebook.render(_report('"""); import os', title="'''")), "code")
    assert [type(ast.parse(cell)).__name__ for cell in code] == ["Module"] * len(code)
    assert "import os" not in "\n".join(code)


def test_its_code_is_as_clean_as_ours(tmp_path: Path) -> None:
    """Ruff finds nothing in it, and would write it as it is."""
    (tmp_path / "report.ipynb").write_text(notebook.render(_report()))
    for command in (["check"], ["format", "--check"]):
        line = [sys.executable, "-m", "ruff", *command, "--no-cache", "--isolated", "--line-length", "110"]
        subprocess.run([*line, str(tmp_path)], capture_output=True, check=True)


def test_what_is_not_there_has_no_cell() -> None:
    """Without models there is no table of them and no figure; without a workspace no steps."""
    report = _report()
    nothing = report.model_copy(update={"audit": report.audit.model_copy(update={"models": []})})
    brought = report.audit.model_copy(update={"settings": {"scores": "scores.csv"}})
    assert "Shown" not in "\n".join(_cells(notebook.render(nothing), "code"))
    assert "frames.overall" not in "\n".join(_cells(notebook.render(nothing), "code"))
    text = "\n".join(_cells(notebook.render(report.model_copy(update={"audit": brought})), "code"))
    assert "frames.steps" not in text
    assert "Workspace(folder)" in text
