"""How is a training history drawn?"""

from collections.abc import Callable

from datatools.report import plots
from datatools.report.training import EpochFact, TrainingFact


def curves(fact: TrainingFact, *, key: str) -> list[tuple[str, str]]:
    """Draw a student's loss and its validation IoU by epoch: (caption, SVG).

    Two figures because they share no axis; a line each phase, because each phase trains another network.
    """
    found = []
    for part, caption, value in (
        ("l", "Training loss by epoch", _loss),
        ("v", "Foreground IoU of the validation pictures by epoch, in points", _points),
    ):
        lines = _lines(fact.history, value)
        if lines:
            title = f"{caption}, {fact.model}: {_told(lines)}"
            found.append((caption, plots.curve(lines, key=f"{key}{part}", title=title, x_label="epoch")))
    return found


def _loss(row: EpochFact) -> float:
    return row.loss


def _points(row: EpochFact) -> float:
    return 100 * row.val_iou


def _lines(history: list[EpochFact], value: Callable[[EpochFact], float]) -> plots.Lines:
    lines: plots.Lines = {}
    for row in history:
        lines.setdefault(row.phase, []).append((row.epoch, value(row)))
    return lines


def _told(lines: plots.Lines) -> str:
    return "; ".join(f"{name} from {line[0][1]:.3g} to {line[-1][1]:.3g}" for name, line in lines.items())
