"""Is the consensus right, its intervals honest, and who clicks at random found?

Simulated annotators with known errors. Prints, case by case: the share of intervals that hold the truth
(0.95 is right), how often consensus and majority vote are right (paired over the crowds, with a 95%
interval), the log loss of the posterior for several strengths of the pooled prior, what one witness a
person is worth when errors about a person repeat, and how many random clickers are found and others
accused. About eight minutes::

    python benchmarks/consensus_calibration.py
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.labels.chance import dependence
from datatools.fairness.labels.dawid_skene import Model, expectation_maximisation, fit
from datatools.fairness.labels.label_posterior import sample
from datatools.fairness.labels.votes import Votes, cast

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

N_RUNS = 100
N_DRAWS = 300
STRENGTHS = (1.0, 5.0, 10.0, 20.0)
# units, annotators, values, how often they are right on average, share of units that each answers
CASES = (
    (300, 3, 2, 0.85, 1.0),
    (300, 5, 3, 0.75, 1.0),
    (1000, 3, 2, 0.85, 1.0),
    (400, 6, 4, 0.8, 0.6),
    (500, 30, 3, 0.75, 0.13),
    (2000, 5, 7, 0.8, 0.8),
)
# units, annotators who look, random clickers, values, share of units that each answers
CLICKS = (
    (100, 3, 1, 2, 1.0),
    (300, 3, 1, 2, 1.0),
    (300, 4, 1, 3, 1.0),
    (300, 3, 2, 3, 1.0),
    (1000, 4, 1, 7, 1.0),
    (1500, 17, 3, 3, 0.2),
    (100, 10, 2, 3, 0.3),
)


def confusions(n_annotators: int, n_values: int, right: float, rng: np.random.Generator) -> Floats:
    """Give annotators who err round a common pattern, each in their own way."""
    common = np.full((n_values, n_values), (1 - right) / (n_values - 1))
    np.fill_diagonal(common, right)
    found = [[rng.dirichlet(row * 30) for row in common] for _ in range(n_annotators)]
    return np.array(found)


def answers(
    shares: Floats, truth: Ints, table: Floats, answered: float, rng: np.random.Generator
) -> tuple[Ints, Ints, Ints]:
    """Give the unit, annotator and value of every answer."""
    has_answer = rng.random((len(truth), len(table))) < answered
    has_answer[~has_answer.any(axis=1), 0] = True
    unit, annotator = np.nonzero(has_answer)
    reached = table.cumsum(axis=-1)[annotator, truth[unit]]
    value = (rng.random((len(unit), 1)) > reached).sum(axis=1).clip(0, len(shares) - 1)
    return unit, annotator, value


def crowds(case: tuple[int, int, int, float, float]) -> Iterator[tuple[Votes, Ints, Floats, Floats]]:
    """Give votes, truth, shares and confusions of each run."""
    n_units, n_annotators, n_values, right, answered = case
    for run in range(N_RUNS):
        rng = np.random.default_rng([run, n_units, n_annotators])
        shares = rng.dirichlet(np.full(n_values, 5.0))
        truth = rng.choice(n_values, n_units, p=shares)
        table = confusions(n_annotators, n_values, right, rng)
        said = answers(shares, truth, table, answered, rng)
        yield cast(*said, n_units, n_annotators, n_values), truth, shares, table


def right_frac(votes: Votes, shares: Floats, truth: Ints) -> float:
    """Give the share of units whose likeliest value is true; ties are right by chance."""
    of_units = shares[votes.row_of]
    is_best = of_units >= of_units.max(axis=1, keepdims=True) - 1e-12
    return float(np.mean(is_best[np.arange(len(truth)), truth] / is_best.sum(axis=1)))


def log_loss(votes: Votes, posterior: Floats, truth: Ints) -> float:
    """Give the mean negative log probability of the truth."""
    of_units = posterior[votes.row_of]
    return float(-np.log(np.maximum(of_units[np.arange(len(truth)), truth], 1e-12)).mean())


def told(differences: list[float]) -> str:
    """Give a mean with its 95% interval."""
    mean = np.mean(differences)
    half = 1.98 * np.std(differences, ddof=1) / np.sqrt(len(differences))
    return f"{mean:+.4f} [{mean - half:+.4f}, {mean + half:+.4f}]"


def coverage() -> None:
    """Print coverage, the gain over the vote, and the log loss by strength."""
    for case in CASES:
        held, gains, losses = [], [], {strength: [] for strength in STRENGTHS}
        right, plain, averaged, sure = [], [], [], []
        for votes, truth, shares, table in crowds(case):
            models: dict[float, Model] = {strength: fit(votes, strength=strength) for strength in STRENGTHS}
            for strength, model in models.items():
                losses[strength].append(log_loss(votes, model.posterior, truth))
            model = fit(votes)
            drawn = sample(votes, model, N_DRAWS, np.random.default_rng(1))
            right.append(right_frac(votes, drawn.posterior, truth))
            sure.append(drawn.posterior.max(axis=1) @ votes.n_units / len(truth))
            averaged.append(log_loss(votes, drawn.posterior, truth))
            ml = expectation_maximisation(votes, np.zeros((len(shares), len(shares))))
            gains.append(right[-1] - right_frac(votes, votes.shares(), truth))
            plain.append(right[-1] - right_frac(votes, ml.posterior, truth))
            diagonal = np.arange(len(shares))
            inside = (drawn.confusion.low <= table) & (table <= drawn.confusion.high)
            other = np.ones_like(inside)
            other[:, diagonal, diagonal] = False
            other &= table > 0.005
            accuracy = np.einsum("k,akk->a", shares, table)
            held.append(
                [
                    inside[:, diagonal, diagonal].mean(),
                    inside[other].mean(),
                    ((drawn.accuracy.low <= accuracy) & (accuracy <= drawn.accuracy.high)).mean(),
                    ((drawn.shares.low <= shares) & (shares <= drawn.shares.high)).mean(),
                ]
            )
        covered = ", ".join(f"{share:.3f}" for share in np.mean(held, axis=0))
        loss = ", ".join(f"{strength:g}: {np.mean(found):.3f}" for strength, found in losses.items())
        print(f"{case}: held (right, errors, accuracy, shares) {covered}", flush=True)
        print(f"    right {np.mean(right):.4f}, minus vote {told(gains)}, minus ML {told(plain)}")
        print(f"    said to be {np.mean(sure):.4f}; log loss averaged over draws {np.mean(averaged):.3f}, ")
        print(f"    of the fit alone, by strength, {loss}", flush=True)


def scale() -> None:
    """Print how ten ordered values fare, whose annotators err by one step; few pictures of each value."""
    for n_units in (80, 200, 1000):
        found = []
        for run in range(N_RUNS // 2):
            rng = np.random.default_rng([run, n_units])
            truth = rng.integers(0, 10, n_units)
            table = np.zeros((3, 10, 10))
            for annotator, (wrong, up) in enumerate(((0.2, 0.5), (0.3, 0.5), (0.4, 0.8))):
                for value in range(10):
                    table[annotator, value, value] = 1 - wrong
                    table[annotator, value, value + 1 if value < 9 else 8] += wrong * up
                    table[annotator, value, value - 1 if value > 0 else 1] += wrong * (1 - up)
            votes = cast(*answers(np.full(10, 0.1), truth, table, 1.0, rng), n_units, 3, 10)
            drawn = sample(votes, fit(votes, is_ordinal=True), N_DRAWS, rng)
            ml = expectation_maximisation(votes, np.zeros((10, 10)))
            found.append(
                [
                    right_frac(votes, drawn.posterior, truth),
                    drawn.posterior.max(axis=1) @ votes.n_units / n_units,
                    log_loss(votes, drawn.posterior, truth),
                    right_frac(votes, votes.shares(), truth),
                    right_frac(votes, ml.posterior, truth),
                    ml.posterior.max(axis=1) @ votes.n_units / n_units,
                    log_loss(votes, ml.posterior, truth),
                ]
            )
        right, sure, loss, vote, ml_right, ml_sure, ml_loss = np.mean(found, axis=0)
        print(
            f"ten tones, {n_units} pictures: right {right:.3f}, said to be {sure:.3f}, log loss {loss:.2f}; "
            f"vote right {vote:.3f}; maximum likelihood right {ml_right:.3f}, said to be {ml_sure:.3f}, "
            f"log loss {ml_loss:.2f}",
            flush=True,
        )


def witnesses() -> None:
    """Print the log loss of people of three pictures when an annotator's error about a person repeats."""
    for repeats in (0.0, 0.5, 1.0):
        one, many = [], []
        for run in range(N_RUNS):
            rng = np.random.default_rng(run)
            shares = np.array([0.5, 0.3, 0.2])
            truth = rng.choice(3, 200, p=shares)
            table = confusions(4, 3, 0.75, rng)
            unit, annotator, first = answers(shares, truth, table, 1.0, rng)
            said = [first]
            for _ in range(2):
                _, _, again = answers(shares, truth, table, 1.0, rng)
                said.append(np.where(rng.random(len(first)) < repeats, first, again))
            unit3, annotator3 = np.tile(unit, 3), np.tile(annotator, 3)
            value3 = np.concatenate(said)
            votes = cast(unit3, annotator3, value3, 200, 4, 3)
            one.append(log_loss(votes, sample(votes, fit(votes), N_DRAWS, rng).posterior, truth))
            full = Votes(votes.matrix * 3, votes.n_units, votes.row_of, 4, 3)
            many.append(log_loss(full, sample(full, fit(full), N_DRAWS, rng).posterior, truth))
        print(
            f"errors about a person repeat with probability {repeats}: log loss with one witness a person "
            f"{np.mean(one):.3f}, with a witness a picture {np.mean(many):.3f}",
            flush=True,
        )


def clickers() -> None:
    """Print how many random clickers are found, and how many others are accused."""
    for n_units, n_looking, n_clicking, n_values, answered in CLICKS:
        found, passed, accused = [], [], []
        for run in range(N_RUNS):
            rng = np.random.default_rng([run, n_units])
            shares = rng.dirichlet(np.full(n_values, 5.0))
            truth = rng.choice(n_values, n_units, p=shares)
            clicks = np.tile(
                shares if run % 2 else rng.dirichlet(np.full(n_values, 5.0)), (n_clicking, n_values, 1)
            )
            table = np.concatenate([confusions(n_looking, n_values, 0.8, rng), clicks])
            said = answers(shares, truth, table, answered, rng)
            votes = cast(*said, n_units, len(table), n_values)
            verdicts = [who.verdict for who in dependence(votes, fit(votes))]
            found += [verdict == "like random clicks" for verdict in verdicts[n_looking:]]
            passed += [verdict == "tells apart" for verdict in verdicts[n_looking:]]
            accused += [verdict == "like random clicks" for verdict in verdicts[:n_looking]]
        print(
            f"{n_units} units, {n_looking} look and {n_clicking} click, {n_values} values, each answers "
            f"{answered:.0%}: found {np.mean(found):.3f}, taken for looking {np.mean(passed):.3f}, "
            f"accused wrongly {np.mean(accused):.4f}",
            flush=True,
        )


if __name__ == "__main__":
    coverage()
    scale()
    witnesses()
    clickers()
