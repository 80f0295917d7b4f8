"""What does the composition of a data set look like, and what must its reader know?

Tables in, one result out; no model is asked. The family of each kind of comparison (shares, masks,
nuisances) is corrected on its own: they answer different questions.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datatools.fairness.composition import confounding, mask_differences, shopping
from datatools.fairness.composition.composition_result import CompositionAudit, Duplicates, Shopping
from datatools.fairness.composition.composition_scope import Scope, conflicts
from datatools.fairness.composition.framing import MASK_SHAPE
from datatools.fairness.composition.headcount import Hidden, headcount, hidden_groups
from datatools.fairness.composition.labelled import Labels, crossed
from datatools.fairness.composition.mask_differences import Differences
from datatools.fairness.composition.reference import Reference
from datatools.fairness.composition.representation import against_reference
from datatools.fairness.statistics.inference import Rules
from datatools.progress import Progress


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """What a composition audit is asked."""

    name: str
    cross: int
    references: Sequence[Reference]
    margin: float  # shares closer to the reference's are equivalent
    alpha: float
    min_people: int
    gap: float  # of mean IoU, that every group should be large enough to show
    sd: float  # of a person's mean IoU, where nobody was scored
    target: float  # half width of a group's interval that is narrow enough
    budget: int
    n_replicates: int
    n_permutations: int
    seed: int


def audit(
    scope: Scope,
    question: Question,
    *,
    settings: Mapping[str, object],
    inputs: Mapping[str, str],
    versions: Mapping[str, str],
    progress: Progress,
) -> CompositionAudit:
    """Audit who is in a data set.

    Args:
        scope: the people and what is known of them.
        question: what to look at, and how.
        settings: kept in the result, so that it can be made again.
        inputs: file to SHA-256, kept in the result.
        versions: of the packages, kept in the result.
        progress: says which part is under way.

    Raises:
        DataError: the reference does not fit the attributes.
    """
    labels = [*scope.singles, *crossed(scope.singles, question.cross)]
    hidden = hidden_groups(labels, question.min_people)
    spread = _spread(scope, question)
    rng = np.random.default_rng(question.seed)
    rules = Rules(margin=question.margin, alpha=question.alpha)
    wanted = shopping.people_wanted(spread.sd, question.gap, question.alpha)
    progress.say(f"composition: counting {len(scope.people):,} people by {len(labels)} attributes")
    heads = [headcount(label, scope.people, hidden[label.attributes], wanted, rng) for label in labels]
    references = against_reference(labels, question.references, hidden, rules, rng)
    progress.say("composition: comparing masks")
    masks = _masks(scope, question)
    progress.say("composition: testing what background and camera tell")
    nuisances, too_few = confounding.tests(
        scope, hidden, question.alpha, question.n_permutations, question.seed
    )
    progress.say("composition: planning what to collect")
    list_ = _shopping(scope, labels, spread, hidden, question)
    return CompositionAudit(
        name=question.name,
        settings=dict(settings),
        n_people=len(scope.people),
        n_images=len(scope.pictures),
        headcounts=heads,
        references=references,
        nuisances=nuisances,
        masks=masks.measures,
        duplicates=_duplicates(scope),
        shopping=list_,
        n_mask_comparisons=masks.n_comparisons,
        notes=[*scope.notes, *too_few, *_limits(scope, question, hidden, spread)],
        inputs=dict(inputs),
        versions=dict(versions),
    )


def _spread(scope: Scope, question: Question) -> shopping.Spread:
    known = None if scope.scores is None else scope.scores.iou[np.isfinite(scope.scores.iou)]
    if scope.scores is None or known is None or len(known) < 3:
        return shopping.Spread(question.sd, None)
    return shopping.Spread(float(known.std(ddof=1)), scope.scores.iou)


def _masks(scope: Scope, question: Question) -> Differences:
    measured = [name for name in MASK_SHAPE if name in scope.framings.columns]
    labels = confounding.asked_about(scope.singles)
    if not measured or not labels:
        return Differences([], 0)
    axes = [label.axis(scope.people) for label in labels]
    ids = np.array(scope.people.ids, object)
    person = ids[scope.people.of(pa.array(scope.framings.index, pa.string()))]
    shapes = scope.framings.reindex(columns=[*MASK_SHAPE, "mask_source"]).assign(person_id=person)
    return mask_differences.compare(
        shapes[shapes["mask_source"].notna()],
        axes,
        alpha=question.alpha,
        min_people=question.min_people,
        n_replicates=question.n_replicates,
        seed=question.seed,
    )


def _duplicates(scope: Scope) -> Duplicates | None:
    if scope.cluster is None:
        return None
    sizes = np.bincount(scope.cluster)
    several = sizes[sizes > 1]
    return Duplicates(
        n_clusters=len(several), n_pictures=int(several.sum()), label_conflicts=conflicts(scope)
    )


def _shopping(
    scope: Scope,
    labels: Sequence[Labels],
    spread: shopping.Spread,
    hidden: Hidden,
    question: Question,
) -> Shopping:
    is_measured = spread.values is not None and scope.scores is not None
    return Shopping(
        reading=scope.scores.reading if is_measured and scope.scores else "assumed",
        model=scope.scores.model if is_measured and scope.scores else None,
        sd=spread.sd,
        gap=question.gap,
        n_wanted=shopping.people_wanted(spread.sd, question.gap, question.alpha),
        target=question.target,
        budget=question.budget,
        needs=shopping.needs(labels, spread, hidden, question.gap, question.alpha, question.min_people),
        purchases=shopping.purchases(
            labels, spread, hidden, question.target, question.budget, question.min_people
        ),
    )


def _limits(scope: Scope, question: Question, hidden: Hidden, spread: shopping.Spread) -> Iterator[str]:
    """Say what the reader must know before believing a number."""
    if not scope.singles:
        yield "Nobody's answers or measurements were given as attributes: there are no groups to count."
    if any(label.name.startswith("perceived_") for label in scope.singles):
        yield "Perceived attributes are what others saw, not what people say of themselves."
    n_hidden = sum(map(len, hidden.values()))
    if n_hidden:
        yield (
            f"Not shown, since they have fewer than {question.min_people} people or would let such a group "
            f"be found by subtraction: {n_hidden} {'group' if n_hidden == 1 else 'groups'}."
        )
    if question.references:
        yield "The reference's shares are taken as known; its own uncertainty is not in the intervals."
    if scope.framings.empty:
        yield "No picture was looked at: masks and backgrounds are not compared."
    elif not (n_masks := int(scope.framings["mask_source"].notna().sum())):
        yield "There are no masks: backgrounds and outlines were not looked at, only the files."
    else:
        yield (
            f"Backgrounds were read outside {n_masks:,} masks, a margin around them left out. Where a mask "
            "misses part of a person, that part counts as background."
        )
    if spread.values is None:
        yield (
            f"Nobody was scored: the shopping list takes the mean IoU of people to lie {100 * spread.sd:g} "
            "points apart (standard deviation)."
        )
    if scope.cluster is None:
        yield "Near-duplicates were not looked for: run `datatools check` first."
