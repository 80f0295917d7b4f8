"""Which pictures does a search for slices look at, and by which conditions?"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from datatools import vocab
from datatools.fairness.statistics.people import Floats
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.adjusting import values_of
from datatools.fairness.why.confounders import MIN_KNOWN_FRAC, SIGNLESS, WHO, conditions_of
from datatools.fairness.why.numbers import Numbers
from datatools.fairness.why.slice_search import Bools, Conditions, Ints
from datatools.metrics import Metric

_CUTS = (0.2, 0.4, 0.6, 0.8)  # quantiles
_MAX_IMAGES = 20_000  # searched at once; of more, people are drawn
_MAX_IMAGES_OF_ONE = 20  # of one person; of more, some are drawn


@dataclass(frozen=True, slots=True, eq=False)
class Scene:
    """The pictures of one model that are searched, person by person."""

    sample_ids: tuple[str, ...]  # of the pictures
    value: Floats  # (n_images,), the metric
    score: Floats  # (n_images,), its normal scores: van der Waerden's, higher is better
    sign: float  # -1: the metric counts errors, so that higher is worse
    person: Ints  # (n_images,), rising
    conditions: Conditions
    features: list[str]


def scene_of(
    rows: pd.DataFrame,
    metric: Metric,
    numbers: Numbers,
    axes: Sequence[Axis],
    rng: np.random.Generator,
) -> Scene | None:
    """Gather the pictures that are searched, and the conditions they may share; None without a value."""
    values, _ = values_of(metric, rows)
    is_in = np.isfinite(values)
    if not is_in.any():
        return None
    rows, values = rows[is_in], values[is_in]
    codes, _ = pd.factorize(rows["person_id"].astype(str), sort=True)
    chosen = _drawn(codes.astype(np.int64), rng)
    rows, values = rows.iloc[chosen], values[chosen]
    person = np.unique(codes[chosen], return_inverse=True)[1].astype(np.int64)
    known = conditions_of(rows, numbers, axes)
    taken = {axis.attributes[0].partition(":")[0] for axis in axes if len(axis.attributes) == 1}
    texts: list[str] = []
    columns: list[Bools] = []
    family: list[int] = []
    features: list[str] = []
    for name in map(str, known.numbers.columns):
        number = known.numbers[name].to_numpy(np.float64)
        if name in WHO | taken or np.isfinite(number).mean() < MIN_KNOWN_FRAC:
            continue
        for side, found in enumerate(_cut(name, number)):
            texts += [text for text, _ in found]
            columns += [holds for _, holds in found]
            family += [2 * len(features) + side] * len(found)
        features += [name] if len(np.unique(number[np.isfinite(number)])) > 1 else []
    asked = vocab.questions()
    for name, levels in known.answers.items():
        # An attribute of somebody's own may name groups of people.
        if name in asked and asked[name].kind == "visible":
            for level in sorted({level for level in levels if level is not None}):
                texts.append(f"{name} = {level}")
                columns.append(np.array([one == level for one in levels], bool))
                family.append(2 * len(features))
            features.append(name)
    holds = np.stack(columns, axis=1) if columns else np.empty((len(person), 0), bool)
    conditions = Conditions(tuple(texts), holds, np.array(family, np.int64))
    sign = sign_of(metric, rows)
    score = stats.norm.ppf(stats.rankdata(sign * values) / (len(values) + 1))
    ids = tuple(rows["sample_id"].astype(str))
    return Scene(ids, values, score, sign, person, conditions, features)


def _drawn(codes: Ints, rng: np.random.Generator) -> Ints:
    """Give the pictures to search, person by person; all of them but where there are very many."""
    order = np.argsort(rng.permutation(len(codes)), kind="stable") if len(codes) else codes
    order = order[np.argsort(codes[order], kind="stable")]
    n_own = np.bincount(codes)
    starts = np.cumsum(n_own) - n_own
    place = np.arange(len(order)) - starts[codes[order]]
    order = order[place < _MAX_IMAGES_OF_ONE]
    if len(order) <= _MAX_IMAGES:
        return np.asarray(order, np.int64)
    people = rng.permutation(len(n_own))
    before = np.cumsum(np.minimum(n_own, _MAX_IMAGES_OF_ONE)[people])
    return np.asarray(order[np.isin(codes[order], people[before <= _MAX_IMAGES])], np.int64)


def _cut(name: str, number: Floats) -> tuple[list[tuple[str, Bools]], list[tuple[str, Bools]]]:
    """Cut a number at its quantiles: conditions from below and from above, with where they hold."""
    if name in SIGNLESS:
        name, number = f"|{name}|", np.abs(number)
    inner = np.quantile(number[np.isfinite(number)], _CUTS)
    # Rounded, so that the text says exactly what was cut; a cut that leaves nothing on a side is none.
    cuts = [float(f"{cut:.3g}") for cut in dict.fromkeys(inner)]
    cuts = [cut for cut in dict.fromkeys(cuts) if (number <= cut).any() and (number > cut).any()]
    below = [(f"{name} <= {cut:g}", np.asarray(number <= cut, bool)) for cut in cuts]
    above = [(f"{name} > {cut:g}", np.asarray(number > cut, bool)) for cut in cuts]
    return below, above


def sign_of(metric: Metric, rows: pd.DataFrame) -> float:
    """Give 1 where higher is better, -1 for an error: one that masks without wrong pixels have less of."""
    wrong = [column for column in rows.columns if column.startswith(("fp", "fn"))]
    values, _ = values_of(metric, rows)
    exact, _ = values_of(metric, rows.assign(**dict.fromkeys(wrong, 0)))
    return -1.0 if np.nanmean(exact) < np.nanmean(values) else 1.0
