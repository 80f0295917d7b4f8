"""What does a report hold, section by section, before it is written as a page, a PDF or Markdown?

Everything that is shown is taken from the typed result; nothing is computed but the drawings.
"""

from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Outline
from datatools.report.document import Report
from datatools.report.gallery import Gallery
from datatools.report.outline import (
    chain,
    data,
    definitions,
    findings,
    gates,
    label_bias,
    limits,
    maps,
    model,
    pairs,
    parity,
    pictures,
    provenance,
    training,
)


def of(report: Report, gallery: Gallery | None = None, *, linked: str | None = None) -> Outline:
    """Outline a report; pictures of people are in it only where a gallery is given.

    Args:
        report: the typed result.
        gallery: rows of pictures.
        linked: address of the page of a gallery beside the report, which the rows of groups point into.
    """
    return Outline(
        title=report.title,
        headline=report.summary.headline,
        about=_about(report.audit),
        sections=[
            findings.section(report),
            *gates.sections(report.audit),
            *model.sections(report, linked),
            *pairs.sections(report.audit),
            *chain.sections(report.audit),
            *label_bias.sections(report.audit),
            *maps.sections(report.audit.error_maps),
            *pictures.sections(gallery),
            data.section(report),
            *parity.sections(report.facts.parity),
            *training.sections(report.facts.training),
            definitions.section(report),
            limits.section(report),
            provenance.section(report),
        ],
    )


def _about(audit: AuditResult) -> str:
    parts = [
        f"{words.count(audit.n_samples, 'picture')} of {words.count(audit.n_people, 'person', 'people')}."
    ]
    if audit.n_failed:
        parts.append(f"{words.count(audit.n_failed, 'picture')} could not be used.")
    by = "Benjamini-Hochberg" if audit.settings.get("correction") == "bh" else "Holm"
    parts.append(f"{words.count(audit.n_comparisons, 'declared comparison')}, corrected together ({by}).")
    return " ".join(parts)
