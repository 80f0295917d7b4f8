"""How is told what concerns no model alone: pairs of models, the chain, the masks' own bias?"""

from collections.abc import Iterator, Sequence

from datatools.fairness.chain.chain_result import Chain, LabelBias, Step, Transfer
from datatools.fairness.models.models_result import ModelPair, ModelPairs, PairedGroup
from datatools.fairness.result import AuditResult
from datatools.report import plots, words
from datatools.report.plots import Reference, Row
from datatools.report.told import Told, as_svg

_COLOURS = {"better": "equivalent", "worse": "gap", "equivalent": "equivalent"}


def models(audit: AuditResult) -> list[Told]:
    """Tell how each model compares with the baseline."""
    if audit.model_pairs is None:
        return []
    found = [_pair(pair, audit, f"mp{number}") for number, pair in enumerate(audit.model_pairs.pairs)]
    return [*found, *_pair_notes(audit.model_pairs)]


def _pair_notes(pairs: ModelPairs) -> Iterator[Told]:
    if pairs.notes:
        yield Told(title="What to know of these comparisons", lead=pairs.notes)


def _pair(pair: ModelPair, audit: AuditResult, key: str) -> Told:
    groups = [
        (words.whom(attribute.attribute, group.group), group)
        for attribute in pair.attributes
        for group in attribute.groups
    ]
    harmed = [name for name, group in groups if group.harm == "harmed"]
    open_ones = sum(group.harm == "insufficient data" for _, group in groups)
    said = f"Harmed: {words.listed(harmed)}." if harmed else "No group is shown to be harmed."
    if open_ones:
        said += f" Of {words.count(open_ones, 'group')} it cannot be told."
    lead = [
        f"{pair.model} less {pair.baseline}, on the same pictures; {pair.reading} against "
        f"{words.reference(pair.reference_source)}: everybody "
        f"{words.with_interval(pair.overall.difference, signed=True)}, {pair.overall.verdict}. {said}"
    ]
    lead += [
        f"{words.attribute(attribute.attribute)}: the worst group's value changes by "
        f"{words.with_interval(attribute.gaps.worst_group, signed=True)}, the largest gap by "
        f"{words.with_interval(attribute.gaps.largest_gap, signed=True)}."
        for attribute in pair.attributes
        if attribute.gaps is not None and attribute.gaps.worst_group.value is not None
    ]
    everyone = [("everybody", pair.overall), *groups]
    return Told(
        title=f"{pair.model} against {pair.baseline}",
        lead=lead,
        figure=as_svg(_forest(everyone, audit, key, f"{pair.model} less {pair.baseline}")),
        figure_caption="Difference on the same pictures; open marks are not settled",
        caption=f"{pair.metric} in points of 100, paired 95% intervals",
        head=("Whom", pair.baseline, pair.model, "Difference", "p (corrected)", "Harm", "Verdict"),
        rows=[_paired(name, group) for name, group in everyone],
        has_verdict=True,
    )


def _paired(name: str, group: PairedGroup) -> list[str]:
    return [
        name,
        words.points(group.baseline_value.value),
        words.points(group.value.value),
        words.with_interval(group.difference, signed=True),
        words.p_value(group.p_holm),
        group.harm,
        group.verdict,
    ]


def _forest(groups: Sequence[tuple[str, PairedGroup]], audit: AuditResult, key: str, title: str) -> str:
    rows = [
        Row(
            label=name,
            text=f"{words.with_interval(group.difference, signed=True)} · {group.verdict}",
            value=group.difference.value,
            low=group.difference.low,
            high=group.difference.high,
            colour=_COLOURS.get(group.verdict, "unsure"),
            is_open=group.verdict not in _COLOURS,
        )
        for name, group in groups
        if group.difference.value is not None
    ]
    margin = audit.settings.get("margin")
    band = float(margin) if isinstance(margin, int | float) else 0.0
    reference = Reference(
        value=0.0, half_width=band, label="points better or worse than the baseline; shaded: the margin"
    )
    return plots.forest(rows, reference, key=key, title=title, signed=True)


# -- the chain -------------------------------------------------------------------------------------


def chain(found: Chain) -> list[Told]:
    """Tell where on the way from photograph to student groups are served differently."""
    standing = [
        f"{_name(step.step)}, {words.whom(attribute.attribute, group.group)} "
        f"({words.signed_points(group.comparison.gap.value)})"
        for step in found.steps
        for attribute in step.attributes
        if words.CROSSING not in attribute.attribute
        for group in attribute.distinct_groups
        if group.comparison.verdict == "gap"
    ]
    said = f"Gaps that stand: {words.listed(standing, most=12)}." if standing else "No step shows a gap."
    lead = [
        f"{words.count(found.n_comparisons, 'comparison')} of all steps are corrected together. {said}",
        *found.notes,
    ]
    return [
        Told(
            title="Every step, everybody",
            lead=lead,
            caption="In points of 100, 95% intervals",
            head=("Step", "What it is", "Reading", "Value", "Images, people"),
            rows=[_everybody(step) for step in found.steps],
        ),
        *(_step(step) for step in found.steps if step.attributes),
        *(_transfer(one) for one in found.transfers),
    ]


def _name(step: str) -> str:
    return step.replace("_", " ").replace(":", ": ")


def _reading(step: Step) -> str:
    source = step.reference_source
    return step.reading if source is None else f"{step.reading}, {words.reference(source)}"


def _everybody(step: Step) -> list[str]:
    return [
        _name(step.step),
        step.definition,
        _reading(step),
        words.with_interval(step.overall),
        words.counts(step.overall),
    ]


def _step(step: Step) -> Told:
    return Told(
        title=f"Step {_name(step.step)}, by group ({_reading(step)})",
        caption=f"{step.definition} In points of 100, 95% intervals",
        head=("Group", "Value", "Images, people", "Gap to the rest", "p (corrected)", "Verdict"),
        rows=[
            [
                words.whom(attribute.attribute, group.group),
                words.with_interval(group.estimate),
                words.counts(group.estimate),
                words.with_interval(group.comparison.gap, signed=True),
                words.p_value(group.comparison.p_holm),
                group.comparison.verdict,
            ]
            for attribute in step.attributes
            for group in attribute.groups
        ],
        has_verdict=True,
        is_open=False,
    )


def _transfer(one: Transfer) -> Told:
    slope, alike = one.slope, one.correlation
    return Told(
        title=f"From {one.teacher} to {one.student}, by {words.attribute(one.attribute)}",
        lead=[one.sentence],
        caption="The part of the student's gap that goes with the teacher's error, in points of 100",
        head=("Group", "Goes with the teacher's error"),
        rows=[
            *(
                [words.group(group, one.attribute), words.with_interval(carried, signed=True)]
                for group, carried in zip(one.groups, one.carried, strict=True)
            ),
            ["Student's gap for each point of the teacher's", _plain(slope.value, slope.low, slope.high)],
            ["Correlation of their errors within groups", _plain(alike.value, alike.low, alike.high)],
        ],
        is_open=False,
    )


def _plain(value: float | None, low: float | None, high: float | None) -> str:
    if value is None:
        return "–"
    ends = "" if low is None or high is None else f" [{words.number(low, 2)}, {words.number(high, 2)}]"
    return f"{words.number(value, 2)}{ends}"


# -- the masks' own bias ---------------------------------------------------------------------------


def label_bias(found: Sequence[LabelBias]) -> list[Told]:
    """Tell whether masks err in one direction for some groups."""
    return [_bias(one) for one in found]


def _bias(one: LabelBias) -> Told:
    in_px = one.unit == "px"
    standing = [group for group, compared in one.groups.items() if compared.verdict == "gap"]
    said = f"It differs for {words.listed(standing)}." if standing else "No group is shown to differ."

    def told(value: float | None, low: float | None, high: float | None) -> str:
        if in_px:
            return _plain(value, low, high)
        if value is None:
            return "–"
        return f"{words.signed_points(value)} {words.interval(low, high, signed=True)}"

    rows = []
    for group, value in one.values.items():
        compared = one.groups[group]
        rows.append(
            [
                words.group(group, one.attribute),
                told(value.value, value.low, value.high),
                words.counts(value),
                told(compared.gap.value, compared.gap.low, compared.gap.high),
                words.p_value(compared.p_holm),
                compared.verdict,
            ]
        )
    unit = "px" if in_px else "points of 100"
    return Told(
        title=f"Masks from {one.mask_source}, {_name(one.measure)}, by {words.attribute(one.attribute)}",
        lead=[
            f"{one.definition} Held against {one.consensus} masks. {said} {words.said_by(one.answered_by)}"
        ],
        caption=f"In {unit}, 95% intervals",
        head=("Group", "Value", "Images, people", "Gap to the rest", "p (corrected)", "Verdict"),
        rows=rows,
        has_verdict=True,
        is_open=bool(standing),
    )
