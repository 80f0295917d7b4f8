"""Is every metric, word and category defined that a report shows?"""

from datatools.fairness.estimates import Interval
from datatools.report import facts, summary
from datatools.report.blocks import Definitions, Section
from datatools.report.document import Report
from datatools.report.outline import definitions
from tests.unit.report import rich
from tests.unit.report.builders import audit, group, plain_audit
from tests.unit.report.outline.reading import find, said
from tests.unit.report.sections import full_audit


def _terms(section: Section) -> dict[str, str]:
    return {
        term: text
        for block in section.blocks
        if isinstance(block, Definitions)
        for term, text in block.entries
    }


def test_every_metric_of_the_audit_is_defined() -> None:
    """And every word that its verdicts use."""
    report = rich.report()
    terms = _terms(definitions.section(report))
    assert set(report.audit.metric_definitions) <= set(terms)
    assert {"Gap", "Equivalent", "Insufficient data", "Suppressed", "Interval", "Adjusted gap"} <= set(terms)
    assert {"Harmed, not harmed", "Predictable"} <= set(terms)


def test_words_that_are_not_used_are_not_defined() -> None:
    """A plain audit has no adjusted gap, no pair, no composition audit."""
    counted = facts.nothing()
    result = audit()
    plain = Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)
    unused = {"Adjusted gap", "Harmed, not harmed", "Predictable", "Shrunken"}
    assert unused & set(_terms(definitions.section(plain))) == set()


def test_shrunken_is_defined_where_it_is_shown() -> None:
    """A column of that name needs it."""
    shrunken = Interval(value=0.9, low=0.8, high=1.0)
    one = group("a", 0.9, 0.01, 20, -0.03, "gap").model_copy(update={"shrunken": shrunken})
    report = rich.report(result=plain_audit([one]))
    assert "Shrunken" in _terms(definitions.section(report))


def test_measurements_and_nuisances_that_are_named_are_defined() -> None:
    """Confounders, conditions of slices, and what a composition audit looked at."""
    terms = _terms(definitions.section(rich.report()))
    assert terms["picture_lightness"] == "Mean L* of the whole picture."
    assert terms["background sharpness"] == "How sharp the background is."
    assert terms["hair share"] == "Share of the mask above the brows."


def test_categories_say_what_was_asked_and_what_each_value_means() -> None:
    """Who may answer, who did, where the words come from and where they fail."""
    section = find(definitions.section(rich.report()).sections, "def0")
    assert section.title == "Perceived gender"
    assert said(section) == [
        "Groups answered by: annotator.",
        "Asked: “As what does this person present?” What others saw in the pictures; it is not what the "
        "people say of themselves.",
        "Vocabulary gender@1: The two classes of most portrait data sets. Where it fails: It records "
        "presentation.",
    ]
    assert _terms(section) == {"woman": "A woman or girl.", "man": "A man or boy."}


def test_categories_that_nobody_defined_say_so() -> None:
    """Their names are all there is."""
    sections = definitions.section(rich.report()).sections
    (tone,) = (section for section in sections if section.title == "Skin tone")
    assert said(tone)[1].startswith("Nobody stated what these groups mean: monk 01, monk 02")


def test_bands_of_a_measurement_are_listed() -> None:
    """With what was measured."""
    groups = [group(name, 0.9, 0.01, 20, -0.03, "gap") for name in ("face_frac < 0.1", "face_frac >= 0.1")]
    report = rich.report(result=plain_audit(groups, name="face_frac"))
    section = find(definitions.section(report).sections, "def0")
    assert said(section)[1:] == [
        "Area of the landmarks' hull divided by the picture's.",
        "Cut into bands: face_frac < 0.1 and face_frac >= 0.1.",
    ]


def test_answers_read_in_another_vocabulary_are_defined_by_it() -> None:
    """The coarser words are those that the report shows."""
    known = rich.facts().categories
    age = known.vocabularies[0].model_copy(update={"vocabulary": "age3@1", "values": {"0-29": "Younger."}})
    counted = rich.facts().model_copy(
        update={"categories": known.model_copy(update={"vocabularies": [*known.vocabularies, age]})}
    )
    result = plain_audit([group("0-29", 0.9, 0.01, 20, -0.03, "gap")], name="perceived_gender:age3@1")
    report = Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)
    section = find(definitions.section(report).sections, "def0")
    assert _terms(section) == {"0-29": "Younger."}


def test_an_attribute_without_groups_is_named() -> None:
    """It was asked for, and nobody is in it."""
    section = find(definitions.section(rich.report(result=plain_audit([], name="tone"))).sections, "def0")
    assert said(section)[-1] == "Nobody stated what these groups mean."


def test_categories_of_the_factory_and_of_slices_are_defined_too() -> None:
    """Parity is told by every attribute, and slices by what is seen in pictures."""
    result = plain_audit([group("a", 0.9, 0.01, 20, -0.03, "gap")], name="skin_tone")
    search = full_audit().slices[0].model_copy(update={"features": ["glasses", "face_yaw_deg"]})
    counted = rich.facts()
    known = counted.categories
    glasses = known.questions[0].model_copy(
        update={"question": "glasses", "text": "Glasses?", "kind": "visible"}
    )
    counted = counted.model_copy(
        update={"categories": known.model_copy(update={"questions": [*known.questions, glasses]})}
    )
    result = result.model_copy(update={"slices": [search]})
    report = Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)
    sections = definitions.section(report).sections
    assert [section.title for section in sections] == ["Skin tone", "Perceived gender", "Glasses"]
    assert said(sections[2])[0] == "Asked: “Glasses?” A thing that is seen in the picture."


def test_an_audit_without_metrics_defines_its_words() -> None:
    """Those are always used."""
    report = rich.report()
    bare = report.model_copy(
        update={
            "audit": report.audit.model_copy(update={"metric_definitions": {}}),
            "facts": facts.nothing(),
        }
    )
    assert "Gap" in _terms(definitions.section(bare))
