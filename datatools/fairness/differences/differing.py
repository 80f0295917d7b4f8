"""What changed between two audits: settings, data, people, and for whom models work better or worse?

People who are in both audits are compared with themselves. All changes are one family that is corrected
together (Holm), so that an audit that is made again finds a change by chance in as few cases as it says.
"""

from collections.abc import Iterator, Mapping

from datatools.fairness.differences import known as knowing
from datatools.fairness.differences import lines
from datatools.fairness.differences.difference_result import (
    AttributeDifference,
    AuditDifference,
    Change,
    Changed,
    GroupDifference,
    ModelDifference,
    Side,
)
from datatools.fairness.differences.known import Known
from datatools.fairness.differences.lines import Batch, Found, Pair
from datatools.fairness.differences.verdict_changes import reasons
from datatools.fairness.estimates import AttributeAudit, ModelAudit
from datatools.fairness.statistics.inference import Rules, holm, n_permutations
from datatools.progress import Progress

Sides = tuple[Known, Known]
STANDS = ("higher", "lower")


def difference(sides: Sides, same: Mapping[str, str], *, seed: int, progress: Progress) -> AuditDifference:
    """Hold two audits against each other.

    Margin, level, resamples and the fewest people are those of the second audit.

    Args:
        sides: the audits, the first one first.
        same: models of the first audit that go by another name in the second.
        seed: of the resamples.
        progress: shows one step for each attribute of each model.
    """
    before, after = sides
    rules = Rules(margin=after.asked.margin, alpha=after.asked.alpha)
    notes: list[str] = []
    pairs = list(_pairs(sides, same, notes))
    batches = [batch for pair in pairs for batch in pair.batches]
    n_comparisons = sum(len(batch.lines) for batch in batches)
    n_replicates = n_permutations(after.asked.replicates, n_comparisons, rules.alpha)
    every: list[Found] = []
    with progress.bar("compare audits", len(batches)) as advance:
        for batch in batches:
            every += lines.found(batch, n_replicates, seed)
            advance()
    corrected = holm(lines.family(every))
    changes = iter(
        lines.change(one, p_holm, rules, n_comparisons) for one, p_holm in zip(every, corrected, strict=True)
    )
    differences = [_model(pair, changes, sides) for pair in pairs]
    people, images = knowing.overlap(before, after)
    result = AuditDifference(
        before=_side(before),
        after=_side(after),
        settings=knowing.settings(before.audit, after.audit),
        versions=list(knowing.changed(before.audit.versions, after.audit.versions)),
        inputs=list(knowing.changed(before.audit.inputs, after.audit.inputs)),
        models=_models(sides, same),
        people=people,
        images=images,
        headcounts=knowing.headcounts(before.audit, after.audit),
        differences=differences,
        n_comparisons=n_comparisons,
        n_changes=sum(change.verdict in STANDS for model in differences for change in _changes(model)),
        n_verdicts_changed=sum(
            group.verdict_before != group.verdict_after
            for model in differences
            for attribute in model.attributes
            for group in attribute.groups
        ),
        margin=rules.margin,
        alpha=rules.alpha,
        notes=notes,
    )
    return result.model_copy(update={"notes": [*notes, *_limits(result, sides)]})


def _side(known: Known) -> Side:
    audit = known.audit
    return Side(
        name=audit.name,
        n_images=audit.n_samples,
        n_people=audit.n_people,
        n_failed=audit.n_failed,
        n_comparisons=audit.n_comparisons,
        why_no_scores=known.problem,
    )


def _key(model: ModelAudit, same: Mapping[str, str]) -> tuple[str, str]:
    return same.get(model.model, model.model), model.reference_source


def _models(sides: Sides, same: Mapping[str, str]) -> list[Changed]:
    names = [
        {f"{key[0]}, against {key[1]} masks": key[0] for key in keys}
        for keys in (
            [_key(model, same) for model in sides[0].audit.models],
            [_key(model, {}) for model in sides[1].audit.models],
        )
    ]
    return list(knowing.changed(*names))


def _pairs(sides: Sides, same: Mapping[str, str], notes: list[str]) -> Iterator[Pair]:
    before, after = sides
    others = {_key(model, {}): model for model in after.audit.models}
    least = max(before.asked.min_people, after.asked.min_people)
    for model in before.audit.models:
        other = others.get(_key(model, same))
        if other is None:
            continue
        metric, theirs = next(iter(model.overall)), next(iter(other.overall))
        if metric != theirs:
            notes.append(
                f"{model.model} is not compared: the first audit compares {metric}, the second {theirs}."
            )
            continue
        yield lines.paired((model, other), metric, sides, least)


def _model(pair: Pair, changes: Iterator[Change], sides: Sides) -> ModelDifference:
    everybody, *attributes = pair.batches
    (overall,) = (next(changes) for _ in everybody.lines)
    return ModelDifference(
        model=pair.before.model,
        model_after=pair.after.model,
        reference_source=pair.before.reference_source,
        reading=pair.before.reading,
        metric=pair.metric,
        overall=overall,
        attributes=[_attribute(pair, batch, changes, sides) for batch in attributes],
    )


def _attribute(pair: Pair, batch: Batch, changes: Iterator[Change], sides: Sides) -> AttributeDifference:
    assert batch.attribute is not None
    found = [(line, next(changes)) for line in batch.lines]
    values = {line.group: change for line, change in found if line.kind == "value"}
    gaps = {line.group: change for line, change in found if line.kind == "gap"}
    named = [
        {group.group: group.comparison for group in _named(model, batch.attribute, pair.metric).groups}
        for model in (pair.before, pair.after)
    ]
    return AttributeDifference(
        attribute=batch.attribute,
        groups=[
            GroupDifference(
                group=name,
                value=change,
                gap=gaps.get(name),
                verdict_before=named[0][name].verdict,
                verdict_after=named[1][name].verdict,
                why=reasons(
                    named[0][name],
                    named[1][name],
                    sides,
                    (change.before.n_people or 0, change.after.n_people or 0),
                ),
            )
            for name, change in values.items()
        ],
        n_moved=batch.n_moved,
        only_before=[name for name in named[0] if name not in values],
        only_after=[name for name in named[1] if name not in values],
    )


def _named(model: ModelAudit, attribute: str, metric: str) -> AttributeAudit:
    return next(one for one in model.attributes if (one.attribute, one.metric) == (attribute, metric))


def _limits(result: AuditDifference, sides: Sides) -> Iterator[str]:
    """Say what the reader must know before believing a change."""
    if not result.differences:
        yield "No model is in both audits against one kind of reference masks: no value can be compared."
        return
    yield (
        f"Changes corrected together (Holm): {result.n_comparisons:,}, at a chance of "
        f"{100 * result.alpha:g}% of one false change or more. Equivalent: the 95% interval lies within "
        f"{100 * result.margin:g} point{'' if result.margin == 0.01 else 's'}."
    )
    changes = [change for model in result.differences for change in _changes(model)]
    hows = {change.how for change in changes}
    if "paired" in hows:
        yield (
            "Paired changes are of the people who are in both audits, each compared with themselves: they "
            "can be smaller or larger than the difference of the two values, which count other people too."
        )
    if "everyone" in hows:
        yield (
            "Where few people are in both audits, all people of both are compared; those in both count once."
        )
    if "from intervals" in hows:
        yield (
            "Changes from intervals take the people of the two audits as different ones: where many are the "
            "same, the true interval is narrower."
        )
        for name, side in zip(("first", "second"), sides, strict=True):
            if side.problem is not None:
                yield f"The {name} audit's scores are not at hand: {side.problem}."
        if all(side.problem is None for side in sides):
            yield (
                "Some scores or groups are other ones than those which an audit read (datatools verify says "
                "which): its values are taken from the audit."
            )
    least = max(side.asked.min_people for side in sides)
    overlap = result.people
    if overlap is not None and (0 < overlap.n_gone < least or 0 < overlap.n_new < least):
        yield (
            "So few people came or went that whoever has both audits can work out their values by "
            "subtraction: do not publish both with this page."
        )
    yield "Crossings of attributes are not compared here."


def _changes(model: ModelDifference) -> Iterator[Change]:
    yield model.overall
    for attribute in model.attributes:
        for group in attribute.groups:
            yield group.value
            if group.gap is not None:
                yield group.gap
