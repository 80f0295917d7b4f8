"""How is a data card written for the Hub: settings on top, then a page in the order of its template?"""

from collections.abc import Iterable, Iterator, Sequence

from datatools.front_matter import Plain, front_matter
from datatools.literal import markdown, paragraphs, slug
from datatools.report import words
from datatools.report.cards import datasheet, licence, tables_beside, told
from datatools.report.cards.answers import About, Answers
from datatools.report.cards.card_result import CardFacts

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_LARGEST = "1M<n<10M"
_CREATORS = {"dataset": "found", "model": "machine-generated", "annotator": "other", "self_report": "other"}
_OWN_READERS = frozenset({"folder", "folder_masks", "table", "rendered", "derived"})  # of no published set
_COMMAND = "datatools card data"


def title(facts: CardFacts, about: About) -> str:
    """Name the data set: as its makers do, else by its sources."""
    names = [each.source for each in facts.report.sources]
    return about.name or f"Portraits: {', '.join(names) or 'no source'}"


def render(facts: CardFacts, answers: Answers) -> str:
    """Write README.md."""
    about = answers.about
    body = "\n".join(_body(facts, answers))
    return f"{front_matter(_front(facts, about))}\n{body}"


# -- the front matter ------------------------------------------------------------------------------


def _front(facts: CardFacts, about: About) -> dict[str, Plain]:
    return {
        **licence.settings(about),
        "pretty_name": title(facts, about),
        "task_categories": ["image-segmentation"],
        "size_categories": [next((word for most, word in _SIZES if facts.n_images < most), _LARGEST)],
        "annotations_creators": _creators(facts),
        "source_datasets": _source_datasets(facts),
        "tags": ["portrait-segmentation", "people", "bias-audit", "croissant"],
        "configs": [
            {"config_name": each.name, "data_files": each.file, "default": each.name == tables_beside.SAMPLES}
            for each in facts.tables
        ],
    }


def _creators(facts: CardFacts) -> list[Plain]:
    found = {_CREATORS[each.answered_by] for each in facts.questions if each.answered_by in _CREATORS}
    found |= {"machine-generated" if each.origin == "generated" else "found" for each in facts.masks}
    return [*sorted(found)] or ["no-annotation"]


def _source_datasets(facts: CardFacts) -> list[Plain]:
    found = {
        "original" if each.reader in _OWN_READERS else f"extended|other-{slug(each.reader)}"
        for each in facts.report.sources
    }
    return [*sorted(found)] or ["original"]


# -- the page --------------------------------------------------------------------------------------


def _body(facts: CardFacts, answers: Answers) -> Iterator[str]:
    about = answers.about
    yield from (f"# Dataset card: {markdown(title(facts, about))}", "")
    yield from _listed(told.files(facts))
    yield from _section("Dataset Details")
    yield from _details(facts, about)
    yield from _section("Uses", "Direct Use")
    yield from _listed(told.MEANT)
    yield from _section("Out-of-Scope Use", level=3)
    yield from _listed(told.NEVER)
    yield from _section("Dataset Structure")
    yield from _structure(facts)
    yield from _section("Dataset Creation", "Curation Rationale")
    yield from _answered(answers, "1.1")
    yield from _section("Source Data", level=3)
    yield from _sources(facts)
    yield from _section("Data Collection and Processing", level=4)
    yield from _listed([*told.masks(facts), *told.failures(facts), *told.rejections(facts)])
    yield from _section("Who are the source data producers?", level=4)
    yield from _answered(answers, "3.4")
    yield from _section("Annotations", level=3)
    yield from _section("Annotation process", level=4)
    yield from _listed(told.protocol(facts) or ["Nobody answered a question about the pictures."])
    yield from _listed(told.agreement(facts))
    yield from _section("Who are the annotators?", level=4)
    yield from _annotators(facts)
    yield from _section("Personal and Sensitive Information", level=4)
    yield from _listed(told.sensitive(facts))
    yield from (markdown(told.WITHDRAW), "")
    yield from _section("Who is in it")
    yield from _composition(facts)
    yield from _section("Bias, Risks, and Limitations")
    yield from _listed(told.biases(facts))
    yield from _listed(told.limits(facts))
    yield from _section("Recommendations", level=3)
    yield from _recommendations(facts)
    yield from _section("Citation")
    yield from _citation(about)
    yield from _section("More Information")
    yield from _more(facts, answers)


def _section(name: str, below: str | None = None, *, level: int = 2) -> Iterator[str]:
    yield from (f"{'#' * level} {markdown(name)}", "")
    if below is not None:
        yield from (f"{'#' * (level + 1)} {markdown(below)}", "")


def _listed(lines: Iterable[str]) -> Iterator[str]:
    found = [f"- {markdown(line)}" for line in lines]
    if found:
        yield from (*found, "")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    """Write a table; its head is ours, its cells are text."""
    yield f"| {' | '.join(head)} |"
    yield "|" + "---|" * len(head)
    yield from (f"| {' | '.join(map(markdown, row))} |" for row in rows)
    yield ""


def _answered(answers: Answers, number: str) -> Iterator[str]:
    given = answers.given().get(number)
    if given is None:
        yield from (datasheet.OPEN, "")
    else:
        yield from (paragraphs(given.answer), "", f"*Answered by {markdown(given.by)}.*", "")


def _details(facts: CardFacts, about: About) -> Iterator[str]:
    makers = words.listed(about.creators, most=20) if about.creators else datasheet.OPEN
    lines = [
        f"- **Made by:** {markdown(makers)}",
        f"- **Version:** {markdown(about.version)}; state of {markdown(facts.last_day or 'an unknown day')}",
        f"- **Licence:** that of each source: see [{licence.FILE}]({licence.FILE})",
    ]
    if about.url is not None:
        lines.append(f"- **Home:** {markdown(about.url)}")
    yield from (*lines, "")


def _structure(facts: CardFacts) -> Iterator[str]:
    rows = [(each.name, each.holds, f"{each.n_rows:,}", each.file, each.sha256[:16]) for each in facts.tables]
    yield from _table(("table", "a row is", "rows", "file", "SHA-256 begins"), rows)
    if facts.shared:
        shared = [(each.kind, each.source, f"{each.n_files:,}", each.folder) for each in facts.shared]
        yield from _table(("files", "source", "number", "folder"), shared)
    else:
        yield from (
            "No picture lies beside this card: they stay with their sources, under their licences.",
            "",
        )
    if facts.report.splits:
        yield "Splits go by person: nobody is in two of them."
        yield ""
        splits = [(each.split, f"{each.n_images:,}", f"{each.n_people:,}") for each in facts.report.splits]
        yield from _table(("split", "pictures", "people"), splits)


def _sources(facts: CardFacts) -> Iterator[str]:
    rows = [
        (
            each.source,
            each.reader,
            f"{each.n_images:,}",
            f"{each.n_people:,}",
            f"{each.n_failed:,}",
            ", ".join(f"{maker} {n:,}" for maker, n in each.reference_masks.items()) or "none",
            each.licence,
        )
        for each in facts.report.sources
    ]
    head = ("source", "reader", "files", "people", "unreadable", "masks that came with it", "licence")
    yield from _table(head, rows)


def _annotators(facts: CardFacts) -> Iterator[str]:
    rows = [
        (each.answered_by, each.question, f"{each.n_annotators:,}")
        for each in facts.questions
        if each.n_people is not None
    ]
    if rows:
        yield from _table(("source of the answers", "question", "names"), rows)
    yield from ("Who the annotators are, and what they were told and paid: see the datasheet.", "")


def _composition(facts: CardFacts) -> Iterator[str]:
    if not any(head.groups for head in facts.composition):
        yield from ("Nobody answered a question about the people, and nothing was measured.", "")
        return
    yield "Shares are of the people in a group; in brackets the 95% interval (Wilson)."
    yield ""
    for head in facts.composition:
        if not head.groups:
            continue
        said = markdown(f"{words.attribute(head.attribute)} ({', '.join(head.answered_by)})")
        rows = [
            (
                words.group(each.group, head.attribute),
                "too few to be shown" if each.n_people is None else f"{each.n_people:,}",
                "" if each.n_images is None else f"{each.n_images:,}",
                ""
                if each.share is None
                else f"{words.points(each.share)} {words.interval(each.low, each.high)}",
            )
            for each in head.groups
        ]
        yield from _table((said, "people", "pictures", "share, %"), rows)
        empty = f" Nobody is in: {words.listed(head.empty, most=20)}." if head.empty else ""
        rest = f"{told.unplaced(head, facts)}{empty}"
        if rest:
            yield from (markdown(rest), "")


def _recommendations(facts: CardFacts) -> Iterator[str]:
    lines = ["Audit a model on people kept aside before relying on it, group by group."]
    if any(each.origin == "generated" for each in facts.masks):
        lines.append("Test on masks that people drew; train on others if you must.")
    if not facts.report.splits:
        lines.append("Split by person, never by picture.")
    yield from _listed(lines)


def _citation(about: About) -> Iterator[str]:
    if about.citation is None:
        yield from ("Cite each source as its licence asks.", "")
    else:
        yield from (paragraphs(about.citation), "")


def _more(facts: CardFacts, answers: Answers) -> Iterator[str]:
    yield "- [datasheet.md](datasheet.md): " + markdown(datasheet.progress(facts, answers))
    yield "- [croissant.json](croissant.json): the same for programs, with the columns of every table."
    yield f"- Written by `{_COMMAND}` from {words.count(len(facts.report.runs), 'run record')}."
    yield ""
