"""How is told what is behind a model's gaps: what they go with, where it fails, how sure labels are?"""

from collections.abc import Iterator, Mapping, Sequence

from datatools.fairness.estimates import Comparison, Interval
from datatools.fairness.labels.label_result import MislabelBound, Sensitivity, UncertainLabels
from datatools.fairness.result import AuditResult
from datatools.fairness.why.why_result import AdjustedGap, Adjustment, SliceSearch
from datatools.measures import DEFINITIONS
from datatools.report import plots, words
from datatools.report.plots import Reference, Row
from datatools.report.told import Told, as_svg

_PARTS_SHOWN = 3
_SLICES_SHOWN = 10
_MARKS = {"gap": "gap", "equivalent": "equivalent", "insufficient data": "unsure"}  # names of style.LIGHT


def sections(audit: AuditResult, model: str, reference_source: str, *, key: str) -> list[Told]:
    """Give the sections of one model against one kind of reference; those without content are left out.

    Args:
        audit: everything.
        model: whose sections.
        reference_source: of the masks it was held against.
        key: unique on the page.
    """

    def own(found: Adjustment | SliceSearch | UncertainLabels | Sensitivity | MislabelBound) -> bool:
        return found.model == model and found.reference_source == reference_source

    adjusted = [one for one in audit.adjustments if own(one)]
    return [
        *_adjusted(adjusted, audit, key),
        *_slices([one for one in audit.slices if own(one)]),
        *_labels([one for one in audit.uncertain_labels if own(one)]),
        *_codings([one for one in audit.sensitivities if own(one)]),
        *_bounds([one for one in audit.mislabel_bounds if own(one)]),
    ]


# -- raw and adjusted ------------------------------------------------------------------------------


def _adjusted(found: Sequence[Adjustment], audit: AuditResult, key: str) -> Iterator[Told]:
    compared = [one for one in found if one.groups]
    if not compared:
        notes = dict.fromkeys(note for one in found for note in one.notes)
        if notes:
            yield Told(title="Raw and adjusted gaps", lead=list(notes))
        return
    n_standing = sum(map(_n_standing, compared))
    standing = words.count(n_standing, "adjusted gap stands", "adjusted gaps stand")
    standing = standing if n_standing else "No adjusted gap stands"
    yield Told(
        title="Raw and adjusted gaps",
        lead=[
            "How much of each gap is left between people who are alike in what was measured? "
            f"{standing} after the correction for all adjusted gaps of this audit. What remains is not "
            "explained by what was measured, and what goes with a condition need not be caused by it.",
            *dict.fromkeys(note for one in compared for note in one.notes),
        ],
    )
    for number, one in enumerate(compared):
        alike = words.listed([words.attribute(name) for name in one.confounders], most=20)
        lead = [f"Between people who are alike in {alike}."]
        if one.n_left_out:
            lead.append(
                f"{words.count(one.n_left_out, 'person', 'people')} left out: a condition is unknown of them."
            )
        crossed = words.CROSSING in one.attribute
        yield Told(
            title=f"Raw and adjusted, by {words.attribute(one.attribute)}",
            lead=lead,
            figure=None if crossed else as_svg(_dumbbells(one, audit, f"{key}w{number}")),
            figure_caption="Gap to the rest: raw, then adjusted; open marks are not settled",
            caption=f"{one.metric}: gap to the rest in points of 100, 95% intervals",
            head=(
                "Group",
                "Raw gap",
                "Adjusted gap",
                "Goes with",
                "Between matched people",
                "p (corrected)",
                "Verdict on the adjusted gap",
            ),
            rows=[_adjusted_row(group, one.attribute) for group in one.groups],
            has_verdict=True,
            is_open=not crossed,
        )


def _n_standing(one: Adjustment) -> int:
    """Count the adjusted gaps that stand; two groups that are each other's rest have one."""
    n = sum(group.verdict == "gap" for group in one.groups)
    return 1 if n == len(one.groups) == 2 else n


def _adjusted_row(group: AdjustedGap, attribute: str) -> list[str]:
    parts = sorted(group.parts, key=lambda part: -abs(part.explained.value or 0.0))[:_PARTS_SHOWN]
    goes_with = ", ".join(
        f"{words.attribute(part.confounder)} {words.signed_points(part.explained.value)}" for part in parts
    )
    matched = "too few have a match"
    if group.matched is not None:
        n_matched = words.count(group.n_matched or 0, "person", "people")
        matched = f"{words.with_interval(group.matched, signed=True)}, {n_matched}"
    return [
        words.group(group.group, attribute),
        words.with_interval(group.raw, signed=True),
        words.with_interval(group.adjusted, signed=True),
        goes_with or "–",
        matched,
        words.p_value(group.p_holm),
        group.verdict,
    ]


def _dumbbells(one: Adjustment, audit: AuditResult, key: str) -> str:
    rows = []
    for group in one.groups:
        for word, estimate in (("raw", group.raw), ("adjusted", group.adjusted)):
            is_raw = word == "raw"
            rows.append(
                Row(
                    label=f"{group.group}, {word}",
                    text=words.with_interval(estimate, signed=True),
                    value=estimate.value,
                    low=estimate.low,
                    high=estimate.high,
                    colour="quiet" if is_raw else _MARKS[group.verdict],
                    is_open=is_raw or group.verdict == "insufficient data",
                )
            )
    margin = audit.settings.get("margin")
    band = float(margin) if isinstance(margin, int | float) else 0.0
    reference = Reference(
        value=0.0, half_width=band, label="points above or below the rest; shaded: the margin"
    )
    title = f"Raw and adjusted gaps by {words.attribute(one.attribute)}"
    return plots.forest(rows, reference, key=key, title=title, signed=True)


# -- slices ----------------------------------------------------------------------------------------


def _slices(found: Sequence[SliceSearch]) -> Iterator[Told]:
    for search in found:
        if not search.features:  # nothing was measured on enough pictures to search by
            continue
        looked = (
            f"{words.count(search.n_candidates, 'slice')} of up to {search.depth} conditions, of "
            f"{words.count(search.n_people, 'person', 'people')}, were looked at: "
            f"{words.listed([words.attribute(name) for name in search.features], most=20)}. "
            f"p says how often a search of scores dealt at random finds a slice as bad; "
            "values are of people the search had not seen."
        )
        if not search.slices:
            yield Told(
                title="Conditions under which it fails", lead=[f"None stands out from chance. {looked}"]
            )
            continue
        yield Told(
            title="Conditions under which it fails",
            lead=[looked],
            caption=f"{search.metric} in points of 100, 95% intervals; the worst first",
            head=("Pictures with", "Value", "Against the others", "Images, people", "p (corrected)"),
            rows=[
                [
                    " and ".join(one.conditions),
                    words.with_interval(one.estimate),
                    words.with_interval(one.gap, signed=True),
                    words.counts(one.estimate),
                    words.p_value(one.p_corrected),
                ]
                for one in search.slices[:_SLICES_SHOWN]
            ],
        )


# -- labels ----------------------------------------------------------------------------------------


def _labels(found: Sequence[UncertainLabels]) -> Iterator[Told]:
    for one in found:
        n_lost = sum(not group.is_kept for group in one.groups)
        kept = "Every gap keeps its side" if not n_lost else f"All but {n_lost} of the gaps keep their side"
        yield Told(
            title=f"With uncertain labels, by {words.attribute(one.attribute)}",
            lead=[
                f"Annotators disagree about some people: of {one.n_people:,}, "
                f"{one.n_uncertain:,} are in a group with less than 95% probability ({one.posterior}). "
                f"{kept} of 0 when that doubt is carried through.",
                *_doubt(one),
            ],
            caption=f"{one.metric}: gap to the rest in points of 100, 95% intervals",
            head=("Group", "People expected", "Gap, labels taken for certain", "Gap, labels uncertain"),
            rows=[
                [
                    words.group(group.group, one.attribute),
                    f"{group.n_expected:.1f}",
                    words.with_interval(group.certain, signed=True),
                    words.with_interval(group.drawn, signed=True),
                ]
                for group in one.groups
            ],
        )


def _doubt(one: UncertainLabels) -> list[str]:
    if one.doubt is None:
        return []
    low, high, p = words.points(one.doubt.low), words.points(one.doubt.high), words.p_value(one.doubt.p_value)
    return [
        f"The chance that a person is in a wrong group is {low}% in the half with the lower scores, {high}% "
        f"in the other (p {p}); were they unlike, annotators would err by score, and these intervals would "
        "not hold."
    ]


def _codings(found: Sequence[Sensitivity]) -> Iterator[Told]:
    if found:
        rows = [
            [
                coding.coding,
                str(coding.n_groups),
                words.points(coding.largest_gap),
                words.p_value(coding.p_value),
                _named(coding.comparisons),
            ]
            for one in found
            for coding in one.codings
        ]
        yield Told(
            title="Other ways to make groups",
            lead=[one.sentence for one in found],
            caption="Largest gap between two groups, in points of 100, and whether any group differs",
            head=("Groups made as", "Groups", "Largest gap", "p, any group differs", "Gaps that stand"),
            rows=rows,
            is_open=not all(one.is_stable for one in found),
        )


def _named(comparisons: Mapping[str, Comparison]) -> str:
    named = [
        f"{group} ({words.signed_points(one.gap.value)})"
        for group, one in comparisons.items()
        if one.verdict == "gap"
    ]
    return words.listed(named) if named else "none"


def _bounds(found: Sequence[MislabelBound]) -> Iterator[Told]:
    if found:
        yield Told(
            title="If people are in the wrong group",
            lead=[
                "The last column is the least share of people in a wrong group at which the verdict need not "
                "hold, if exactly the worst people for it were the mislabelled ones: a bound, not a forecast."
            ],
            caption="Gap to the rest in points of 100; bounds at the measured share of wrong labels",
            head=("Group", "Gap", "Measured wrong", "Gap could be", "Verdict may break at"),
            rows=[_bound(one) for one in found],
            is_open=False,
        )


def _bound(one: MislabelBound) -> list[str]:
    ends = Interval(value=one.gap, low=one.low, high=one.high)
    could = "not measured" if ends.low is None else words.interval(ends.low, ends.high, signed=True)
    return [
        words.whom(one.attribute, one.group),
        words.signed_points(one.gap),
        "–" if one.error_rate is None else f"{words.points(one.error_rate)}%",
        could,
        "no share" if one.breaks_at is None else f"{words.points(one.breaks_at)}%",
    ]


def defined(audit: AuditResult) -> dict[str, str]:
    """Define the measurements that these sections name."""
    named = {name for one in audit.adjustments for name in one.confounders}
    named |= {name for search in audit.slices for name in search.features}
    return {name: text for name, text in DEFINITIONS.items() if name in named}
