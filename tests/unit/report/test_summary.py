"""What does an audit say in a line?"""

from datatools.fairness.estimates import Group, Reading
from datatools.fairness.result import AuditResult
from datatools.report import summary
from datatools.report.document import Summary
from datatools.report.facts import ReportFacts, nothing
from tests.unit.report.builders import audit, group, plain_audit, suppressed

NOTHING = nothing()
SAME = [
    group("woman", 0.93, 0.004, 50, 0.001, "equivalent"),
    group("man", 0.93, 0.004, 50, -0.001, "equivalent"),
]
OPEN = [group(name, 0.93, 0.02, 12, 0.01, "insufficient data") for name in ("18-29", "30-44", "45-59")]


def _summary(result: AuditResult, facts: ReportFacts = NOTHING) -> Summary:
    return summary.summarise(result, facts)


def test_gaps_come_first() -> None:
    """The headline counts the gaps and what could not be settled."""
    assert _summary(audit()).headline == "8 gaps found; 24 comparisons could not be settled."


def test_too_little_data_is_not_no_gap() -> None:
    """Where nothing was found because little was there to find it with, the headline says so."""
    assert _summary(plain_audit(OPEN)).headline == (
        "No gap found, but 3 of 3 comparisons have too little data to tell."
    )


def test_equivalence_is_told_with_its_margin() -> None:
    """Only a passed test of equivalence is told as no gap."""
    assert _summary(plain_audit(SAME)).headline == "No gap found: every comparison is within 1.0 points."


def test_nothing_compared_is_told() -> None:
    """Without a group to compare, the headline does not sound like good news."""
    found = _summary(plain_audit([suppressed("woman"), suppressed("man")]))
    assert found.headline == "No group could be compared: there are no answers, or the groups are too small."


def test_no_model_is_told() -> None:
    """An audit of the data alone says so."""
    assert _summary(audit().model_copy(update={"models": []})).headline == (
        "No model was audited: this page describes the data alone."
    )


def test_two_groups_are_one_comparison() -> None:
    """Where each group is the other's rest, one gap is told, of the lower group."""
    groups = [group("woman", 0.94, 0.004, 50, 0.02, "gap"), group("man", 0.92, 0.004, 50, -0.02, "gap")]
    found = _summary(plain_audit(groups))
    assert (found.headline, found.models[0].headline) == (
        "1 gap found.",
        "Lower for perceived gender = man (−2.0)",
    )


def test_an_open_model_does_not_sound_settled() -> None:
    """A model without a gap, but with open comparisons, is told with both."""
    assert _summary(plain_audit(OPEN)).models[0].headline == "No gap found, 3 comparisons open"


def test_people_are_asked_for_by_attribute() -> None:
    """Whoever is added for a crossing is added for its attributes: crossings ask for nobody themselves."""
    crossed = [group(name, 0.93, 0.02, 12, 0.01, "insufficient data") for name in ("a x b", "a x c", "d x b")]
    steps = [
        _summary(plain_audit(groups, name=name)).next_steps[0]
        for groups, name in ((OPEN, "age"), (crossed, "age x gender"))
    ]
    assert (
        steps[0].startswith("To settle what is open, add test people"),
        "add test people" in steps[1],
    ) == (
        True,
        False,
    )


def test_a_gap_upward_is_told_as_higher() -> None:
    """A group that stands above the rest is told as such."""
    groups = [*OPEN, group("60+", 0.96, 0.004, 50, 0.03, "gap")]
    found = _summary(plain_audit(groups, name="perceived_age_band"))
    assert found.models[0].headline == "Higher for perceived age band = 60+ (+3.0)"


def test_gaps_are_told_with_interval_counts_and_p() -> None:
    """No gap stands without its interval, its images and people, and its corrected p-value."""
    groups = [*OPEN, group("60+", 0.9, 0.004, 50, -0.03, "gap")]
    (sentence,) = _summary(plain_audit(groups)).can_say
    assert sentence.text == (
        "perceived gender = 60+: 3.0 points lower than the rest [−3.5, −2.5]; 100 images of 50 people, "
        "corrected p 0.004."
    )


def test_many_gaps_are_counted() -> None:
    """A summary stays one: the tables hold the rest."""
    groups = [group(f"g{n}", 0.9, 0.004, 50, -0.03, "gap") for n in range(10)]
    assert _summary(plain_audit(groups)).can_say[-1].text == "4 more gaps: see the tables below."


def test_open_comparisons_say_what_would_settle_them() -> None:
    """Insufficient data comes with the detectable gap and the people to add."""
    (sentence,) = _summary(plain_audit(OPEN)).cannot_say
    assert sentence.text == (
        "perceived gender: insufficient data for 18-29, 30-44 and 45-59. Gaps under 5.8 points would mostly "
        "go unseen (80% power); to settle 1.0 points takes about 168 more people in each."
    )


def _many(*groups_of: list[Group], reading: Reading = "accuracy") -> AuditResult:
    """Give an audit of several models of one attribute."""
    models = [
        plain_audit(groups, name_of_model=f"m{n}").models[0].model_copy(update={"reading": reading})
        for n, groups in enumerate(groups_of)
    ]
    return plain_audit([]).model_copy(update={"models": models})


def test_of_many_models_what_is_open_is_told_once() -> None:
    """An attribute has one sentence, with the range over all models, not one for each of them."""
    (sentence,) = _summary(_many(OPEN, OPEN, OPEN, OPEN)).cannot_say
    assert (sentence.about, sentence.text) == (
        "several models",
        "perceived gender: insufficient data for 18-29, 30-44 and 45-59 under every model. Gaps under 5.8 "
        "points would mostly go unseen (80% power); to settle 1.0 points takes about 168 more people in "
        "each.",
    )


def test_of_many_models_those_that_are_open_are_named() -> None:
    """Where it is not all of them."""
    (sentence,) = _summary(_many(SAME, OPEN, SAME, OPEN)).cannot_say
    assert "insufficient data for 18-29, 30-44 and 45-59 under m1 and m3." in sentence.text


def test_of_many_models_crossings_are_counted_as_a_range() -> None:
    """Each model has its own number of open ones."""
    crossed = [group(f"a x {n}", 0.93, 0.02, 12, 0.01, "insufficient data") for n in range(4)]
    plain = _many(crossed[:2], crossed, crossed, crossed)
    models = [
        model.model_copy(
            update={"attributes": [model.attributes[0].model_copy(update={"attribute": "age x gender"})]}
        )
        for model in plain.models
    ]
    (sentence,) = _summary(plain.model_copy(update={"models": models})).cannot_say
    assert sentence.text == "Crossings of attributes: insufficient data for 2 to 4 groups of a model."


def test_of_many_models_agreement_is_told_of_each_by_name() -> None:
    """It is a limit of theirs, not of the others."""
    (sentence,) = _summary(_many(SAME, SAME, SAME, SAME, reading="agreement")).cannot_say
    assert sentence.text == (
        "What is told of m0, m1, m2 and m3 is agreement, not accuracy: errors that model and reference share "
        "are unseen."
    )


def test_agreement_is_never_told_as_accuracy() -> None:
    """A model compared with keyed masks carries the caveat and the way out of it."""
    found = _summary(audit())
    caveats = [s.about for s in found.cannot_say if "not accuracy" in s.text]
    assert (caveats, found.models[1].reading, any("human masks" in s for s in found.next_steps)) == (
        ["selfie"],
        "agreement with masks keyed from a plain background",
        True,
    )


def test_acceptance_is_told_where_intervals_part() -> None:
    """Groups whose masks are dropped more often are told with both shares."""
    assert _summary(audit()).can_say[-1].text == (
        "Masks of perceived gender = man are accepted less often than those of woman: 77.4% [71.7, 83.1] of "
        "208 against 90.7% [87.0, 94.4] of 236."
    )


def test_alike_acceptance_is_not_told() -> None:
    """Shares whose intervals overlap are no finding."""
    table = audit().composition[0]
    alike = table.model_copy(update={"acceptance": [table.acceptance[0], table.acceptance[0]]})
    found = _summary(audit().model_copy(update={"composition": [alike]}))
    assert [s for s in found.can_say if "accepted" in s.text] == []


def test_what_is_left_out_is_counted() -> None:
    """Suppressed groups and people without an answer are told."""
    texts = [s.text for s in _summary(audit()).cannot_say if s.about == "the data"]
    assert texts == [
        "Groups with fewer than 10 people are not shown: perceived age band (1) and perceived age band × "
        "perceived gender (3).",
        "Left out because they have no answer: perceived age band (3 people) and perceived gender (9 "
        "people).",
    ]


def test_tables_that_changed_are_told_first() -> None:
    """An audit of an earlier state of the tables is called that."""
    facts = NOTHING.model_copy(update={"changed_since": ["tables/scores.parquet"]})
    found = _summary(plain_audit(SAME), facts)
    assert (found.next_steps[0], found.cannot_say[-1].text) == (
        "Run `datatools audit` again: tables changed since.",
        "tables/scores.parquet changed since: the audit is of the earlier state.",
    )


def test_without_answers_the_next_step_is_to_import_them() -> None:
    """An audit that knew nobody's group says what is missing."""
    found = _summary(plain_audit([]))
    assert found.next_steps == [
        "Import answers about the people with `datatools annotate import`, then audit again."
    ]


def test_no_sentence_calls_a_model_fair() -> None:
    """The words that promise too much are not ours."""
    told = (_summary(audit()).model_dump_json() + _summary(plain_audit(SAME)).model_dump_json()).lower()
    assert [word for word in ("fair", "debias", "unbiased", "bias-free", "proves") if word in told] == []
