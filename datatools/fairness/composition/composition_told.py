"""How is a composition audit told: as facts for programs, as sentences for people?"""

from collections.abc import Iterator, Sequence

from datatools.fairness.composition.composition_result import (
    CompositionAudit,
    Headcount,
    Need,
    NuisanceTest,
    Purchase,
)
from datatools.fairness.estimates import Interval

_SHOWN = 3  # sentences of a kind; the tables have them all
_MINUS = "\N{MINUS SIGN}"
_CROSS = " x "


def facts_of(audit: CompositionAudit) -> dict[str, object]:
    """Give the counts and the verdicts, for run records and ``--json``."""
    purchases = [
        {"attribute": p.attribute, "group": p.group, "n_to_collect": p.n_to_collect}
        for p in audit.shopping.purchases[:_SHOWN]
    ]
    return {
        "name": audit.name,
        "n_people": audit.n_people,
        "n_images": audit.n_images,
        "attributes": [head.attribute for head in audit.headcounts if _CROSS not in head.attribute],
        "effective_groups": {
            head.attribute: head.effective.inverse_simpson.model_dump()
            for head in audit.headcounts
            if head.effective is not None
        },
        "n_empty": sum(len(head.empty) for head in audit.headcounts),
        "n_thin": sum(len(head.thin) for head in audit.headcounts),
        "n_suppressed": sum(head.n_suppressed for head in audit.headcounts),
        "reference": {
            test.attribute: {
                "p_holm": test.p_holm,
                "gaps": [g.group for g in test.groups if g.verdict == "gap"],
            }
            for test in audit.references
        },
        "nuisances": [
            {
                "attribute": test.attribute,
                "nuisances": test.nuisances,
                "auc": test.auc.model_dump(),
                "p_holm": test.p_holm,
                "verdict": test.verdict,
            }
            for test in audit.nuisances
        ],
        "n_mask_gaps": sum(
            group.comparison.verdict == "gap"
            for found in audit.masks
            for attribute in found.attributes
            for group in attribute.distinct_groups
        ),
        "duplicates": None if audit.duplicates is None else audit.duplicates.model_dump(),
        "shopping": purchases,
    }


def sentences(audit: CompositionAudit) -> list[str]:
    """Say what was found, the most important of each kind."""
    return [
        *(_diverse(head) for head in audit.headcounts if _CROSS not in head.attribute),
        *_thin(audit),
        *_beside_reference(audit),
        *_told(audit.nuisances),
        *_mask_gaps(audit),
        *_doubles(audit),
        *shopping_sentences(audit),
    ]


def _diverse(head: Headcount) -> str:
    largest = max((c for c in head.groups if c.share is not None), key=lambda c: c.share or 0.0, default=None)
    text = f"{head.attribute}: {count(head.n_placed, 'person', 'people')} in {len(head.groups)} groups"
    if largest is not None and largest.share is not None:
        text += (
            f", the largest is {largest.group} ({points(largest.share)}% "
            f"[{points(largest.low)}, {points(largest.high)}])"
        )
    if head.effective is not None:
        number = head.effective.inverse_simpson
        text += (
            f"; as diverse as {number.value:.1f} [{number.low:.1f}, {number.high:.1f}] equal groups "
            f"of {head.effective.n_groups}"
        )
    if head.empty:
        text += f"; empty: {', '.join(head.empty)}"
    shown = [
        f"{reason.n_people:,} {reason.reason}" for reason in head.unplaced if reason.n_people is not None
    ]
    return f"{text}{'; in no group: ' + ', '.join(shown) if shown else ''}."


def _thin(audit: CompositionAudit) -> Iterator[str]:
    plan = audit.shopping
    thin = [f"{head.attribute} = {group}" for head in audit.headcounts for group in head.thin]
    n_empty = sum(len(head.empty) for head in audit.headcounts)
    if plan.n_wanted is not None and (thin or n_empty):
        shown = [*thin[:_SHOWN], *([f"{len(thin) - _SHOWN} others"] if len(thin) > _SHOWN else [])]
        yield (
            f"A gap of {points(plan.gap)} points of IoU takes {plan.n_wanted:,} people in a group; groups "
            f"and crossings without anybody: {n_empty}, with fewer people than that: {len(thin)}"
            f"{' (' + ', '.join(shown) + ')' if thin else ''}."
        )


def _beside_reference(audit: CompositionAudit) -> Iterator[str]:
    for test in audit.references:
        gaps = sorted(
            (group for group in test.groups if group.verdict == "gap"),
            key=lambda group: -abs(group.difference.value or 0.0),
        )
        verdict = "differs from" if test.p_holm < 0.05 else "cannot be told from"
        yield (
            f"{test.attribute} {verdict} the reference ({test.source}), corrected p {p(test.p_holm)}, "
            f"{test.n_people:,} people; groups apart from it: {len(gaps)}."
        )
        for group in gaps[:_SHOWN]:
            low, high = points(group.difference.low), points(group.difference.high)
            ratio = "" if group.ratio.value is None else f", {group.ratio.value:.2f} times its share there"
            yield (
                f"{test.attribute} = {group.group}: {points(group.share)}% of people instead of "
                f"{points(group.reference_share)}% ({signed(group.difference.value)} points "
                f"[{low}, {high}]){ratio}."
            )


def _told(tests: Sequence[NuisanceTest]) -> Iterator[str]:
    for test in tests:
        value, low, high = (f"{end or 0:.2f}" for end in _floats(test.auc))
        text = (
            f"{test.attribute} from {test.nuisances} alone: {test.verdict} (AUC {value} [{low}, {high}], "
            f"chance {test.expected_auc:.2f}, corrected p {p(test.p_holm)}, {test.n_people:,} people"
        )
        if test.verdict == "predictable" and test.carriers:
            text += (
                f"; most of it by {', '.join(c.nuisance for c in test.carriers[:_SHOWN] if c.auc_drop > 0)}"
            )
        yield f"{text})."


def _floats(found: Interval) -> tuple[float | None, float | None, float | None]:
    return found.value, found.low, found.high


def _mask_gaps(audit: CompositionAudit) -> Iterator[str]:
    if not audit.masks:
        return
    gaps = [
        (found, attribute.attribute, group)
        for found in audit.masks
        for attribute in found.attributes
        for group in attribute.distinct_groups
        if group.comparison.verdict == "gap"
    ]
    yield f"Shape of the masks: {audit.n_mask_comparisons} comparisons, {len(gaps)} gaps after correction."
    gaps.sort(key=lambda item: -abs((item[2].comparison.gap.value or 0.0) / item[0].sd))
    for found, attribute, group in gaps[:_SHOWN]:
        gap = group.comparison.gap
        value, low, high = (end or 0.0 for end in (gap.value, gap.low, gap.high))
        yield (
            f"{found.measure} of {found.mask_source} masks, {attribute} = {group.group}: {value:+.3g} beside "
            f"the rest [{low:+.3g}, {high:+.3g}], {abs(value) / found.sd:.1f} standard deviations."
        ).replace("-", _MINUS)


def _doubles(audit: CompositionAudit) -> Iterator[str]:
    found = audit.duplicates
    if found is None:
        return
    text = f"Near-duplicates: {found.n_pictures:,} pictures in {found.n_clusters:,} clusters"
    conflicting = [f"{n} on {name}" for name, n in found.label_conflicts.items() if n]
    yield f"{text}; clusters whose labels contradict each other: {', '.join(conflicting) or 'none'}."


def shopping_sentences(audit: CompositionAudit) -> list[str]:
    """Say who should be collected next."""
    need_of = {(need.attribute, need.group): need for need in audit.shopping.needs}
    lines = audit.shopping.purchases[:_SHOWN]
    return [_wish(line, need_of[line.attribute, line.group]) for line in lines]


def _wish(line: Purchase, need: Need) -> str:
    names, groups = line.attribute.split(_CROSS), line.group.split(_CROSS)
    who = " and ".join(
        group if group.startswith(name) else f"{name} = {group}"
        for name, group in zip(names, groups, strict=True)
    )
    text = f"Collect {line.n_to_collect} more people with {who}"
    if need.half_width is not None and line.narrowing_per_person is not None:
        text += (
            f": the group is known to ±{points(need.half_width)} points; each of them narrows the audit's "
            f"intervals by {100 * line.narrowing_per_person:.2f} points together"
        )
    return f"{text}."


def count(n: int, one: str, many: str) -> str:
    """Write a number of things."""
    return f"{n:,} {one if n == 1 else many}"


def points(value: float | None) -> str:
    """Write a share as points of 100; a dash where there is none."""
    return "–" if value is None else f"{100 * value:.1f}".replace("-", _MINUS)


def signed(value: float | None) -> str:
    """Write a difference of shares with its sign."""
    return "–" if value is None else f"{100 * value:+.1f}".replace("-", _MINUS)


def p(value: float) -> str:
    """Write a p-value; very small ones as a bound."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
