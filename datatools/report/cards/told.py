"""Which sentences say what was counted? Plain text, for every file of a card; each writer escapes it."""

from datatools.fairness.composition.composition_result import Count, Headcount
from datatools.report import words
from datatools.report.cards.card_result import CardFacts, QuestionFact
from datatools.student import licences

_WHO = {
    "self_report": "the people in the pictures",
    "annotator": "annotators, who looked at pictures",
    "dataset": "the makers of a source data set",
    "model": "a program",
}
_KIND = {
    "self_reported": "said by the people themselves",
    "perceived": "guessed by others from the picture: what somebody looks like, not what they are",
    "visible": "about a thing in the picture",
    "rendered": "set when a portrait was rendered, so that nobody guessed",
    "review": "a verdict on a mask",
}
_RENDERED = "rendered"  # the reader of portraits that show nobody
_MOST_GAPS = 5  # of one outcome: a card is no report
NEVER = (
    "Predicting anybody's race, gender, age or health from a picture, or training anything that does: the "
    "answers are there to see for whom segmentation works worse, and for nothing else.",
    "Telling who somebody is, finding somebody again, or matching faces.",
    "Watching people, or deciding about them.",
    "Saying how common a group is anywhere: the people in it were not drawn from a population.",
)
MEANT = (
    "Training and testing networks that separate people in portraits from their background.",
    "Measuring for whom such networks, and the masks themselves, are worse.",
)


def files(facts: CardFacts) -> list[str]:
    """Say how many files, pictures and people there are."""
    people = words.count(facts.n_people, "person", "people")
    found = [
        f"{words.count(facts.n_images, 'picture')} of {people}, from {words.count(facts.n_files, 'file')}; "
        f"{words.count(facts.n_failed, 'file')} could not be read."
    ]
    nameless = facts.n_people - facts.n_named
    if nameless and not facts.n_named:
        found.append("The sources do not say who is in a picture: each counts as a person.")
    elif nameless:
        found.append(
            f"The sources tell {words.count(facts.n_named, 'person', 'people')} apart; "
            f"{words.count(nameless, 'picture')} of nobody in particular "
            f"{'counts' if nameless == 1 else 'count'} as a person each."
        )
    if facts.n_aliases:
        verb = "holds" if facts.n_aliases == 1 else "hold"
        found.append(f"{words.count(facts.n_aliases, 'more file')} {verb} the same bytes as one of them.")
    for kind, n in facts.n_made.items():
        found.append(
            f"{words.count(n, 'picture')} of kind {kind} {'was' if n == 1 else 'were'} made of others."
        )
    if facts.sizes_px:
        narrow, wide, low, high = facts.sizes_px
        found.append(f"Width {_span(narrow, wide)} px, height {_span(low, high)} px.")
    return found


def _span(low: int, high: int) -> str:
    return str(low) if low == high else f"{low} to {high}"


def masks(facts: CardFacts) -> list[str]:
    """Say who made the masks, and how the generated ones came to be."""
    found = [
        f"{words.count(each.n_images, 'mask')} {_origin(each.origin)} ({each.maker}), of "
        f"{words.count(each.n_people, 'person', 'people')}: {words.reference(each.maker)}."
        for each in facts.masks
    ]
    if facts.teachers:
        told = [f"{each.teacher} ({each.n_images:,} pictures)" for each in facts.teachers]
        found.append(f"Masks were proposed by {words.listed(told, most=20)}.")
    if facts.rules:
        told = [f"{each.rule} ({each.n_images:,})" for each in facts.rules]
        found.append(f"Rules that changed generated masks, and how many: {words.listed(told, most=40)}.")
    accepted = next((step for step in facts.report.steps if step.step == "accepted"), None)
    if accepted is not None:
        found.append(
            f"{words.count(accepted.n_images, 'generated mask')} passed every check, or a person accepted "
            f"{'it' if accepted.n_images == 1 else 'them'}; {facts.report.n_rejected or 0:,} did not. People "
            f"looked at {facts.report.n_reviewed:,}."
        )
    return found


def _origin(origin: str) -> str:
    return "came with the data" if origin == "with the data" else "generated here"


def failures(facts: CardFacts) -> list[str]:
    """Say where pictures were lost, and why."""
    return [
        f"{each.where}: {each.reason}, {words.count(each.n_images, 'picture')}."
        for each in facts.report.failures
    ]


def rejections(facts: CardFacts) -> list[str]:
    """Say which checks generated masks did not pass."""
    return [
        f"{words.count(each.n_images, 'mask')} did not pass the check {each.where}."
        for each in facts.report.rejections
    ]


def protocol(facts: CardFacts) -> list[str]:
    """Say for each question who answered what."""
    return [
        f"{each.question}: {each.text} Answered by {_WHO.get(each.answered_by, each.answered_by)} "
        f"({each.answered_by}); {_KIND[each.kind]}. Vocabulary {each.vocabulary} ({each.level}). "
        f"{_counted(each, facts.min_people)}"
        for each in facts.questions
    ]


def _counted(each: QuestionFact, min_people: int) -> str:
    if each.n_people is None or each.n_answers is None or each.n_images is None:
        return f"About fewer than {min_people} people."
    days = "" if each.first_day is None else f", {each.first_day} to {each.last_day}"
    return (
        f"{words.count(each.n_answers, 'answer')} about {words.count(each.n_images, 'picture')} of "
        f"{words.count(each.n_people, 'person', 'people')}, under "
        f"{words.count(each.n_annotators, 'name')}{days}."
    )


def agreement(facts: CardFacts) -> list[str]:
    """Say how far answers agree, and what they were combined into."""
    found = []
    for each in facts.agreement:
        alpha = "cannot be told: everybody gave one value"
        if each.alpha is not None:
            ends = (
                ""
                if each.low is None or each.high is None
                else f" [{words.number(each.low, 2)}, {words.number(each.high, 2)}]"
            )
            alpha = f"{words.number(each.alpha, 2)}{ends}"
        found.append(
            f"{each.question} ({each.vocabulary}): Krippendorff's alpha {alpha}, "
            f"{words.count(each.n_annotators, 'annotator')}; "
            f"{each.n_people_compared:,} people have two answers or more: {each.verdict}."
        )
    for said in facts.consensus:
        found.append(
            f"{said.question} ({said.vocabulary}): answers of {words.count(said.n_annotators, 'annotator')} "
            f"about {words.count(said.n_people, 'person', 'people')} were combined (Dawid and Skene); "
            f"{said.n_unsure:,} of {words.count(said.n_units, said.unit, _units(said.unit))} stay unsure."
        )
    if not found and facts.questions:
        found.append("How far answers agree was not measured.")
    found += [f"The result {name} is older than the last answers." for name in facts.older]
    return found


def _units(unit: str) -> str:
    return "people" if unit == "person" else f"{unit}s"


def composition(facts: CardFacts) -> list[str]:
    """Say by every attribute how many people are in each group, small groups withheld."""
    return [
        f"{words.attribute(head.attribute)} ({', '.join(head.answered_by)}), "
        f"{words.count(head.n_placed, 'person', 'people')} in a group: "
        f"{'; '.join(group(each, head) for each in head.groups)}."
        f"{unplaced(head, facts)}"
        for head in facts.composition
        if head.groups
    ]


def group(each: Count, head: Headcount) -> str:
    """Say how many people are in one group."""
    name = words.group(each.group, head.attribute)
    if each.n_people is None or each.share is None:
        return f"{name}: too few to be shown"
    return f"{name}: {each.n_people:,} ({words.points(each.share)}% {words.interval(each.low, each.high)})"


def unplaced(head: Headcount, facts: CardFacts) -> str:
    """Say who is in no group; the reasons only where none of them is of few people."""
    total = facts.n_people - head.n_placed
    if not total:
        return ""
    counts = [(each.reason.replace("_", " "), each.n_people) for each in head.unplaced]
    told = [f"{reason} {n:,}" for reason, n in counts if n is not None and n >= facts.min_people]
    why = f" ({', '.join(told)})" if told and len(told) == len(counts) else ""
    return f" In no group: {words.count(total, 'person', 'people')}{why}."


def biases(facts: CardFacts) -> list[str]:
    """Say which gaps were found, by the audit and in the factory, and which questions are open."""
    found: list[str] = []
    found += facts.left_out
    if facts.audit is None and not facts.left_out:
        found.append("No audit: for whom models or masks are worse is not known.")
    elif facts.audit is not None:
        audit = facts.audit
        found.append(
            f"From the audit {audit.name}: {audit.headline} Comparisons corrected together: "
            f"{audit.n_comparisons:,}."
        )
        found += [f"{said.about}: {said.text}" for said in (*audit.found, *audit.open)]
    found += [f"In making the masks: {line}" for line in _largest(facts.parity)]
    if not facts.parity and facts.report.parity and not facts.left_out:
        found.append(
            "In making the masks no gap stood after correction; open comparisons are no sign of none."
        )
    return found


def _largest(lines: list[str]) -> list[str]:
    """Give the first few gaps of each outcome, which are the largest, and the number of the others."""
    by_outcome: dict[str, list[str]] = {}
    for line in lines:
        by_outcome.setdefault(line.partition(":")[0], []).append(line)
    found = []
    for outcome, gaps in by_outcome.items():
        found += gaps[:_MOST_GAPS]
        if len(gaps) > _MOST_GAPS:
            found.append(f"{outcome}: {words.count(len(gaps) - _MOST_GAPS, 'smaller gap')} beside these.")
    return found


def limits(facts: CardFacts) -> list[str]:
    """Say what cannot be read out of the data."""
    found = [
        "People were not drawn at random: shares describe the data, no population.",
        "Answers of the kind perceived say how somebody looks to those who answered.",
        f"Groups of fewer than {facts.min_people} people are not shown, and with them others where one would "
        "give them away.",
    ]
    fails = {each.vocabulary: each.fails for each in facts.questions if each.kind != "review"}
    found += [f"{vocabulary}: {text}" for vocabulary, text in sorted(fails.items())]
    if any(each.origin == "generated" for each in facts.masks):
        found.append(
            "Masks that models made carry the models' errors: a score against them is agreement, not "
            "accuracy."
        )
    return found


def sources(facts: CardFacts) -> list[str]:
    """Say under which terms each source came."""
    return [
        f"{each.source}: {words.count(each.n_images, 'file')}, licence as its owner gave it: {each.licence}"
        f"{'' if each.licence.endswith('.') else '.'} {_MAY[licences.use_of(each.licence)]}"
        for each in facts.report.sources
    ]


_MAY = {
    "research": "Its words limit it to research.",
    "unclear": "Nobody has said what may be done with it.",
    "as licensed": "Keep to what it asks.",
}


def sensitive(facts: CardFacts) -> list[str]:
    """Say what in the data is personal."""
    people = words.count(facts.n_people, "person", "people")
    if all(each.reader == _RENDERED for each in facts.report.sources):
        return ["The portraits were rendered: nobody is shown in them, and no answer is about a person."]
    found = [f"Portraits of {people}: personal data, by which people can be recognised."]
    asked = sorted({each.question for each in facts.questions if each.kind in {"self_reported", "perceived"}})
    if asked:
        found.append(f"Answers about people: {words.listed(asked, most=40)}.")
        found.append(
            "The tables beside the card hold every answer in a row of its own: whoever has them can count "
            "groups that are withheld here."
        )
    found.append("File names and the names of people are in the table samples as the sources have them.")
    found.append("Annotators are numbered in the tables; their names stay with the maintainers.")
    return found


WITHDRAW = (
    "The maintainers remove a person, and everything made of their pictures, from the workspace with the "
    "command datatools withdraw; whoever holds a copy has to remove them there. Results that were computed "
    "with the person are named as out of date until they are made again."
)
