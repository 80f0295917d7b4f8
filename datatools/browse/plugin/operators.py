"""Which stages can be run on the pictures that the App shows?

Each operator keeps the view's samples as a list of the workspace, runs the ordinary verb on it, and then
brings the data set up to date.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import lists, literal, plugins, tables
from datatools.browse import evaluations, sync
from datatools.browse.plugin import place, running
from datatools.errors import DatatoolsError, UsageError
from datatools.progress import Progress
from datatools.workspace import Workspace, file_name

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext
    from fiftyone.operators.message import GeneratedMessage
    from fiftyone.plugins.context import PluginContext

_GENERATED = "generated"
_MODEL = "model.pt"  # of a student that was trained in the workspace
Choices = Mapping[str, Sequence[str]]  # by setting; the first is the default


class StageOperator(foo.Operator):  # type: ignore[misc]  # fiftyone has no types
    """Run one verb on the current view, the selection, or the whole data set."""

    verb: ClassVar[str]
    label: ClassVar[str]
    description: ClassVar[str]
    icon: ClassVar[str]

    @property
    def config(self) -> foo.OperatorConfig:
        """Say how FiftyOne lists the operator."""
        return foo.OperatorConfig(
            name=self.verb,
            label=self.label,
            description=self.description,
            icon=self.icon,
            dynamic=True,
            execute_as_generator=True,
        )

    def choices(self, workspace: Workspace) -> Choices:
        """Give the stage's settings that are asked for, with the values that there are."""
        del workspace
        return {}

    def resolve_input(self, ctx: "ExecutionContext") -> types.Property:
        """Ask for the stage's settings, and say how many pictures it would work on."""
        inputs = types.Object()
        try:
            workspace = place.workspace_of(ctx)
            n_images = ctx.target_view().count()
            inputs.md(literal.markdown(f"{n_images:,} pictures. {self.description}"), name="about")
            for name, values in self.choices(workspace).items():
                inputs.enum(name, list(values), default=values[0], required=True, label=name.capitalize())
        except DatatoolsError as error:
            told = types.Error(label=str(error))
            inputs.view("problem", told, invalid=True, error_message=str(error))
        return types.Property(inputs, view=types.View(label=self.label))

    def flags(self, ctx: "ExecutionContext", workspace: Workspace) -> list[str]:
        """Give the chosen settings as flags.

        Raises:
            UsageError: a value that was not offered.
        """
        found = []
        for name, values in self.choices(workspace).items():
            value = ctx.params.get(name, values[0])
            if value not in values:
                raise UsageError(f"expected a {name} among {', '.join(values)}; got {value!r}")
            found.append(f"--{name}={value}")
        return found

    def execute(self, ctx: "ExecutionContext") -> "Iterator[GeneratedMessage]":
        """Run the stage, show how far it is, and bring the data set up to date."""
        yield ctx.ops.set_progress(label=f"{self.verb}: starting", progress=0.0)
        try:
            workspace = place.workspace_of(ctx)
            name = lists.keep(workspace, ctx.target_view().values("sample_id"))
            for event in running.run(
                workspace, self.verb, [f"--samples={name}", *self.flags(ctx, workspace)]
            ):
                if isinstance(event, running.Step):
                    yield ctx.ops.set_progress(label=event.label, progress=event.frac)
                else:
                    yield ctx.ops.set_progress(label="bringing the data set up to date", progress=1.0)
                    # As many samples as there are: who limited the data set does not get the rest.
                    n_there = max(ctx.dataset.count(), 1)
                    quiet = Progress("quiet")
                    dataset = sync.build_dataset(workspace, ctx.dataset.name, quiet, limit=n_there)
                    evaluations.register(workspace, dataset, quiet)
                    yield ctx.ops.reload_dataset()
                    yield self._told(ctx, event)
        except DatatoolsError as error:
            # Raised, it would break the stream that the App reads, and the App shows none of it.
            yield self._shown(ctx, [str(error)])
            yield ctx.ops.notify(str(error), variant="error")

    def _told(self, ctx: "ExecutionContext", ended: running.Ended) -> "GeneratedMessage":
        if not ended.passed:
            ctx.ops.notify(f"{self.verb}: the gate is not met", variant="warning")
        return self._shown(ctx, ended.notes)

    def _shown(self, ctx: "ExecutionContext", sentences: Sequence[str]) -> "GeneratedMessage":
        outputs = types.Object()
        outputs.md("\n\n".join(map(literal.markdown, sentences)), name="notes")
        form = types.Property(outputs, view=types.View(label=self.label))
        return ctx.ops.show_output(form.to_json(), {})


class Check(StageOperator):
    """Judge masks."""

    verb = "check"
    label = "Check these masks"
    description = "Looks at every mask, and says which are good enough to train on."
    icon = "fact_check"


class Refine(StageOperator):
    """Make masks."""

    verb = "refine"
    label = "Refine these masks"
    description = "Fuses the teachers' mattes into masks again, with the workspace's settings."
    icon = "auto_fix_high"


class Evaluate(StageOperator):
    """Score a model."""

    verb = "evaluate"
    label = "Evaluate on these pictures"
    description = "Scores a model's masks against the reference masks."
    icon = "straighten"

    def choices(self, workspace: Workspace) -> Choices:
        """Offer the masks made here, the students trained here, and the teachers that made mattes."""
        folder = workspace.root / "models"
        trained = sorted(path.parent.name for path in folder.glob(f"*/{_MODEL}"))
        mattes = {row.teacher for row in workspace.rows_or_empty(tables.MATTES)}
        teachers = sorted(mattes & set(plugins.names("teachers")))
        own = [_GENERATED] if workspace.has(tables.MASKS) else []
        models = list(dict.fromkeys([*own, *trained, *teachers]))
        if not models:
            raise UsageError("expected masks, a trained model or a teacher's mattes to evaluate, found none")
        return {"model": models, "reference": ["given", _GENERATED]}


class Audit(StageOperator):
    """Audit a model."""

    verb = "audit"
    label = "Audit these pictures"
    description = (
        "Compares groups of people in the scores of these pictures; the panel Audit shows the result."
    )
    icon = "balance"

    def choices(self, workspace: Workspace) -> Choices:
        """Offer the metrics, the usual one first."""
        del workspace
        names = plugins.names("metrics")
        return {"metrics": sorted(names, key=lambda name: (name != "iou_fg_image", name))}

    def resolve_input(self, ctx: "ExecutionContext") -> types.Property:
        """Ask for the report's name as well."""
        found = super().resolve_input(ctx)
        found.type.str("name", default="view", required=True, label="Name of the report")
        return found

    def flags(self, ctx: "ExecutionContext", workspace: Workspace) -> list[str]:
        """Give the report a name that is a folder's below the workspace's reports."""
        return [*super().flags(ctx, workspace), f"--name={file_name(str(ctx.params.get('name', 'view')))}"]


def register(plugin: "PluginContext") -> None:
    """Register every operator."""
    for operator in (Check, Refine, Evaluate, Audit):
        plugin.register(operator)
