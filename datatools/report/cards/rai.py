"""What does Croissant's vocabulary for responsible AI say of a data set?

Properties of http://mlcommons.org/croissant/RAI/1.0; one that nothing is known of is left out.
"""

from collections.abc import Sequence

from datatools.report.cards import told
from datatools.report.cards.answers import Answers
from datatools.report.cards.card_result import CardFacts

Text = str | Sequence[str]
_OPEN = "Not answered yet: see the open questions of datasheet.md."
_STAGES = frozenset({"annotate_export", "annotate_import"})


def properties(facts: CardFacts, answers: Answers) -> dict[str, Text]:
    """Give every property that there is something to say about."""
    given = {number: f"{each.answer} (answered by {each.by})" for number, each in answers.given().items()}
    found: dict[str, Text] = {
        "dataCollection": " ".join([*told.files(facts), *told.sources(facts), given.get("3.1", "")]).strip(),
        "dataCollectionType": _types(facts),
        "dataCollectionMissingData": _missing(facts),
        "dataCollectionRawData": "The pictures and masks of the sources, as they came, under their licences.",
        "dataPreprocessingProtocol": told.masks(facts),
        "dataManipulationProtocol": _made(facts),
        "dataAnnotationProtocol": " ".join(told.protocol(facts)) or "Nobody answered a question.",
        "dataAnnotationPlatform": _platforms(facts),
        "dataAnnotationAnalysis": told.agreement(facts),
        "annotationsPerItem": _per_item(facts),
        "annotatorDemographics": given.get("3.4", f"Who the annotators are is not kept. {_OPEN}"),
        "machineAnnotationTools": [each.teacher for each in facts.teachers],
        "dataUseCases": list(told.MEANT),
        "dataLimitations": [*told.limits(facts), *told.NEVER],
        "dataBiases": [*told.composition(facts), *told.biases(facts)],
        "dataSocialImpact": given.get("5.4", f"Errors may be larger for some people. {_OPEN}"),
        "personalSensitiveInformation": told.sensitive(facts),
        "dataReleaseMaintenancePlan": f"{given.get('7.4', _OPEN)} {told.WITHDRAW}",
    }
    return {name: value for name, value in found.items() if value}


def _types(facts: CardFacts) -> list[str]:
    """Give the specification's own words for how data came about."""
    found = ["Secondary Data analysis"]
    said = {each.answered_by for each in facts.questions}
    if "self_report" in said:
        found.append("Self-reporting")
    if "annotator" in said:
        found.append("Manual Human Curator")
    if any("measured" in head.answered_by for head in facts.composition):
        found.append("Direct measurement")
    return found


def _platforms(facts: CardFacts) -> list[str]:
    """Say through what people answered, where runs tell."""
    has_run = any(run.stage in _STAGES for run in facts.report.runs)
    people = {"annotator", "self_report"} & {each.answered_by for each in facts.questions}
    return ["Label sheets and pages of datatools annotate"] if has_run and people else []


def _missing(facts: CardFacts) -> str:
    return " ".join([f"{facts.n_failed:,} files could not be read.", *told.failures(facts)])


def _made(facts: CardFacts) -> str:
    return " ".join(f"{n:,} pictures of kind {kind} were made of others." for kind, n in facts.n_made.items())


def _per_item(facts: CardFacts) -> str:
    told_each = [
        f"{each.question} ({each.answered_by}): {each.n_answers / each.n_images:.2f} answers a picture"
        for each in facts.questions
        if each.n_answers is not None and each.n_images
    ]
    return "; ".join(told_each)
