"""How does a report become a Jupyter notebook that makes its main tables again?

The notebook lies beside report.json. It reads what the audit read, makes the tables again with the
package's own calls, shows them, and stops where one differs from report.json. Written as JSON of
nbformat 4, without outputs; the same report always gives the same bytes.
"""

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datatools import literal
from datatools.fairness.estimates import ModelAudit
from datatools.report import rebuilt, words
from datatools.report.blocks import pieces
from datatools.report.document import Report, Sentence

FILE = "report.ipynb"
_KERNEL = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
# A dollar or a backslash that Markdown shows as it is would still open a formula when MathJax reads the
# finished page; alone in an element of its own it does not.
_OPENS_FORMULA = re.compile(r"\\([\\$])")

_IMPORTS = """\
from dataclasses import replace
from pathlib import Path

import pandas as pd

from datatools.fairness import recorded
from datatools.fairness.audit import audit
from datatools.fairness.sections import Also
from datatools.progress import Progress
from datatools.report import {modules}
from datatools.report.document import Report
from datatools.report.shown import Shown
from datatools.workspace import Workspace

# Names appear as they are, whole, and every row is shown.
pd.set_option("display.html.use_mathjax", False, "display.max_colwidth", None, "display.max_rows", None)

"""
_OPEN_WORKSPACE = """\
folder = Path.cwd()  # where this notebook lies; it needs report.json beside it
workspace = Workspace(folder.parents[1])  # the workspace that the report is of, two folders up
report = Report.model_validate_json((folder / "report.json").read_text("utf-8"))
asked = recorded.asked(report.audit.settings)"""
_OPEN_BROUGHT = """\
folder = Path.cwd()  # where this notebook lies; it needs report.json beside it
workspace = Workspace(folder)  # there is none: the results were brought
report = Report.model_validate_json((folder / "report.json").read_text("utf-8"))
asked = recorded.asked(report.audit.settings)
# Files that lie elsewhere now: asked = asked.model_copy(update={"scores": Path("scores.csv")})"""
_AGAIN = """\
scope = recorded.scope_of(workspace, asked, Progress("quiet"))
# The gaps alone; `datatools verify` makes every section of the report again.
question = replace(asked.question, also=Also())
again = audit(scope, question, settings={}, inputs={}, versions={})
f"{again.n_samples} pictures of {again.n_people} people\""""
_TABLE = """\
table = {again}
print(frames.compared(table, {recorded}))
table"""
_FIGURE = """\
model, tints = again.models[0], figures.colours(again)
attribute = model.attributes[0]
figure = figures.values(attribute, model.overall.get(attribute.metric), tints, key="values")
Shown(figure) if figure else "No group is large enough to be shown.\""""


@dataclass(frozen=True, slots=True)
class _Cell:
    """One cell; ``is_code``, else Markdown."""

    source: str
    is_code: bool = True


def render(report: Report) -> str:
    """Write a notebook that makes the report's main tables again and holds them against report.json."""
    cells = list(_cells(report))
    notebook = {
        "cells": [_written(number, cell) for number, cell in enumerate(cells)],
        "metadata": _KERNEL,
        "nbformat": 4,
        "nbformat_minor": 5,
    }
    return json.dumps(notebook, indent=1, sort_keys=True, ensure_ascii=False) + "\n"


def _written(number: int, cell: _Cell) -> dict[str, object]:
    common: dict[str, object] = {
        "id": f"cell-{number}",
        "metadata": {},
        "source": cell.source.splitlines(keepends=True),
    }
    if cell.is_code:
        return common | {"cell_type": "code", "execution_count": None, "outputs": []}
    return common | {"cell_type": "markdown"}


def _cells(report: Report) -> Iterator[_Cell]:
    is_brought = rebuilt.is_brought(report.audit)
    has_figure = any(model.attributes for model in report.audit.models)
    yield _text(*_told(report))
    yield _text("## This report, made again", _where(is_brought=is_brought))
    modules = ["facts"] * (not is_brought) + ["figures"] * has_figure + ["frames"]
    yield _Cell(_imports(modules, has_figure=has_figure) + (_OPEN_BROUGHT if is_brought else _OPEN_WORKSPACE))
    yield _Cell(_AGAIN)
    if not is_brought:
        yield _text("## Pictures left after each step")
        collected = "facts.collect(workspace, report.audit.inputs).steps"
        yield _table(f"frames.steps({collected})", "frames.steps(report.facts.steps)")
    if report.audit.composition:
        yield _text("## Who is in the data")
        yield _table("frames.composition(again)", "frames.composition(report.audit)")
    if report.audit.models:
        yield _text("## Every model, over everybody")
        yield _table("frames.overall(again)", "frames.overall(report.audit)")
    for number, model in enumerate(report.audit.models):
        yield from _model(number, model)
    if has_figure:
        yield _text("## In one figure", "Open marks: nothing is settled about this group.")
        yield _Cell(_FIGURE)


def _imports(modules: Sequence[str], *, has_figure: bool) -> str:
    text = _IMPORTS.format(modules=", ".join(modules))
    return text if has_figure else text.replace("from datatools.report.shown import Shown\n", "")


def _told(report: Report) -> Iterator[str]:
    """Give the title, the verdict and the summary, each as a paragraph of Markdown."""
    yield f"# {_literal(report.title)}"
    yield f"**{_literal(report.summary.headline)}**"
    for title, sentences in (
        ("What we can say", report.summary.can_say),
        ("What we cannot say", report.summary.cannot_say),
    ):
        if sentences:
            yield f"## {title}"
            yield "\n".join(map(_sentence, sentences))
    if report.summary.next_steps:
        yield "## What to do next"
        yield "\n".join(f"{n}. {_literal(step)}" for n, step in enumerate(report.summary.next_steps, 1))


def _sentence(sentence: Sentence) -> str:
    about = f"**{_literal(sentence.about)}**: " if sentence.about else ""
    return f"- {about}{_literal(sentence.text)}"


def _where(*, is_brought: bool) -> str:
    what = "the files that were brought" if is_brought else "the workspace's tables"
    return (
        f"This notebook makes the main tables again from {what}, with the settings that the report keeps, "
        "and stops with an error where a number differs. Run it in its own folder. Metrics and shares are "
        "0-1, as in report.json; what is missing is suppressed or undefined."
    )


def _model(number: int, model: ModelAudit) -> Iterator[_Cell]:
    yield _text(f"## {_literal(model.model)}: {_literal(words.reading(model))}")
    for place, attribute in enumerate(model.attributes):
        yield _text(f"### {_literal(words.attribute(attribute.attribute))}")
        path = f"models[{number}].attributes[{place}]"
        yield _table(f"frames.groups(again.{path})", f"frames.groups(report.audit.{path})")


def _table(again: str, of_report: str) -> _Cell:
    return _Cell(_TABLE.format(again=again, recorded=of_report))


def _text(*paragraphs: str) -> _Cell:
    return _Cell("\n\n".join(paragraphs), is_code=False)


def _literal(text: str) -> str:
    """Write text as Markdown that shows it as it is, commands of ours as code."""
    return "".join(literal.code(part) if is_command else _plain(part) for is_command, part in pieces(text))


def _plain(part: str) -> str:
    shown = _OPENS_FORMULA.sub(_alone, literal.markdown(part))
    # Of the spaces around a command one is left.
    return f"{' ' * part[:1].isspace()}{shown}{' ' * part[-1:].isspace()}"


def _alone(found: re.Match[str]) -> str:
    return f"<span>&#{ord(found[1])};</span>"
