"""How does a person accept, reject or send back masks inside the App?

The panel goes through the view that is open, or through the pictures that are selected there. Each verdict is
kept in the workspace at once, where it overrides the checks as every review does.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import vocab
from datatools.browse import pictured, turns, waiting
from datatools.browse.fields import GENERATED
from datatools.browse.plugin import hands, place
from datatools.browse.turns import Turn
from datatools.errors import DatatoolsError
from datatools.selection import REVIEW_QUESTION

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext
    from fiftyone.plugins.context import PluginContext

QUEUE = "review queue"  # the saved view to begin with
_VOCABULARY = vocab.question(REVIEW_QUESTION).vocabularies[0]
_SPEC = f"{REVIEW_QUESTION}:{_VOCABULARY}"
_VERDICTS = (("accept", "accept [a]"), ("reject", "reject [r]"), ("repair", "repair: send to fix [f]"))


class Review(hands.Panel):
    """The panel."""

    @property
    def config(self) -> foo.PanelConfig:
        return foo.PanelConfig(
            name="review_panel",
            label="Review",
            icon="rate_review",
            surfaces="grid modal",
            help_markdown="Accept, reject or send back masks: a, r, f; n leaves one for later, u goes back.",
        )

    def on_load(self, ctx: "ExecutionContext") -> None:
        """Ask who sits there."""
        hands.arrive(ctx)

    def open_queue(self, ctx: "ExecutionContext") -> None:
        """Open the saved view to begin with."""
        ctx.ops.set_view(name=QUEUE)

    def start(self, ctx: "ExecutionContext") -> None:
        """Begin a session with the first mask."""
        turn = hands.begin(ctx, [_SPEC])
        ctx.ops.set_active_fields([GENERATED])
        self._go_on(ctx, turn, follow=False)

    def decide(self, ctx: "ExecutionContext") -> None:
        """Keep a verdict on the mask that is shown, and show the next one."""
        before = hands.started(ctx)
        turn = hands.give(ctx, before, [str(ctx.params.get("value"))])
        if hands.is_seen(ctx, before):
            self._go_on(ctx, turn, follow=True)
        else:
            self._show(ctx, turn)

    def later(self, ctx: "ExecutionContext") -> None:
        """Leave the mask that is shown for later."""
        turn = hands.started(ctx)
        if hands.is_seen(ctx, turn):
            self._go_on(ctx, turns.passed(turn), follow=True)
        else:
            self._show(ctx, turn)

    def undo(self, ctx: "ExecutionContext") -> None:
        """Go back to the mask that was reviewed last; the next verdict on it is the one that counts."""
        turn = hands.started(ctx)
        if hands.is_seen(ctx, turn):
            self._show(ctx, turns.back(turn, hands.now()))
            ctx.ops.notify("Decide again: the later verdict counts.", variant="info")
        else:
            self._show(ctx, turn)

    def on_change_view(self, ctx: "ExecutionContext") -> None:
        """Go on in the view that was opened."""
        self._go_on(ctx, hands.started(ctx), follow=False)

    def on_change_current_sample(self, ctx: "ExecutionContext") -> None:
        """Follow the picture that is open in the App."""
        self._go_on(ctx, hands.started(ctx), follow=False)

    def _go_on(self, ctx: "ExecutionContext", turn: Turn, *, follow: bool) -> None:
        """Show the next mask; where a picture is open in the App, that one, or open the next in it."""
        sample_id, _ = waiting.to_review(fo, ctx.view, turn)
        if ctx.current_sample and not follow:
            opened = ctx.dataset[ctx.current_sample]
            sample_id = opened["sample_id"] if opened[GENERATED] is not None else sample_id
        if sample_id is None:
            self._show(ctx, turns.nothing_left(turn))
            return
        turn = turns.show(turn, sample_id, REVIEW_QUESTION, _VOCABULARY, hands.now())
        if ctx.current_sample and follow:
            ctx.ops.open_sample(id=hands.sample_of(ctx, sample_id).id)
        self._show(ctx, turn)

    def _show(self, ctx: "ExecutionContext", turn: Turn) -> None:
        """Show where the panel stands."""
        sample = None if turn.shown is None else hands.sample_of(ctx, turn.shown.sample_id)
        hands.keep(ctx, turn)
        progress = turns.progress(turn, waiting.to_review(fo, ctx.view, turn)[1])
        ctx.panel.set_state("said", {"progress": progress, "why": "" if sample is None else why(sample)})
        if sample is None:
            return
        try:
            ctx.panel.set_data("picture", pictured.portrait(*files_of(sample)))
        except DatatoolsError as error:
            ctx.panel.set_data("picture", "")
            ctx.ops.notify(str(error), variant="error")

    def render(self, ctx: "ExecutionContext") -> types.Property:
        """Lay the panel out."""
        panel = types.Object()
        found = ctx.panel.get_state("turn")
        if not found:
            self._welcome(panel, ctx)
        else:
            turn = turns.read(found)
            said = ctx.panel.get_state("said") or {}
            panel.md(f"**{said.get('progress', '')}**", name="progress")
            if turn.shown is not None:
                self._ask(panel, turn, said)
            else:
                panel.md("No mask of this view waits for a review.", name="nothing")
            self._steps(panel, turn)
        return types.Property(panel, view=types.GridView(**place.PAGE))

    def _welcome(self, panel: types.Object, ctx: "ExecutionContext") -> None:
        panel.md(
            "Look through the masks of the view that is open, or of the pictures that you select first. Each "
            "verdict is kept in the workspace at once and overrides the checks.",
            name="intro",
        )
        hands.ask_who(panel)
        if ctx.dataset is not None and ctx.dataset.has_saved_view(QUEUE):
            panel.btn("queue", label="Open the review queue", on_click=self.open_queue, variant="outlined")
        panel.btn("start", label="Start", on_click=self.start, variant="contained")

    def _ask(self, panel: types.Object, turn: Turn, said: dict[str, str]) -> None:
        panel.img("picture", alt_text="The picture with the edge of its mask", height="340px")
        panel.md(said.get("why", ""), name="why")
        row = panel.h_stack("verdicts", gap=2)
        for value, label in _VERDICTS:
            params = hands.button(turn, value=value)
            row.btn(value, label=label, on_click=self.decide, params=params, variant="contained")

    def _steps(self, panel: types.Object, turn: Turn) -> None:
        row, params = panel.h_stack("steps", gap=2), hands.button(turn)
        row.btn("later", label="later [n]", on_click=self.later, params=params, variant="outlined")
        row.btn("undo", label="undo [u]", on_click=self.undo, params=params, variant="outlined")
        meanings = vocab.load(_VOCABULARY).definitions
        panel.md("\n\n".join(f"**{v}**: {hands.line(meanings[v])}" for v, _ in _VERDICTS), name="meanings")


def why(sample: "fo.Sample") -> str:
    """Say by which checks a mask was rejected and what was said of it before, as Markdown."""
    failed = sample["findings"].classifications if sample.has_field("findings") and sample["findings"] else []
    lines = [
        f"* failed **{hands.line(one.label)}**: {hands.line(one['detail'] or 'no detail')}" for one in failed
    ]
    review = sample["review"]
    if review is not None:
        lines.append(f"* reviewed before: **{hands.line(review.label)}** by {hands.line(review['reviewer'])}")
    if not failed:
        is_checked = sample.has_field("is_accepted") and sample["is_accepted"] is not None
        lines.insert(0, "* passed every check" if is_checked else "* no check has looked at it")
    return "\n".join(lines)


def files_of(sample: "fo.Sample") -> tuple[Path, Path | None]:
    """Give a sample's picture and its generated mask."""
    mask = sample[GENERATED]
    return Path(sample.filepath), None if mask is None else Path(mask.mask_path)


def register(plugin: "PluginContext") -> None:
    """Add the panel to the plugin."""
    plugin.register(Review)
