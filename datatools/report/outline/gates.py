"""Which bounds were stated for this audit, and were they kept?"""

from datatools.fairness.gates import gates_told
from datatools.fairness.gates.gates_result import Check, Gate, GateResult
from datatools.fairness.result import AuditResult
from datatools.report import words
from datatools.report.blocks import Row, Section, Statement, Table
from datatools.report.outline.cells import whole
from datatools.report.outline.pointers import at

_READING = (
    "A bound holds where the whole 95% interval lies within it, and is broken where the whole interval lies "
    "beyond it, allowing for all checks of all bounds. What is neither is insufficient data: the interval "
    "holds the bound itself, or there are too few people to be shown."
)


def sections(audit: AuditResult) -> list[Section]:
    """Give the section of bounds; none where none was stated."""
    if not audit.gates:
        return []
    rows = [
        Row(
            cells=(
                result.gate.name,
                gates_told.stated(result.gate),
                result.outcome,
            ),
            of=at("/audit/gates", place),
        )
        for place, result in enumerate(audit.gates)
    ]
    head = ("Bound", "Stated", "Outcome")
    return [
        Section(
            key="gates",
            title="Stated bounds",
            blocks=[
                Statement(text=_READING),
                Table(caption="Each bound and what it came to", head=head, rows=rows, has_verdict=True),
                *(_checks(result, place) for place, result in enumerate(audit.gates) if result.checks),
            ],
        )
    ]


def _checks(result: GateResult, place: int) -> Table:
    """Give all that one bound concerns; open where something did not hold."""
    return Table(
        caption=f"{result.gate.name}: {gates_told.stated(result.gate)}",
        head=("Whom", "Model", "Found", "People", "Outcome"),
        rows=[
            Row(
                cells=(
                    "everybody"
                    if check.attribute is None
                    else words.whom(check.attribute, check.group or ""),
                    check.model or "–",
                    _found(result.gate, check),
                    whole(check.n_people),
                    check.outcome,
                ),
                of=at("/audit/gates", place, "checks", number),
            )
            for number, check in enumerate(result.checks)
        ],
        has_verdict=True,
        is_open=result.outcome != "holds",
    )


def _found(gate: Gate, check: Check) -> str:
    return gates_told.measured(gate, check.model_copy(update={"n_people": None}))
