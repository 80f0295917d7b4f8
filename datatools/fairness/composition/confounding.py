"""Which attributes can be told from background or camera, over all the people of an audit?"""

import math
from collections.abc import Sequence

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from datatools import counting, vocab
from datatools.fairness.composition.composition_result import Carrier, NuisanceTest, NuisanceVerdict
from datatools.fairness.composition.composition_scope import Scope
from datatools.fairness.composition.framing import BACKGROUND, CAMERA
from datatools.fairness.composition.headcount import Hidden
from datatools.fairness.composition.labelled import Labels
from datatools.fairness.composition.nuisance import MAX_PEOPLE, Floats, tell
from datatools.fairness.statistics.inference import holm

SETS = ("background", "camera", "background and camera")
NEGLIGIBLE_AUC = 0.05  # above chance: less is hardly predictable
_LEAST_PEOPLE = 10  # of a group; fewer cannot be told from chance
_SOURCE = "source"  # begins the nuisance of the data set that a picture came from
_WHO = ("self_reported", "perceived", "rendered")


def asked_about(singles: Sequence[Labels]) -> list[Labels]:
    """Give the attributes that are about people: bands and things in the picture tell of pictures."""
    asked = vocab.questions()
    return [
        label
        for label in singles
        if label.answered_by != ("measured",) and asked[label.name.partition(":")[0]].kind in _WHO
    ]


def nuisances(scope: Scope) -> dict[str, pd.DataFrame]:
    """Give the nuisances of each set, a row for each person: the mean over their pictures.

    Of near-duplicates one picture counts: the others would tell its group to their twin.
    """
    rows = scope.framings
    if rows.empty:
        return {}
    place = pc.index_in(pa.array(rows.index, pa.string()), value_set=scope.people.samples).to_numpy()
    if scope.cluster is not None:
        is_first = ~pd.Series(scope.cluster[place]).duplicated().to_numpy()
        rows, place = rows[is_first], place[is_first]
    person = scope.people.person[place]
    codes, words = counting.coded(scope.pictures["source"])
    sources = pd.Series(np.array(words, object)[codes[place]], index=rows.index)
    found = {}
    for name, wanted in zip(SETS, (BACKGROUND, CAMERA, {**BACKGROUND, **CAMERA}), strict=True):
        columns = rows.reindex(columns=list(wanted)).astype(np.float64)
        if name != "background" and len(sources.unique()) > 1:
            own = pd.get_dummies(sources, prefix=_SOURCE, prefix_sep=" ", dtype=np.float64)
            columns = columns.join(own)
        found[name] = columns.groupby(person).mean()
    if (found["camera"].nunique() < 2).all():  # all from one camera: nothing to tell by, nothing to add
        del found["camera"], found["background and camera"]
    # Backgrounds are only known where there is a mask: where there are some, all sets judge the same people.
    known = found["background"].notna().any(axis=1)
    if not known.any():
        return {name: found[name] for name in ("camera",) if name in found}
    return {name: frame[known.loc[frame.index].to_numpy()] for name, frame in found.items()}


def tests(
    scope: Scope, hidden: Hidden, alpha: float, n_permutations: int, seed: int
) -> tuple[list[NuisanceTest], list[str]]:
    """Test every attribute against every set of nuisances, as one family.

    Returns:
        The tests, and a sentence for each attribute that has too few people.
    """
    tables = nuisances(scope)
    if not tables:
        return [], []
    labels = asked_about(scope.singles)
    # The smallest p-value must survive the correction, with room to spare.
    n_deals = max(n_permutations, math.ceil(2 * len(labels) * len(tables) / alpha))
    found, notes = [], []
    for place, label in enumerate(labels):
        chosen = _chosen(label, next(iter(tables.values())).index.to_numpy(np.int64), hidden, seed)
        if chosen is None:
            notes.append(
                f"{label.name}: not held against background and camera, fewer than two groups of "
                f"{_LEAST_PEOPLE} people can be shown."
            )
            continue
        for name, table in tables.items():
            test = _test(label, name, table, chosen, n_deals, [seed, place])
            if test is not None:
                found.append(test)
    corrected = holm([test.p_value for test in found])
    return [_judged(test, p_holm, alpha) for test, p_holm in zip(found, corrected, strict=True)], notes


def _chosen(label: Labels, known: np.ndarray, hidden: Hidden, seed: int) -> "np.ndarray | None":
    """Give the people whose groups are large enough, at most MAX_PEOPLE of them drawn at random."""
    codes = label.code[known, 0]
    sizes = np.bincount(codes[codes >= 0], minlength=label.shape[0])
    large = [
        code
        for code, size in enumerate(sizes)
        if size >= _LEAST_PEOPLE and (label.levels[0][code],) not in hidden[label.attributes]
    ]
    people = known[np.isin(codes, large)]
    if len(people) > MAX_PEOPLE:
        people = np.sort(np.random.default_rng(seed).choice(people, MAX_PEOPLE, replace=False))
    if len(large) < 2 or len(people) < 2 * _LEAST_PEOPLE:
        return None
    return people


def _test(
    label: Labels, name: str, table: pd.DataFrame, people: np.ndarray, n_deals: int, seed: list[int]
) -> NuisanceTest | None:
    codes, group = np.unique(label.code[people, 0], return_inverse=True)
    if len(codes) < 2:
        return None
    features: dict[str, Floats] = {
        str(column): table.loc[people, column].to_numpy(np.float64) for column in table.columns
    }
    told = tell(features, group.astype(np.int64), n_deals, np.random.default_rng(seed))
    if told is None:
        return None
    drops = sorted(told.auc_drops.items(), key=lambda item: -item[1])
    definitions = {**BACKGROUND, **CAMERA}
    return NuisanceTest.model_validate(
        {
            "attribute": label.name,
            "nuisances": name,
            "n_people": len(people),
            "groups": [label.levels[0][code] for code in codes],
            "auc": told.auc,
            "expected_auc": told.expected_auc,
            "balanced_accuracy": told.balanced_accuracy,
            "expected_balanced_accuracy": told.expected_balanced_accuracy,
            "p_value": told.p_value,
            "p_holm": told.p_value,
            "verdict": "insufficient data",
            "carriers": [
                Carrier(
                    nuisance=nuisance,
                    definition=definitions.get(nuisance, "the data set that the picture came from"),
                    auc_drop=drop,
                )
                for nuisance, drop in drops
            ],
        }
    )


def _judged(test: NuisanceTest, p_holm: float, alpha: float) -> NuisanceTest:
    verdict: NuisanceVerdict = "insufficient data"
    # Scores of folds that are put together fall short of chance by a little: that is no evidence.
    shortfall = max(0.0, 0.5 - test.expected_auc)
    if test.auc.high is not None and test.auc.high + shortfall < 0.5 + NEGLIGIBLE_AUC:
        verdict = "hardly predictable"
    elif p_holm < alpha:
        verdict = "predictable"
    return test.model_copy(update={"p_holm": p_holm, "verdict": verdict})
