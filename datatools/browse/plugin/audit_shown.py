"""What does the audit panel show of an audit: which rows, which words, which marks?

Plain data, made of the typed result alone. Values are points of 100 with their intervals, as in the report.
"""

import dataclasses
import html
from collections.abc import Sequence
from dataclasses import dataclass

from datatools.browse.plugin import place
from datatools.fairness.estimates import AttributeAudit, Estimate, Group, ModelAudit
from datatools.fairness.result import AuditResult
from datatools.fairness.rows import EVERYBODY
from datatools.fairness.why.why_result import Slice
from datatools.report import newest, provenance, verdicts, words
from datatools.report.style import DARK
from datatools.report.verified import files
from datatools.workspace import Workspace

_HIDDEN = "too few people to show"
_ROW_PX = 34
_FRAME_PX = 90
# The verdict's colour; without one a value is only shown, not compared.
_COLOURS = {"gap": "gap", "equivalent": "equivalent", "insufficient data": "unsure"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One line of the panel's table."""

    attribute: str
    group: str
    label: str
    n_people: str
    n_images: str
    value: str
    gap: str
    verdict: str
    estimate: Estimate
    colour: str  # a name of style.DARK
    is_settled: bool  # the comparison came to a verdict
    is_shown: bool  # False: too few people, and no number is given

    @property
    def cells(self) -> dict[str, str]:
        """Give the texts of the table's columns."""
        names = ("label", "n_people", "n_images", "value", "gap", "verdict")
        return {name: place.unbroken(getattr(self, name)) for name in names}


def reports(workspace: Workspace) -> list[str]:
    """Name the workspace's audits, the newest first."""
    return [path.parent.name for path in newest.audits(workspace)]


def key(model: ModelAudit) -> str:
    """Name a model with the masks it was scored against."""
    return f"{model.model} | {model.reference_source}"


def title(model: ModelAudit) -> str:
    """Say which model, and whether its numbers are accuracy or agreement."""
    return f"{model.model}: {words.reading(model)}"


def metrics(model: ModelAudit, attribute: AttributeAudit | None) -> list[str]:
    """Name the metrics that an attribute's groups have, the compared one first."""
    if attribute is None:
        return list(model.overall)
    shown = {name for group in attribute.groups for name in group.other_metrics}
    return [attribute.metric, *(name for name in model.overall if name in shown)]


def rows(model: ModelAudit, attribute: AttributeAudit | None, metric: str, audit: AuditResult) -> list[Row]:
    """Give everybody, then the attribute's groups in the audit's order."""
    found = []
    if metric in model.overall:
        found.append(_plain(EVERYBODY, EVERYBODY, "everybody", model.overall[metric]))
    if attribute is not None:
        found += [_row(attribute, group, metric, audit) for group in attribute.groups]
    return found


def _row(attribute: AttributeAudit, group: Group, metric: str, audit: AuditResult) -> Row:
    label = words.group(group.group, attribute.attribute)
    if group.comparison.verdict == "suppressed":
        return _hidden(attribute.attribute, group.group, label)
    if metric != attribute.metric:
        return _plain(attribute.attribute, group.group, label, group.other_metrics[metric])
    compared = group.comparison
    p = verdicts.corrected(compared, audit)
    row = _plain(attribute.attribute, group.group, label, group.estimate)
    return dataclasses.replace(
        row,
        gap=words.with_interval(compared.gap, signed=True),
        verdict=compared.verdict if p is None else f"{compared.verdict} (p {words.p_value(p)})",
        colour=_COLOURS[compared.verdict],
        is_settled=compared.verdict != "insufficient data",
    )


def _plain(attribute: str, group: str, label: str, estimate: Estimate) -> Row:
    return Row(
        attribute=attribute,
        group=group,
        label=label,
        n_people=_count(estimate.n_people),
        n_images=_count(estimate.n_images),
        value=words.with_interval(estimate),
        gap="",
        verdict="",
        estimate=estimate,
        colour="axis",
        is_settled=True,
        is_shown=True,
    )


def _hidden(attribute: str, group: str, label: str) -> Row:
    nothing = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)
    return dataclasses.replace(
        _plain(attribute, group, label, nothing), value=_HIDDEN, verdict="suppressed", is_shown=False
    )


def _count(n: int | None) -> str:
    return "" if n is None else f"{n:,}"


def slices(audit: AuditResult, model: ModelAudit) -> list[Slice]:
    """Give the conditions under which a model was found to do worse, the worst first."""
    return [
        found
        for search in audit.slices
        if (search.model, search.reference_source) == (model.model, model.reference_source)
        for found in search.slices
    ]


def slice_cells(found: Slice) -> dict[str, str]:
    """Give the texts of a slice's line."""
    texts = {
        "label": " and ".join(found.conditions),
        "n_people": _count(found.estimate.n_people),
        "n_images": _count(found.estimate.n_images),
        "value": words.with_interval(found.estimate),
        "gap": words.with_interval(found.gap, signed=True),
        "verdict": f"p {words.p_value(found.p_corrected)}",
    }
    return {name: place.unbroken(text) for name, text in texts.items()}


def forest(shown: Sequence[Row], metric: str) -> tuple[list[dict[str, object]], dict[str, object]]:
    """Give the data and the layout of a Plotly figure: values with intervals, one line a row.

    A point's id is the number of its row.
    """
    marked = [(number, row) for number, row in enumerate(shown) if row.estimate.value is not None]
    places = [len(shown) - 1 - number for number, _ in marked]
    values = [_points(row.estimate.value) for _, row in marked]
    data: dict[str, object] = {
        "type": "scatter",
        "mode": "markers",
        "x": values,
        "y": places,
        "ids": [str(number) for number, _ in marked],
        "text": [html.escape(f"{row.label}: {row.value}") for _, row in marked],
        "hoverinfo": "text",
        "error_x": {
            "type": "data",
            "symmetric": False,
            "array": [_length(row.estimate.high, row.estimate.value) for _, row in marked],
            "arrayminus": [_length(row.estimate.value, row.estimate.low) for _, row in marked],
            "color": DARK["quiet"],
            "thickness": 1.4,
            "width": 0,
        },
        "marker": {
            "size": 11,
            "color": [DARK[row.colour] for _, row in marked],
            "symbol": ["circle" if row.is_settled else "circle-open" for _, row in marked],
            "line": {"width": 2},
        },
    }
    layout: dict[str, object] = {
        "height": _FRAME_PX + _ROW_PX * len(shown),
        "showlegend": False,
        "paper_bgcolor": DARK["paper"],
        "plot_bgcolor": DARK["paper"],
        "font": {"color": DARK["ink"]},
        "margin": {"l": 20, "r": 20, "t": 12, "b": 44},
        "xaxis": {
            "title": {"text": f"{metric}, points of 100", "font": {"color": DARK["quiet"]}},
            "color": DARK["quiet"],
            "gridcolor": DARK["rule"],
            "zeroline": False,
        },
        "yaxis": {
            "tickmode": "array",
            "tickvals": [len(shown) - 1 - number for number in range(len(shown))],
            "ticktext": [html.escape(row.label) for row in shown],  # Plotly reads HTML in texts
            "range": [-0.6, len(shown) - 0.4],
            "color": DARK["ink"],
            "showgrid": False,
            "zeroline": False,
            "automargin": True,
        },
    }
    if values and shown[0].group == EVERYBODY:
        line = {"color": DARK["axis"], "width": 1, "dash": "dot"}
        ends = {"x0": values[0], "x1": values[0], "y0": 0, "y1": 1}
        layout["shapes"] = [{"type": "line", "xref": "x", "yref": "paper", "line": line, **ends}]
    return [data], layout


def _points(value: float | None) -> float:
    return 100 * (value or 0.0)


def _length(high: float | None, low: float | None) -> float:
    return 0.0 if high is None or low is None else 100 * (high - low)


def changes(workspace: Workspace, audit: AuditResult) -> list[str]:
    """Say what changed in the workspace since the audit was made; nothing: its numbers are of today.

    Raises:
        DataError: a run record is broken.
    """
    writers = files.last_writers(provenance.records(workspace))
    return [change.told for change in files.of_audit(workspace, audit.inputs, writers)]
