"""What does an audit say beside the gaps: why, for whom it is uncertain, and where it began?

Each section has a module of its own; here they are asked one after the other. A section without evidence
is left out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import pandas as pd

from datatools.fairness.chain.chain import chain
from datatools.fairness.chain.chain_result import Chain, LabelBias
from datatools.fairness.chain.label_bias import label_bias
from datatools.fairness.chain.steps import Cases
from datatools.fairness.estimates import ModelAudit
from datatools.fairness.gaps import Plan
from datatools.fairness.labels.coded_from import Source
from datatools.fairness.labels.codings import sensitivity
from datatools.fairness.labels.label_beliefs import Belief, error_rates
from datatools.fairness.labels.label_draws import uncertain
from datatools.fairness.labels.label_result import MislabelBound, Sensitivity, UncertainLabels
from datatools.fairness.labels.mislabelling import mislabel_bounds
from datatools.fairness.maps.error_maps import ErrorMaps, error_maps
from datatools.fairness.models.model_pairs import model_pairs
from datatools.fairness.models.models_result import ModelPairs
from datatools.fairness.who.groups import Axis
from datatools.fairness.why.adjusting import adjustments
from datatools.fairness.why.numbers import Numbers
from datatools.fairness.why.slices import slices
from datatools.fairness.why.why_result import Adjustment, SliceSearch
from datatools.progress import Progress
from datatools.records import Measurement


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence:
    """What is known beside scores and groups."""

    attributes: Sequence[str] = ()  # single ones, in the words of the settings
    measurements: Sequence[Measurement] | Numbers = ()
    coded_from: Source | None = None  # of other ways to make groups; None: none are tried
    visible: Sequence[Axis] = ()  # answered things in the picture: adjusted for where asked, and searched
    beliefs: Sequence[Belief] = ()  # of attributes that several annotators answered
    cases: Cases | None = None  # of the chain from photograph to student
    mask_pairs: pd.DataFrame | None = None  # given masks against the consensus
    grids: pd.DataFrame | None = None  # where around the face each scored mask errs


@dataclass(frozen=True, slots=True, kw_only=True)
class Also:
    """What an audit is asked beside the gaps."""

    adjust: Sequence[str] | None = None  # None: for the standard confounders; empty: for nothing
    slice_depth: int = 0  # conditions in a slice at most; 0: none are searched
    n_dealt: int = 200  # searches on dealt scores
    baseline: str | None = None  # the model that the others are held against
    codings: bool = False  # whether other ways to make groups are tried


@dataclass(frozen=True, slots=True, kw_only=True)
class Sections:
    """The parts of an audit's result of these names."""

    adjustments: list[Adjustment] = field(default_factory=list)
    slices: list[SliceSearch] = field(default_factory=list)
    uncertain_labels: list[UncertainLabels] = field(default_factory=list)
    sensitivities: list[Sensitivity] = field(default_factory=list)
    mislabel_bounds: list[MislabelBound] = field(default_factory=list)
    model_pairs: ModelPairs | None = None
    chain: Chain | None = None
    label_bias: list[LabelBias] = field(default_factory=list)
    error_maps: ErrorMaps = field(default_factory=ErrorMaps)


def sections(
    scores: pd.DataFrame,
    plan: Plan,
    models: Sequence[ModelAudit],
    evidence: Evidence,
    also: Also,
    progress: Progress,
) -> Sections:
    """Ask everything that there is evidence for.

    Args:
        scores: good rows of all models.
        plan: of the audit.
        models: what the audit found.
        evidence: what is known beside the scores.
        also: what is asked.
        progress: shows each section's steps.

    Raises:
        UsageError: a confounder or a baseline that does not exist.
    """
    if scores.empty:
        return Sections(chain=_chain(evidence, plan, progress), label_bias=_bias(evidence, plan, progress))
    conditions = (evidence.measurements, evidence.visible)
    has_conditions = any(map(len, conditions))
    wants_adjustment = bool(also.adjust) or (also.adjust is None and bool(evidence.measurements))
    return Sections(
        adjustments=adjustments(
            scores, plan, evidence.measurements, also.adjust, progress, answered=evidence.visible
        )
        if wants_adjustment
        else [],
        slices=slices(
            scores,
            plan,
            evidence.measurements,
            also.slice_depth,
            also.n_dealt,
            progress,
            answered=evidence.visible,
        )
        if also.slice_depth and has_conditions
        else [],
        uncertain_labels=uncertain(scores, plan, models, evidence.beliefs, progress),
        sensitivities=sensitivity(
            scores,
            plan,
            evidence.attributes,
            evidence.coded_from,
            progress,
        )
        if also.codings and evidence.coded_from is not None
        else [],
        mislabel_bounds=mislabel_bounds(
            scores, plan, models, error_rates(evidence.beliefs, plan.axes), progress
        ),
        model_pairs=None if also.baseline is None else model_pairs(scores, plan, also.baseline, progress),
        chain=_chain(evidence, plan, progress),
        label_bias=_bias(evidence, plan, progress),
        error_maps=ErrorMaps()
        if evidence.grids is None
        else error_maps(evidence.grids, scores, plan.axes, plan.min_people),
    )


def _chain(evidence: Evidence, plan: Plan, progress: Progress) -> Chain | None:
    return None if evidence.cases is None else chain(evidence.cases, _single(plan), progress)


def _bias(evidence: Evidence, plan: Plan, progress: Progress) -> list[LabelBias]:
    return [] if evidence.mask_pairs is None else label_bias(evidence.mask_pairs, _single(plan), progress)


def _single(plan: Plan) -> Plan:
    """Leave crossings out: over many steps they would make a family in which nothing can stand."""
    return replace(plan, axes=[axis for axis in plan.axes if len(axis.attributes) == 1])
