"""How are annotators' confusions drawn? One square a pair of values, in the house style."""

import io

from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from datatools import literal
from datatools.fairness.labels.consensus_result import AnnotatorFound, QuestionConsensus
from datatools.report import svg
from datatools.report.style import LIGHT, NOTE_PX

MAX_ANNOTATORS = 12  # those with the most answers; consensus.json has them all
_CELL_PX = 40.0
_NAME_PX = 110.0
_HEAD_PX = 84.0
_GAP_PX = 26.0
_PER_LINE = 3
_PNG_SCALE = 2.0


def draw(question: QuestionConsensus) -> dict[str, bytes]:
    """Draw each annotator's confusion: what they say (across) of what is probably true (down).

    Returns:
        The figure as a file's bytes, by file name ending: png and svg.
    """
    shown = sorted(question.annotators, key=lambda who: (-who.n_answers, who.annotator_id))[:MAX_ANNOTATORS]
    n_lines = -(-len(shown) // _PER_LINE)
    n_columns = min(len(shown), _PER_LINE)
    side = _CELL_PX * len(question.values)
    width = n_columns * (_NAME_PX + side + _GAP_PX)
    height = n_lines * (_HEAD_PX + side + _GAP_PX)
    with svg.canvas(width, height) as figure:
        figure.patch.set(facecolor=LIGHT["paper"])
        axes = figure.add_axes((0, 0, 1, 1))
        axes.set(xlim=(0, width), ylim=(height, 0), xticks=[], yticks=[])
        for number, who in enumerate(shown):
            line, column = divmod(number, _PER_LINE)
            left = column * (_NAME_PX + side + _GAP_PX) + _NAME_PX
            top = line * (_HEAD_PX + side + _GAP_PX) + _HEAD_PX
            _square(axes, who, question.values, (left, top))
        files = {}
        for ending, options in (("svg", {"metadata": {"Date": None}}), ("png", {"dpi": 72 * _PNG_SCALE})):
            stream = io.BytesIO()
            figure.savefig(stream, format=ending, facecolor=LIGHT["paper"], **options)
            files[ending] = stream.getvalue()
    return files


def _square(axes: Axes, who: AnnotatorFound, values: list[str], corner: tuple[float, float]) -> None:
    left, top = corner
    right_of = 100 * who.accuracy.value
    title = f"{svg.shorten(who.annotator_id, 18)} · {who.n_answers} answers · {right_of:.0f}% right"
    _put(axes, left - _NAME_PX + 8, top - _HEAD_PX + 16, title, "ink", ha="left")
    for place, value in enumerate(values):
        middle = _CELL_PX * (place + 0.5)
        _put(axes, left - 7, top + middle, svg.shorten(value, 14), "quiet", ha="right")
        name = axes.text(left + middle, top - 6, svg.shorten(value, 9), rotation=45, ha="left", va="bottom")
        name.set(fontsize=NOTE_PX - 2, color=LIGHT["quiet"], rotation_mode="anchor")
    for true, row in enumerate(who.confusion):
        for said, cell in enumerate(row):
            x, y = left + _CELL_PX * said, top + _CELL_PX * true
            tint = LIGHT["higher"] if true == said else LIGHT["lower"]
            for colour, strength in ((LIGHT["track"], 1.0), (tint, 0.75 * cell.value)):
                box = Rectangle(
                    (x + 1, y + 1), _CELL_PX - 2, _CELL_PX - 2, color=colour, alpha=strength, lw=0
                )
                axes.add_patch(box)
            _put(axes, x + _CELL_PX / 2, y + _CELL_PX / 2, f"{100 * cell.value:.0f}", "ink", ha="center")


def _put(axes: Axes, x: float, y: float, text: str, colour: str, *, ha: str) -> None:
    axes.text(x, y, literal.plain(text), fontsize=NOTE_PX, color=LIGHT[colour], ha=ha, va="center")
