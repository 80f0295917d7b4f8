"""How is parity told: as rows of a table, as facts for programs, as sentences for people?"""

from collections.abc import Iterator

from datatools.fairness.chain.parity import OutcomeParity, Parity
from datatools.fairness.estimates import Comparison, Estimate, Group
from datatools.fairness.who.groups import Axis
from datatools.records import ParityRow

EVERYBODY = "all"  # attribute and group of the rows about everybody
_SHOWN = 3  # sentences about gaps; the table has them all
_MINUS = "\N{MINUS SIGN}"


def parity_rows(parity: Parity) -> Iterator[ParityRow]:
    """Give the rows of the parity table: everybody, then every group, by every outcome."""
    for found in parity.outcomes:
        yield _row(found, EVERYBODY, [], EVERYBODY, 0, found.overall, None)
        groups = ((attribute, group) for attribute in found.attributes for group in attribute.groups)
        for place, (attribute, group) in enumerate(groups, 1):
            names = attribute.attribute, attribute.answered_by, group.group
            yield _row(found, *names, place, group.estimate, group.comparison)


def _row(
    found: OutcomeParity,
    attribute: str,
    answered_by: list[str],
    group: str,
    place: int,
    estimate: Estimate,
    compared: Comparison | None,
) -> ParityRow:
    return ParityRow(
        outcome=found.outcome.name,
        reference_source=found.reference_source,
        attribute=attribute,
        answered_by=answered_by,
        group=group,
        place=place,
        **estimate.model_dump(),
        gap=None if compared is None else compared.gap.value,
        gap_low=None if compared is None else compared.gap.low,
        gap_high=None if compared is None else compared.gap.high,
        p_value=None if compared is None else compared.p_value,
        p_holm=None if compared is None else compared.p_holm,
        detectable_gap=None if compared is None else compared.detectable_gap,
        verdict="reference" if compared is None else compared.verdict,
    )


def parity_facts(parity: Parity) -> dict[str, object]:
    """Give the counts and the gaps that stand, for run records and ``--json``."""
    verdicts = [
        group.comparison.verdict
        for found in parity.outcomes
        for attribute in found.attributes
        for group in attribute.distinct_groups
    ]
    return {
        "n_comparisons": parity.n_comparisons,
        "verdicts": {verdict: verdicts.count(verdict) for verdict in sorted(set(verdicts))},
        "overall": {_key(found): found.overall.model_dump() for found in parity.outcomes},
        "gaps": [
            {
                "outcome": _key(found),
                "attribute": attribute,
                "group": group.group,
                "gap": group.comparison.gap.value,
                "low": group.comparison.gap.low,
                "high": group.comparison.gap.high,
                "p_holm": group.comparison.p_holm,
            }
            for found, attribute, group in _compared(parity)
            if group.comparison.verdict == "gap"
        ],
    }


def _key(found: OutcomeParity) -> str:
    return found.outcome.name + (f" ({found.reference_source} masks)" if found.reference_source else "")


def parity_sentences(parity: Parity, axes: list[Axis]) -> list[str]:
    """Say how accurate the masks are, and the largest gaps, or that there are none, or why none is known."""
    return [*_accuracy(parity), *_gaps(parity, axes)]


def _accuracy(parity: Parity) -> Iterator[str]:
    for found in parity.outcomes:
        if found.outcome.name.endswith("reference_iou"):
            yield (
                f"The {found.outcome.phrase} against {found.reference_source} ones: mean IoU "
                f"{_estimate(found.overall)} points of 100, {found.overall.n_images} pictures."
            )


def _gaps(parity: Parity, axes: list[Axis]) -> list[str]:
    if not axes:
        return [
            "Parity between groups: not looked at, since there are neither answers about the people nor "
            "measurements; run `datatools annotate import` or `datatools measure`, then check again."
        ]
    everything = list(_compared(parity))
    if not everything:
        return ["Parity between groups: no two groups are large enough to be compared."]
    names = ", ".join(axis.name for axis in axes)
    standing = [found for found in everything if found[2].comparison.verdict == "gap"]
    lines = [
        f"Parity by {names}: {_count(parity.n_comparisons, 'comparison')}, "
        f"{_count(len(standing), 'gap')} after correction."
    ]
    if standing:
        sentences = [_told(*found) for found in standing[:_SHOWN]]
        lines += [f"{text[0].upper()}{text[1:]}." for text in sentences]
        if len(standing) > _SHOWN:
            lines.append(f"... and {len(standing) - _SHOWN} more; the table parity has them all.")
    else:
        # Of acceptance first: the other outcomes may not be known of the people who were dropped.
        of_acceptance = [found for found in everything if found[0].outcome.name == "accepted"]
        found, attribute, group = (of_acceptance or everything)[0]
        lines.append(
            f"The largest difference, not settled, is in {_told(found, attribute, group)}. "
            "No gap found is no proof that there is none."
        )
    return lines


def _compared(parity: Parity) -> Iterator[tuple[OutcomeParity, str, Group]]:
    """Give every comparison once, outcome by outcome, in each the largest gap first."""
    for found in parity.outcomes:
        known = [
            (attribute.attribute, group)
            for attribute in found.attributes
            for group in attribute.distinct_groups
            if group.comparison.gap.value is not None
        ]
        for attribute, group in sorted(known, key=lambda pair: -abs(pair[1].comparison.gap.value or 0.0)):
            yield found, attribute, group


def _told(found: OutcomeParity, attribute: str, group: Group) -> str:
    gap = group.comparison.gap
    value = gap.value or 0.0
    # Bands carry their measurement's name already.
    name = group.group if group.group.startswith(attribute) else f"{attribute} = {group.group}"
    text = f"{found.outcome.phrase}: {name} is {_points(abs(value))} points "
    text += f"{'lower' if value < 0 else 'higher'} than the rest"
    if gap.low is not None and gap.high is not None:
        text += f" [{_points(gap.low)}, {_points(gap.high)}]"
    if found.reference_source is not None:
        text += f", against {found.reference_source} masks"
    return text


def _estimate(found: Estimate) -> str:
    numbers = ("undefined" if v is None else _points(v) for v in (found.value, found.low, found.high))
    value, low, high = numbers
    return f"{value} [{low}, {high}]"


def _points(value: float) -> str:
    return f"{100 * value:.1f}".replace("-", _MINUS)


def _count(n: int, one: str) -> str:
    return f"{n} {one if n == 1 else one + 's'}"
