"""On which pictures and people do two models meet, and which groups of those can be shown?"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datatools.errors import DataError
from datatools.fairness.gaps import Plan
from datatools.fairness.models.runs import Bools, Ints
from datatools.fairness.statistics.layout import lay
from datatools.fairness.statistics.people import Floats, People, by_person
from datatools.fairness.statistics.suppression import suppressed
from datatools.fairness.who.groups import Levels

BASELINE, MODEL = 0, 1  # the places of the two in a bout's columns


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """One attribute's groups among the people whom both models were scored on."""

    attribute: str
    levels: tuple[Levels, ...]  # shown and hidden ones, in the order to show them
    members: Mapping[Levels, Bools]  # of those shown: who is in, (n_people,)
    stratum: Ints  # (n_people,) the hidden are one stratum, those without an answer another


@dataclass(frozen=True, slots=True, eq=False)
class Bout:
    """A model and the baseline on the same pictures."""

    model: str
    reference_source: str
    people: People  # by the model's scores
    columns: Sequence[Floats]  # baseline, model: (1, n_people, k)
    groups: list[Groups]
    n_only_one: int

    @property
    def n_comparisons(self) -> int:
        """Count the comparisons: everybody's and each shown group's."""
        return 1 + sum(len(groups.members) for groups in self.groups)


@dataclass(frozen=True, slots=True, eq=False)
class _Scored:
    """One model's scores, in the order of their samples."""

    rows: pd.DataFrame
    people: People
    hidden: frozenset[tuple[str, Levels]]  # by attribute: what the audit of this model hides, stays hidden


def bouts(scores: pd.DataFrame, plan: Plan, baseline: str, notes: list[str]) -> Iterator[Bout]:
    """Pair every model's scores with the baseline's, kind of reference by kind; tell ``notes`` what is not.

    Raises:
        DataError: a picture has two scores of one model, or different people under two models.
    """
    key = ["model", "reference_source", "sample_id"]
    twice = scores[scores.duplicated(key)]
    if len(twice):
        model, against, sample_id = (str(twice.iloc[0][name]) for name in key)
        raise DataError(
            f"expected one score of {model} for each picture against {against} masks, got two for {sample_id}"
        )
    for kind, of_kind in scores.groupby("reference_source", sort=True):
        # Sorted, so that metrics that know batches see the same batches under both models.
        by_model = of_kind.groupby("model", sort=True)
        rows = {str(name): _scored(own.sort_values("sample_id"), plan) for name, own in by_model}
        source = str(kind)
        if baseline not in rows:
            notes.append(f"No model is compared against {source} masks: {baseline} was not scored on them.")
            continue
        base = rows.pop(baseline)
        for model, own in rows.items():
            bout = _bout((model, source), own, base, plan)
            if bout is None:
                notes.append(
                    f"{model} and {baseline} were scored on no picture in common against {source} masks."
                )
            else:
                yield bout


def _scored(rows: pd.DataFrame, plan: Plan) -> _Scored:
    single = [axis for axis in plan.axes if len(axis.attributes) == 1]
    people = by_person(rows, [plan.metrics[0]])
    layouts = lay(single, people, plan.min_people)
    hidden = {(layout.axis.name, levels) for layout in layouts for levels in layout.hidden}
    return _Scored(rows, people, frozenset(hidden))


def _bout(names: tuple[str, str], own: _Scored, base: _Scored, plan: Plan) -> Bout | None:
    """Keep what both were scored on; None where that is nothing."""
    model, source = names
    metric, hidden = plan.metrics[0], own.hidden | base.hidden
    mine, theirs = own.rows["sample_id"], base.rows["sample_id"]
    of_both, of_base = mine.isin(theirs).to_numpy(), theirs.isin(mine).to_numpy()
    n_only_one = int((~of_both).sum() + (~of_base).sum())
    if not of_both.any():
        return None
    whose, other = (one.rows["person_id"].to_numpy()[kept] for one, kept in ((own, of_both), (base, of_base)))
    if (unlike := whose != other).any():
        raise DataError(
            f"expected one person in a picture, got another one under {model} than under the baseline for "
            f"{mine[of_both].iloc[int(unlike.argmax())]}"
        )
    people, others = own.people, base.people
    if n_only_one:
        people, others = by_person(own.rows[of_both], [metric]), by_person(base.rows[of_base], [metric])
    groups = []
    for axis in plan.axes:
        if len(axis.attributes) == 1:
            level_of = [axis.group_of.get(person) for person in people.ids]
            kept = {levels for name, levels in hidden if name == axis.name}
            groups.append(_grouped(axis.name, axis.levels, level_of, kept, plan.min_people))
    columns = [one.sums[metric.name][None] for one in (others, people)]
    return Bout(model, source, people, columns, groups, n_only_one)


def _grouped(
    attribute: str,
    order: Sequence[Levels],
    level_of: Sequence[Levels | None],
    hidden: set[Levels],
    min_people: int,
) -> Groups:
    counts = Counter(level_of)
    n_people = {levels: counts[levels] for levels in order if levels in counts}
    withheld = suppressed(n_people, min_people, hidden)
    shown = [levels for levels in n_people if levels not in withheld]
    place = {levels: number for number, levels in enumerate(shown)}
    of_person = [len(shown) + 1 if levels is None else place.get(levels, len(shown)) for levels in level_of]
    stratum = np.array(of_person, np.int64)
    return Groups(
        attribute,
        tuple(n_people),
        {levels: stratum == number for levels, number in place.items()},
        np.unique(stratum, return_inverse=True)[1].astype(np.int64),
    )
