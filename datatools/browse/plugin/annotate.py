"""How does a person answer questions about pictures inside the App?

Only what a vocabulary allows can be said, and nothing is filled in beforehand. The pictures come in an order
by lot, another one for each annotator, so that effects of the order can be looked for. Others' answers are
out of sight.
"""

from pathlib import Path
from typing import TYPE_CHECKING

import fiftyone as fo
import fiftyone.operators as foo
from fiftyone.operators import types

from datatools import vocab
from datatools.asking.task import Asked, offered
from datatools.browse import given, pictured, turns, waiting
from datatools.browse.plugin import hands, place
from datatools.browse.turns import Turn
from datatools.errors import DatatoolsError, UsageError

if TYPE_CHECKING:
    from fiftyone.operators.executor import ExecutionContext
    from fiftyone.plugins.context import PluginContext

_PLACES = "123456789qwerty"  # as on the annotation page, and so are the next two
_KEYS = {vocab.CANNOT_TELL: "0", vocab.PREFER_NOT_TO_SAY: "x"}
_A_ROW = 4  # buttons


class Annotate(hands.Panel):
    """The panel; in the grid alone: beside an open picture the App lists what others answered."""

    @property
    def config(self) -> foo.PanelConfig:
        return foo.PanelConfig(
            name="annotate_panel",
            label="Annotate",
            icon="quiz",
            surfaces="grid",
            help_markdown="1 to 9, then q w e r t y; 0 cannot tell; n leaves one for later, u goes back.",
        )

    def on_load(self, ctx: "ExecutionContext") -> None:
        """Ask who sits there."""
        hands.arrive(ctx)

    def start(self, ctx: "ExecutionContext") -> None:
        """Begin a session with the first question."""
        specs = [str(spec) for spec in ctx.panel.get_state("questions") or []]
        if not specs:
            raise UsageError("expected at least one question to be chosen before the start")
        names = [given.require_asked(*_parts(spec)).name for spec in specs]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise UsageError(f"expected each question in one vocabulary, got {', '.join(twice)} in several")
        turn = hands.begin(ctx, specs)
        ctx.ops.set_active_fields([])
        ctx.ops.hide_sidebar()
        self._go_on(ctx, turn)

    def choose(self, ctx: "ExecutionContext") -> None:
        """Answer with the value of a button; where several can be given, mark it."""
        turn, value = hands.started(ctx), str(ctx.params.get("value"))
        is_mark = turn.shown is not None and turn.shown.asked.question.several
        if not is_mark or value in vocab.NO_ANSWERS:
            self._give(ctx, turn, [value])
        elif hands.is_seen(ctx, turn):
            hands.keep(ctx, turns.marked(turn, value))
        else:
            self._show(ctx, turn)

    def answer(self, ctx: "ExecutionContext") -> None:
        """Answer with the values that are marked, or with the number that was typed."""
        turn = hands.started(ctx)
        if not hands.is_seen(ctx, turn):  # what was marked was given already
            self._show(ctx, turn)
            return
        number = ctx.panel.get_state("number")
        self._give(ctx, turn, turn.chosen or ([] if number is None else [str(number).removesuffix(".0")]))

    def later(self, ctx: "ExecutionContext") -> None:
        """Leave the question that is shown for later."""
        turn = hands.started(ctx)
        if hands.is_seen(ctx, turn):
            self._go_on(ctx, turns.passed(turn))
        else:
            self._show(ctx, turn)

    def undo(self, ctx: "ExecutionContext") -> None:
        """Go back to the question that was answered last; the next answer to it is the one that counts."""
        turn = hands.started(ctx)
        if hands.is_seen(ctx, turn):
            self._show(ctx, turns.back(turn, hands.now()))
            ctx.ops.notify("Answer again: the later answer counts.", variant="info")
        else:
            self._show(ctx, turn)

    def on_change_view(self, ctx: "ExecutionContext") -> None:
        """Go on in the view that was opened."""
        self._go_on(ctx, hands.started(ctx))

    def _give(self, ctx: "ExecutionContext", before: Turn, values: list[str]) -> None:
        turn = hands.give(ctx, before, values)
        if hands.is_seen(ctx, before):
            self._go_on(ctx, turn)
        else:
            self._show(ctx, turn)

    def _go_on(self, ctx: "ExecutionContext", turn: Turn) -> None:
        """Show the next question."""
        following, _ = waiting.to_annotate(fo, ctx.view, turn)
        if following is None:
            self._show(ctx, turns.nothing_left(turn))
            return
        sample_id, question = following
        vocabulary = dict(map(_parts, turn.questions))[question]
        self._show(ctx, turns.show(turn, sample_id, question, vocabulary, hands.now()))

    def _show(self, ctx: "ExecutionContext", turn: Turn) -> None:
        """Show where the panel stands."""
        sample = None if turn.shown is None else hands.sample_of(ctx, turn.shown.sample_id)
        hands.keep(ctx, turn)
        n_left = waiting.to_annotate(fo, ctx.view, turn)[1]
        ctx.panel.set_state({"said": {"progress": turns.progress(turn, n_left)}, "number": None})
        if turn.shown is None or sample is None:
            return
        try:
            ctx.panel.set_data("picture", pictured.portrait(Path(sample.filepath), None))
        except DatatoolsError as error:
            ctx.panel.set_data("picture", "")
            ctx.ops.notify(str(error), variant="error")
        if turn.shown.asked.vocabulary.name == "monk":
            ctx.panel.set_data("tones", pictured.tones())

    def render(self, ctx: "ExecutionContext") -> types.Property:
        """Lay the panel out."""
        panel = types.Object()
        found = ctx.panel.get_state("turn")
        if not found:
            self._welcome(panel)
        else:
            turn = turns.read(found)
            said = ctx.panel.get_state("said") or {}
            panel.md(f"**{said.get('progress', '')}**", name="progress")
            if turn.shown is not None:
                self._ask(panel, turn, turn.shown.asked)
            else:
                panel.md("No question about the pictures of this view waits for your answer.", name="nothing")
            row, params = panel.h_stack("steps", gap=2), hands.button(turn)
            row.btn("later", label="later [n]", on_click=self.later, params=params, variant="outlined")
            row.btn("undo", label="undo [u]", on_click=self.undo, params=params, variant="outlined")
        return types.Property(panel, view=types.GridView(**place.PAGE))

    def _welcome(self, panel: types.Object) -> None:
        panel.md(
            "Answer questions about the pictures of the view that is open, or about those that you select "
            "first. They come in an order by lot. Each answer is kept in the workspace at once.",
            name="intro",
        )
        hands.ask_who(panel)
        choices = types.DropdownView(multiple=True)
        for spec, text in askable().items():
            choices.add_choice(spec, label=spec.replace(":", ", "), description=text)
        panel.list("questions", types.String(), label="Questions", view=choices, required=True)
        panel.btn("start", label="Start", on_click=self.start, variant="contained")

    def _ask(self, panel: types.Object, turn: Turn, asked: Asked) -> None:
        panel.img("picture", alt_text="The picture that is asked about", height="300px")
        panel.md(f"**{hands.line(asked.question.text)}**", name="question")
        if asked.vocabulary.name == "monk":
            panel.img("tones", alt_text="The ten tones with their numbers", height="40px")
        listed = offered(asked)
        keys = keys_of(listed)
        row = panel.h_stack("row_0", gap=1)
        for number, value in enumerate(listed):
            if number and number % _A_ROW == 0:
                row = panel.h_stack(f"row_{number}", gap=1)
            hint = f" [{keys[value]}]" if value in keys else ""
            is_marked = value in turn.chosen
            row.btn(
                f"value_{number}",
                label=f"{'✓ ' if is_marked else ''}{value}{hint}",
                on_click=self.choose,
                params=hands.button(turn, value=value),
                variant="contained" if is_marked else "outlined",
            )
        if asked.vocabulary.minimum is not None:
            panel.int(
                "number", label=f"A whole number, {asked.vocabulary.minimum} to {asked.vocabulary.maximum}"
            )
        if asked.question.several or asked.vocabulary.minimum is not None:
            params = hands.button(turn)
            panel.btn(
                "answer", label="answer [enter]", on_click=self.answer, params=params, variant="contained"
            )
        means = [f"**{hands.line(value)}**: {hands.line(text)}" for value, text in listed.items()]
        panel.md("\n\n".join(means), name="meanings")
        panel.md(f"*Where these answers fail*: {hands.line(asked.vocabulary.fails)}", name="fails")


def askable() -> dict[str, str]:
    """Give every question, in each of its vocabularies, that annotators may answer, with its text.

    Reviews have a panel of their own; what people say of themselves, nobody else can say.
    """
    return {
        f"{name}:{vocabulary}": question.text
        for name, question in vocab.questions().items()
        if question.kind != "review" and "annotator" in question.sources
        for vocabulary in question.vocabularies
    }


def keys_of(values: "dict[str, str]") -> dict[str, str]:
    """Give each value its key: digits, then letters; those that say nothing have keys of their own."""
    places = [value for value in values if value not in _KEYS]
    found = dict(zip(places, _PLACES, strict=False))
    return found | {value: key for value, key in _KEYS.items() if value in values}


def _parts(spec: str) -> tuple[str, str]:
    name, _, vocabulary = spec.partition(":")
    return name, vocabulary


def register(plugin: "PluginContext") -> None:
    """Add the panel to the plugin."""
    plugin.register(Annotate)
