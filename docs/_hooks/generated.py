"""How does mkdocs get the pages that are made from the code, and links that leave the folder docs?

A hook of mkdocs: pages are made at each build and never committed. An entry of ``nav`` that ends with a
slash stands for all pages of that folder, so that a new verb has its place without an edit.
"""

import posixpath
import re
import textwrap
from pathlib import PurePosixPath

import api
import plug_ins
import record_tables
import verbs
from mkdocs.config.defaults import MkDocsConfig
from mkdocs.structure.files import File, Files
from mkdocs.structure.pages import Page
from sources import REPOSITORY

# Files of the repository that the site shows, though they do not lie in docs/.
_BORROWED = {
    "annotations/README.md": "project/annotation-folder.md",
    "annotations/codebook.md": "reference/codebook.md",
    "annotations/answer.schema.json": "project/answer.schema.json",
    "annotations/batch.schema.json": "project/batch.schema.json",
    "datatools/report/report.schema.json": "project/report.schema.json",
    "datatools/student/released/extremec3net.md": "project/extremec3net-card.md",
    "datatools/student/released/extremec3net_polished.md": "project/extremec3net-polished-card.md",
    "reports/README.md": "project/example-reports.md",
    "reports/demo/index.html": "project/demo-report.html",
    "notebooks/README.md": "project/notebooks.md",
    "CONTRIBUTING.md": "project/contributing.md",
    "CHANGELOG.md": "project/changelog.md",
}
_FOLDERS = {
    "docs/datasets": "reference/readers.md",
    "docs/adr": "adr/index.md",
    "docs/benchmarks": "benchmarks.md",
}
_PLACE = {site: repository for repository, site in _BORROWED.items()}
_LINK = re.compile(r"\[([^\]]*)\]\(([^)\s#:]+)(#[^)\s]*)?\)")
_NOTE = re.compile(r"^> \[!NOTE\]\n> \*\*(?P<title>[^*]+)\.\*\* (?P<body>.*(?:\n>.*)*)", re.MULTILINE)
_ITEM = re.compile(r"(?:[-*] |\d+\. )")


def _decisions() -> str:
    """List the decisions."""
    files = sorted((REPOSITORY / "docs" / "adr").glob("*.md"))
    titles = [(file, file.read_text("utf-8").partition("\n")[0].lstrip("# ")) for file in files]
    return "# Decisions\n\n" + "\n".join(f"- [{title}]({file.name})" for file, title in titles) + "\n"


def _generated() -> dict[str, str]:
    borrowed = {site: (REPOSITORY / name).read_text("utf-8") for name, site in _BORROWED.items()}
    made = verbs.pages() | record_tables.pages() | plug_ins.pages() | api.pages()
    return made | borrowed | {"adr/index.md": _decisions()}


def _filled(entries: list[object], known: dict[str, str]) -> list[object]:
    """Put a folder's pages, its index first, where the nav names the folder."""
    found: list[object] = []
    for entry in entries:
        if isinstance(entry, dict):
            ((title, value),) = entry.items()
            if isinstance(value, list):
                value = _filled(value, known)
            elif isinstance(value, str) and value.endswith("/"):
                value = [name for name in known if posixpath.dirname(name) + "/" == value]
                value.sort(key=lambda name: not name.endswith("/index.md"))
            found.append({title: value})
        else:
            found.append(entry)
    return found


def on_files(files: Files, config: MkDocsConfig) -> Files:
    """Add the pages that are made from the code."""
    made = _generated()
    for name, text in made.items():
        files.append(File.generated(config, name, content=text))
    known = dict.fromkeys([*made, *sorted(file.src_uri for file in files.documentation_pages())], "")
    config.nav = _filled(config.nav or [], known)
    return files


def _home(uri: str) -> str:
    """Give a page's place in the repository."""
    return _PLACE.get(uri, f"docs/{uri}")


def _on_site(name: str) -> str | None:
    """Give the page that shows a file or folder of the repository."""
    if name in _BORROWED:
        return _BORROWED[name]
    if name in _FOLDERS:
        return _FOLDERS[name]
    return name.removeprefix("docs/") if name.startswith("docs/") else None


def _spaced(text: str) -> str:
    """Write lists as Python-Markdown wants them: an empty line before, and four spaces before what goes on.

    Elsewhere neither is needed, so pages do without.
    """
    lines: list[str] = []
    width = 0  # of the marks of the list that the line stands in; 0: in none
    is_code = is_loose = False  # loose: an item of several paragraphs
    for line in text.split("\n"):
        before = lines[-1] if lines else ""
        item = None if is_code else _ITEM.match(line)
        if line.lstrip().startswith("```"):
            is_code = not is_code
        if item is not None:
            if before.strip() and (not width or is_loose):
                lines.append("")
            width, is_loose = len(item[0]), False
            lines.append(line)
            continue
        if line.strip() and not line.startswith(" ") and not before.strip():
            width = 0
        is_loose = is_loose or not line.strip()
        is_within = width and line.startswith(" " * width)
        lines.append(" " * (4 - width) + line if is_within else line)
    return "\n".join(lines)


def _noted(found: "re.Match[str]") -> str:
    """Turn a note as code hosts know it into one of the site's, its first words the title."""
    body = re.sub(r"^> ?", "", found["body"], flags=re.MULTILINE)
    return f'!!! note "{found["title"]}"\n\n' + textwrap.indent(body, "    ")


def on_page_markdown(markdown: str, page: Page, config: MkDocsConfig, files: Files) -> str:  # noqa: ARG001  # mkdocs calls by these names
    """Send links to files outside docs/ to the pages that show them."""
    uri = page.file.src_uri
    home = PurePosixPath(_home(uri)).parent

    def turned(found: "re.Match[str]") -> str:
        target = posixpath.normpath(str(home / found[2]))
        site = _on_site(target)
        if uri not in _PLACE and target.startswith("docs/") and target not in _FOLDERS:
            return found[0]
        if site is None:  # a file that only the repository has
            return found[1] if uri in _PLACE else found[0]
        return f"[{found[1]}]({posixpath.relpath(site, posixpath.dirname(uri) or '.')}{found[3] or ''})"

    return _spaced(_NOTE.sub(_noted, _LINK.sub(turned, markdown)))
