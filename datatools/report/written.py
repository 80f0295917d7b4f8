"""Which files is a report written as?

The stages write these bytes and verify renders them again: one computation.
"""

from collections.abc import Mapping
from pathlib import Path

from datatools import tables
from datatools.report import outline
from datatools.report.blocks import Outline
from datatools.report.document import Report
from datatools.report.formats import html, markdown, notebook, pdf
from datatools.report.gallery import Gallery
from datatools.report.rebuilt import JSON_FILE

PAGE_FILE, PRINT_FILE, TEXT_FILE = "index.html", "report.pdf", "report.md"


def documents(
    report: Report, gallery: Gallery | None = None, *, linked: str | None = None
) -> dict[str, bytes]:
    """Write an audit's report in every format: the file's name below the report's folder, and its bytes.

    The same report and pictures give the same bytes.

    Args:
        report: the typed result.
        gallery: pictures of people, where somebody asked for them.
        linked: address of the page of a gallery beside the report, where there is one.
    """
    return {
        **pages(outline.of(report, gallery, linked=linked)),
        notebook.FILE: notebook.render(report).encode(),
        JSON_FILE: report.model_dump_json(indent=1).encode() + b"\n",
    }


def pages(outlined: Outline) -> dict[str, bytes]:
    """Write any outline in the formats that people read."""
    text = markdown.render(outlined)
    return {
        PAGE_FILE: html.render(outlined).encode(),
        PRINT_FILE: pdf.render(outlined),
        TEXT_FILE: text.text.encode(),
        **text.figures,
    }


def leave(made: Mapping[str, bytes], folder: Path) -> None:
    """Write documents into their folder, and take away the figures of an earlier report there."""
    for name, data in made.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        tables.write_bytes(path, data)
    for path in folder.glob(f"{markdown.FOLDER}/*"):
        if path.relative_to(folder).as_posix() not in made:
            path.unlink()
