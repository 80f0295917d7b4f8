"""Are the groups as large as in a reference population?

The reference's shares are taken as known: its own uncertainty is not in the intervals. People are the
units. Groups are judged as the audit judges gaps, with one family of comparisons over all attributes.
"""

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.errors import DataError
from datatools.fairness.composition.composition import wilson
from datatools.fairness.composition.composition_result import AgainstReference, ReferenceTest
from datatools.fairness.composition.headcount import Hidden
from datatools.fairness.composition.labelled import Labels
from datatools.fairness.composition.reference import Reference
from datatools.fairness.estimates import Interval, Verdict
from datatools.fairness.statistics.inference import Rules, holm
from datatools.fairness.who.groups import Levels, group_name

_N_DRAWS = 9_999
_LEAST_EXPECTED = 5.0  # people; below it the chi-square distribution is no good guide (Cochran 1954)
_NONE = Interval(value=None, low=None, high=None)

Floats = NDArray[np.float64]
Counts = NDArray[np.int64]


def goodness_of_fit(counts: Counts, shares: Floats, rng: np.random.Generator) -> tuple[float, float, str]:
    """Test whether people were drawn from a population with these shares; both (n_groups,).

    Pearson's chi-square; where a group is expected to have fewer than 5 people its distribution comes
    from 9,999 populations drawn at random.

    Returns:
        The statistic, the p-value, and the method: "chi-square" or "Monte Carlo".
    """
    n = int(counts.sum())
    expected = n * shares
    seen = float(_chi_square(counts, expected))
    if expected.min() >= _LEAST_EXPECTED:
        return seen, float(stats.chi2.sf(seen, len(counts) - 1)), "chi-square"
    drawn = _chi_square(rng.multinomial(n, shares, size=_N_DRAWS), expected)
    # Populations that are as surprising are ties, whatever the rounding.
    n_as_far = int((drawn >= seen - 1e-9 * max(1.0, min(seen, 1e12))).sum())
    return seen, (1 + n_as_far) / (_N_DRAWS + 1), "Monte Carlo"


def _chi_square(counts: Counts, expected: Floats) -> Floats:
    """Give the statistic over the last axis; infinite where somebody is in a group that should not be."""
    with np.errstate(divide="ignore", invalid="ignore"):
        parts = (counts - expected) ** 2 / expected
    return np.asarray(np.where(np.isnan(parts), 0.0, parts).sum(axis=-1), np.float64)


def against_reference(
    labels: Sequence[Labels],
    references: Sequence[Reference],
    hidden: Hidden,
    rules: Rules,
    rng: np.random.Generator,
) -> list[ReferenceTest]:
    """Compare every attribute that the reference has with it.

    Args:
        labels: attributes and crossings.
        references: the population.
        hidden: groups that must not be shown.
        rules: the margin within which shares are equivalent, and the family's alpha.
        rng: draws populations.

    Raises:
        DataError: the reference names an attribute or a group that is not there, or nobody is in its
            groups.
    """
    by_name = {label.name: label for label in labels}
    found = []
    for reference in references:
        label = by_name.get(reference.attribute)
        if label is None:
            raise DataError(
                f"the reference has shares of {reference.attribute}, which is not audited; expected one of "
                f"{', '.join(by_name) or '(none)'}"
            )
        found.append(_compared(label, reference, hidden[label.attributes], rules, rng))
    groups = [group for test in found for group in test.groups if group.p_value is not None]
    corrected = iter(holm([group.p_value or 0.0 for group in groups]))
    whole = holm([test.p_value for test in found])
    return [
        test.model_copy(
            update={"p_holm": p_whole, "groups": [_judged(group, corrected, rules) for group in test.groups]}
        )
        for test, p_whole in zip(found, whole, strict=True)
    ]


def _compared(
    label: Labels, reference: Reference, hidden: frozenset[Levels], rules: Rules, rng: np.random.Generator
) -> ReferenceTest:
    cells = label.cells()
    names = {place: group_name(_levels(label, place)) for place in np.ndindex(cells.shape)}
    unknown = sorted(set(reference.shares) - set(names.values()))
    if unknown:
        raise DataError(
            f"the reference has shares of {reference.attribute} for {', '.join(unknown)}, which are no "
            f"groups of it; expected {', '.join(sorted(set(names.values())))}"
        )
    known = [place for place, name in names.items() if name in reference.shares]
    counts = np.array([cells[place] for place in known], np.int64)
    shares = np.array([reference.shares[names[place]] for place in known])
    n, n_left_out = int(counts.sum()), int(cells.sum() - counts.sum())
    if not n:
        raise DataError(f"nobody is in a group of {reference.attribute} that the reference has a share for")
    statistic, p_value, method = goodness_of_fit(counts, shares, rng)
    return ReferenceTest.model_validate(
        {
            "attribute": label.name,
            "source": reference.source,
            "n_people": n,
            "n_left_out": n_left_out,
            "chi_square": statistic if np.isfinite(statistic) else None,
            "p_value": p_value,
            "p_holm": p_value,
            "method": method,
            "groups": [
                _group(names[place], int(count), n, share, _levels(label, place) in hidden, rules)
                for place, count, share in zip(known, counts, shares, strict=True)
            ],
        }
    )


def _levels(label: Labels, place: tuple[int, ...]) -> Levels:
    return tuple(levels[i] for levels, i in zip(label.levels, place, strict=True))


def _group(name: str, count: int, n: int, share: float, is_hidden: bool, rules: Rules) -> AgainstReference:
    if is_hidden:
        return AgainstReference(
            group=name,
            reference_share=share,
            share=None,
            difference=_NONE,
            ratio=_NONE,
            p_value=None,
            p_holm=None,
            verdict="suppressed",
        )
    own = count / n
    low, high = wilson(own, n)
    narrow = stats.binomtest(count, n).proportion_ci(1 - 2 * rules.alpha, method="wilson")
    is_negligible = -rules.margin < narrow.low - share and narrow.high - share < rules.margin
    ratio = Interval(value=own / share, low=low / share, high=high / share) if share else _NONE
    return AgainstReference(
        group=name,
        reference_share=share,
        share=own,
        difference=Interval(value=own - share, low=low - share, high=high - share),
        ratio=ratio,
        p_value=float(stats.binomtest(count, n, share).pvalue),
        p_holm=None,
        verdict="equivalent" if is_negligible else "insufficient data",
    )


def _judged(group: AgainstReference, corrected: Iterator[float], rules: Rules) -> AgainstReference:
    if group.p_value is None:
        return group
    p_holm = next(corrected)
    verdict: Verdict = group.verdict
    if verdict != "equivalent" and p_holm < rules.alpha:
        verdict = "gap"
    return group.model_copy(update={"p_holm": p_holm, "verdict": verdict})
