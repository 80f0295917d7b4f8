"""What is told of one model against one kind of reference masks?"""

from collections import Counter
from collections.abc import Sequence
from typing import TypeVar

from datatools.fairness.estimates import ModelAudit
from datatools.fairness.labels.label_result import MislabelBound, Sensitivity, UncertainLabels
from datatools.fairness.result import AuditResult
from datatools.fairness.why.why_result import Adjustment, SliceSearch
from datatools.report import figures, words
from datatools.report.blocks import Block, Pointer, Row, Section, Statement, Table
from datatools.report.document import Report
from datatools.report.outline import adjusted, attribute, labels, slices
from datatools.report.outline.cells import counted, estimated
from datatools.report.outline.pointers import at
from datatools.report.verdicts import main_metric, margin

_Found = TypeVar("_Found", Adjustment, SliceSearch, UncertainLabels, Sensitivity, MislabelBound)


def sections(report: Report, gallery: str | None = None) -> list[Section]:
    """Give a section for each model and kind of reference; groups point into a gallery where there is one."""
    tints = figures.colours(report.audit)
    names = Counter(model.model for model in report.audit.models)
    found = []
    for number, model in enumerate(report.audit.models):
        key, of = f"m{number}", at("/audit/models", number)
        title = model.model
        if names[model.model] > 1:
            title = f"{model.model}, against {words.reference(model.reference_source)}"
        view = attribute.View(
            model=model,
            audit=report.audit,
            tints=tints,
            margin=margin(report.audit),
            main_metric=main_metric(model),
            gallery=gallery,
        )
        parts = [
            attribute.section(view, one, key=f"{key}a{place}", of=at(of, "attributes", place))
            for place, one in enumerate(model.attributes)
        ]
        parts += _why(report.audit, model, key)
        blocks: list[Block] = [_reading(model, of), *_overall(model, of)]
        found.append(Section(key=key, title=title, blocks=blocks, sections=parts, is_name=True))
    return found


def _why(audit: AuditResult, model: ModelAudit, key: str) -> list[Section]:
    """Give what is behind the gaps: what they go with, where the model fails, how sure labels are."""
    return [
        *adjusted.sections(_own(audit.adjustments, model, "adjustments"), audit, key=key),
        *slices.sections(_own(audit.slices, model, "slices"), key=key),
        *labels.uncertain(_own(audit.uncertain_labels, model, "uncertain_labels"), key=key),
        *labels.codings(_own(audit.sensitivities, model, "sensitivities"), key=key),
        *labels.bounds(_own(audit.mislabel_bounds, model, "mislabel_bounds"), key=key),
    ]


def _own(found: Sequence[_Found], model: ModelAudit, name: str) -> list[tuple[Pointer, _Found]]:
    """Give those about one model and its kind of reference, with where they stand."""
    return [
        (at("/audit", name, place), one)
        for place, one in enumerate(found)
        if (one.model, one.reference_source) == (model.model, model.reference_source)
    ]


def _reading(model: ModelAudit, of: Pointer) -> Statement:
    text = f"This is {words.reading(model)}."
    if model.reading == "agreement":
        text += " Agreement is not accuracy: errors that both share are not seen."
    return Statement(text=text, of=of)


def _overall(model: ModelAudit, of: Pointer) -> list[Table]:
    if not model.overall:
        return []
    rows = [
        Row(cells=(metric, estimated(found), *counted(found)), of=at(of, "overall", metric))
        for metric, found in model.overall.items()
    ]
    return [
        Table(
            caption=f"All people: {model.reading} in points of 100, 95% intervals",
            head=("Metric", "Value", "Images", "People"),
            rows=rows,
        )
    ]
