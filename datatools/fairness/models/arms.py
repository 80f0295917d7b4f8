"""What difference does a way of training make, overall and for each group of people?

Comparisons of everybody are one declared family, those by group a second one; each is corrected together
(Holm) over all tests and arms, so that asking about groups costs the first question nothing.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datatools.fairness.evaluation import reading_of
from datatools.fairness.models.arms_result import EVERYBODY, ParetoPoint, Row, RunValue, Verdict
from datatools.fairness.models.board import Batch, Board, Comparison, Trial
from datatools.fairness.models.pareto import pareto
from datatools.fairness.models.runs import Spread, spreads
from datatools.fairness.statistics.inference import Rules, holm
from datatools.fairness.who.groups import group_name
from datatools.metrics import Metric
from datatools.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What is compared, and how."""

    reference: str  # the arm that the others are compared with
    metrics: Sequence[Metric]  # the first one is compared by group, the others are shown for everybody
    rules: Rules
    min_people: int
    n_replicates: int
    seed: int


@dataclass(frozen=True, slots=True)
class Compared:
    """All rows, and how many comparisons were corrected together in each family."""

    rows: list[Row]
    runs: list[RunValue]
    pareto: list[ParetoPoint]
    n_overall: int
    n_by_group: int


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Found:
    """One comparison, before its family is corrected."""

    board: Board
    batch: Batch
    what: Comparison
    spread: Spread

    @property
    def p_value(self) -> float | None:
        """Give the p-value; None where the luck of training is not known, or the metric is undefined."""
        is_told = self.spread.se_seeds is not None and math.isfinite(self.spread.value)
        return self.spread.p_value() if is_told else None

    @property
    def family(self) -> str | None:
        """Say with which comparisons this one is corrected."""
        if not self.batch.is_compared:
            return None
        return "overall" if self.what.attribute == EVERYBODY else "by group"


def compare(tests: Sequence[Trial], question: Question, progress: Progress) -> Compared:
    """Compare every arm with the reference arm on every test."""
    boards = [Board(trial, question.reference, question.metrics, question.min_people) for trial in tests]
    batches = [(board, batch) for board in boards for batch in board.batches()]
    n_asked = sum(len(batch.comparisons) for _, batch in batches)
    # The smallest p-value is 2 / (n + 1): times all comparisons, that is half of alpha.
    n_replicates = max(question.n_replicates, math.ceil(4 * n_asked / question.rules.alpha))
    found: list[_Found] = []
    with progress.bar("compare", len(batches)) as advance:
        for board, batch in batches:
            found += _answer(board, batch, n_replicates, question.seed)
            advance()
    rows: list[Row | None] = [None] * len(found)
    sizes = {}
    for family in ("overall", "by group", None):
        places = [place for place, one in enumerate(found) if one.family == family]
        sizes[family] = len(places)
        p_values = [found[place].p_value for place in places]
        # A test that cannot be made counts as 1; what is only shown is corrected for nothing.
        corrected = holm([1.0 if p is None else p for p in p_values]) if family else [None] * len(places)
        for place, p_value, p_holm in zip(places, p_values, corrected, strict=True):
            n_family = len(places) if family else 1
            rows[place] = _row(found[place], p_value, None if p_value is None else p_holm, n_family, question)
    made = [row for row in rows if row is not None]
    return Compared(
        rows=made + [row for board in boards for row in _hidden(board)],
        runs=[value for board in boards for value in board.run_values()],
        pareto=[point for board in boards for point in pareto(board, made, n_replicates, question.seed)],
        n_overall=sizes["overall"],
        n_by_group=sizes["by group"],
    )


def limits(compared: Compared, seeds: Sequence[int], question: Question) -> Iterator[str]:
    """Say what the reader must know before believing a number."""
    rows = compared.rows
    if any(row.is_compared and row.se_seeds is None for row in rows):
        yield (
            "An arm was trained once: the luck of training is not known, the intervals are over people "
            "alone, and nothing can be told. Two seeds are the least, three are better."
        )
    elif not seeds:
        yield (
            "Intervals are over people: these networks as they are, on other people like these. What they "
            "were trained with would give other networks another time; of that nothing is said."
        )
    else:
        yield (
            f"Intervals are over people and over {len(seeds)} seeds: another time other people would be in "
            "the pictures, and training would have other luck. With so few seeds they are a little too wide."
        )
    yield (
        f"Comparisons corrected together (Holm): {compared.n_overall} of everybody, and apart from them "
        f"{compared.n_by_group} by group, each family at a chance of {100 * question.rules.alpha:g}% of one "
        f"false difference or more; equivalent means certainly within {100 * question.rules.margin:g} points."
    )
    if any(row.reading == "agreement" for row in rows):
        yield (
            "Scores against masks that no person drew or rendered are agreement, not accuracy: an error that "
            "both sides make is invisible."
        )
    if any(row.asked == "worst group" for row in rows):
        yield (
            "Worst group and largest gap are picked by looking at these pictures, so that each arm's own "
            "number is a little worse than the truth; their difference compares like with like."
        )
    if compared.pareto:
        yield (
            "On the chart of everybody against the worst group, the front is drawn by the values: an arm "
            "whose line crosses another's place may be on it, or off it, by luck."
        )
    if any(row.asked == "gap to the rest" for row in rows):
        yield (
            "Gaps are raw: groups may also differ in light, pose, face size or background, and nothing here "
            "is adjusted for that."
        )
    n_hidden = sum(row.verdict == "suppressed" for row in rows)
    if n_hidden:
        yield (
            f"Not shown, since they have fewer than {question.min_people} people or would let such a group "
            f"be found by subtraction: {n_hidden} {'row' if n_hidden == 1 else 'rows'}."
        )


def _answer(board: Board, batch: Batch, n_replicates: int, seed: int) -> Iterator[_Found]:
    found = spreads(
        batch.metric,
        board.columns[batch.metric.name],
        [(*one.of_arm, *one.of_reference) for one in batch.comparisons],
        batch.stratum,
        n_replicates=n_replicates,
        seed=seed,
        is_trained=board.is_trained,
        networks=board.networks,
    )
    for one, spread in zip(batch.comparisons, found, strict=True):
        yield _Found(board=board, batch=batch, what=one, spread=spread)


def _row(
    found: _Found, p_value: float | None, p_holm: float | None, n_family: int, question: Question
) -> Row:
    what, spread, trial = found.what, found.spread, found.board.trial
    # With two seeds an interval may reach further than the metric itself can.
    lowest, highest = found.batch.metric.bounds
    reach = (highest - lowest) * len(what.of_arm)
    low, high = (max(-reach, min(reach, end)) for end in spread.interval())
    rules = question.rules
    verdict: Verdict = "insufficient data"
    if p_value is not None and spread.is_negligible(rules.margin, rules.alpha):
        verdict = "equivalent"
    elif p_holm is not None and p_holm < rules.alpha:
        verdict = "difference"
    return Row(
        test=trial.test,
        reading=reading_of(trial.reference_source),
        reference_source=trial.reference_source,
        metric=found.batch.metric.name,
        arm=what.arm,
        reference=question.reference,
        attribute=what.attribute,
        group=what.group,
        asked=what.asked,
        is_compared=found.batch.is_compared,
        n_images=int(found.board.people.n_images[what.people].sum()),
        n_people=int(what.people.sum()),
        reference_value=_defined(-found.board.value(found.batch.metric, what.of_reference)),
        value=_defined(found.board.value(found.batch.metric, what.of_arm)),
        difference=_defined(spread.value),
        low=_defined(low),
        high=_defined(high),
        se_people=_defined(spread.se_people),
        se_seeds=spread.se_seeds,
        p_value=p_value,
        p_holm=p_holm,
        detectable=None
        if p_value is None
        else spread.detectable(rules.alpha / n_family),  # Holm's first step
        verdict=verdict,
    )


def _defined(number: float) -> float | None:
    return number if math.isfinite(number) else None


def _hidden(board: Board) -> Iterator[Row]:
    """Give a row for each group that is too small to be shown: that it is there, and no more."""
    trial = board.trial
    nothing = dict.fromkeys(
        (
            "n_images",
            "n_people",
            "reference_value",
            "value",
            "difference",
            "low",
            "high",
            "se_people",
            "se_seeds",
            "p_value",
            "p_holm",
            "detectable",
        )
    )
    for layout in board.layouts:
        for levels in layout.axis.levels:
            if levels in layout.hidden:
                for arm in board.others:
                    yield Row(
                        test=trial.test,
                        reading=reading_of(trial.reference_source),
                        reference_source=trial.reference_source,
                        metric=board.metrics[0].name,
                        arm=arm,
                        reference=board.reference,
                        attribute=layout.axis.name,
                        group=group_name(levels),
                        asked="value",
                        is_compared=False,
                        verdict="suppressed",
                        **nothing,
                    )
