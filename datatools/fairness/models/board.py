"""What is asked of the arms on one test, and of whom?

An arm is compared with the reference arm on everybody, on each group, in each group's gap to the rest (a
difference of differences), in the worst group and in the largest gap of each attribute.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from datatools.fairness.evaluation import frame_of, reading_of
from datatools.fairness.models.arms_result import EVERY_ATTRIBUTE, EVERYBODY, Asked, RunValue
from datatools.fairness.models.model_verdicts import is_error
from datatools.fairness.models.runs import Bools, Contrast, Ints, Term
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import Floats, People, by_person
from datatools.fairness.who.groups import Axis, group_name
from datatools.metrics import Metric
from datatools.records import Score

Parts = Sequence[tuple[Bools, float]]  # people (n_people,) and the sign of their value


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One network's scores on one test, of the same pictures in the same order as every other run's."""

    model: str
    seed: int | None  # None: it was not trained here
    scores: Sequence[Score]
    weights: str | None = None  # what tells networks apart that are cut at several thresholds


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """Every arm's runs on one test, against one kind of reference masks."""

    test: str
    reference_source: str
    axes: Sequence[Axis]
    arms: Mapping[str, Sequence[Run]]  # the reference arm and those compared with it


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Comparison:
    """One comparison, before it is made."""

    asked: Asked
    arm: str
    attribute: str
    group: str
    people: Bools  # (n_people,) whose pictures are counted
    of_arm: Contrast
    of_reference: Contrast  # with the opposite signs


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Batch:
    """Comparisons that are made on the same resamples of people."""

    metric: Metric
    is_compared: bool
    stratum: Ints  # (n_people,)
    comparisons: list[Comparison]


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """Groups that stand beside each other."""

    attribute: str
    masks: Mapping[str, Bools]  # by name: who is in, (n_people,)


class Board:
    """One test: every arm's sums by person, the groups, and what is asked."""

    def __init__(self, trial: Trial, reference: str, metrics: Sequence[Metric], min_people: int) -> None:
        """Lay the groups over the people.

        Args:
            trial: the scores.
            reference: the arm that the others are compared with.
            metrics: the first one is compared, the others are shown for everybody.
            min_people: groups of fewer are not shown.
        """
        self.trial = trial
        self.names = list(trial.arms)
        self.metrics = list(metrics)
        self.sign = -1.0 if is_error(self.metrics[0].name) else 1.0  # of the compared metric's better side
        self.reference = reference
        self._reference = self.names.index(reference)
        scored = [
            [by_person(frame_of(run.scores), self.metrics) for run in runs] for runs in trial.arms.values()
        ]
        self.people: People = scored[0][0]
        self.columns: dict[str, list[Floats]] = {  # by metric, of each arm (n_runs, n_people, k)
            metric.name: [np.stack([run.sums[metric.name] for run in runs]) for runs in scored]
            for metric in metrics
        }
        self.is_trained = [runs[0].seed is not None for runs in trial.arms.values()]
        weights = [tuple(run.weights or run.model for run in runs) for runs in trial.arms.values()]
        self.networks = [weights.index(own) for own in weights]  # of each arm; equal ones share their luck
        self.layouts = lay(trial.axes, self.people, min_people)

    @property
    def others(self) -> list[str]:
        """Name the arms that are compared with the reference arm."""
        return [name for number, name in enumerate(self.names) if number != self._reference]

    @property
    def everybody(self) -> Bools:
        """Give a mask of all people."""
        return np.ones(len(self.people), np.bool_)

    @property
    def nobody_apart(self) -> Ints:
        """Give the strata of a draw from all people alike."""
        return np.zeros(len(self.people), np.int64)

    def batches(self) -> Iterator[Batch]:
        """Give everything that is asked."""
        first = self.metrics[0]
        everybody, nobody_apart = self.everybody, self.nobody_apart
        for metric in self.metrics:
            asked = [
                self._ask("value", arm, (EVERYBODY, EVERYBODY), everybody, [(everybody, 1.0)])
                for arm in self.others
            ]
            yield Batch(metric=metric, is_compared=metric is first, stratum=nobody_apart, comparisons=asked)
        for layout in self.layouts:
            masks = self._masks(layout)
            if masks:
                yield self._groups(layout, masks)
        every = self.worst_of_all()
        if every is not None and every.attribute == EVERY_ATTRIBUTE:
            for arm in self.others:
                one = self._worst(arm, EVERY_ATTRIBUTE, every.masks)
                groups = [term.people for term in (*one.of_arm, *one.of_reference)]
                yield Batch(metric=first, is_compared=True, stratum=strata(groups), comparisons=[one])

    def worst_of_all(self) -> "Groups | None":
        """Give the groups among which an arm's worst is looked for; None where there are not two.

        Those of every attribute where several can be shown, else those of the one that can.
        """
        shown = [
            (layout, masks)
            for layout in self.layouts
            if len(layout.axis.attributes) == 1 and (masks := self._masks(layout))
        ]
        if len(shown) > 1:
            every = {
                f"{layout.axis.name}: {name}": mask for layout, masks in shown for name, mask in masks.items()
            }
            return Groups(EVERY_ATTRIBUTE, every)
        for layout, masks in shown:
            if len(masks) > 1:
                return Groups(layout.axis.name, masks)
        return None

    def worst_group(self, arm: str, masks: Mapping[str, Bools]) -> str:
        """Name an arm's worst group."""
        return self._ranked(self.names.index(arm), masks)[0]

    def _masks(self, layout: Layout) -> dict[str, Bools]:
        """Give who is in each shown group, by its name; bool (n_people,)."""
        place = dict(zip(layout.people.ids, layout.stratum.tolist(), strict=True))
        stratum = np.array([place.get(person, -1) for person in self.people.ids])
        return {group_name(levels): stratum == number for number, levels in enumerate(layout.shown)}

    def _groups(self, layout: Layout, masks: Mapping[str, Bools]) -> Batch:
        is_labelled = np.isin(self.people.ids, layout.people.ids)
        name = layout.axis.name
        asked = []
        for arm in self.others:
            for group, mask in masks.items():
                asked.append(self._ask("value", arm, (name, group), mask, [(mask, 1.0)]))
            # Of two groups alone each is the other's rest: that is one gap.
            for group, mask in list(masks.items())[: layout.n_comparisons]:
                parts = [(mask, 1.0), (is_labelled & ~mask, -1.0)]
                asked.append(self._ask("gap to the rest", arm, (name, group), mask, parts))
            if len(masks) > 1:
                asked.append(self._worst(arm, name, masks))
            if len(masks) > 2:
                asked.append(self._largest_gap(arm, name, masks))
        return Batch(
            metric=self.metrics[0],
            is_compared=True,
            stratum=self._stratum(layout),
            comparisons=asked,
        )

    def _stratum(self, layout: Layout) -> Ints:
        """Give each person's stratum (n_people,)."""
        # People without a label are a stratum of their own, in no group and in nobody's rest.
        stratum = np.full(len(self.people), -1)
        stratum[np.isin(self.people.ids, layout.people.ids)] = layout.stratum
        return np.unique(stratum, return_inverse=True)[1].astype(np.int64)

    def _ask(
        self,
        asked: Asked,
        arm: str,
        whom: tuple[str, str],
        people: Bools,
        parts: Parts,
        reference_parts: Parts | None = None,
    ) -> Comparison:
        place, (attribute, group) = self.names.index(arm), whom
        return Comparison(
            asked=asked,
            arm=arm,
            attribute=attribute,
            group=group,
            people=people,
            of_arm=tuple(Term(place, mask, sign) for mask, sign in parts),
            of_reference=tuple(Term(self._reference, mask, -sign) for mask, sign in reference_parts or parts),
        )

    def _ranked(self, place: int, masks: Mapping[str, Bools]) -> list[str]:
        """Give the groups by an arm's value, the worst first."""
        metric = self.metrics[0]
        columns = self.columns[metric.name][place]
        values = {name: metric.value(columns[:, mask].sum(axis=1)).mean() for name, mask in masks.items()}
        return sorted(values, key=lambda name: (self.sign * values[name], name))

    def _both(self, arm: str, masks: Mapping[str, Bools]) -> tuple[list[str], list[str]]:
        return self._ranked(self.names.index(arm), masks), self._ranked(self._reference, masks)

    def _worst(self, arm: str, attribute: str, masks: Mapping[str, Bools]) -> Comparison:
        (own, *_), (other, *_) = self._both(arm, masks)
        return self._ask(
            "worst group",
            arm,
            (attribute, _of_both(own, other)),
            masks[own] | masks[other],
            [(masks[own], 1.0)],
            [(masks[other], 1.0)],
        )

    def _largest_gap(self, arm: str, attribute: str, masks: Mapping[str, Bools]) -> Comparison:
        own, other = self._both(arm, masks)
        parts, reference_parts = (
            [(masks[ranked[-1]], self.sign), (masks[ranked[0]], -self.sign)] for ranked in (own, other)
        )
        name = _of_both(f"{own[-1]} over {own[0]}", f"{other[-1]} over {other[0]}")
        people = np.any([mask for mask, _ in (*parts, *reference_parts)], axis=0)
        return self._ask("largest gap", arm, (attribute, name), people, parts, reference_parts)

    def value(self, metric: Metric, terms: Contrast) -> float:
        """Give the mean over runs of a contrast of one arm."""
        columns = self.columns[metric.name]
        return sum(
            term.sign * float(metric.value(columns[term.arm][:, term.people].sum(axis=1)).mean())
            for term in terms
        )

    def run_values(self) -> Iterator[RunValue]:
        """Give every run's value for everybody, by every metric."""
        for metric in self.metrics:
            for columns, (arm, runs) in zip(self.columns[metric.name], self.trial.arms.items(), strict=True):
                for run, value in zip(runs, metric.value(columns.sum(axis=1)).tolist(), strict=True):
                    yield RunValue(
                        test=self.trial.test,
                        reading=reading_of(self.trial.reference_source),
                        reference_source=self.trial.reference_source,
                        metric=metric.name,
                        arm=arm,
                        model=run.model,
                        seed=run.seed,
                        value=value,
                    )


def strata(groups: Sequence[Bools]) -> Ints:
    """Give strata (n_people,) within which each of some groups, which may overlap, keeps its size."""
    return np.unique(np.stack(groups), axis=1, return_inverse=True)[1].ravel().astype(np.int64)


def _of_both(own: str, other: str) -> str:
    """Name what is looked at under an arm, and under the reference arm where that is something else."""
    return own if own == other else f"{own} (reference: {other})"
