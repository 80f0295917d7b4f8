"""How is a model card told in Markdown?

The order is that of Mitchell et al. (2019): what it is, what for, how well and for whom, what it was
made of, how, and what limits it. The lines above the title are what model hubs read.
"""

from collections.abc import Iterator, Mapping, Sequence

from datatools.literal import code, markdown
from datatools.student import licences
from datatools.student.card import Beginning, Card, Evaluation, GroupLine, GroupTable, Interval, ValScore
from datatools.student.card_front import front
from datatools.student.card_tables import counts, interval, recipe_table, span, table
from datatools.student.card_uses import loading, uses

_VERDICTS = (
    "The gap is a group's value minus that of everybody else. Verdict gap: it stands after the correction "
    "for many comparisons; equivalent: it is certainly smaller than a point of 100, or than the notes say; "
    "insufficient data: these people are too few to tell."
)


def text(card: Card) -> str:
    """Tell the card in Markdown."""
    parts = (
        (front(card),),
        _title(card),
        uses(),
        loading(),
        _evaluations(card),
        _validation(card),
        _data(card),
        _recipe(card),
        _compute(card),
        _limits(card),
        _licences(card),
        _hashes(card),
    )
    return "\n".join(line for part in parts for line in part)


def _title(card: Card) -> Iterator[str]:
    yield f"# Model card: {markdown(card.name)}"
    yield ""
    yield (
        f"{markdown(card.architecture)}, {card.n_parameters:,} parameters: separates people from background "
        f"in portraits. Input {card.size_px} x {card.size_px} px; person where the logit is above 0."
    )
    yield ""
    yield licences.sentence(card.limits())
    yield ""


# -- how well, and for whom ------------------------------------------------------------------------


def _evaluations(card: Card) -> Iterator[str]:
    yield "## How well it does on pictures kept aside"
    if not card.evaluations:
        yield (
            "Not measured yet. `datatools evaluate` with the test split, `datatools audit` and then "
            f"{code(f'datatools card --name {card.name}')} put it here. The validation below leans to the "
            "good side."
        )
    else:
        yield (
            "Pictures that the weights were neither fitted to nor chosen by, at the pictures' own size. "
            "In brackets: the 95% interval over people."
        )
    yield ""
    for found in card.evaluations:
        yield from _evaluation(found)


def _evaluation(found: Evaluation) -> Iterator[str]:
    split = f", {found.split} split" if found.split else ""
    yield f"### {markdown(f'{found.data}{split}: {found.measures} against {found.reference_source} masks')}"
    yield (
        f"{counts(found.n_images, found.n_people)}; {found.n_failed} could not be scored. "
        f"Run record {markdown(found.record)}."
    )
    yield ""
    rows = [
        (code(name, in_table=True), interval(v), markdown(found.definitions[name]))
        for name, v in found.metrics.items()
    ]
    yield from table(("metric", "value", "what it is"), rows)
    if found.groups:
        yield f"For whom. {_VERDICTS} Comparisons corrected together: {found.n_comparisons}."
        yield ""
    for groups in found.groups:
        yield from _groups(groups)
    yield from (f"- {markdown(note)}" for note in found.notes)
    if found.notes:
        yield ""


def _validation(card: Card) -> Iterator[str]:
    yield "## Validation"
    yield from (_score(score) for score in card.val)
    yield (
        f"- These weights are the best of {card.epochs} epochs on these very pictures (epoch "
        f"{card.best_epoch}), so the figures lean to the good side: a test split gives the ones to quote."
    )
    yield (
        "- Accuracy is measured against masks that people drew or a renderer knew; agreement only says how "
        "alike the network and the maker of its masks are."
    )
    yield ""
    for score in card.val:
        if score.groups:
            about = f"{score.measures.capitalize()} against {score.reference_source} masks, by group."
            yield f"{markdown(about)} {_VERDICTS}"
            yield ""
        for groups in score.groups:
            yield from _groups(groups)


def _score(score: ValScore) -> str:
    ends = span(score.low, score.high)
    return (
        f"- {score.measures} against {markdown(score.reference_source)} masks: foreground IoU per picture "
        f"{score.iou_fg_image:.4f}{ends} on {counts(score.n_images, score.n_people)}, at the network's size"
    )


def _groups(groups: GroupTable) -> Iterator[str]:
    yield from table(
        (
            markdown(groups.attribute),
            "people",
            "pictures",
            code(groups.metric, in_table=True),
            "gap to the rest",
            "verdict",
        ),
        [_line(line) for line in groups.groups],
    )
    said = markdown(", ".join(groups.answered_by))
    yield f"Answered by: {said}. In no group: {groups.n_unlabelled} people."
    yield ""


def _line(line: GroupLine) -> tuple[str, ...]:
    if line.n_people is None:
        return (markdown(line.group), "withheld", "", "", "", line.verdict)
    gap = line.gap
    signed = Interval(value=gap.value, low=gap.low, high=gap.high)
    people, pictures = f"{line.n_people:,}", f"{line.n_images:,}"
    return (
        markdown(line.group),
        people,
        pictures,
        interval(line.value),
        interval(signed, is_signed=True),
        line.verdict,
    )


# -- what it was made of ---------------------------------------------------------------------------


def _data(card: Card) -> Iterator[str]:
    yield "## Training data"
    yield (
        f"- {card.n_train:,} training and {card.n_val:,} validation pictures"
        f"{_people(card)}; {card.n_failed} could not be read."
    )
    yield "- Where a data set does not say who is in a picture, it counts as a person of its own."
    yield f"- Masks of the training pictures, by who made them: {_counted(card.mask_sources)}."
    if card.beginning is not None:
        yield _began(card.beginning)
    if card.generated is not None:
        made = card.generated
        yield (
            f"- {made.n_train:,} of them have a mask that this toolkit made. It checked "
            f"{made.n_checked:,} in all and accepted {made.n_accepted:,}; the checks: "
            f"{markdown(', '.join(made.checks))}."
        )
    yield ""
    if card.sources:
        rows = [
            (
                markdown(source.name),
                f"{source.n_train:,}",
                f"{source.n_val:,}",
                f"{source.n_people:,}",
                markdown(source.licence),
            )
            for source in card.sources
        ]
        yield from table(("source", "training", "validation", "people", "licence"), rows)


def _began(beginning: Beginning) -> str:
    had = ""
    if beginning.recipe is not None:
        had = f", made by the recipe {code(beginning.recipe)} from {beginning.n_train or 0:,} pictures"
    return (
        f"- The run began with the weights {code(beginning.weights)} (SHA-256 `{beginning.sha256}`{had}). "
        "What these learned from is not compared with the pictures kept aside here: use the same splits."
    )


def _people(card: Card) -> str:
    if card.n_people_train is None:
        return ""
    return f" of {card.n_people_train:,} and {card.n_people_val:,} people, nobody in both"


def _counted(found: Mapping[str, int]) -> str:
    return ", ".join(f"{markdown(name)} {n:,}" for name, n in sorted(found.items()))


def _recipe(card: Card) -> Iterator[str]:
    phases = " (coarse + whole network)" if "+" in card.epochs else ""
    yield "## Recipe"
    yield f"{code(card.recipe)}, epochs {card.epochs}{phases}, seed {card.seed}.{_stopped(card)}"
    if card.groups_apart:
        yield f"Groups of people that it treats apart: {markdown(', '.join(card.groups_apart))}."
    yield ""
    if card.recipe_values:
        yield from recipe_table(card.recipe_values)


def _stopped(card: Card) -> str:
    n_planned = sum(map(int, card.epochs.split(" + ")))
    if card.n_epochs is None or card.n_epochs == n_planned:
        return ""
    return f" It stopped after {card.n_epochs} epochs in all, when no better one came."


def _compute(card: Card) -> Iterator[str]:
    facts: list[str] = []
    if card.n_steps is not None and card.n_seen is not None:
        facts.append(
            f"- {card.n_steps:,} steps; {card.n_seen:,} pictures seen, each as often as it was shown."
        )
    if card.run is not None:
        minutes = card.run.elapsed_s / 60
        facts.append(f"- {minutes:,.1f} minutes on {markdown(card.run.device)}, validation included.")
        facts.append("- " + ", ".join(f"{name} {v}" for name, v in card.run.versions.items()) + ".")
    if facts:
        yield from ("## Compute", *facts, "")


# -- what limits it --------------------------------------------------------------------------------


def _limits(card: Card) -> Iterator[str]:
    yield "## Limits"
    if not any(score.groups for score in card.val) and not any(each.groups for each in card.evaluations):
        yield "- Nothing here says for whom the model works worse: `datatools audit` does."
    else:
        yield (
            "- Gaps are raw: groups may also differ in light, pose or background. Groups too small to show "
            "are withheld, and with them the next one where it would give them away."
        )
    yield "- A mask that a teacher got wrong for a group of people teaches the student the same error."
    yield (
        "- The mask has the network's resolution: single hairs and gaps between fingers are lost, and what a "
        "person holds counts as the makers of the masks counted it."
    )
    yield ""


def _licences(card: Card) -> Iterator[str]:
    yield "## Licences of the pictures"
    yield from (f"- {markdown(name)}: {n:,} pictures" for name, n in sorted(card.limits().items()))
    yield "- Where a licence limits its pictures to research, treat these weights as limited to research too."
    yield ""


def _hashes(card: Card) -> Iterator[str]:
    rows: list[Sequence[str]] = []
    if card.run is not None:
        rows.append(("model.pt, SHA-256", f"`{card.run.weights_sha256}`"))
    if card.data_fingerprint is not None:
        rows.append(("pictures, masks and splits", f"`{card.data_fingerprint}`"))
    if card.run is not None and card.run.record is not None:
        rows.append((f"run record {markdown(card.run.record)}, SHA-256", f"`{card.run.record_sha256}`"))
    if rows:
        yield "## Hashes"
        yield from table(("of", "hash"), rows)
