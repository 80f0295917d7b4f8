"""Which workspace is the open data set of, and how are its samples shown?

The browser says which data set is open, and FiftyOne's database which workspace it was made from. Nothing
else that a browser sends becomes a path.
"""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import TYPE_CHECKING, Concatenate, ParamSpec, TypeVar

from datatools.browse import home
from datatools.errors import DatatoolsError, UsageError
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext

Panel = TypeVar("Panel")
Given = ParamSpec("Given")

# How a panel is laid out: one thing below the other, off the panel's edge; a wide table scrolls by itself.
PAGE = {
    "orientation": "vertical",
    "gap": 2,
    "componentsProps": {"container": {"sx": {"padding": "8px 16px", "& > * > *": {"minWidth": 0}}}},
}
_MOST_ORDERED = 500  # the database looks each sample up in the whole order


def workspace_of(ctx: "ExecutionContext") -> Workspace:
    """Give the workspace that the open data set was made from.

    Raises:
        UsageError: no data set is open, it was not made from a workspace, or the workspace is not there.
    """
    if ctx.dataset is None:
        raise UsageError("expected an open data set: choose one that `datatools browse` made")
    about = ctx.dataset.info.get(home.INFO) or {}
    root = about.get("workspace")
    if root is None:
        raise UsageError(
            f"the data set {ctx.dataset.name} was not made from a workspace: `datatools browse` makes one"
        )
    workspace = Workspace(root)
    if not (workspace.root / "tables").is_dir():
        raise UsageError(
            f"the data set {ctx.dataset.name} was made from {root}, which is not there: if the workspace was "
            "moved, run `datatools browse --workspace FOLDER` on it"
        )
    workspace.require()
    if about.get("identity") not in {None, home.identity(workspace)}:
        raise UsageError(
            f"the data set {ctx.dataset.name} was made from another workspace than the one that is now in "
            f"{root}: run `datatools browse --workspace {root}`"
        )
    return workspace


def show(ctx: "ExecutionContext", sample_ids: Sequence[str], what: str, *, ordered: bool = False) -> None:
    """Show exactly these samples in the App, and say what they are.

    Args:
        ctx: of the panel or operator.
        sample_ids: of the workspace.
        what: in words.
        ordered: in this order, and the first ones alone where there are very many.
    """
    chosen = list(sample_ids)[: _MOST_ORDERED if ordered else None]
    view = ctx.dataset.select_by("sample_id", chosen, ordered=ordered)
    ctx.ops.set_view(view=view)
    n_there = view.count()
    if n_there < len(chosen):
        ctx.ops.notify(
            f"{what}: {len(chosen) - n_there} of {len(chosen)} pictures are not in the data set; `datatools "
            "browse` brings it up to date",
            variant="warning",
        )
    elif len(chosen) < len(sample_ids):
        ctx.ops.notify(f"{what}: the first {len(chosen)} of {len(sample_ids)} pictures")
    else:
        ctx.ops.notify(f"{what}: {len(chosen)} {'picture' if len(chosen) == 1 else 'pictures'}")


def unbroken(text: str) -> str:
    """Keep an interval on one line of a narrow table's cell."""
    return text.replace(", ", ",\N{NO-BREAK SPACE}")


def told(
    event: "Callable[Concatenate[Panel, ExecutionContext, Given], None]",
) -> "Callable[Concatenate[Panel, ExecutionContext, Given], None]":
    """Let a panel's event say in the App what was wrong, instead of failing."""

    @wraps(event)
    def wrapped(self: Panel, ctx: "ExecutionContext", /, *words: Given.args, **named: Given.kwargs) -> None:
        try:
            event(self, ctx, *words, **named)
        except DatatoolsError as error:
            ctx.ops.notify(str(error), variant="error")

    return wrapped
