"""What do the panels in which people decide have in common?

Who sits there, and where they stand. The App remembers both while it runs; the data set does not. An App is
for one person: what is open in it, and where its panels stand, is the same on all its pages.
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import literal, tables
from datatools.browse import given, sittings, told, turns
from datatools.browse.given import Showing
from datatools.browse.plugin import place
from datatools.browse.turns import Turn
from datatools.errors import DataError, DatatoolsError, UsageError

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext

_TURN, _WHO, _SEEN = "turn", "who", "seen"


class Panel(foo.Panel):  # type: ignore[misc]  # FiftyOne has no types
    """A panel that takes one event after the other, and sends its page again only where it changed.

    The App tells a panel that its view changed whenever it draws something anew, several times over. Its page
    would be sent as it was when the event began: an answer that was given meanwhile would vanish from it.
    """

    def execute(self, ctx: "ExecutionContext") -> object:
        sent = ctx.panel.get_state(_TURN)
        session = str(sent.get("session")) if isinstance(sent, dict) else ctx.panel_id or ""
        with sittings.alone(session):
            if _is_idle(ctx):
                return None
            try:
                return super().execute(ctx)
            except DatatoolsError as error:  # told in the App; what is on the page stays
                ctx.ops.notify(str(error), variant="error")
                return None


def _is_idle(ctx: "ExecutionContext") -> bool:
    event = ctx.params.get("__method__")
    if event not in {"on_change_view", "on_change_current_sample"}:
        return False
    try:
        turn = standing(ctx)
    except UsageError:
        return False  # the event itself tells it
    if turn is None:
        return True
    if event == "on_change_view":
        return bool(turn.only) or turn.view == _view_of(ctx)
    if not ctx.current_sample:
        return True
    return turn.shown is not None and ctx.dataset[ctx.current_sample]["sample_id"] == turn.shown.sample_id


def _view_of(ctx: "ExecutionContext") -> str:
    """Give what is another for another view, filters included."""
    return tables.fingerprint(json.dumps(ctx.view.view()._serialize(include_uuids=False), default=str))


def now() -> datetime:
    """Give the moment, in UTC."""
    return datetime.now(UTC)


def standing(ctx: "ExecutionContext") -> Turn | None:
    """Give where the panel stands by now; None before it was started.

    Raises:
        UsageError: the browser sent something else.
    """
    found = ctx.panel.get_state(_TURN)
    return sittings.newest(turns.read(found)) if found else None


def started(ctx: "ExecutionContext") -> Turn:
    """Give where the panel stands by now.

    Raises:
        UsageError: it was not started.
    """
    turn = standing(ctx)
    if turn is None:
        raise UsageError("press start first")
    return turn


def is_seen(ctx: "ExecutionContext", turn: Turn) -> bool:
    """Say whether what is shown by now is what the person saw who pressed something.

    Raises:
        UsageError: another page of the App has taken over.
    """
    return _seen(ctx) == turn.shown


def button(turn: Turn, **params: str) -> dict[str, str]:
    """Give what a button sends back, with what stands above it: pages of one App share all else."""
    return params if turn.shown is None else {**params, _SEEN: turn.shown.token}


def _seen(ctx: "ExecutionContext") -> Showing | None:
    shown = turns.read(ctx.panel.get_state(_TURN)).shown
    if shown is not None and ctx.params.get(_SEEN) != shown.token:
        raise UsageError(
            "another page of this App has taken over this panel, so nothing was kept: open the panel again; "
            "two people who work at once each need an App of their own (`datatools browse --port`)"
        )
    return shown


def keep(ctx: "ExecutionContext", turn: Turn) -> None:
    """Remember where the panel stands, in the browser's page."""
    turn = sittings.stepped(turn.model_copy(update={"view": _view_of(ctx)}))
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


def arrive(ctx: "ExecutionContext") -> None:
    """Begin with nobody, and ask the page who sat there before in this browser session.

    The App keeps what is open, and where its panels stand, for whoever opens its page next: that may be
    somebody else, who must not go on in another's name.
    """
    ctx.panel.set_state({_TURN: None, _WHO: None})
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
    """Keep an answer to what the person saw in the workspace, then show it in the data set.

    Raises:
        UsageError: nothing was shown, it was answered otherwise already, or as ``is_seen``.
        DataError: the answer does not fit.
    """
    seen = _seen(ctx)
    if seen is None:
        raise UsageError(turns.NOTHING_SHOWN)
    rows = given.give(place.workspace_of(ctx), seen, values, now())
    told.show(fo, sample_of(ctx, seen.sample_id), rows)
    ctx.trigger(f"{plugin_of(ctx)}/reload_soon")
    return turns.taken(turn, seen, rows[0].lead_time_s or 0.0)


def line(words: str) -> str:
    """Write words that come from data so that Markdown shows them as they are."""
    return literal.markdown(words)
