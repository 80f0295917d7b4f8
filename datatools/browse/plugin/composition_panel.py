"""How does the App show who is in the data, and open each group's pictures?"""

from typing import TYPE_CHECKING

import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import literal
from datatools.browse.plugin import composition_shown, place
from datatools.browse.plugin.composition_shown import Counted, Row
from datatools.errors import DatatoolsError
from datatools.fairness.composition.members import members
from datatools.report import words

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext
    from fiftyone.plugins.context import PluginContext

_COLUMNS = {
    "label": "Group",
    "n_people": "People",
    "n_images": "Pictures",
    "share": "Share of people [95%]",
    "reference": "Reference population",
    "remark": "Remark",
}


class CompositionPanel(foo.Panel):  # type: ignore[misc]  # fiftyone has no types
    """People and pictures of each group and crossing; a click opens the pictures."""

    @property
    def config(self) -> foo.PanelConfig:
        """Say how FiftyOne lists the panel."""
        return foo.PanelConfig(
            name="composition_panel",
            label="Composition",
            icon="groups",
            category=foo.Categories.ANALYZE,
            help_markdown="Who is in the data? A click on a row opens the pictures of its people.",
        )

    def on_choice(self, ctx: "ExecutionContext") -> None:
        """Show what was chosen: FiftyOne renders after every event."""

    @place.told
    def on_row(self, ctx: "ExecutionContext") -> None:
        """Open the pictures of a row's people."""
        workspace = place.workspace_of(ctx)
        counted = composition_shown.read(workspace)
        attribute = _attribute(ctx, counted)
        shown = composition_shown.rows(counted, attribute) if attribute is not None else []
        number = ctx.params.get("row")
        row = dict(enumerate(shown)).get(number) if isinstance(number, int) else None
        if row is None or row.group is None:
            return
        ids = members(workspace, counted.asked, counted.headcounts, attribute=row.attribute, group=row.group)
        place.show(ctx, ids, words.whom(row.attribute, row.group))

    def on_everything(self, ctx: "ExecutionContext") -> None:
        """Show every picture again."""
        ctx.ops.clear_view()

    def render(self, ctx: "ExecutionContext") -> types.Property:
        """Lay out the choice and the table, or say what is missing."""
        panel = types.Object()
        try:
            counted = composition_shown.read(place.workspace_of(ctx))
            attribute = _attribute(ctx, counted)
            if attribute is None:
                panel.md("Nobody's answers or measurements place people in groups yet.")
            else:
                self._lay_out(ctx, panel, counted, attribute)
        except DatatoolsError as error:
            panel.md(literal.paragraphs(str(error)))
        return types.Property(panel, view=types.GridView(**place.PAGE))

    def _lay_out(
        self, ctx: "ExecutionContext", panel: types.Object, counted: Counted, attribute: str
    ) -> None:
        names = [head.attribute for head in counted.headcounts]
        view = types.DropdownView(label="Attribute")
        for name in names:
            view.add_choice(name, label=words.attribute(name))
        panel.enum("attribute", names, default=attribute, view=view, on_change=self.on_choice)
        panel.md(_heading(counted, attribute), name="heading")
        table = types.TableView(on_click_row=self.on_row)
        for name, label in _COLUMNS.items():
            table.add_column(name, label=label)
        panel.list("groups", types.Object(), view=table)
        shown: list[Row] = composition_shown.rows(counted, attribute)
        ctx.panel.set_data("groups", [row.cells for row in shown])
        panel.btn("everything", label="Show all pictures", on_click=self.on_everything, variant="outlined")


def _attribute(ctx: "ExecutionContext", counted: Counted) -> str | None:
    names = [head.attribute for head in counted.headcounts]
    wanted = ctx.panel.get_state("attribute")
    return wanted if wanted in names else next(iter(names), None)


def _heading(counted: Counted, attribute: str) -> str:
    head = next(one for one in counted.headcounts if one.attribute == attribute)
    where = (
        "Counted now; `datatools composition` holds it against a reference population as well."
        if counted.report is None
        else f"From the report {literal.markdown(counted.report)}."
    )
    lines = [
        f"{literal.markdown(words.said_by(head.answered_by))} "
        f"{words.count(head.n_placed, 'person', 'people')} in a group; "
        f"{words.count(head.n_suppressed, 'group')} too small to show. {where}"
    ]
    if head.effective is not None and head.effective.inverse_simpson.value is not None:
        lines.append(
            f"As diverse as {words.number(head.effective.inverse_simpson.value)} groups of one size; the "
            f"attribute has {head.effective.n_groups}."
        )
    return "\n\n".join(lines)


def register(plugin: "PluginContext") -> None:
    """Register the panel."""
    plugin.register(CompositionPanel)
