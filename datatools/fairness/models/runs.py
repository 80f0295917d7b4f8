"""By how much do networks that were trained in several ways differ, over people and over seeds?

Each way (an arm) was trained several times and every run scored the same pictures. Two things would
come out otherwise another time: who is in the pictures, and the luck of training. A contrast of arms is

    value = sum over arms of the mean over that arm's runs

and its spread has two parts. Over people: the runs' mean is taken first, so that each person gives one
paired difference, and people are drawn with replacement (bootstrap-t) and their differences' signs dealt
at random, whichever is the wider at each end: most differences are small and a few are large, and a
bootstrap of those alone rejects 7 to 11% of true nulls (docs/models.md). Over seeds: the runs of an arm
vary by their own luck, estimated from two runs or more with very few degrees of freedom. What a run's
luck does to single pictures is in both parts and is taken out of the second (Owen 2007, "The pigeonhole
bootstrap", section 4; Cameron, Gelbach & Miller 2011). The parts are added as independent pivots, a
generalised (fiducial) distribution of the truth (Weerahandi 1995; Behrens and Fisher's problem): quantiles
of it are the interval. Runs that do not vary leave the part over people alone.

Runs of one seed in two arms are taken as independent. Where they share luck (the same first weights),
the interval is too wide, never too narrow; ``benchmarks/ablate_calibration.py`` shows what pairing costs.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.fairness.statistics.intervals import LEVEL
from datatools.fairness.statistics.people import Floats
from datatools.fairness.statistics.power import POWER
from datatools.metrics import Metric

Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]
Moved = tuple[slice, Floats, Floats]  # replicates; (n, n_contrasts) how far they move, and the variance of it

_CHUNK_NUMBERS = 2_000_000  # of weights at once: 16 MB
_STEP_FRAC = 1e-6  # of the central difference: between rounding (1e-16) and curvature
_FLAT_SE_FRAC = 1e-6  # of the standard error; below it a replicate drew equal people only
_FLAT_FRAC_LIMIT = 0.005  # a fifth of the tail that an interval's end is read from


@dataclass(frozen=True, slots=True, eq=False)
class Term:
    """One part of a contrast: the mean over an arm's runs of the metric of some people."""

    arm: int
    people: Bools  # (n_people,)
    sign: float


Contrast = tuple[Term, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Spread:
    """A contrast's value, and where the truth may lie."""

    value: float
    se_people: float
    se_seeds: float | None  # None: an arm was trained once, its luck is not known
    truths: Floats  # (n_replicates,) the generalised distribution of the truth

    def interval(self, level: float = LEVEL) -> tuple[float, float]:
        """Give the equal-tailed interval."""
        low, high = np.quantile(self.truths, [(1 - level) / 2, (1 + level) / 2])
        return float(low), float(high)

    def p_value(self) -> float:
        """Test that there is no difference, two-sided: the level whose interval ends at 0."""
        n = len(self.truths)
        tail = min(int((self.truths <= 0).sum()), int((self.truths >= 0).sum()))
        return min(1.0, 2 * (1 + tail) / (n + 1))

    def is_negligible(self, margin: float, alpha: float) -> bool:
        """Test by two one-sided tests that the truth is within the margin."""
        low, high = self.interval(1 - 2 * alpha)
        return -margin < low and high < margin

    def detectable(self, alpha: float) -> float:
        """Give the smallest difference that a two-sided test at ``alpha`` finds with 80% power.

        Read off the same distribution as interval and p-value: half an interval of that level, and
        the way from the middle to its 80% quantile.
        """
        tails = [alpha / 2, 1 - POWER, POWER, 1 - alpha / 2]
        lowest, low, high, highest = np.quantile(self.truths, tails)
        return float((highest - lowest + high - low) / 2)


def spreads(
    metric: Metric,
    arms: Sequence[Floats],
    contrasts: Sequence[Contrast],
    stratum: Ints,
    *,
    n_replicates: int,
    seed: int,
    is_trained: Sequence[bool],
    networks: Sequence[int] | None = None,
) -> list[Spread]:
    """Estimate contrasts with their spread over people and seeds.

    Args:
        metric: what is compared.
        arms: of each arm (n_runs, n_people, k), the metric's sums over each person's pictures.
        contrasts: what to estimate.
        stratum: (n_people,), the group within which people are drawn, every number from 0 on.
        n_replicates: resamples of people.
        seed: of the resamples; the same seed draws the same people, whatever is estimated.
        is_trained: of each arm: a network that was not trained here has one run and no luck.
        networks: of each arm; arms of one number are the same networks, run by run, and share their luck.
            None: all differ.
    """
    shared = range(len(arms)) if networks is None else networks
    parts = [_parts(metric, arms, contrast, is_trained, shared) for contrast in contrasts]
    influence = np.stack([part.influence for part in parts], axis=1)  # (n_people, n_contrasts)
    variance, dof = _variance(influence, stratum)
    shape = (n_replicates, len(contrasts))
    boots, signs = (np.random.default_rng([seed, stream]) for stream in (0, 2))
    t = _wider(
        _studentised(_drawn(influence, stratum, n_replicates, boots), variance, dof, shape),
        _studentised(_flipped(influence, stratum, n_replicates, signs), variance, dof, shape),
    )
    luck = np.random.default_rng([seed, 1])
    normal = luck.standard_normal(n_replicates)
    found = []
    for number, part in enumerate(parts):
        se_people = float(np.sqrt(variance[number]))
        truths = part.value - se_people * t[:, number]
        se_seeds: float | None = None
        if part.is_luck_known:
            se_seeds = float(np.sqrt(max(0.0, part.between - part.within)))
            if part.between > 0:
                chi2 = luck.chisquare(part.dof, n_replicates)
                drawn = np.maximum(0.0, part.dof * part.between / chi2 - part.within)
                truths = truths - normal * np.sqrt(drawn)
        found.append(Spread(value=part.value, se_people=se_people, se_seeds=se_seeds, truths=truths))
    return found


@dataclass(frozen=True, slots=True, eq=False)
class _Parts:
    """What a contrast's spread is made of."""

    value: float
    influence: Floats  # (n_people,) of the mean over runs; adds up to 0 in every term
    between: float  # variance of the value over seeds, the pictures' part of it too
    within: float  # that part: what a run's luck does to single pictures
    dof: float  # of ``between``
    is_luck_known: bool


def _parts(
    metric: Metric,
    arms: Sequence[Floats],
    contrast: Contrast,
    is_trained: Sequence[bool],
    networks: Sequence[int],
) -> _Parts:
    n_people = arms[0].shape[1]
    value, between, within, shares = 0.0, 0.0, 0.0, 0.0
    influence = np.zeros(n_people)
    is_luck_known = True
    for network in sorted({networks[term.arm] for term in contrast}):
        own_terms = [term for term in contrast if networks[term.arm] == network]
        n_runs = len(arms[own_terms[0].arm])
        values, moves = np.zeros(n_runs), np.zeros((n_runs, n_people))
        for term in own_terms:
            run_values, run_moves = _linearised(metric, arms[term.arm], term.people)
            values += term.sign * run_values
            moves += term.sign * run_moves
        value += float(values.mean())
        influence += moves.mean(axis=0)
        if n_runs > 1:
            own = float(values.var(ddof=1)) / n_runs
            between += own
            shares += own**2 / (n_runs - 1)
            n_in = int(np.any([term.people for term in own_terms], axis=0).sum())
            within += float(moves.var(axis=0, ddof=1).sum()) / n_runs * n_in / max(1, n_in - 1)
        elif is_trained[own_terms[0].arm]:
            is_luck_known = False
    return _Parts(
        value=value,
        influence=influence,
        between=between,
        within=within,
        dof=between**2 / shares if shares > 0 else 1.0,
        is_luck_known=is_luck_known,
    )


def _linearised(metric: Metric, columns: Floats, people: Bools) -> tuple[Floats, Floats]:
    """Give each run's value (n_runs,), and how each person moves it (n_runs, n_people), to first order."""
    chosen = columns[:, people]  # (n_runs, n_chosen, k)
    sums = chosen.sum(axis=1)  # (n_runs, k)
    moves = np.zeros(columns.shape[:2])
    for j in range(sums.shape[1]):
        scale = np.abs(sums[:, j])
        width = _STEP_FRAC * np.where(scale > 0, scale, 1.0)
        step = np.zeros_like(sums)
        step[:, j] = width
        gradient = (metric.value(sums + step) - metric.value(sums - step)) / (2 * width)  # (n_runs,)
        centred = chosen[:, :, j] - chosen[:, :, j].mean(axis=1, keepdims=True)
        moves[:, people] += gradient[:, None] * centred
    return metric.value(sums), moves


def _groups(stratum: Ints) -> list[Ints]:
    return [np.flatnonzero(stratum == number) for number in range(int(stratum.max()) + 1)]


def _variance(influence: Floats, stratum: Ints) -> tuple[Floats, Floats]:
    """Give each contrast's variance over people and its degrees of freedom (Satterthwaite 1946)."""
    total, shares = np.zeros(influence.shape[1]), np.zeros(influence.shape[1])
    n_largest = 2
    for members in _groups(stratum):
        n = len(members)
        own = influence[members].var(axis=0) * n * n / max(1, n - 1)
        total += own
        shares += own**2 / max(1, n - 1)
        n_largest = max(n_largest, n)
    with np.errstate(divide="ignore", invalid="ignore"):
        dof = np.where(shares > 0, total**2 / shares, n_largest - 1.0)
    return total, dof


def _drawn(influence: Floats, stratum: Ints, n_replicates: int, rng: np.random.Generator) -> Iterator[Moved]:
    """Draw people with replacement within strata."""
    for members in _groups(stratum):
        own = influence[members] - influence[members].mean(axis=0)
        n = len(members)
        features = np.concatenate([own, own**2], axis=1)
        for rows in _chunks(n_replicates, n):
            n_rows = rows.stop - rows.start
            drawn = rng.integers(0, n, (n_rows, n)) + n * np.arange(n_rows)[:, None]
            weights = np.bincount(drawn.ravel(), minlength=n_rows * n).reshape(-1, n)
            sums, squares = np.split(weights.astype(np.float64) @ features, 2, axis=1)
            yield rows, sums, (squares - sums**2 / n) * n / max(1, n - 1)


def _flipped(
    influence: Floats, stratum: Ints, n_replicates: int, rng: np.random.Generator
) -> Iterator[Moved]:
    """Deal signs to people within strata, which keeps how large each one's part is."""
    for members in _groups(stratum):
        own = influence[members] - influence[members].mean(axis=0)
        n = len(members)
        for rows in _chunks(n_replicates, n):
            signs = 2.0 * rng.integers(0, 2, (rows.stop - rows.start, n), dtype=np.int8) - 1.0
            sums = signs @ own
            yield rows, sums, ((own**2).sum(axis=0) - sums**2 / n) * n / max(1, n - 1)


def _chunks(n_replicates: int, n_people: int) -> Iterator[slice]:
    at_once = max(1, _CHUNK_NUMBERS // n_people)
    for start in range(0, n_replicates, at_once):
        yield slice(start, min(n_replicates, start + at_once))


def _studentised(moved: Iterator[Moved], variance: Floats, dof: Floats, shape: tuple[int, int]) -> Floats:
    """Give t of each contrast over replicates (n_replicates, n_contrasts)."""
    sums, squares = np.zeros(shape), np.zeros(shape)
    for rows, of_sums, of_squares in moved:
        sums[rows] += of_sums
        squares[rows] += of_squares
    ses = np.sqrt(np.maximum(squares, 0.0))
    t = np.zeros(shape)
    for number in range(shape[1]):
        se = np.sqrt(variance[number])
        if se == 0.0:
            continue
        has_spread = ses[:, number] > _FLAT_SE_FRAC * se
        if np.mean(~has_spread) > _FLAT_FRAC_LIMIT:
            t[:, number] = stats.t.ppf((np.arange(shape[0]) + 0.5) / shape[0], dof[number])
        else:
            t[has_spread, number] = sums[has_spread, number] / ses[has_spread, number]
    return t


def _wider(first: Floats, second: Floats) -> Floats:
    """Give the distribution whose every central interval holds both others' (n_replicates, n_contrasts)."""
    first, second = np.sort(first, axis=0), np.sort(second, axis=0)
    is_low = (np.arange(len(first)) < len(first) / 2)[:, None]
    return np.where(is_low, np.minimum(first, second), np.maximum(first, second))
