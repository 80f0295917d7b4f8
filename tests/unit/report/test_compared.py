"""What is said of models beside the baseline, and of gaps beside their adjusted ones?"""

from datatools.fairness.models.models_result import ModelPair, PairVerdict
from datatools.fairness.result import AuditResult
from datatools.report import compared
from tests.unit.report.builders import audit
from tests.unit.report.sections import full_audit, paired


def _with(verdict: PairVerdict, *, is_group_settled: bool = True) -> AuditResult:
    """Give an audit whose one pair of models came to a verdict, and harms nobody."""
    full = full_audit()
    assert full.model_pairs is not None
    pair = full.model_pairs.pairs[0]
    group = paired("women", 0.004, "better")
    if not is_group_settled:
        group = group.model_copy(update={"harm": "insufficient data"})
    attributes = [pair.attributes[0].model_copy(update={"groups": [group]})]
    told: ModelPair = pair.model_copy(
        update={"overall": paired("all", 0.012, verdict), "attributes": attributes}
    )
    return full.model_copy(update={"model_pairs": full.model_pairs.model_copy(update={"pairs": [told]})})


def test_a_model_is_told_beside_the_baseline_with_interval_and_counts() -> None:
    """Higher, not better: what a score stands for is its reading."""
    (sentence,) = compared.can_say(_with("better"))
    assert (sentence.about, sentence.tone, sentence.text) == (
        "new",
        "equivalent",
        "Scores higher than published on the same pictures: +1.2 [+0.7, +1.7] points of iou_fg_image "
        "(accuracy), 180 images of 90 people.",
    )


def test_a_worse_model_and_one_alike_are_told_as_such() -> None:
    """The other two verdicts that are settled."""
    worse, alike = (next(iter(compared.can_say(_with(verdict)))) for verdict in ("worse", "equivalent"))
    assert (worse.tone, worse.text.partition(":")[0]) == (
        "gap",
        "Scores lower than published on the same pictures",
    )
    assert alike.text.startswith("Scores like published, within the margin, on the same pictures:")


def test_harm_is_told_by_name() -> None:
    """Whoever is served worse is named."""
    assert [s.text for s in compared.can_say(full_audit()) if "harms" in s.text] == [
        "Beside published it harms perceived gender = women: their scores are lower."
    ]


def test_what_is_open_is_no_finding() -> None:
    """An unsettled difference, and harm that cannot be told, stand among what cannot be said."""
    found = _with("insufficient data", is_group_settled=False)
    assert list(compared.can_say(found)) == []
    assert [s.text for s in compared.cannot_say(found)] == [
        "Whether it scores higher than published is open: +1.2 [+0.7, +1.7] points of iou_fg_image "
        "(accuracy), 180 images of 90 people.",
        "Whether it harms perceived gender = women beside published cannot be told.",
    ]


def test_one_model_alone_is_compared_with_nothing() -> None:
    """Without pairs nothing is said."""
    assert [*compared.can_say(audit()), *compared.cannot_say(audit())] == []


def test_what_is_left_of_a_gap_is_told() -> None:
    """Of the same model, masks, attribute and group; of others nothing."""
    full = full_audit()
    first, second = full.models
    told = compared.left_after_adjusting(full, first, "perceived_gender", "women")
    assert told == " Between people alike in what was measured it is −1.0 [−2.0, 0.0], insufficient data."
    others = [
        compared.left_after_adjusting(full, second, "perceived_gender", "women"),
        compared.left_after_adjusting(full, first, "skin_tone", "women"),
        compared.left_after_adjusting(full, first, "perceived_gender", "nobody"),
    ]
    assert others == ["", "", ""]
