"""How does a report become one page that needs nothing else?

The page makes no request and runs no script; its policy forbids both. Every word that came from outside
passes through the template's escaping; the only markup let through is the SVG that our plots made.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from datatools.fairness.composition.composition_result import CompositionAudit
from datatools.fairness.composition.composition_told import sentences
from datatools.fairness.estimates import AttributeAudit, ModelAudit
from datatools.fairness.result import AuditResult, Composition
from datatools.report import beside, composition, figures, why, words
from datatools.report.document import ModelSummary, Report, Sentence
from datatools.report.facts import ReportFacts
from datatools.report.gallery import Gallery
from datatools.report.history import curves
from datatools.report.parity import ParityFact, gaps_figure, gaps_that_stand
from datatools.report.style import css_variables
from datatools.report.told import Told
from datatools.report.training import TrainingFact
from datatools.report.verdicts import corrected, main_metric, margin

# Styles are inline because the page is one file; nothing else may load, run, be sent or frame it.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; base-uri 'none'; form-action 'none'"

_NUMERIC = re.compile(r"[+−–]?[\d.,%]*(?: \[[^\]]*\])?|< 0\.001")  # a cell that must not break
_COMMAND = re.compile(r"`(datatools [a-z -]+)`")


@dataclass(frozen=True, slots=True, kw_only=True)
class _AttributeView:
    audit: AttributeAudit
    key: str
    is_main: bool  # the audit's first metric: shown open
    values: Markup | None
    gaps: Markup | None
    heat: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _ModelView:
    audit: ModelAudit
    summary: ModelSummary
    key: str
    attributes: Sequence[_AttributeView]
    why: Sequence[Told]


@dataclass(frozen=True, slots=True, kw_only=True)
class _CompositionView:
    table: Composition
    people: Markup | None
    acceptance: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _MadeOfView:
    audit: CompositionAudit
    sentences: Sequence[str]
    figures: Sequence[tuple[str, Markup]]
    changed: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class _ParityView:
    fact: ParityFact
    gaps: Markup | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _TrainingView:
    fact: TrainingFact
    curves: Sequence[tuple[str, Markup]]


def render(report: Report, gallery: Gallery | None = None) -> str:
    """Give the page as HTML; pictures of people are in it only where a gallery is given."""
    environment = Environment(
        loader=PackageLoader("datatools.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        points=words.points,
        p=words.p_value,
        attribute=words.attribute,
        fact=words.fact,
        said_by=words.said_by,
        crossed=words.group,
        reference=words.reference,
        proportion=figures.proportion,
        commands=_commands,
        capitalize_first=lambda text: text[:1].upper() + text[1:],
    )
    environment.tests["numeric"] = lambda text: _NUMERIC.fullmatch(text) is not None
    environment.globals.update(
        corrected=lambda compared: corrected(compared, report.audit),
        with_interval=words.with_interval,
        count=words.count,
        signed_points=words.signed_points,
    )
    facts = report.facts
    return environment.get_template("page.html.j2").render(
        report=report,
        policy=POLICY,
        variables=Markup(css_variables()),  # noqa: S704  # our own constants
        models=_models(report),
        beside=_beside(report.audit),
        measurements=why.defined(report.audit),
        compositions=_compositions(report),
        made_of=_made_of(facts),
        parities=[
            _ParityView(fact=fact, gaps=_svg(gaps_figure(fact, key=f"f{number}")))
            for number, fact in enumerate(facts.parity)
        ],
        parity_gaps=gaps_that_stand(facts.parity),
        trainings=_trainings(report),
        funnel=_svg(figures.funnel(facts.steps, key="funnel")),
        rejections=_svg(figures.reasons(facts.rejections, key="rejections")),
        margin=margin(report.audit),
        shown=_by_subject(report.summary.can_say),
        not_shown=_by_subject(report.summary.cannot_say),
        gallery=gallery,
    )


def _by_subject(sentences: Sequence[Sentence]) -> dict[str, list[Sentence]]:
    found: dict[str, list[Sentence]] = {}
    for sentence in sentences:
        found.setdefault(sentence.about, []).append(sentence)
    return found


def _svg(text: str | None) -> Markup | None:
    return None if text is None else Markup(text)  # noqa: S704  # svg.render escapes every label


def _commands(text: str) -> Markup:
    """Set commands of ours between backticks as code; everything else stays literal."""
    # Split with one group: every second piece is a command, whose letters need no escaping.
    pieces = _COMMAND.split(text)
    marked = (Markup("<code>{}</code>").format(p) if i % 2 else escape(p) for i, p in enumerate(pieces))
    return Markup("").join(marked)


def _models(report: Report) -> list[_ModelView]:
    tints = figures.colours(report.audit)
    found = []
    for number, (model, summary) in enumerate(zip(report.audit.models, report.summary.models, strict=True)):
        key = f"m{number}"
        views = [
            _attribute(model, attribute, tints, margin(report.audit), key=f"{key}a{place}")
            for place, attribute in enumerate(model.attributes)
        ]
        reasons = why.sections(report.audit, model.model, model.reference_source, key=key)
        found.append(_ModelView(audit=model, summary=summary, key=key, attributes=views, why=reasons))
    return found


def _beside(audit: AuditResult) -> list[tuple[str, str, list[Told]]]:
    """Give the sections that concern no model alone: id, title and what they tell."""
    chain = [] if audit.chain is None or not audit.chain.steps else beside.chain(audit.chain)
    found = [
        ("models", "Models compared", beside.models(audit)),
        ("chain", "From photograph to student", chain),
        ("masks", "Do the masks err in one direction?", beside.label_bias(audit.label_bias)),
    ]
    return [one for one in found if one[2]]


def _attribute(
    model: ModelAudit, attribute: AttributeAudit, tints: figures.Colours, band: float, *, key: str
) -> _AttributeView:
    overall = model.overall.get(attribute.metric)
    return _AttributeView(
        audit=attribute,
        key=key,
        is_main=attribute.metric == main_metric(model),
        values=_svg(figures.values(attribute, overall, tints, key=f"{key}v")),
        gaps=_svg(figures.gaps(attribute, band, tints, key=f"{key}g")),
        heat=_svg(figures.crossing(attribute, overall, key=f"{key}h")),
    )


def _compositions(report: Report) -> list[_CompositionView]:
    tints = figures.colours(report.audit)
    return [
        _CompositionView(
            table=table,
            people=_svg(figures.shares(table, table.people, tints, what="People", key=f"c{number}p")),
            acceptance=_svg(
                figures.shares(table, table.acceptance, tints, what="Accepted masks", key=f"c{number}a")
            ),
        )
        for number, table in enumerate(report.audit.composition)
    ]


def _made_of(facts: ReportFacts) -> _MadeOfView | None:
    if facts.composition is None:
        return None
    drawn = composition.figures(facts.composition, prefix="ca")
    return _MadeOfView(
        audit=facts.composition,
        sentences=[*sentences(facts.composition), *facts.composition.notes],
        figures=[(caption, Markup(text)) for caption, text in drawn],  # noqa: S704  # our SVG
        changed=facts.composition_changed,
    )


def _trainings(report: Report) -> list[_TrainingView]:
    return [
        _TrainingView(
            fact=fact,
            curves=[(name, Markup(text)) for name, text in curves(fact, key=f"t{number}")],  # noqa: S704  # our SVG
        )
        for number, fact in enumerate(report.facts.training)
    ]
