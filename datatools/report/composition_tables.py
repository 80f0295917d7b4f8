"""Which tables lie beside a composition audit? CSV files, a line a group; what is suppressed is empty."""

from collections.abc import Iterator, Mapping, Sequence

from datatools.fairness.composition.composition_result import CompositionAudit
from datatools.fairness.estimates import Interval
from datatools.outside import formulas

Line = dict[str, object]


def csv_files(audit: CompositionAudit) -> dict[str, bytes]:
    """Give each file's bytes by its name; what the audit did not look at has no file."""
    found: Mapping[str, list[Line]] = {
        "headcounts.csv": list(_headcounts(audit)),
        "reference.csv": list(_reference(audit)),
        "nuisances.csv": list(_nuisances(audit)),
        "masks.csv": list(_masks(audit)),
        "needs.csv": [need.model_dump() for need in audit.shopping.needs],
        "shopping.csv": [
            {**line.model_dump(), "narrows": "; ".join(line.narrows)} for line in audit.shopping.purchases
        ],
    }
    return {name: _csv(lines) for name, lines in found.items() if lines}


def _headcounts(audit: CompositionAudit) -> Iterator[Line]:
    for head in audit.headcounts:
        name: Line = {"attribute": head.attribute}
        for count in head.groups:
            yield name | count.model_dump()
        counts = dict.fromkeys(("n_people", "n_images"), 0)
        nothing = dict.fromkeys(("share", "low", "high"))
        for group in head.empty:
            yield name | {"group": group} | counts | nothing
        for unplaced in head.unplaced:
            people = {"n_people": unplaced.n_people, "n_images": None}
            yield name | {"group": f"({unplaced.reason})"} | people | nothing


def _reference(audit: CompositionAudit) -> Iterator[Line]:
    for test in audit.references:
        for group in test.groups:
            yield {
                "attribute": test.attribute,
                "group": group.group,
                "share": group.share,
                "reference_share": group.reference_share,
                **_ends("difference", group.difference),
                **_ends("ratio", group.ratio),
                "p_holm": group.p_holm,
                "verdict": group.verdict,
                "source": test.source,
            }


def _nuisances(audit: CompositionAudit) -> Iterator[Line]:
    for test in audit.nuisances:
        yield {
            "attribute": test.attribute,
            "nuisances": test.nuisances,
            "n_people": test.n_people,
            **_ends("auc", test.auc),
            "expected_auc": test.expected_auc,
            **_ends("balanced_accuracy", test.balanced_accuracy),
            "expected_balanced_accuracy": test.expected_balanced_accuracy,
            "p_holm": test.p_holm,
            "verdict": test.verdict,
            "strongest": "; ".join(carrier.nuisance for carrier in test.carriers[:3]),
        }


def _masks(audit: CompositionAudit) -> Iterator[Line]:
    for found in audit.masks:
        for attribute in found.attributes:
            for group in attribute.groups:
                gap = group.comparison.gap
                yield {
                    "measure": found.measure,
                    "mask_source": found.mask_source,
                    "attribute": attribute.attribute,
                    "group": group.group,
                    "n_people": group.estimate.n_people,
                    "mean": group.estimate.value,
                    "difference": gap.value,
                    "difference_low": gap.low,
                    "difference_high": gap.high,
                    "sd": found.sd,
                    "p_holm": group.comparison.p_holm,
                    "verdict": group.comparison.verdict,
                }


def _ends(name: str, found: Interval) -> Line:
    return {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}


def _csv(lines: Sequence[Line]) -> bytes:
    """Give a CSV file; text that a spreadsheet would run is made harmless, numbers stay numbers."""
    return formulas.to_csv(list(lines[0]), (list(line.values()) for line in lines))
