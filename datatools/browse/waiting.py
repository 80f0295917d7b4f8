"""Which picture of a FiftyOne view comes next for somebody who reviews or annotates?"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from datatools.asking import order
from datatools.browse.fields import GENERATED, slug
from datatools.browse.turns import Turn, key, settled
from datatools.exchange.fiftyone import PREFIX
from datatools.selection import REVIEW_QUESTION

if TYPE_CHECKING:
    from types import ModuleType

    import fiftyone

_SEED = 0  # of the order by lot: annotator and sample alone decide it, as on a page without --seed


def to_review(fo: "ModuleType", view: "fiftyone.DatasetView", turn: Turn) -> tuple[str | None, int]:
    """Give the first sample of a view whose mask nobody has reviewed, and how many there are.

    Samples that were chosen by hand are reviewed again, whoever reviewed them.
    """
    is_done = [name.split(" ")[0] for name in settled(turn) if name.endswith(f" {REVIEW_QUESTION}")]
    chosen = fo.ViewField("sample_id").is_in(turn.only)
    waiting = view.match(chosen) if turn.only else view.exists("review", False)
    waiting = waiting.exists(GENERATED).match(~fo.ViewField("sample_id").is_in(is_done))
    found = waiting.limit(1).values("sample_id")
    return (found[0] if found else None), waiting.count()


def to_annotate(
    fo: "ModuleType", view: "fiftyone.DatasetView", turn: Turn
) -> tuple[tuple[str, str] | None, int]:
    """Give the sample and question that come next in the annotator's order by lot, and how many are open.

    All questions about a picture come together. What this annotator has answered is not asked again, however
    often others have answered it.
    """
    if turn.only:
        view = view.match(fo.ViewField("sample_id").is_in(turn.only))
    sample_ids = view.values("sample_id")
    questions = [spec.split(":")[0] for spec in turn.questions]
    is_done = settled(turn)
    for question in questions:
        is_done |= {key(name, question) for name in _answered(fo, view, question, turn.annotator_id)}
    ordered = order.arranged(sample_ids, queue=None, mixed_in=(), seed=_SEED, annotator_id=turn.annotator_id)
    waiting = [(name, one) for name in ordered for one in questions if key(name, one) not in is_done]
    return (waiting[0] if waiting else None), len(waiting)


def _answered(
    fo: "ModuleType", view: "fiftyone.DatasetView", question: str, annotator_id: str
) -> Sequence[str]:
    field = f"{PREFIX}{slug(question)}"
    if not view.has_field(field):
        return []
    is_mine = fo.ViewField("annotator_id") == annotator_id
    found: list[str] = view.filter_labels(field, is_mine).values("sample_id")
    return found
