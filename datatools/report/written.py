"""Which files is a report written as?

The stages write these bytes and verify renders them again: one computation.
"""

from datatools.report import outline
from datatools.report.blocks import Outline
from datatools.report.document import Report
from datatools.report.formats import html
from datatools.report.gallery import Gallery
from datatools.report.rebuilt import JSON_FILE

PAGE_FILE = "index.html"


def documents(report: Report, gallery: Gallery | None = None) -> dict[str, bytes]:
    """Write an audit's report in every format: the file's name below the report's folder, and its bytes.

    The same report and pictures give the same bytes.

    Args:
        report: the typed result.
        gallery: pictures of people, where somebody asked for them.
    """
    return {
        **pages(outline.of(report, gallery)),
        JSON_FILE: report.model_dump_json(indent=1).encode() + b"\n",
    }


def pages(outlined: Outline) -> dict[str, bytes]:
    """Write any outline in the formats that people read."""
    return {PAGE_FILE: html.render(outlined).encode()}
