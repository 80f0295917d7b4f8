"""An audit with every section filled, for the tests of how they are told."""

from datatools.fairness.chain.chain_result import Chain, LabelBias, Step, Transfer
from datatools.fairness.estimates import Comparison, Estimate, Interval, Pair, WorstGroup
from datatools.fairness.labels.label_result import (
    Coding,
    Doubt,
    MislabelBound,
    Sensitivity,
    UncertainGroup,
    UncertainLabels,
)
from datatools.fairness.models.models_result import (
    ModelPair,
    ModelPairs,
    PairedAttribute,
    PairedGap,
    PairedGroup,
    PairVerdict,
)
from datatools.fairness.result import AuditResult
from datatools.fairness.why.why_result import AdjustedGap, Adjustment, Part, Slice, SliceSearch
from tests.unit.report.builders import attribute, audit, estimate, group

ATTRIBUTE = "perceived_gender"
METRIC = "iou_fg_image"


def _interval(value: float) -> Interval:
    return Interval(value=value, low=value - 0.01, high=value + 0.01)


def adjusted_gap(name: str, *, matched: bool = True) -> AdjustedGap:
    """Give a raw gap of -3 points, of which 2 go with light."""
    return AdjustedGap(
        group=name,
        raw=estimate(-0.03, 0.01, 90),
        adjusted=estimate(-0.01, 0.01, 90),
        explained=estimate(-0.02, 0.01, 90),
        parts=[
            Part(confounder="face_frac", explained=_interval(0.003)),
            Part(confounder="picture_lightness", explained=_interval(-0.023)),
        ],
        matched=estimate(-0.012, 0.02, 60) if matched else None,
        n_matched=40 if matched else None,
        p_value=0.2,
        p_holm=0.4,
        verdict="insufficient data",
    )


def comparison(gap: float, verdict: str = "gap") -> Comparison:
    """Compare a group with the rest."""
    return Comparison.model_validate(
        {
            "gap": estimate(gap, 0.01, 90),
            "p_value": 0.001,
            "p_holm": 0.004,
            "detectable_gap": 0.02,
            "people_needed": None,
            "verdict": verdict,
        }
    )


def paired(name: str, difference: float, verdict: PairVerdict) -> PairedGroup:
    """Hold a group under one model against the same group under another."""
    return PairedGroup(
        group=name,
        value=estimate(0.94 + difference, 0.01, 90),
        baseline_value=estimate(0.94, 0.01, 90),
        difference=estimate(difference, 0.005, 90),
        p_value=0.01,
        p_holm=0.03,
        detectable=0.01,
        verdict=verdict,
        harm="harmed" if verdict == "worse" else "not harmed",
    )


def step(name: str, reading: str, source: str | None, groups_of: str = ATTRIBUTE) -> Step:
    """Give a step of the chain by one attribute."""
    by_group = attribute(
        groups_of, [group("woman", 0.96, 0.01, 60, -0.02, "gap"), group("man", 0.98, 0.01, 60, 0.02, "gap")]
    )
    return Step.model_validate(
        {
            "step": name,
            "definition": f"What {name} is.",
            "reading": reading,
            "reference_source": source,
            "overall": estimate(0.97, 0.01, 120),
            "attributes": [by_group],
        }
    )


def full_audit(name: str = "women") -> AuditResult:
    """Give an audit with every section, about its first model."""
    plain = audit()
    first = plain.models[0]
    of = {"model": first.model, "reference_source": first.reference_source, "metric": METRIC}
    told_attribute = first.attributes[0].model_copy(
        update={
            "pairs": [Pair(group=name, other="men", comparison=comparison(-0.021))],
            "worst": WorstGroup(group=name, seen=_interval(0.911), corrected=_interval(0.919)),
        }
    )
    return plain.model_copy(
        update={
            "models": [
                first.model_copy(update={"attributes": [told_attribute, *first.attributes[1:]]}),
                *plain.models[1:],
            ],
            "adjustments": [
                Adjustment(
                    attribute=ATTRIBUTE,
                    confounders=["picture_lightness", "face_frac"],
                    n_people=180,
                    n_left_out=3,
                    groups=[adjusted_gap(name), adjusted_gap("men", matched=False)],
                    notes=["Little overlap."],
                    **of,
                )
            ],
            "slices": [
                SliceSearch(
                    features=["face_yaw_deg"],
                    depth=2,
                    n_people=180,
                    n_candidates=74,
                    n_dealt=200,
                    slices=[
                        Slice(
                            conditions=["face_yaw_deg > 21.5", "glasses = yes"],
                            estimate=estimate(0.87, 0.02, 30),
                            gap=estimate(-0.058, 0.02, 180),
                            p_corrected=0.005,
                        )
                    ],
                    **of,
                )
            ],
            "uncertain_labels": [
                UncertainLabels(
                    attribute=ATTRIBUTE,
                    posterior="consensus of 3 annotators",
                    doubt=Doubt(low=0.08, high=0.05, p_value=0.3),
                    n_draws=100,
                    n_people=180,
                    n_uncertain=12,
                    groups=[
                        UncertainGroup(
                            group=name,
                            n_expected=88.4,
                            certain=estimate(-0.03, 0.01, 90),
                            drawn=estimate(-0.033, 0.014, 90),
                            is_kept=True,
                        )
                    ],
                    **of,
                )
            ],
            "sensitivities": [
                Sensitivity(
                    attribute=ATTRIBUTE,
                    codings=[
                        Coding(
                            coding="ita_deg:8,28",
                            n_groups=3,
                            largest_gap=0.031,
                            p_value=0.02,
                            comparisons={name: comparison(-0.03)},
                        )
                    ],
                    is_stable=False,
                    sentence="The answer depends on the edges.",
                    **of,
                )
            ],
            "mislabel_bounds": [
                MislabelBound(
                    attribute=ATTRIBUTE,
                    group=name,
                    gap=-0.03,
                    error_rate=0.04,
                    low=-0.06,
                    high=0.01,
                    breaks_at=0.025,
                    **of,
                )
            ],
            "model_pairs": ModelPairs(
                baseline="published",
                pairs=[
                    ModelPair(
                        model="new",
                        baseline="published",
                        reference_source="human",
                        reading="accuracy",
                        metric=METRIC,
                        overall=paired("all", 0.012, "better"),
                        attributes=[
                            PairedAttribute(
                                attribute=ATTRIBUTE,
                                groups=[paired(name, -0.015, "worse"), paired("men", 0.02, "better")],
                                gaps=PairedGap(
                                    attribute=ATTRIBUTE,
                                    worst_group=estimate(-0.015, 0.01, 180),
                                    largest_gap=estimate(0.035, 0.01, 180),
                                ),
                            )
                        ],
                        n_only_one=0,
                    )
                ],
                n_comparisons=3,
                notes=["The networks are compared as they are."],
            ),
            "chain": Chain(
                steps=[
                    step("faces_found", "share", None),
                    step("student:new", "accuracy", "human"),
                ],
                transfers=[
                    Transfer(
                        teacher="generated",
                        student="new",
                        attribute=ATTRIBUTE,
                        reference_source="human",
                        n_images=180,
                        n_people=180,
                        slope=Interval(value=0.52, low=0.1, high=0.9),
                        correlation=Interval(value=0.771, low=0.7, high=0.83),
                        carried=[estimate(-0.013, 0.01, 180)],
                        groups=[name],
                        sentence="Half of it goes along.",
                    )
                ],
                n_comparisons=4,
                notes=["No mask was checked."],
            ),
            "label_bias": [
                LabelBias(
                    mask_source="human",
                    consensus="generated",
                    measure=measure,
                    definition="Mean distance of the edges.",
                    unit=unit,
                    margin=0.5,
                    attribute=ATTRIBUTE,
                    answered_by=["annotator"],
                    overall=Estimate(value=1.9, low=1.7, high=2.1, n_images=180, n_people=180),
                    groups={name: comparison(0.8)},
                    values={name: Estimate(value=2.2, low=2.0, high=2.4, n_images=90, n_people=90)},
                    n_comparisons=4,
                )
                for measure, unit in (("edge_shift_px", "px"), ("area_ratio", "frac"))
            ],
        }
    )
