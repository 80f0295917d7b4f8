"""Does the answer depend on how people's answers, or a number, were made into groups?

Answers are read in every vocabulary that they translate to; edges of a number are moved down and up and
put where groups are equally large; bands of years are moved. Each coding is audited alone, with a family
of comparisons of its own, so that all are judged alike.
"""

import itertools
import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd

from datatools import vocab
from datatools.fairness.estimates import AttributeAudit, Comparison
from datatools.fairness.gaps import Plan, audit_models
from datatools.fairness.labels.coded_from import Floats, Source
from datatools.fairness.labels.label_result import Coding, Sensitivity
from datatools.fairness.who.groups import BINNED, Axis, Levels, group_name, without_few_several
from datatools.progress import Progress

_MAX_REPLICATES = 2_000  # a coding is a question of yes or no; the audit's own numbers have more
_STEP_FRAC = 0.25  # of the narrowest group between two edges
_STEPS_YEARS = (-5, -2, 2, 5)


def sensitivity(
    scores: pd.DataFrame,
    plan: Plan,
    attributes: Sequence[str],
    source: Source,
    progress: Progress,
) -> list[Sensitivity]:
    """Audit each attribute of each model under every coding; one with a single coding gives nothing.

    Args:
        scores: good rows of all models.
        plan: of the audit; its first metric is compared, its axes are not used.
        attributes: single ones, in the words of the settings.
        source: what is known of the people under audit.
        progress: shows one step for each attribute of each model.

    Raises:
        UsageError: an attribute that is none.
    """
    by_model = list(scores.groupby(["model", "reference_source"], sort=True))
    alone = replace(plan, metrics=plan.metrics[:1], n_replicates=min(plan.n_replicates, _MAX_REPLICATES))
    found = []
    with progress.bar("other codings", len(attributes) * len(by_model)) as advance:
        for attribute in attributes:
            axes = {
                word: without_few_several(one, plan.min_people)
                for word, one in axes_of_codings(attribute, source).items()
            }
            for (model, reference_source), rows in by_model:
                advance()
                if len(axes) < 2:
                    continue
                codings = _codings(rows, alone, axes)
                is_stable, sentence = _judged(attribute, codings, plan)
                found.append(
                    Sensitivity(
                        model=str(model),
                        reference_source=str(reference_source),
                        attribute=attribute,
                        metric=plan.metrics[0].name,
                        codings=codings,
                        is_stable=is_stable,
                        sentence=sentence,
                    )
                )
    return found


# -- which codings there are -----------------------------------------------------------------------


def axes_of_codings(attribute: str, source: Source) -> dict[str, Axis]:
    """Make the groups of every coding, the audit's own first.

    Raises:
        UsageError: an attribute that is none.
    """
    axes = {attribute: source.axis(attribute)}
    for word in words(attribute, source):
        axes[word] = source.axis(word, years_of=attribute)
    return axes


def words(attribute: str, source: Source) -> list[str]:
    """Name the other codings of an attribute, in the words of the settings."""
    binned = BINNED.fullmatch(attribute)
    if binned is None:
        found = [*_read_otherwise(attribute, source), *_other_years(attribute, source)]
    else:
        edges = [float(edge) for edge in binned["edges"].split(",")]
        values = source.middles(binned["name"])
        found = [f"{binned['name']}:{cut}" for cut in _other_edges(edges, values)]
    return [word for word in dict.fromkeys(found) if word != attribute]


def _read_otherwise(attribute: str, source: Source) -> list[str]:
    """Name the vocabularies that all answers are in or translate to."""
    base, _, target = attribute.partition(":")
    vocabularies = source.vocabularies(attribute)
    own = vocab.load(target).key if target else next(iter(vocabularies))
    return [
        f"{base}:{key}"
        for key in vocab.names()
        if key != own
        and vocab.load(key).level != "interval"
        and all(key == one or (one, key) in vocab.crosswalks() for one in vocabularies)
    ]


def _other_years(attribute: str, source: Source) -> list[str]:
    """Move the edges of bands that years were read in."""
    if not source.has_years(attribute):
        return []
    question, _, target = attribute.partition(":")
    (years,) = source.vocabularies(attribute)
    edges = [band.at_least for band in vocab.crosswalk(years, vocab.load(target).key).bands[1:]]
    return [f"{question}:{_cut([edge + step for edge in edges])}" for step in _STEPS_YEARS]


def _other_edges(edges: Sequence[float], values: Floats) -> list[str]:
    """Move all edges down and up, and put as many edges where groups are equally large."""
    widths = [high - low for low, high in itertools.pairwise(edges)]
    widths = widths or [float(np.subtract(*np.quantile(values, [0.75, 0.25])))]
    step = _STEP_FRAC * min(widths)
    if step <= 0:  # everybody has one value: nothing moves
        return []
    equal = np.quantile(values, np.arange(1, len(edges) + 1) / (len(edges) + 1)).tolist()
    n_decimals = max(0, 1 - math.floor(math.log10(step)))  # two digits of the step
    cuts = [[round(edge, n_decimals) for edge in cut] for cut in _moved(edges, step, equal)]
    return [_cut(cut) for cut in cuts if all(low < high for low, high in itertools.pairwise(cut))]


def _moved(edges: Sequence[float], step: float, equal: Sequence[float]) -> list[Sequence[float]]:
    return [[edge - step for edge in edges], [edge + step for edge in edges], equal]


def _cut(edges: Sequence[float]) -> str:
    """Write edges as the settings do, without exponents."""
    return ",".join(np.format_float_positional(edge, trim="-") for edge in edges)


# -- what they say ---------------------------------------------------------------------------------


def _codings(scores: pd.DataFrame, plan: Plan, axes: Mapping[str, Axis]) -> list[Coding]:
    """Audit one model's scores under each coding, the audit's own first."""
    own = next(iter(axes.values()))
    audits = {
        word: audit_models(scores, replace(plan, axes=[one]), Progress("quiet")).models[0].attributes[0]
        for word, one in axes.items()
    }
    (first, *_) = audits.values()
    hidden = {group.group for group in first.groups if group.comparison.verdict == "suppressed"}
    unseen: dict[str, Levels] = {}
    if hidden:
        ids = set(scores["person_id"].unique().astype(str))
        unseen = {
            person: level
            for person, level in own.group_of.items()
            if person in ids and group_name(level) in hidden
        }
    return [_coding(word, audits[word], _telling(one, unseen, plan.min_people)) for word, one in axes.items()]


def _telling(coded: Axis, unseen: Mapping[str, tuple[str, ...]], min_people: int) -> set[str]:
    """Name the groups that hold a few people whom the audit hides: less the others, they would be told."""
    n_unseen: dict[str, int] = defaultdict(int)
    for person in unseen.keys() & coded.group_of.keys():
        n_unseen[group_name(coded.group_of[person])] += 1
    return {name for name, n in n_unseen.items() if n < min_people}


def _coding(word: str, audit: AttributeAudit, telling: set[str]) -> Coding:
    shown = {
        group.group: _without_counts(group.comparison)
        for group in audit.groups
        if group.comparison.verdict != "suppressed" and group.group not in telling
    }
    return Coding(
        coding=word,
        n_groups=sum(group.comparison.verdict != "suppressed" for group in audit.groups),
        largest_gap=audit.spread.gap,
        p_value=audit.spread.p_value,
        comparisons=shown,
    )


def _without_counts(comparison: Comparison) -> Comparison:
    """Leave out numbers of people: those between two edges could be told from two codings' groups."""
    gap = comparison.gap.model_copy(update={"n_images": None, "n_people": None})
    return comparison.model_copy(update={"gap": gap, "detectable_gap": None, "people_needed": None})


def _judged(attribute: str, codings: Sequence[Coding], plan: Plan) -> tuple[bool, str]:
    """Say whether all codings that can be compared agree on whether any group differs, and the sentence."""
    compared = [coding for coding in codings if coding.p_value is not None]
    if len(compared) < 2:
        return True, f"{attribute}: only {len(compared)} of {len(codings)} codings has groups to compare."
    yes = [one.coding for one in compared if (one.p_value or 0.0) < plan.rules.alpha]
    no = [one.coding for one in compared if one.coding not in yes]
    if yes and no:
        return False, (
            f"{attribute}: whether any group differs depends on the coding: yes with {_listed(yes)}; not "
            f"shown with {_listed(no)}."
        )
    n_compared = f"all {len(compared)} codings"
    if yes:
        return True, f"{attribute}: some group differs, and {n_compared} show it."
    return True, f"{attribute}: no difference between groups is shown, in {n_compared}."


def _listed(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} and {last}" if first else last
