"""What is told of how the workspace's students trained?"""

from collections.abc import Sequence

from datatools.report import words
from datatools.report.blocks import Block, Definitions, Row, Section, Table
from datatools.report.history import curves
from datatools.report.outline import pointers
from datatools.report.outline.pointers import at
from datatools.report.plots import MAX_ROWS
from datatools.report.training import TrainingFact


def sections(facts: Sequence[TrainingFact]) -> list[Section]:
    """Give the section on training; none where nothing was trained."""
    if not facts:
        return []
    parts = [_model(fact, at("/facts/training", n), f"t{n}") for n, fact in enumerate(facts)]
    return [Section(key="training", title="Training", sections=parts)]


def _model(fact: TrainingFact, of: str, key: str) -> Section:
    blocks: list[Block] = []
    for caption, drawing in curves(fact, key=key):
        blocks += pointers.figures(drawing, caption, of)
    blocks += _epochs(fact, of)
    if fact.card:
        entries = [(name.replace("_", " "), words.fact(value)) for name, value in fact.card.items()]
        blocks.append(Definitions(entries=entries, of=at(of, "card")))
    return Section(key=key, title=fact.model, blocks=blocks, is_name=True)


def _epochs(fact: TrainingFact, of: str) -> list[Block]:
    placed = list(enumerate(fact.history))
    if not placed:
        return []
    every = -(-len(placed) // MAX_ROWS)
    shown = placed[every - 1 :: every]
    if shown[-1] != placed[-1]:
        shown.append(placed[-1])
    rows = [
        Row(
            cells=(
                str(epoch.epoch),
                epoch.phase,
                f"{epoch.loss:.3g}",
                words.points(epoch.val_iou),
                f"{epoch.lr:.3g}",
                f"{epoch.elapsed_s:.1f}",
            ),
            of=at(of, "history", place),
        )
        for place, epoch in shown
    ]
    caption = "Epochs" if every == 1 else "Some of the epochs; report.json has all"
    head = ("Epoch", "Phase", "Loss", "Validation IoU, points of 100", "Learning rate", "Seconds")
    return [Table(caption=caption, head=head, rows=rows, is_open=False)]
