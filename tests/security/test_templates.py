"""Do our pages escape what they are given, and forbid themselves to load anything?"""

import ast
import re
from pathlib import Path

import jinja2
import pytest

import datatools

_PACKAGE = Path(datatools.__file__).parent
_PAGES = sorted(_PACKAGE.rglob("*.html.j2"))
_SCRIPTS = sorted(_PACKAGE.rglob("*.js"))
_WRITES_HTML = re.compile(
    r"\.(?:innerHTML|outerHTML|insertAdjacentHTML)\b|document\.write|\beval\(|new Function"
)
# Safe is what stands in the template itself; what came with data is a name or an attribute.
_UNESCAPED = re.compile(r"(?<!')\|\s*safe\b|autoescape\s+false")


def test_there_are_pages_and_scripts() -> None:
    """The search below looks at something."""
    assert _PAGES
    assert _SCRIPTS


@pytest.mark.parametrize("path", _PAGES, ids=lambda path: path.name)
def test_no_page_turns_escaping_off(path: Path) -> None:
    """Jinja escapes; a page that calls data safe, or turns autoescape off, would not."""
    source = path.read_text()
    assert not _UNESCAPED.search(source.replace("' |", "'|"))
    jinja2.Environment(autoescape=True).parse(source)


@pytest.mark.parametrize("path", _SCRIPTS, ids=lambda path: path.name)
def test_no_script_writes_html_or_runs_text(path: Path) -> None:
    """Scripts set text; text that came with data cannot become a mark or code."""
    lines = [line for line in path.read_text().splitlines() if not line.lstrip().startswith(("//", "*"))]
    assert not [line for line in lines if _WRITES_HTML.search(line)]


def test_data_called_safe_is_found() -> None:
    """The search itself tells the template's own words from data."""
    assert _UNESCAPED.search("{{ name | safe }}")
    assert not _UNESCAPED.search("{{ ' class=\"r\"'| safe if is_right }}")


def test_environments_escape() -> None:
    """Each jinja2 environment of the package escapes."""
    environments = [
        node
        for path in _PACKAGE.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "Environment"
    ]
    assert environments
    for call in environments:
        escapes = {word.arg: ast.unparse(word.value) for word in call.keywords}.get("autoescape")
        assert escapes == "True"
