"""When does a bound hold, when is it broken, and when do the data not say?"""

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import pytest
import yaml

from datatools.cli import make_app
from datatools.errors import UsageError
from datatools.fairness.gates import gates_told, judging
from datatools.fairness.gates.gates_result import Gate
from datatools.fairness.result import AuditResult
from tests.unit.report import builders
from tests.unit.report.builders import estimate, group, plain_audit, suppressed

HOSTILE = '<script>&"\x00\x0b\ufffe =1+1 שלום 😀'


def _audit(*gaps: tuple[str, float, float]) -> AuditResult:
    """Give an audit of one model with groups of stated gaps and half widths of their intervals."""
    groups = [group(name, 0.9, half / 1.3, 40, gap, "insufficient data") for name, gap, half in gaps]
    return plain_audit([*groups, suppressed("few")])


def _gate(**values: Any) -> Gate:
    return Gate.model_validate({"name": "g", "bound": "gap"} | values)


def _outcomes(result: AuditResult, **values: Any) -> list[str]:
    (judged,) = judging.judge(result, [_gate(**values)])
    return [check.outcome for check in judged.checks]


@pytest.mark.parametrize(
    ("gap", "half", "expected"),
    [
        (-0.010, 0.005, "holds"),
        (-0.018, 0.005, "insufficient data"),  # within, but not surely
        (-0.022, 0.005, "insufficient data"),  # beyond, but not surely
        (-0.040, 0.005, "broken"),
        (0.040, 0.005, "broken"),
    ],
)
def test_an_interval_decides_not_a_value(gap: float, half: float, expected: str) -> None:
    """Only an interval that lies wholly on one side of the bound settles it."""
    assert _outcomes(_audit(("a", gap, half)), at_least=-0.02, at_most=0.02, groups=["a"]) == [expected]


def test_the_ends_of_an_interval_may_touch_the_bound() -> None:
    """A bound is the last value that is allowed."""
    result = _audit(("a", 0.25, 0.25))
    ends = result.models[0].attributes[0].groups[0].comparison.gap
    assert _outcomes(result, at_least=ends.low, at_most=ends.high, groups=["a"]) == ["holds"]


def test_many_looks_ask_for_more() -> None:
    """An interval just beyond the bound breaks it alone, but not as one of twenty."""
    beyond = ("a", -0.031, 0.010)
    alone = _outcomes(_audit(beyond), at_least=-0.02, groups=["a"])
    many = _outcomes(_audit(beyond, *((f"g{n}", 0.0, 0.01) for n in range(19))), at_least=-0.02)
    assert (alone, many[0]) == (["broken"], "insufficient data")


def test_no_bound_that_is_kept_counts_as_broken_more_often_than_stated() -> None:
    """Of 400 audits with twenty groups exactly at the bound, about one in forty breaks it."""
    rng = np.random.default_rng(7)
    broken = 0
    for values in rng.normal(-0.02, 0.01, (400, 20)):
        result = _audit(*((f"g{n}", float(value), 1.959964 * 0.01) for n, value in enumerate(values)))
        (judged,) = judging.judge(result, [_gate(at_least=-0.02)])
        broken += judged.outcome == "broken"
    # One-sided, Bonferroni: 2.5% in all; three standard errors of the simulation. Without it 40% break.
    assert 0.002 < broken / 400 < 0.048


def test_too_few_people_are_insufficient_data() -> None:
    """A group that may not be shown neither keeps nor breaks a bound."""
    assert _outcomes(_audit(("a", 0.0, 0.01)), at_least=-0.02) == ["holds", "insufficient data"]


@pytest.mark.parametrize(("when_unsure", "fails"), [("pass", False), ("fail", True)])
def test_a_gate_says_what_doubt_means(when_unsure: str, fails: bool) -> None:
    """Insufficient data is an outcome of its own; whether a pipeline stops at it is stated."""
    gate = _gate(at_least=-0.02, when_unsure=when_unsure)
    (judged,) = judging.judge(_audit(("a", 0.0, 0.5)), [gate])
    assert (judged.outcome, judged.fails) == ("insufficient data", fails)


def test_a_gate_that_concerns_nothing_fails() -> None:
    """A mistyped name must not pass."""
    (judged,) = judging.judge(_audit(("a", 0.0, 0.01)), [_gate(at_least=-0.02, attributes=["gendre"])])
    assert (judged.outcome, judged.fails) == ("concerns nothing", True)


@pytest.mark.parametrize(
    ("bound", "expected"),
    [("overall", 2), ("value", 54), ("gap", 54), ("people", 7), ("acceptance", 2)],
)
def test_each_kind_of_bound_concerns_its_values(bound: str, expected: int) -> None:
    """Both models, each of their groups by the compared metric, or the data alone."""
    (judged,) = judging.judge(builders.audit(), [_gate(bound=bound, at_least=-1.0)])
    assert len(judged.checks) == expected


def test_another_metric_is_found_among_the_groups_other_metrics() -> None:
    """A group's value may be bounded in any metric that was estimated."""
    result = _audit(("a", 0.0, 0.01))
    (judged,) = judging.judge(
        result, [_gate(bound="value", at_least=0.6, metric="boundary_f1", groups=["a"])]
    )
    assert [(check.value, check.outcome) for check in judged.checks] == [(0.7, "holds")]


def test_readings_are_kept_apart() -> None:
    """A bound on accuracy says nothing of agreement."""
    (judged,) = judging.judge(builders.audit(), [_gate(bound="overall", at_least=0.1, reading="agreement")])
    assert [check.model for check in judged.checks] == ["selfie"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "states no"),
        ("[[gate]]\nname = 'a'\nbound = 'gap'", "expected at_least or at_most"),
        ("[[gate]]\nname = 'a'\nbound = 'gap'\nat_least = 2\nat_most = 1", "at_least 2 is above at_most 1"),
        ("[[gate]]\nname = 'a'\nbound = 'gap'\natleast = 2", "atleast"),
        ("[[gate]]\nname = 'a'\nbound = 'sex'\nat_least = 2", "bound"),
        ("[[gate]]\nname = 'a'\nbound = 'people'\nat_least = 2\nmetric = 'dice'", "narrows down"),
        ("[[gate]]\nname = 'a'\nbound = 'overall'\nat_least = 2\nattributes = ['b']", "leave attributes out"),
        ("[[gate]]\nname = 'a'\nbound = 'gap'\nat_least = 2\n" * 2, "found twice: a"),
        ("[[gates]]", "gate"),
        ("gate = [", "expected a file of gates, in TOML"),
    ],
)
def test_a_wrong_file_is_refused_with_the_reason(tmp_path: Path, text: str, expected: str) -> None:
    """Nothing that was misspelt is passed over."""
    path = tmp_path / "gates.toml"
    path.write_text(text or "gate = []")
    with pytest.raises(UsageError, match=expected):
        judging.read(path)


def test_a_missing_file_is_a_usage_error(tmp_path: Path) -> None:
    """It says where the file was looked for."""
    with pytest.raises(UsageError, match=r"expected a file of gates at .*gates\.toml, there is no such file"):
        judging.read(tmp_path / "gates.toml")


def test_junit_counts_each_outcome() -> None:
    """A broken bound is a failure, an open one is skipped, a gate about nothing is an error."""
    result = _audit(("a", 0.0, 0.01), ("b", -0.5, 0.01), ("c", 0.0, 0.5))
    gates = [_gate(at_least=-0.1, groups=["a", "b", "c"]), _gate(name="h", at_least=0, models=["none"])]
    suite = ElementTree.fromstring(gates_told.junit("n", judging.judge(result, gates)))[0]
    counts = {key: suite.get(key) for key in ("tests", "failures", "skipped", "errors")}
    assert counts == {"tests": "4", "failures": "1", "skipped": "1", "errors": "1"}
    assert [[child.tag for child in case] for case in suite] == [[], ["failure"], ["skipped"], ["error"]]


def test_junit_and_sentences_take_any_name() -> None:
    """What XML cannot hold becomes a blank; everything else is literal."""
    result = plain_audit([group(HOSTILE, 0.9, 0.01, 40, -0.5, "gap")])
    judged = judging.judge(result, [_gate(name=HOSTILE, at_least=-0.1)])
    case = ElementTree.fromstring(gates_told.junit(HOSTILE, judged))[0][0]
    assert case.get("classname") == '<script>&"    =1+1 שלום 😀'
    assert f" = {HOSTILE}: −50.0" in gates_told.sentences(judged)[0]


def test_sentences_name_what_broke_a_gate() -> None:
    """Value, interval and people stand beside the bound."""
    judged = judging.judge(_audit(("a", -0.5, 0.013)), [_gate(at_least=-0.1, groups=["a"])])
    (text,) = gates_told.sentences(judged)
    assert text.startswith("Gate 'g' (gap at least −10.0 points): broken; ")
    assert text.endswith(" = a: −50.0 [−51.3, −48.7], 40 people.")


def test_a_result_with_gates_is_read_back() -> None:
    """audit.json holds the gates with all that they concern."""
    result = judging.judged(_audit(("a", 0.0, 0.01)), [_gate(at_least=-0.02)])
    assert AuditResult.model_validate_json(result.model_dump_json()) == result


def test_an_estimate_without_an_interval_settles_nothing() -> None:
    """A value alone is no evidence."""
    bare = estimate(0.5, 0.1, 3).model_copy(update={"low": None, "high": None})
    result = _audit(("a", 0.0, 0.01))
    changed = result.models[0].model_copy(update={"overall": {"iou_fg_image": bare}})
    result = result.model_copy(update={"models": [changed]})
    assert _outcomes(result, bound="overall", at_least=0.1) == ["insufficient data"]


EXAMPLES = Path(__file__).parents[4] / "docs" / "examples"


def test_the_example_of_the_docs_is_read() -> None:
    """What users copy is valid."""
    assert [gate.bound for gate in judging.read(EXAMPLES / "gates.toml")] == ["overall", "gap", "people"]


def test_the_workflow_of_the_docs_calls_verbs_that_exist() -> None:
    """The GitHub Actions example is YAML, and its commands parse."""
    steps = yaml.safe_load((EXAMPLES / "audit.yml").read_text("utf-8"))["jobs"]["audit"]["steps"]
    commands = [step["run"] for step in steps if step.get("run", "").startswith("datatools ")]
    app = make_app()
    bound = [
        app.parse_args(command.split()[1:], print_error=False, exit_on_error=False) for command in commands
    ]
    assert len(bound) == 3
