"""Which curves does a training history hold, and how are they drawn?"""

from datatools.report import plots
from datatools.report.training import TrainingFact

_LOSS = "loss"
_TIME_COLUMNS = frozenset({"epoch", "stage", "lr", "elapsed_s", "step", "seconds"})


def curves(fact: TrainingFact, *, key: str) -> list[tuple[str, str]]:
    """Draw a student's losses in one figure and its scores in another: (caption, SVG).

    Two figures because a loss and an IoU share no axis.
    """
    columns = [name for name in fact.history[0] if name not in _TIME_COLUMNS] if fact.history else []
    groups = {
        "loss": [name for name in columns if _LOSS in name],
        "score": [name for name in columns if _LOSS not in name],
    }
    found = []
    for what, names in groups.items():
        lines = {name: points for name in names if (points := _points(fact, name))}
        if lines:
            caption = f"{what} by epoch, {fact.model}: {_told(lines)}"
            svg = plots.curve(lines, key=f"{key}{what}", title=caption, x_label="epoch")
            found.append((f"{what.capitalize()} by epoch", svg))
    return found


def _points(fact: TrainingFact, name: str) -> list[tuple[float, float]]:
    # The row's number, not its epoch column: a second stage counts its epochs from 1 again.
    return [(float(i + 1), row[name]) for i, row in enumerate(fact.history) if name in row]


def _told(lines: dict[str, list[tuple[float, float]]]) -> str:
    return "; ".join(f"{name} from {p[0][1]:.3g} to {p[-1][1]:.3g}" for name, p in lines.items())
