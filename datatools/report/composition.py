"""What does the page say and draw of a composition audit, and which plots lie beside its tables?"""

import re
from collections.abc import Iterator, Sequence

from pydantic import ValidationError

from datatools.errors import DataError
from datatools.fairness.composition.composition_result import (
    DEFAULT_NAME,
    RESULT_FILE,
    CompositionAudit,
    Headcount,
    MaskDifference,
    NuisanceTest,
    ReferenceTest,
)
from datatools.fairness.composition.mask_differences import MARGIN_SD
from datatools.report import plots, words
from datatools.report.plots import Cell, Reference, Row
from datatools.report.style import LIGHT
from datatools.workspace import Workspace

_RIM_PX = 12
_MAX_COLUMNS = 7  # of a heat map: more do not fit the page


def audited(workspace: Workspace) -> CompositionAudit | None:
    """Read the composition audit of the default name; None where there is none.

    Raises:
        DataError: it is of another version, or broken.
    """
    path = workspace.report_folder(DEFAULT_NAME) / RESULT_FILE
    if not path.is_file():
        return None
    try:
        return CompositionAudit.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path} is not a composition audit of this version: {error.error_count()} of its fields are "
            "missing, unknown or of another type; run `datatools composition` again"
        ) from error


def files(audit: CompositionAudit) -> dict[str, bytes]:
    """Give each plot as an SVG file that stands alone, by its name."""
    return {f"{_safe(caption)}.svg": _alone(drawn) for _, caption, drawn in drawings(audit)}


def drawings(audit: CompositionAudit, *, prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Draw everything: where in the audit the numbers stand (a JSON pointer), caption, inline figure.

    The figures' identifiers begin with ``prefix``.
    """
    for of, caption, drawn in _drawn(audit, prefix):
        if drawn is not None:
            yield of, caption, drawn


def _drawn(audit: CompositionAudit, prefix: str) -> Iterator[tuple[str, str, str | None]]:
    for number, test in enumerate(audit.references):
        caption = f"Share beside the reference by {words.attribute(test.attribute)}"
        yield f"/references/{number}", caption, shares(test, key=f"{prefix}r{number}")
    for number, head in enumerate(audit.headcounts):
        caption = f"People by {words.attribute(head.attribute)}"
        yield f"/headcounts/{number}", caption, crossing(head, key=f"{prefix}x{number}")
    for number, name in enumerate(dict.fromkeys(test.attribute for test in audit.nuisances)):
        tests = [test for test in audit.nuisances if test.attribute == name]
        what, of = words.attribute(name), "/nuisances"
        yield of, f"How well background and camera tell {what}", nuisances(tests, key=f"{prefix}n{number}")
        yield of, f"What of background and camera tells {what}", carriers(tests, key=f"{prefix}k{number}")
    for number, measure in enumerate(audit.masks):
        for place, attribute in enumerate(measure.attributes):
            caption = (
                f"{words.attribute(measure.measure)} of {measure.mask_source} masks "
                f"by {words.attribute(attribute.attribute)}"
            )
            of = f"/masks/{number}/attributes/{place}"
            yield of, caption, mask_gaps(measure, place, key=f"{prefix}m{number}a{place}")


def _safe(name: str) -> str:
    return re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-").lower()


def _alone(drawn: str) -> bytes:
    """Give an inline figure the colours, the type and the ground that the page would give it."""
    colours = "".join(f"--{name}:{value};" for name, value in LIGHT.items())
    style = f"<style>svg{{{colours}--sans:sans-serif;background:{LIGHT['paper']}}}</style>"
    head, _, body = drawn.partition(">")
    head = head.replace("<svg ", '<svg xmlns="http://www.w3.org/2000/svg" ', 1)
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', head)
    assert box is not None  # svg.render always writes it
    width, height = (float(side) + 2 * _RIM_PX for side in box.groups())
    size = f'viewBox="-{_RIM_PX} -{_RIM_PX} {width:g} {height:g}" width="{width:g}" height="{height:g}"'
    return f"{head.replace(box[0], size)}>{style}{body}\n".encode()


def shares(test: ReferenceTest, *, key: str) -> str | None:
    """Draw each group's share minus the reference's; None where no group may be shown."""
    rows = [
        Row(
            label=group.group,
            text=f"{words.points(group.share)}%, reference {words.points(group.reference_share)}% · "
            f"{_short(group.verdict)}",
            value=group.difference.value,
            low=group.difference.low,
            high=group.difference.high,
            colour=_side(group.difference.value, group.verdict),
            is_open=group.verdict == "insufficient data",
        )
        for group in test.groups
        if group.difference.value is not None
    ]
    if not rows:
        return None
    label = "share of people minus the reference's, points of 100"
    title = f"Share beside the reference by {words.attribute(test.attribute)}: {_told(rows)}"
    return plots.forest(rows, Reference(value=0.0, label=label), key=key, title=title, signed=True)


def crossing(head: Headcount, *, key: str) -> str | None:
    """Draw the cells of two crossed attributes; None for anything else, and where no cell is shown."""
    is_shown = any(count.share is not None for count in head.groups)
    if head.attribute.count(words.CROSSING) != 1 or not is_shown:
        return None
    cells = {tuple(count.group.split(words.CROSSING)): count for count in head.groups}
    empty = {tuple(name.split(words.CROSSING)) for name in head.empty}
    first, second = (list(dict.fromkeys(name[side] for name in cells)) for side in (0, 1))
    if len(second) > len(first):  # the longer list runs down the page
        first, second = second, first
        cells = {name[::-1]: count for name, count in cells.items()}
        empty = {name[::-1] for name in empty}
    if len(second) > _MAX_COLUMNS:
        return None

    def cell(place: tuple[str, str]) -> Cell:
        count = cells.get(place)
        if count is None:
            return Cell(value=None, text="", note="nobody")
        if count.n_people is None:
            return Cell(value=None, text="", note="too few")
        return Cell(value=count.share, text=f"{count.n_people:,}", note=f"{words.points(count.share)}%")

    drawn = [[cell((row, column)) for column in second] for row in first]
    title = f"People by {words.attribute(head.attribute)}; colour: more or fewer than in an even table"
    centre = 1 / (len(first) * len(second))
    return plots.crossing(first, second, drawn, centre, key=key, title=title)


def nuisances(tests: Sequence[NuisanceTest], *, key: str) -> str | None:
    """Draw how well an attribute is told from each set of nuisances."""
    rows = [
        Row(
            label="both" if " and " in test.nuisances else test.nuisances,
            text=f"AUC {words.points(test.auc.value)} "
            f"{words.interval(test.auc.low, test.auc.high)} · {test.verdict}",
            value=test.auc.value,
            low=test.auc.low,
            high=test.auc.high,
            colour="gap" if test.verdict == "predictable" else "quiet",
            is_open=test.verdict == "insufficient data",
        )
        for test in tests
    ]
    if not rows:
        return None
    title = f"How well {words.attribute(tests[0].attribute)} is told without the person: {_told(rows)}"
    reference = Reference(value=0.5, label="AUC in points of 100; line: chance", half_width=0.05)
    return plots.forest(rows, reference, key=key, title=title)


def carriers(tests: Sequence[NuisanceTest], *, key: str) -> str | None:
    """Draw what a prediction from all nuisances together loses without each of them."""
    told = [test for test in tests if test.verdict == "predictable"]
    if not told:
        return None
    test = told[-1]
    rows = [
        Row(
            label=words.attribute(carrier.nuisance),
            text=f"{words.signed_points(-carrier.auc_drop)} points of AUC without it",
            value=carrier.auc_drop,
            low=None,
            high=None,
            colour="g0",
        )
        for carrier in test.carriers
        if carrier.auc_drop > 0
    ][:8]
    if not rows:
        return None
    title = f"What tells {words.attribute(test.attribute)} from {test.nuisances}: {_told(rows)}"
    label = "AUC lost when it is dealt at random, points of 100"
    return plots.forest(rows, Reference(value=0.0, label=label), key=key, title=title)


def mask_gaps(found: MaskDifference, place: int, *, key: str) -> str | None:
    """Draw one measure's differences by one attribute, in standard deviations between people."""
    attribute = found.attributes[place]

    def in_sd(value: float | None) -> float | None:
        # The axis writes hundredths as points: a hundredth of a standard deviation stands for a point.
        return None if value is None else value / found.sd

    rows = [
        Row(
            label=group.group,
            text=f"{group.estimate.value or 0:.3g} ({_signed(group.comparison.gap.value)} beside the rest) · "
            f"{_short(group.comparison.verdict)}",
            value=in_sd(group.comparison.gap.value),
            low=in_sd(group.comparison.gap.low),
            high=in_sd(group.comparison.gap.high),
            colour=_side(group.comparison.gap.value, group.comparison.verdict),
            is_open=group.comparison.verdict == "insufficient data",
        )
        for group in attribute.groups
        if group.comparison.gap.value is not None
    ]
    if not rows:
        return None
    label = "hundredths of a standard deviation between people; shaded: the margin, a fifth of one"
    reference = Reference(value=0.0, label=label, half_width=MARGIN_SD)
    title = f"{words.attribute(found.measure)} by {words.attribute(attribute.attribute)}: {_told(rows)}"
    return plots.forest(rows, reference, key=key, title=title, signed=True)


def _signed(value: float) -> str:
    return f"{value:+.3g}".replace("-", words.MINUS)


def _short(verdict: str) -> str:
    """Give a verdict that leaves room for a group's name."""
    return "unsettled" if verdict == "insufficient data" else verdict


def _side(value: float | None, verdict: str) -> str:
    if verdict != "gap":
        return "quiet"
    return "lower" if (value or 0.0) < 0 else "higher"


def _told(rows: Sequence[Row]) -> str:
    return "; ".join(f"{row.label} {row.text}" for row in rows[: plots.MAX_ROWS])
