"""Which masks wait for a person's look, and in which order?

The queue of the stage review, and of the review queue in FiftyOne: one computation.
"""

import statistics
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from datatools import selection, tables
from datatools.quality import examples
from datatools.quality.answers import AcceptCurve
from datatools.quality.answers import read as read_curve
from datatools.quality.committee import MODEL, choose, committee_of
from datatools.quality.gathering import observed
from datatools.quality.model import QualityModel
from datatools.quality.queue import DEFAULT_SECONDS, Place, queue
from datatools.workspace import Workspace

_NOT_ABOUT_THE_MASK = frozenset({"corrupt", "near_duplicate"})  # a look at the mask changes nothing there


@dataclass(frozen=True, slots=True, kw_only=True)
class Waiting:
    """The masks that nobody has reviewed, the most rewarding first, and what they were ranked by."""

    places: list[Place]
    failed: dict[str, list[str]]  # the checks that each rejected sample failed
    curve: AcceptCurve | None  # of earlier reviews
    seconds: float  # that a look takes
    n_timed: int  # reviews that say how long they took
    sentence: str  # which quality model ranked, and how far its numbers can be trusted


def waiting(workspace: Workspace, sample_ids: Collection[str], given: Path | None = None) -> Waiting:
    """Rank the masks of these samples that a look may change something about.

    Args:
        workspace: where check has run.
        sample_ids: of samples that may be reviewed.
        given: folder of a quality model; None: the workspace's own, or the nearest packaged one.

    Raises:
        UsageError: check has not run, or refine has run since.
        DataError: the quality model, or its curve of reviews, is none.
        TableError: a table is missing or broken.
    """
    seen = observed(workspace)
    failed = _failed(workspace)
    open_to_review = set(sample_ids) & seen.keys() - _settled(workspace, failed)
    committee = committee_of(workspace)
    chosen = choose(workspace, committee, given)
    curve, (seconds, n_timed) = read_curve(workspace.model_folder(MODEL)), _seconds(workspace)
    places = queue(
        QualityModel(examples.read(chosen.folder)[0]),
        {name: seen[name] for name in open_to_review},
        selection.accepted(workspace),
        curve=curve,
        seconds=seconds,
    )
    return Waiting(
        places=places,
        failed=failed,
        curve=curve,
        seconds=seconds,
        n_timed=n_timed,
        sentence=chosen.sentence(committee),
    )


def _failed(workspace: Workspace) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for row in workspace.rows(tables.FINDINGS):
        if not row.passed:
            found[row.sample_id].append(row.check)
    return found


def _settled(workspace: Workspace, failed: dict[str, list[str]]) -> set[str]:
    """Give the samples that were reviewed, or were rejected for something else than their mask."""
    answered = selection.reviews(workspace.rows_or_empty(tables.ANNOTATIONS)).keys()
    return answered | {name for name, checks in failed.items() if _NOT_ABOUT_THE_MASK & set(checks)}


def _seconds(workspace: Workspace) -> tuple[float, int]:
    """Give how long a look takes (s), and how many reviews say so."""
    taken = [
        row.lead_time_s
        for row in workspace.rows_or_empty(tables.ANNOTATIONS)
        if row.question == selection.REVIEW_QUESTION and row.lead_time_s
    ]
    return (statistics.median(taken) if taken else DEFAULT_SECONDS), len(taken)
