"""How are gates told: as sentences for people, and as JUnit XML for what runs a pipeline?"""

import unicodedata
from collections.abc import Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from datatools.fairness.gates.gates_result import Check, Gate, GateResult

_SHOWN = 3  # checks of a gate in the terminal; the report has them all


def sentences(results: Sequence[GateResult]) -> list[str]:
    """Say of each gate whether it holds, and what broke it or left it open."""
    found = []
    for result in results:
        telling = [check for check in result.checks if check.outcome == result.outcome != "holds"]
        shown = [f"{whom(check)}: {measured(result.gate, check)}" for check in telling[:_SHOWN]]
        if len(telling) > _SHOWN:
            shown.append(f"and {len(telling) - _SHOWN} more")
        text = f"Gate {result.gate.name!r} ({stated(result.gate)}): {result.outcome}"
        if result.outcome == "holds":
            text += f", {len(result.checks)} checked"
        elif result.outcome == "concerns nothing":
            text += ": the audit has no such model, attribute, group, metric or comparison"
        elif result.fails and result.outcome != "broken":
            text += ', which fails it (when_unsure = "fail")'
        found.append("; ".join([text, *shown]) + ".")
    return found


def stated(gate: Gate) -> str:
    """Write a gate's bound: ``gap at least −3.0 and at most 3.0 points``."""
    ends = [
        f"{word} {_number(gate, end)}"
        for word, end in (("at least", gate.at_least), ("at most", gate.at_most))
        if end is not None
    ]
    return f"{gate.bound} {' and '.join(ends)}{'' if gate.bound == 'people' else ' points'}"


def measured(gate: Gate, check: Check) -> str:
    """Write what was found: value, interval and people."""
    if check.value is None:
        return "not known, or too few people to be shown"
    text = _number(gate, check.value)
    if gate.bound != "people":
        known = check.low is not None and check.high is not None
        text += (
            f" [{_number(gate, check.low)}, {_number(gate, check.high)}]" if known else " without interval"
        )
        text += f", {check.n_people:,} people" if check.n_people is not None else ""
    return text


def whom(check: Check) -> str:
    """Name what a check is about: model, attribute and group."""
    about = [] if check.attribute is None else [f"{check.attribute} = {check.group}"]
    return " · ".join([*([] if check.model is None else [check.model]), *(about or ["everybody"])])


def _number(gate: Gate, value: float | None) -> str:
    assert value is not None  # the callers asked
    text = f"{value:,.0f}" if gate.bound == "people" else f"{100 * value:.1f}"
    return text.replace("-", "\N{MINUS SIGN}")


def junit(name: str, results: Sequence[GateResult]) -> bytes:
    """Write gates as JUnit XML: a suite for the audit, a case for each check.

    A broken bound is a failure, one left open by insufficient data is skipped, or a failure where the gate
    says so. A gate that concerns nothing is an error.
    """
    suite = Element("testsuite", name=_text(f"audit {name}"))
    counts = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for result in results:
        for check in result.checks:
            counts["tests"] += 1
            case = SubElement(suite, "testcase", classname=_text(result.gate.name), name=_text(whom(check)))
            if check.outcome == "holds":
                continue
            fails = check.outcome == "broken" or result.gate.when_unsure == "fail"
            counts["failures" if fails else "skipped"] += 1
            told = _text(f"{check.outcome}: {measured(result.gate, check)}; stated: {stated(result.gate)}")
            SubElement(case, "failure" if fails else "skipped", message=told)
        if not result.checks:
            counts["tests"] += 1
            counts["errors"] += 1
            case = SubElement(suite, "testcase", classname=_text(result.gate.name), name="concerns nothing")
            SubElement(case, "error", message="the audit has nothing that this gate is about")
    for key, count in counts.items():
        suite.set(key, str(count))
    suites = Element("testsuites")
    suites.append(suite)
    indent(suites)
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{tostring(suites, encoding="unicode")}\n'.encode()


def _text(words: str) -> str:
    """Replace what no XML may hold: control characters, U+FFFE and U+FFFF."""
    return "".join(
        " " if unicodedata.category(letter) == "Cc" or letter in "\ufffe\uffff" else letter
        for letter in words
    )
