"""How does an audit open in the App, so that every number leads to its pictures?"""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import literal
from datatools.browse.plugin import audit_shown, place
from datatools.browse.plugin.audit_shown import Row
from datatools.errors import DatatoolsError
from datatools.fairness.behind import behind, behind_slice
from datatools.fairness.estimates import AttributeAudit, ModelAudit
from datatools.fairness.result import AuditResult
from datatools.fairness.rows import EVERYBODY
from datatools.report import rebuilt, words
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext
    from fiftyone.plugins.context import PluginContext

_COLUMNS = {
    "label": "Group",
    "n_people": "People",
    "n_images": "Pictures",
    "value": "Value [95%]",
    "gap": "Gap to the rest [95%]",
    "verdict": "Verdict",
}
_SLICE_COLUMNS = {**_COLUMNS, "label": "Conditions", "verdict": "Chance"}
_CHOICES = {"report": "Report", "model": "Model", "attribute": "Attribute", "metric": "Metric"}
_MOST_TOLD = 3  # changes that are told one by one


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What the panel shows now."""

    workspace: Workspace
    reports: list[str]
    report: str
    audit: AuditResult
    model: ModelAudit
    attribute: AttributeAudit | None  # None: the audit has no groups
    metric: str
    rows: list[Row]

    @property
    def by_number(self) -> dict[str, Row]:
        """Give the rows by their number as a browser writes it."""
        return {str(number): row for number, row in enumerate(self.rows)}


@lru_cache(maxsize=4)
def _read(path: Path, _age: int) -> AuditResult:
    return rebuilt.read_audit(path)


def chosen(ctx: "ExecutionContext") -> Chosen | None:
    """Read what the panel's choices mean; a choice that is not there is the first one. None: no audit.

    Raises:
        UsageError: the data set is not a workspace's.
        DataError: the audit's file is broken.
    """
    workspace = place.workspace_of(ctx)
    reports = audit_shown.reports(workspace)
    if not reports:
        return None
    report = _among(ctx, "report", reports)
    path = workspace.report_folder(report) / rebuilt.AUDIT_FILE
    audit = _read(path, path.stat().st_mtime_ns)
    if not audit.models:
        return None
    models = {audit_shown.key(model): model for model in audit.models}
    model = models[_among(ctx, "model", list(models))]
    attributes = {one.attribute: one for one in model.attributes}
    attribute = attributes[_among(ctx, "attribute", list(attributes))] if attributes else None
    metric = _among(ctx, "metric", audit_shown.metrics(model, attribute))
    rows = audit_shown.rows(model, attribute, metric, audit)
    return Chosen(
        workspace=workspace,
        reports=reports,
        report=report,
        audit=audit,
        model=model,
        attribute=attribute,
        metric=metric,
        rows=rows,
    )


def _among(ctx: "ExecutionContext", name: str, known: list[str]) -> str:
    """Give a choice of the browser, where it is one of those that are offered."""
    wanted = ctx.panel.get_state(f"choices.{name}")
    return wanted if wanted in known else known[0]


class AuditPanel(foo.Panel):  # type: ignore[misc]  # fiftyone has no types
    """Groups with people, pictures, values, gaps and verdicts; a click opens the pictures."""

    @property
    def config(self) -> foo.PanelConfig:
        """Say how FiftyOne lists the panel."""
        return foo.PanelConfig(
            name="audit_panel",
            label="Audit",
            icon="balance",
            category=foo.Categories.ANALYZE,
            help_markdown="For whom does a model work worse? A click on a row opens the pictures behind it.",
        )

    def on_choice(self, ctx: "ExecutionContext") -> None:
        """Show what was chosen: FiftyOne renders after every event."""

    def on_row(self, ctx: "ExecutionContext") -> None:
        """Open the pictures behind a row of the table."""
        self._open(ctx, ctx.params.get("row"))

    def on_worst(self, ctx: "ExecutionContext") -> None:
        """Open the pictures behind a row, the worst first."""
        self._open(ctx, ctx.params.get("row"), is_worst=True)

    def on_rest(self, ctx: "ExecutionContext") -> None:
        """Open the pictures of everybody else that a row is compared with."""
        self._open(ctx, ctx.params.get("row"), is_rest=True)

    def on_point(self, ctx: "ExecutionContext") -> None:
        """Open the pictures behind a point of the plot."""
        self._open(ctx, ctx.params.get("id"))

    @place.told
    def on_slice(self, ctx: "ExecutionContext") -> None:
        """Open the pictures that meet a slice's conditions."""
        found, number = chosen(ctx), ctx.params.get("row")
        shown = [] if found is None else audit_shown.slices(found.audit, found.model)
        part = dict(enumerate(shown)).get(number) if isinstance(number, int) else None
        if found is None or part is None:
            return
        sample_ids = behind_slice(
            found.workspace,
            found.audit,
            model=found.model.model,
            reference_source=found.model.reference_source,
            conditions=part.conditions,
        )
        place.show(ctx, sample_ids, f"{found.model.model}, {' and '.join(part.conditions)}")

    def on_everything(self, ctx: "ExecutionContext") -> None:
        """Show every picture again."""
        ctx.ops.clear_view()

    @place.told
    def _open(
        self, ctx: "ExecutionContext", number: object, *, is_worst: bool = False, is_rest: bool = False
    ) -> None:
        found = chosen(ctx)
        # Plotly sends the number as text; a click on the table's head is -1.
        row = found.by_number.get(str(number)) if found is not None else None
        if found is None or row is None:
            return
        sample_ids = behind(
            found.workspace,
            found.audit,
            model=found.model.model,
            reference_source=found.model.reference_source,
            attribute=row.attribute,
            group=row.group,
            metric=found.metric if is_worst else None,
            rest=is_rest,
        )
        what = row.label if row.attribute == EVERYBODY else f"{row.attribute} {row.label}"
        told = f"all but {what}" if is_rest else f"{what}, the worst first" if is_worst else what
        place.show(ctx, sample_ids, f"{found.model.model}, {told}", ordered=is_worst)

    def render(self, ctx: "ExecutionContext") -> types.Property:
        """Lay out choices, table and plot, or say what is missing."""
        panel = types.Object()
        try:
            found = chosen(ctx)
            if found is None:
                panel.md("No audit yet: run `datatools audit`, or the operator **Audit these pictures**.")
            else:
                self._lay_out(ctx, panel, found)
        except DatatoolsError as error:
            panel.md(literal.paragraphs(str(error)))
        return types.Property(panel, view=types.GridView(**place.PAGE))

    def _lay_out(self, ctx: "ExecutionContext", panel: types.Object, found: Chosen) -> None:
        choices = panel.h_stack("choices", gap=2)
        offered = {
            "report": (found.reports, found.report),
            "model": ([audit_shown.key(one) for one in found.audit.models], audit_shown.key(found.model)),
            "attribute": (
                [one.attribute for one in found.model.attributes],
                "" if found.attribute is None else found.attribute.attribute,
            ),
            "metric": (audit_shown.metrics(found.model, found.attribute), found.metric),
        }
        for name, (values, value) in offered.items():
            view = types.DropdownView(label=_CHOICES[name], space=3)
            for one in values:
                view.add_choice(one, label=one)
            choices.enum(name, values, default=value, view=view, on_change=self.on_choice)
        panel.md(_heading(found), name="heading")
        stale = _stale(found)
        if stale:
            panel.view(
                "stale",
                types.AlertView(label="Older than the workspace", description=stale, severity="warning"),
            )
        table = types.TableView(on_click_row=self.on_row, max_inline_actions=2)
        for name, label in _COLUMNS.items():
            table.add_column(name, label=label)
        has_pictures = [row.is_shown for row in found.rows]
        has_rest = [row.is_shown and row.attribute != EVERYBODY for row in found.rows]
        table.add_row_action(
            "worst", self.on_worst, icon="arrow_downward", tooltip="Worst first", rows=has_pictures
        )
        table.add_row_action("rest", self.on_rest, icon="groups", tooltip="All the others", rows=has_rest)
        panel.list("groups", types.Object(), view=table)
        ctx.panel.set_data("groups", [row.cells for row in found.rows])
        data, layout = audit_shown.forest(found.rows, found.metric)
        panel.plot(
            "forest", data=data, layout=layout, on_click=self.on_point, config={"displayModeBar": False}
        )
        self._lay_out_slices(ctx, panel, found)
        panel.btn("everything", label="Show all pictures", on_click=self.on_everything, variant="outlined")

    def _lay_out_slices(self, ctx: "ExecutionContext", panel: types.Object, found: Chosen) -> None:
        shown = audit_shown.slices(found.audit, found.model)
        if not shown:
            return
        panel.md("**Conditions under which it does worse than elsewhere**", name="slices_heading")
        table = types.TableView(on_click_row=self.on_slice)
        for name, label in _SLICE_COLUMNS.items():
            table.add_column(name, label=label)
        panel.list("slices", types.Object(), view=table)
        ctx.panel.set_data("slices", [audit_shown.slice_cells(one) for one in shown])


def _heading(found: Chosen) -> str:
    definition = found.audit.metric_definitions.get(found.metric, "")
    lines = [f"**{literal.markdown(audit_shown.title(found.model))}**", literal.markdown(definition)]
    if found.attribute is not None:
        hidden = found.attribute.n_suppressed
        lines.append(
            f"{literal.markdown(words.said_by(found.attribute.answered_by))} "
            f"{words.count(found.attribute.n_unlabelled, 'person', 'people')} in no group; "
            f"{words.count(hidden, 'group')} too small to show. A click on a row opens its pictures."
        )
    return "\n\n".join(line for line in lines if line)


def _stale(found: Chosen) -> str:
    told = audit_shown.changes(found.workspace, found.audit)
    if len(told) > _MOST_TOLD:
        told = [*told[:_MOST_TOLD], f"and {len(told) - _MOST_TOLD} more"]
    return " ".join(told)


def register(plugin: "PluginContext") -> None:
    """Register the panel."""
    plugin.register(AuditPanel)
