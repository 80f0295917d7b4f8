"""Do the links of pages that the site does not check lead somewhere: the README's and others' beside it?"""

import re
from pathlib import Path

import pytest

from tests.docs.fences import REPOSITORY

_LINK = re.compile(r"\]\(([^)\s]+)\)")
_NAMED = re.compile(r"(?<![\w/-])docs/[\w/-]+\.md")
_PAGES = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "annotations/README.md")


def _anchors(page: Path) -> set[str]:
    """Give the addresses of a page's headings, as code hosts make them."""
    heads = re.findall(r"^#+ (.+)$", page.read_text("utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", head.lower()).replace(" ", "-") for head in heads}


@pytest.mark.parametrize("name", _PAGES)
def test_links_lead_somewhere(name: str) -> None:
    """To a file or folder of the repository, and to a heading that is there."""
    page = REPOSITORY / name
    wrong = []
    for link in _LINK.findall(page.read_text("utf-8")):
        path, _, anchor = link.partition("#")
        target = (page.parent / path) if path else page
        is_elsewhere = link.startswith(("http://", "https://"))
        if not is_elsewhere and (not target.exists() or (anchor and anchor not in _anchors(target))):
            wrong.append(link)
    assert wrong == []


def test_pages_that_the_code_names_exist() -> None:
    """Help and error messages send their readers to pages of docs/."""
    sources = (REPOSITORY / "datatools").rglob("*.py")
    named = {name for file in sources for name in _NAMED.findall(file.read_text("utf-8"))}
    assert len(named) > 10
    assert [name for name in sorted(named) if not (REPOSITORY / name).is_file()] == []
