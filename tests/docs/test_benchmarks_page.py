"""Does docs/benchmarks.md name what made each figure, and does every script have its line there?"""

import re

from tests.docs.fences import DOCS, REPOSITORY

_PAGE = DOCS / "benchmarks.md"
_FILE = re.compile(r"`((?:benchmarks|tests)/[\w/.]+\.(?:py|sh))`")


def _rows() -> list[list[str]]:
    """Give the cells of every line of a table, headings left out."""
    lines = (line for line in _PAGE.read_text("utf-8").splitlines() if line.startswith("| "))
    cells = [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]
    return [row for row in cells if row[0] not in {"claim", "script"}]


def test_every_named_file_exists() -> None:
    """Scripts in benchmarks/, and tests that hold a claim."""
    named = _FILE.findall(_PAGE.read_text("utf-8"))
    assert [name for name in named if not (REPOSITORY / name).is_file()] == []


def test_every_script_is_named() -> None:
    """A script that measures something has a line that says what."""
    named = set(_FILE.findall(_PAGE.read_text("utf-8")))
    scripts = (file for ending in ("py", "sh") for file in (REPOSITORY / "benchmarks").glob(f"*.{ending}"))
    assert {f"benchmarks/{file.name}" for file in scripts} - named == set()


def test_every_claim_says_what_made_it() -> None:
    """A script, a command, a test, or that there is none."""
    claims = [row for row in _rows() if len(row) == 4]
    made_by = ("`benchmarks/", "`datatools ", "tests", "*no script*", "the commands of")
    assert len(claims) > 80
    assert [row[0] for row in claims if not any(words in row[3] for words in made_by)] == []


def test_every_page_of_figures_is_linked() -> None:
    """The pages under docs/benchmarks have the tables that this one sums up."""
    text = _PAGE.read_text("utf-8")
    assert [
        page.name for page in (DOCS / "benchmarks").glob("*.md") if f"benchmarks/{page.name}" not in text
    ] == []
