"""What does an audit of a data set and its models find, and what must its reader know?

Pure: rows in, one result out.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import pyarrow as pa
from numpy.typing import NDArray

from datatools import vocab
from datatools.fairness.composition.composition import composition
from datatools.fairness.evaluation import chosen_metrics, reading_of
from datatools.fairness.gaps import Audited, Plan, audit_models
from datatools.fairness.result import AuditResult, Composition
from datatools.fairness.sections import Also, Evidence, Sections, sections
from datatools.fairness.statistics.inference import Rules
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis, without_few_several
from datatools.fairness.who.pictured import Pictured
from datatools.metrics import Metric
from datatools.progress import Progress

_MANY_UNLABELLED_FRAC = 0.2
_OWN_MASKS = "generated"  # the model name that the stage evaluate gives the workspace's own masks


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """The pictures under audit and what is known of them.

    ``scores`` has a row for each sample, model and kind of reference, failed ones too, with at least
    the columns sample_id, person_id, model, reference_source, split, status and what the metrics read.
    """

    person_of: Mapping[str, str]  # sample_id to person_id: the samples under audit
    scores: pd.DataFrame  # of these samples
    axes: Sequence[Axis]  # single attributes; the audit crosses them
    checked: Collection[str] | pa.StringArray  # samples that the stage check judged
    # Samples whose mask was accepted; None: the stage has not run.
    accepted: Collection[str] | pa.StringArray | None
    n_unreadable: int  # files that are no pictures
    notes: Sequence[str]  # what was left out on purpose
    metrics: Sequence[Metric] | None = None  # of scores that are not ours; None: those the question names


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What an audit is asked."""

    name: str
    cross: int
    metrics: Sequence[str]  # the first one is compared
    rules: Rules
    min_people: int
    n_replicates: int
    seed: int
    contrasts: Literal["rest", "both"] = "rest"  # both: every two groups of an attribute as well
    also: Also = field(default_factory=Also)


def audit(
    scope: Scope,
    question: Question,
    *,
    evidence: Evidence | None = None,
    settings: Mapping[str, object],
    inputs: Mapping[str, str],
    versions: Mapping[str, str],
    progress: Progress | None = None,
) -> AuditResult:
    """Audit the composition of the data and every model that was scored.

    Args:
        scope: the pictures and what is known of them.
        question: what to compare, and how.
        evidence: what is known beside scores and groups; without it those sections are left out.
        settings: kept in the result, so that it can be made again.
        inputs: table file to SHA-256, kept in the result.
        versions: of the packages, kept in the result.
        progress: shows one step for each axis of each model.

    Raises:
        UsageError: a metric, confounder or baseline that does not exist.
    """
    plan = plan_of(scope, question)
    metrics = plan.metrics
    axes = [axis for axis in plan.axes if len(axis.attributes) == 1]
    good = good_rows(scope.scores)
    shown = progress or Progress("quiet")
    audited = audit_models(good, plan, shown)
    found = sections(good, plan, audited.models, evidence or Evidence(), question.also, shown)
    compositions = _compositions(scope, axes, question.min_people)
    return AuditResult(
        name=question.name,
        settings=dict(settings),
        n_samples=len(scope.person_of),
        n_failed=_n_failed(scope) + scope.n_unreadable,
        n_people=len(Pictured.of(scope.person_of).people),
        composition=compositions,
        models=audited.models,
        metric_definitions={metric.name: metric.definition for metric in metrics},
        n_comparisons=audited.n_comparisons,
        adjustments=found.adjustments,
        slices=found.slices,
        uncertain_labels=found.uncertain_labels,
        sensitivities=found.sensitivities,
        mislabel_bounds=found.mislabel_bounds,
        model_pairs=found.model_pairs,
        chain=found.chain,
        label_bias=found.label_bias,
        error_maps=found.error_maps.maps,
        notes=[*scope.notes, *_limits(scope, good, axes, compositions, audited, question, found)],
        inputs=dict(inputs),
        versions=dict(versions),
    )


def good_rows(scores: pd.DataFrame) -> pd.DataFrame:
    """Give the rows that could be scored; where all could, they are not copied."""
    is_good = scores["status"] == "ok"
    return scores if is_good.all() else scores[is_good]


def plan_of(scope: Scope, question: Question) -> Plan:
    """Say what is compared in a scope: its metrics, its attributes and their crossings.

    Raises:
        UsageError: a metric that does not exist, or too many crossings.
    """
    axes = [without_few_several(one, question.min_people) for one in scope.axes]
    return Plan(
        metrics=chosen_metrics(question.metrics) if scope.metrics is None else list(scope.metrics),
        axes=[*axes, *crossings(axes, question.cross)],
        rules=question.rules,
        min_people=question.min_people,
        n_replicates=question.n_replicates,
        seed=question.seed,
        contrasts=question.contrasts,
    )


def _n_failed(scope: Scope) -> int:
    """Count the pictures that some model's scoring failed on."""
    return int(scope.scores.loc[scope.scores["status"] == "failed", "sample_id"].nunique())


def _compositions(scope: Scope, axes: Sequence[Axis], min_people: int) -> list[Composition]:
    shown = Pictured.of(scope.person_of)
    n_of = dict(zip(shown.people, zip(*_n_judged(scope, shown), strict=True), strict=True))
    is_checked = scope.accepted is not None
    return [composition(axis, n_of, min_people, is_checked=is_checked) for axis in axes]


def _n_judged(scope: Scope, shown: Pictured) -> tuple[list[int], list[int]]:
    """Count each person's accepted pictures, and those that the stage check judged."""
    is_checked = _is_among(shown, scope.checked)
    is_accepted = is_checked & _is_among(shown, () if scope.accepted is None else scope.accepted)
    n_good, n_checked = (
        np.bincount(shown.person[is_in], minlength=len(shown.people)) for is_in in (is_accepted, is_checked)
    )
    return n_good.tolist(), n_checked.tolist()


def _is_among(shown: Pictured, sample_ids: Collection[str] | pa.StringArray) -> NDArray[np.bool_]:
    """Say which pictures are among these samples (n_images,)."""
    held = sample_ids if isinstance(sample_ids, pa.Array) else pa.array(list(sample_ids), pa.string())
    is_in = np.zeros(len(shown), np.bool_)
    place = shown.places(held)
    is_in[place[place >= 0]] = True
    return is_in


def _limits(
    scope: Scope,
    good: pd.DataFrame,
    axes: Sequence[Axis],
    compositions: Sequence[Composition],
    audited: Audited,
    question: Question,
    found: Sections,
) -> Iterator[str]:
    """Say what the reader must know before believing a number."""
    if good.empty:
        yield "No model was scored on these pictures: only the composition of the data is audited."
    else:
        yield _raw(found)
        rules = question.rules
        at = (
            f"(Holm): {audited.n_comparisons}, at a chance of {100 * rules.alpha:g}% of one false gap or more"
            if rules.correction == "holm"
            else f"(Benjamini-Hochberg): {audited.n_comparisons}; of the gaps that stand about "
            f"{100 * rules.alpha:g}% may be false"
        )
        yield (
            f"Comparisons corrected together {at}; equivalence means a gap certainly "
            f"smaller than {100 * question.rules.margin:g} points."
        )
    if any(reading_of(str(kind)) == "agreement" for kind in good["reference_source"].unique()):
        yield (
            "Scores against masks that no person drew or rendered are agreement, not accuracy: an error that "
            "both sides make is invisible."
        )
    trained_on = good.loc[(good["split"] == "train") & (good["model"] != _OWN_MASKS), "model"]
    seen = sorted(str(model) for model in trained_on.unique())
    if seen:
        yield (
            f"Scores on pictures of the train split are among those of {', '.join(seen)}: a model that was "
            "trained on them looks better than it is. Audit --split test for a trained model."
        )
    n_failed = _n_failed(scope)
    if n_failed:
        yield f"Left out, since they could not be scored (the scores table says why): {_pictures(n_failed)}."
    if {"tp", "fn"} <= set(good.columns):
        n_empty = good.loc[good["tp"] + good["fn"] == 0, "sample_id"].nunique()
        if n_empty:
            yield f"Left out of directional errors, since the masks are empty: {_pictures(n_empty)}."
    if not axes:
        yield "Nobody's answers or measurements were given as attributes: there are no groups to compare."
    yield from _label_limits(axes, compositions, audited, question.min_people)
    yield from found.error_maps.notes


def _raw(found: Sections) -> str:
    if not found.adjustments:
        return (
            "Gaps are raw: groups may also differ in light, pose, face size or background, and nothing here "
            "is adjusted for that."
        )
    return (
        "Gaps and verdicts are raw, unless it says adjusted: groups also differ in light, pose, face size or "
        "background. An adjusted gap is what is left between people who are alike in what was measured; "
        "neither says what causes it."
    )


def _label_limits(
    axes: Sequence[Axis], compositions: Sequence[Composition], audited: Audited, min_people: int
) -> Iterator[str]:
    asked = vocab.questions()
    names = (axis.name.partition(":")[0].partition("@")[0] for axis in axes)
    kinds = [asked[name].kind for name in names if name in asked]
    if "perceived" in kinds:
        yield "Perceived attributes are what others saw, not what people say of themselves."
    for found in compositions:
        n_people = found.n_unlabelled + (found.people[0].total if found.people else 0)
        if n_people and found.n_unlabelled > _MANY_UNLABELLED_FRAC * n_people:
            yield (
                f"{found.attribute}: {found.n_unlabelled} of {n_people} people have no answer, or a tie, and "
                "are in no group; the others may not stand for them."
            )
    n_hidden = sum(attribute.n_suppressed for model in audited.models for attribute in model.attributes)
    if n_hidden:
        yield (
            f"Not shown, since they have fewer than {min_people} people or would let such a group be found "
            f"by subtraction: {n_hidden} {'group' if n_hidden == 1 else 'groups'}. Their people stay in the "
            "rest that others are compared with."
        )


def _pictures(n: int) -> str:
    return "1 picture" if n == 1 else f"{n:,} pictures"
