"""What does each arm give everybody, and what its worst group; and which arms are beaten in both?"""

from collections.abc import Iterator, Sequence

from datatools.fairness.estimates import Interval
from datatools.fairness.evaluation import reading_of
from datatools.fairness.models.arms_result import EVERYBODY, Asked, ParetoPoint, Row
from datatools.fairness.models.board import Board, strata
from datatools.fairness.models.runs import Contrast, Ints, Term, spreads
from datatools.fairness.statistics.intervals import estimate

_TIE = 1e-12  # of the metric: closer values differ by rounding alone


def pareto(board: Board, rows: Sequence[Row], n_replicates: int, seed: int) -> Iterator[ParetoPoint]:
    """Give a point for each arm of a test; none where no two groups can be shown, or a value is undefined.

    Args:
        board: the test.
        rows: the arms' comparisons, of this test and perhaps of others: whence the changes come.
        n_replicates: resamples of people and seeds.
        seed: of the resamples.
    """
    groups = board.worst_of_all()
    if groups is None:
        return
    named = {arm: board.worst_group(arm, groups.masks) for arm in board.names}
    everybody = [(Term(place, board.everybody, 1.0),) for place in range(len(board.names))]
    overall = _intervals(board, everybody, board.nobody_apart, n_replicates, seed)
    lowest: list[Interval] = []
    for place, arm in enumerate(board.names):
        mask = groups.masks[named[arm]]
        lowest += _intervals(board, [(Term(place, mask, 1.0),)], strata([mask]), n_replicates, seed)
    seen = [
        (board.sign * one.value, board.sign * other.value)
        for one, other in zip(overall, lowest, strict=True)
        if one.value is not None and other.value is not None
    ]
    if len(seen) < len(board.names):
        return
    trial = board.trial

    def change(arm: str, asked: Asked, attribute: str) -> Interval | None:
        wanted = (trial.test, trial.reference_source, arm, asked, attribute, board.metrics[0].name)
        for row in rows:
            key = (row.test, row.reference_source, row.arm, row.asked, row.attribute, row.metric)
            if key == wanted:
                return Interval(value=row.difference, low=row.low, high=row.high)
        return None  # the reference arm's own

    for place, arm in enumerate(board.names):
        yield ParetoPoint(
            test=trial.test,
            reading=reading_of(trial.reference_source),
            reference_source=trial.reference_source,
            metric=board.metrics[0].name,
            attribute=groups.attribute,
            arm=arm,
            reference=board.reference,
            worst_group=named[arm],
            n_images=int(board.people.n_images.sum()),
            n_people=len(board.people),
            overall=overall[place],
            worst=lowest[place],
            overall_change=change(arm, "value", EVERYBODY),
            worst_change=change(arm, "worst group", groups.attribute),
            dominated_by=[
                other
                for other, point in zip(board.names, seen, strict=True)
                if is_dominated(seen[place], point)
            ],
        )


def is_dominated(own: tuple[float, float], other: tuple[float, float]) -> bool:
    """Say whether the other is no worse in both respects and better in one."""
    gains = [theirs - mine for mine, theirs in zip(own, other, strict=True)]
    return min(gains) >= -_TIE and max(gains) > _TIE


def _intervals(
    board: Board, contrasts: Sequence[Contrast], stratum: Ints, n_replicates: int, seed: int
) -> list[Interval]:
    metric = board.metrics[0]
    found = spreads(
        metric,
        board.columns[metric.name],
        contrasts,
        stratum,
        n_replicates=n_replicates,
        seed=seed,
        is_trained=board.is_trained,
        networks=board.networks,
    )
    cut = [estimate(spread.value, spread.interval(), metric.bounds, 0, 0) for spread in found]
    return [Interval(value=one.value, low=one.low, high=one.high) for one in cut]
