"""Which questions of the datasheet does the workspace answer, from which tables?"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from datatools.report import words
from datatools.report.cards import told
from datatools.report.cards.card_result import CardFacts


@dataclass(frozen=True, slots=True)
class Measured:
    """An answer that was counted; ``tables`` are the files below the workspace that hold the numbers."""

    lines: Sequence[str]
    tables: Sequence[str]


def measured(facts: CardFacts) -> dict[str, Measured]:
    """Give the answers that can be counted, by the question's number; none where there is nothing to say."""
    found = {
        number: Measured([line for line in say(facts) if line], tables)
        for number, (say, tables) in _BY_NUMBER.items()
    }
    return {number: answer for number, answer in found.items() if answer.lines} | dict(_ALWAYS)


def _data(facts: CardFacts) -> list[str]:
    held = [f"{each.name}: {each.holds} ({words.count(each.n_rows, 'row')})" for each in facts.tables]
    return ["The picture's file stays with its source; the tables say what is known of it.", *held]


def _targets(facts: CardFacts) -> list[str]:
    return told.masks(facts) or ["No masks yet."]


def _missing(facts: CardFacts) -> list[str]:
    found = [f"{words.count(facts.n_failed, 'file')} could not be read and have no picture."]
    found += told.failures(facts)
    found += [
        f"No place in a group of {words.attribute(head.attribute)}: "
        f"{words.count(facts.n_people - head.n_placed, 'person', 'people')}."
        for head in facts.composition
        if facts.n_people > head.n_placed
    ]
    return found


def _relations(facts: CardFacts) -> list[str]:
    made = sum(facts.n_made.values())
    return [
        f"Pictures of one person share a person_id: {words.count(facts.n_images, 'picture')}, "
        f"{words.count(facts.n_people, 'person', 'people')}, of whom the sources name {facts.n_named:,}.",
        f"{words.count(made, 'picture')} made of others name their parent." if made else "",
    ]


def _splits(facts: CardFacts) -> list[str]:
    found = [
        f"{each.split}: {words.count(each.n_images, 'picture')} of "
        f"{words.count(each.n_people, 'person', 'people')}."
        for each in facts.report.splits
    ]
    if not found:
        return ["None was made."]
    return [*found, "Splits go by person: nobody is in two of them."]


def _errors(facts: CardFacts) -> list[str]:
    found = told.rejections(facts)
    duplicates = None if facts.report.composition is None else facts.report.composition.duplicates
    if duplicates is not None:
        found.append(
            f"{words.count(duplicates.n_pictures, 'picture')} in "
            f"{words.count(duplicates.n_clusters, 'cluster')} of near-duplicates."
        )
    if facts.n_aliases:
        found.append(f"{words.count(facts.n_aliases, 'file')} with the bytes of another one.")
    return [*found, *told.agreement(facts)]


def _stands_alone(facts: CardFacts) -> list[str]:
    shared = [f"{each.kind} of {each.source} ({each.n_files:,} files)" for each in facts.shared]
    here = (
        f"Beside the card lie {words.listed(shared, most=20)}."
        if shared
        else "No picture lies beside the card."
    )
    return [here, "All others are with their sources:", *told.sources(facts)]


def _groups(facts: CardFacts) -> list[str]:
    return told.composition(facts) or ["None: nobody answered a question about the people."]


def _acquired(facts: CardFacts) -> list[str]:
    return [*told.protocol(facts), *told.agreement(facts)]


def _times(facts: CardFacts) -> list[str]:
    days = [each for each in facts.questions if each.first_day is not None]
    found = []
    if days:
        first = min(each.first_day for each in days if each.first_day is not None)
        last = max(each.last_day for each in days if each.last_day is not None)
        found.append(f"Answers were given from {first} to {last}.")
    if facts.first_day is not None:
        found.append(f"The workspace was made from {facts.first_day} to {facts.last_day}.")
    return [*found, "When the pictures were taken is not known to it."] if found else []


def _processed(facts: CardFacts) -> list[str]:
    stages = list(dict.fromkeys(run.stage.replace("_", " ") for run in facts.report.runs))
    found = [f"Stages that ran, in the order of their last runs: {', '.join(stages)}."] if stages else []
    return [*found, *told.masks(facts)]


def _software(facts: CardFacts) -> list[str]:
    versions = facts.report.runs[-1].versions if facts.report.runs else {}
    told_versions = ", ".join(f"{name} {version}" for name, version in sorted(versions.items()))
    return [f"datatools, with the packages of its last run: {told_versions}."] if versions else []


def _used(facts: CardFacts) -> list[str]:
    names = [each.model for each in facts.report.training]
    trained = f"Models that were trained in the workspace: {words.listed(names, most=40)}." if names else ""
    audited = "" if facts.audit is None else f"The audit {facts.audit.name} was made on it."
    return [trained, audited]


_MANIFEST, _SOURCES = "tables/manifest.parquet", "tables/sources.parquet"
_ANSWERS, _MASKS = "tables/annotations", "tables/masks.parquet"
_MEASURED, _FINDINGS = "tables/measurements.parquet", "tables/findings.parquet"
_AUDIT, _PARITY = "reports (audit.json)", "tables/parity.parquet"
_RUNS = "runs"
# True of every workspace.
_ALWAYS: Mapping[str, Measured] = {
    "2.1": Measured(
        ["A picture of a person, with its mask and with what was answered and measured about it."],
        (_MANIFEST,),
    ),
    "3.10": Measured([told.WITHDRAW], ()),
    "4.2": Measured(
        [
            "Pictures and masks of the sources are never changed: everything made of them is another file.",
            "Answers are kept as they were given; later ones stand beside them.",
        ],
        (_MANIFEST, _ANSWERS),
    ),
    "5.5": Measured(told.NEVER, ()),
}
_BY_NUMBER: Mapping[str, tuple[Callable[[CardFacts], list[str]], Sequence[str]]] = {
    "2.2": (told.files, (_MANIFEST,)),
    "2.4": (_data, ("tables",)),
    "2.5": (_targets, (_MANIFEST, _MASKS, _FINDINGS)),
    "2.6": (_missing, (_MANIFEST, _ANSWERS, _FINDINGS)),
    "2.7": (_relations, (_MANIFEST, "tables/lineage.parquet")),
    "2.8": (_splits, ("tables/splits.parquet",)),
    "2.9": (_errors, (_FINDINGS, "reports/agreement", "reports/consensus")),
    "2.10": (_stands_alone, (_SOURCES,)),
    "2.13": (_groups, (_ANSWERS, _MEASURED, _MANIFEST)),
    "2.14": (told.sensitive, (_MANIFEST, _ANSWERS)),
    "2.15": (told.sensitive, (_MANIFEST, _ANSWERS)),
    "3.1": (_acquired, (_ANSWERS, "reports/agreement", "reports/consensus")),
    "3.5": (_times, (_ANSWERS, _RUNS)),
    "4.1": (_processed, (_RUNS, _MANIFEST, _MASKS, _FINDINGS)),
    "4.3": (_software, (_RUNS,)),
    "5.1": (_used, ("models", _AUDIT)),
    "5.4": (told.biases, (_AUDIT, _PARITY)),
    "6.5": (told.sources, (_SOURCES,)),
}
