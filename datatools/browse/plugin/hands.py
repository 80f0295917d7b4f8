"""What do the panels in which people decide have in common?

Who sits there, and where they stand. The page in the browser remembers both; the data set does not.
"""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import fiftyone as fo
from fiftyone.operators import types

from datatools import literal
from datatools.browse import given, told, turns
from datatools.browse.plugin import place
from datatools.browse.turns import Turn
from datatools.errors import DataError, UsageError

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext

_TURN, _WHO = "turn", "who"


def now() -> datetime:
    """Give the moment, in UTC."""
    return datetime.now(UTC)


def standing(ctx: "ExecutionContext") -> Turn | None:
    """Give where the panel stands; None before it was started.

    Raises:
        UsageError: the browser sent something else.
    """
    found = ctx.panel.get_state(_TURN)
    return turns.read(found) if found else None


def started(ctx: "ExecutionContext") -> Turn:
    """Give where the panel stands.

    Raises:
        UsageError: it was not started.
    """
    turn = standing(ctx)
    if turn is None:
        raise UsageError("press start first")
    return turn


def keep(ctx: "ExecutionContext", turn: Turn) -> None:
    """Remember where the panel stands, in the browser's page."""
    ctx.panel.set_state(_TURN, turn.model_dump(mode="json"))


def chosen_by_hand(ctx: "ExecutionContext") -> list[str]:
    """Give the sample ids of the pictures that are selected in the App."""
    return list(ctx.dataset.select(ctx.selected).values("sample_id")) if ctx.selected else []


def begin(ctx: "ExecutionContext", questions: list[str]) -> Turn:
    """Begin a session, and let the page remember who sits there.

    Raises:
        UsageError: nobody said who it is, or the workspace is not there.
    """
    place.workspace_of(ctx)
    who = given.annotator(ctx.panel.get_state(_WHO))
    ctx.trigger(f"{plugin_of(ctx)}/remember_annotator", {"annotator_id": who})
    return turns.begin(who, questions, chosen_by_hand(ctx))


def plugin_of(ctx: "ExecutionContext") -> str:
    """Give the plugin's name, under which its script registers what it can do."""
    return str(ctx.operator_uri).rpartition("/")[0]


def recall(ctx: "ExecutionContext") -> None:
    """Ask the page who sat there before in this browser session; nobody else learns it."""
    ctx.trigger(f"{plugin_of(ctx)}/recall_annotator", {"panel_id": ctx.panel_id})


def ask_who(panel: types.Object) -> None:
    """Add the field for the annotator's id."""
    panel.str(
        _WHO,
        label="Annotator id",
        description="A code, not a name. It is kept until this tab is closed.",
        required=True,
    )


def sample_of(ctx: "ExecutionContext", sample_id: str) -> "fo.Sample":
    """Give a sample of the data set by its sample_id.

    Raises:
        DataError: it has left the data set.
    """
    found = ctx.dataset.match(fo.ViewField("sample_id") == sample_id).limit(1).values("id")
    if not found:
        raise DataError(f"expected sample {sample_id} in {ctx.dataset.name}, it has left it: press next")
    return ctx.dataset[found[0]]


def give(ctx: "ExecutionContext", turn: Turn, values: Sequence[str]) -> Turn:
    """Keep an answer to what is shown in the workspace, then show it in the data set.

    Raises:
        UsageError: nothing is shown, or it was answered already.
        DataError: the answer does not fit.
    """
    if turn.shown is None:
        raise UsageError("nothing is shown that could be answered: press start, or choose another view")
    rows = given.give(place.workspace_of(ctx), turn.shown, values, now())
    told.show(fo, sample_of(ctx, turn.shown.sample_id), rows)
    return turns.taken(turn, rows[0].lead_time_s or 0.0)


def line(words: str) -> str:
    """Write words that come from data so that Markdown shows them as they are."""
    return literal.markdown(words)
