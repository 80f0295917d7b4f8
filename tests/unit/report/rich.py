"""A whole report with every section filled, for the tests of what is made of one."""

from datatools.fairness.composition.composition_result import (
    AgainstReference,
    Carrier,
    CompositionAudit,
    Count,
    Duplicates,
    Effective,
    Headcount,
    MaskDifference,
    Need,
    NuisanceTest,
    Purchase,
    ReferenceTest,
    Shopping,
    Unplaced,
)
from datatools.fairness.composition.composition_told import sentences
from datatools.fairness.estimates import AttributeAudit, Interval, Spread
from datatools.fairness.gates import judging
from datatools.fairness.gates.gates_result import Gate
from datatools.fairness.maps.maps_result import GRID, ErrorMap
from datatools.fairness.result import AuditResult
from datatools.report import summary
from datatools.report.categories import CategoryFacts, QuestionFact, VocabularyFact
from datatools.report.document import Report
from datatools.report.facts import Reason, ReportFacts, SourceFact, SplitFact, Step
from datatools.report.parity import ParityFact, ParityGroup
from datatools.report.provenance import RunFact
from datatools.report.training import EpochFact, TrainingFact
from tests.unit.report.builders import NONE, estimate, group, suppressed
from tests.unit.report.sections import full_audit

GENDERS = ("woman", "man")


def report(name: str = "women", result: AuditResult | None = None) -> Report:
    """Give a report with every section; ``name`` is a group, and a name of all else that users name."""
    found = (result or full_audit(name)).model_copy(
        update={
            "inputs": {"tables/manifest.parquet": "ab" * 32, f"tables/{name}.parquet": "cd" * 32},
            "error_maps": [error_map("", "", 0.02), error_map("perceived_gender", name, 0.01)],
        }
    )
    found = judging.judged(found, gates(name))
    counted = facts(name)
    return Report(
        title=f"Portraits {name}", summary=summary.summarise(found, counted), audit=found, facts=counted
    )


def error_map(attribute: str, group: str, error: float | None) -> ErrorMap:
    """Give a map with one error everywhere; None: too few people to be shown."""
    cells = None if error is None else [[error] * GRID for _ in range(GRID)]
    n = None if error is None else 41
    return ErrorMap(
        model="student",
        reference_source="human",
        attribute=attribute,
        group=group,
        n_images=n,
        n_people=n,
        over=cells,
        under=cells,
    )


def gates(name: str = "women") -> list[Gate]:
    """Give bounds that come to every outcome."""
    return [
        Gate(name=f"far {name}", bound="gap", at_least=-0.002),
        Gate(name="good", bound="overall", at_least=0.5),
        Gate(name="people", bound="people", at_least=2_000, at_most=9_000),
        Gate(name="nobody", bound="value", at_least=0.5, models=["no such model"]),
    ]


def facts(name: str = "women") -> ReportFacts:
    """Give what a workspace with every stage run would hold."""
    made_of = composition(name)
    return ReportFacts(
        steps=[
            Step(step="found", n_images=1466, n_people=231, share=1.0),
            Step(step="with a face", n_images=1391, n_people=230, share=1391 / 1466),
            Step(step="accepted", n_images=1207, n_people=219, share=1207 / 1466),
        ],
        failures=[Reason(where="ingest", reason=f"{name}: not readable as a picture", n_images=4)],
        rejections=[Reason(where="ragged_edge", reason="did not pass", n_images=57, share=57 / 1391)],
        n_rejected=184,
        n_reviewed=23,
        sources=[
            SourceFact(
                source=name,
                reader="folder",
                licence="CC0",
                n_images=1466,
                n_people=231,
                n_failed=4,
                reference_masks={"human": 611, "rendered": 203},
            )
        ],
        splits=[SplitFact(split="train", n_images=812, n_people=139)],
        parity=[_parity(name)],
        composition=made_of,
        composition_told=sentences(made_of),
        composition_changed=["tables/findings.parquet"],
        categories=_categories(),
        training=[
            TrainingFact(
                model=name,
                card={"seed": 7, "val_iou": 0.91357, "loss": "focal", "stopped": None},
                history=[
                    EpochFact(
                        phase=phase,
                        epoch=n,
                        loss=0.73 / n,
                        val_iou=0.8 + 0.003 * n,
                        lr=5e-4,
                        elapsed_s=12.34 * n,
                    )
                    for phase, first in (("core", 1), ("detail", 61))
                    for n in range(first, first + 60)
                ],
            )
        ],
        runs=[
            RunFact(
                number=1,
                stage="ingest",
                started_at="2026-01-02T03:04:05+00:00",
                elapsed_s=73.26,
                seed=0,
                command=f"datatools ingest --workspace WS --source '{name}'",
                inputs={},
                outputs={},
                versions={"python": "3.11.0"},
                record_sha256="ef" * 32,
            )
        ],
        changed_since=["tables/scores.parquet"],
    )


def _parity(name: str) -> ParityFact:
    def of(who: str, gap: float, verdict: str) -> ParityGroup:
        return ParityGroup(
            attribute="perceived_gender",
            answered_by=["annotator"],
            group=who,
            estimate=estimate(0.83 + gap, 0.02, 57),
            gap=estimate(gap, 0.013, 118),
            p_holm=0.0213,
            detectable_gap=0.037,
            verdict=verdict,
        )

    hidden = of("hidden", 0.0, "suppressed").model_copy(
        update={"estimate": NONE, "gap": NONE, "p_holm": None, "detectable_gap": None}
    )
    return ParityFact(
        outcome="accepted",
        title="Masks accepted",
        definition="Share of the pictures whose mask passed every check.",
        reference_source="human",
        overall=estimate(0.87, 0.01, 219),
        groups=[of(name, -0.061, "gap"), of("men", 0.042, "insufficient data"), hidden],
    )


def _categories() -> CategoryFacts:
    return CategoryFacts(
        questions=[
            QuestionFact(
                question="perceived_gender",
                text="As what does this person present?",
                kind="perceived",
                vocabularies=["gender@1"],
            )
        ],
        vocabularies=[
            VocabularyFact(
                vocabulary="gender@1",
                values={"woman": "A woman or girl.", "man": "A man or boy."},
                source="The two classes of most portrait data sets.",
                fails="It records presentation.",
            )
        ],
        measurements={
            "picture_lightness": "mean L* of the whole picture",
            "face_frac": "area of the landmarks' hull divided by the picture's",
            "face_yaw_deg": "turn of the head",
        },
    )


def _ends(value: float, half: float = 0.017) -> Interval:
    return Interval(value=value, low=value - half, high=value + half)


def composition(name: str = "women") -> CompositionAudit:
    """Give a composition audit in which everything was found."""
    hidden = Count(group="hidden", n_people=None, n_images=None, share=None, low=None, high=None)

    def count(who: str, n: int) -> Count:
        return Count(group=who, n_people=n, n_images=3 * n, share=n / 231, low=n / 260, high=n / 210)

    single = Headcount(
        attribute="perceived_gender",
        answered_by=["annotator"],
        n_placed=222,
        groups=[count(name, 118), count("men", 104), hidden],
        unplaced=[Unplaced(reason="missing", n_people=9)],
        effective=Effective(n_groups=3, inverse_simpson=_ends(1.97), exp_shannon=_ends(1.98)),
        empty=["another"],
        thin=["men"],
        n_suppressed=1,
    )
    crossed = single.model_copy(
        update={
            "attribute": "perceived_gender x perceived_age_band",
            "groups": [count("woman x 18-29", 61), count("man x 18-29", 43), count("woman x 60+", 17)],
            "empty": ["man x 60+"],
            "effective": None,
            "thin": [],
        }
    )
    return CompositionAudit(
        name="composition",
        settings={},
        n_people=231,
        n_images=693,
        headcounts=[single, crossed],
        references=[_reference(name)],
        nuisances=[_nuisance()],
        masks=[_mask_difference(name)],
        duplicates=Duplicates(n_clusters=3, n_pictures=7, label_conflicts={"perceived_gender": 1}),
        shopping=_shopping(name),
        n_mask_comparisons=6,
        notes=["Background and camera were measured where there is a mask."],
        inputs={},
        versions={},
    )


def _reference(name: str) -> ReferenceTest:
    none = Interval(value=None, low=None, high=None)
    shown = AgainstReference(
        group=name,
        reference_share=0.507,
        share=0.5315,
        difference=_ends(0.0245),
        ratio=_ends(1.0483),
        p_value=0.011,
        p_holm=0.022,
        verdict="gap",
    )
    hidden = AgainstReference(
        group="hidden",
        reference_share=0.01,
        share=None,
        difference=none,
        ratio=none,
        p_value=None,
        p_holm=None,
        verdict="suppressed",
    )
    return ReferenceTest(
        attribute="perceived_gender",
        source="a census of 2021",
        n_people=222,
        n_left_out=2,
        chi_square=4.31,
        p_value=0.038,
        p_holm=0.041,
        method="chi-square",
        groups=[shown, hidden],
    )


def _nuisance() -> NuisanceTest:
    return NuisanceTest(
        attribute="perceived_gender",
        nuisances="background and camera",
        n_people=222,
        groups=list(GENDERS),
        auc=_ends(0.713),
        expected_auc=0.5021,
        balanced_accuracy=_ends(0.66),
        expected_balanced_accuracy=0.5,
        p_value=0.001,
        p_holm=0.0042,
        verdict="predictable",
        carriers=[
            Carrier(nuisance="background_sharpness", definition="how sharp the background is", auc_drop=0.093)
        ],
    )


def _mask_difference(name: str) -> MaskDifference:
    return MaskDifference(
        measure="hair_share",
        definition="share of the mask above the brows",
        mask_source="human",
        sd=0.0412,
        attributes=[
            AttributeAudit(
                attribute="perceived_gender",
                metric="hair_share",
                answered_by=["annotator"],
                groups=[
                    group(name, 0.2178, 0.006, 118, 0.0317, "gap"),
                    group("men", 0.1861, 0.006, 104, -0.0317, "gap"),
                    suppressed("hidden"),
                ],
                spread=Spread(gap=None, expected_under_null=None, p_value=None),
                n_unlabelled=9,
                n_suppressed=1,
            )
        ],
    )


def _shopping(name: str) -> Shopping:
    return Shopping(
        reading="accuracy",
        model="student",
        sd=0.0523,
        gap=0.03,
        n_wanted=24,
        target=0.01,
        budget=100,
        needs=[
            Need(
                attribute="perceived_gender",
                group=name,
                n_people=118,
                half_width=0.0094,
                detectable_gap=0.021,
                n_to_collect=31,
                narrowing_per_person=0.00071,
            )
        ],
        purchases=[
            Purchase(
                rank=1,
                attribute="perceived_gender",
                group=name,
                n_to_collect=31,
                narrowing=0.022,
                narrowing_per_person=0.00071,
                narrows=["women"],
            )
        ],
    )
