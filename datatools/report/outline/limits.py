"""What must a reader know before believing a number?"""

from datatools.report.blocks import Listed, Section, Statement
from datatools.report.document import Report
from datatools.report.outline.pointers import at

_ALWAYS = (
    "Groups are what people or data sets said about people; the toolkit predicts no race or gender.",
    "No gap found is no proof that there is none: see the detectable gap of each comparison.",
)


def section(report: Report) -> Section:
    """Give the section on limits: the audit's own, then those of every audit."""
    notes = [
        Statement(text=note, tone="limit", of=at("/audit/notes", place))
        for place, note in enumerate(report.audit.notes)
    ]
    always = [Statement(text=text, tone="limit") for text in _ALWAYS]
    return Section(key="limits", title="Limits", blocks=[Listed(items=[*notes, *always])])
