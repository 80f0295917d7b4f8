"""Which files is a report written as?

The stage report writes these bytes and verify renders them again: one computation.
"""

from datatools.report import html
from datatools.report.document import Report
from datatools.report.gallery import Gallery
from datatools.report.rebuilt import JSON_FILE

PAGE_FILE = "index.html"


def documents(report: Report, gallery: Gallery | None = None) -> dict[str, bytes]:
    """Write a report in every format: the file's name below the report's folder, and its bytes.

    The same report and pictures give the same bytes.

    Args:
        report: the typed result.
        gallery: pictures of people, where somebody asked for them.
    """
    return {
        PAGE_FILE: html.render(report, gallery).encode(),
        JSON_FILE: report.model_dump_json(indent=1).encode() + b"\n",
    }
