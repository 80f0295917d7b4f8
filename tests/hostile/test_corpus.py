"""Every file of the corpus is read or refused: with the right reason, soon, and in little memory."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hostile import corpus
from tests.hostile.case import OK, Case
from tests.hostile.reading import Outcome

_ROOT = Path(__file__).parents[2]
_MAX_CPU_S = 5.0
_MAX_PEAK_MIB = 1024
_GIVEN_UP_AFTER_S = 500

Outcomes = list[tuple[Case, Outcome]]


def _outcomes(folder: Path, *, large: bool) -> Outcomes:
    """Write the corpus, and read it in a process of its own."""
    corpus.write(folder, large=large)
    command = [sys.executable, "-m", "tests.hostile.reading", str(folder)]
    environment = os.environ | {"PYTHONPATH": str(_ROOT)}
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, timeout=_GIVEN_UP_AFTER_S, check=False
    )
    assert done.returncode == 0, done.stderr.decode("utf-8", "replace")[-2000:]
    found = {one.key: one for one in (Outcome(**json.loads(line)) for line in done.stdout.splitlines())}
    return [(case, found[f"{case.way}/{case.name}"]) for case in corpus.CASES if case.is_large == large]


def _cleared(folder: Path) -> None:
    """Remove the corpus; its folders are deeper than Python's own way of removing goes."""
    subprocess.run(["rm", "-rf", str(folder)], check=True)


@pytest.fixture(scope="module")
def outcomes(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """Give what came of every file but the large ones."""
    folder = tmp_path_factory.mktemp("hostile")
    try:
        yield _outcomes(folder, large=False)
        assert not (folder / "ran").exists(), "a file of the corpus ran a program"
    finally:
        _cleared(folder)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Outcomes]:
    """Give what came of the large pictures."""
    folder = tmp_path_factory.mktemp("large")
    yield _outcomes(folder, large=True)
    _cleared(folder)


def _unexpected(outcomes: Outcomes) -> dict[str, str]:
    return {
        outcome.key: f"expected {case.expected}, got {outcome.reason}"
        for case, outcome in outcomes
        if not (
            OK in case.expected.split("|")
            if outcome.reason == OK
            else re.search(case.expected, outcome.reason)
        )
    }


def test_the_corpus_is_large_and_each_file_has_a_name_of_its_own() -> None:
    """At least 120 files; a second one of a name would overwrite the first."""
    names = [(case.way, case.name) for case in corpus.CASES]
    assert len(names) == len(set(names))
    assert len(names) >= 120


def test_each_file_gives_its_reason(outcomes: Outcomes) -> None:
    """What can be read is read; the reason of the others is the one that the corpus states."""
    assert _unexpected(outcomes) == {}


def test_no_file_crashes_its_reader(outcomes: Outcomes) -> None:
    """Whatever goes wrong is an error of the toolkit's own."""
    assert {outcome.key: outcome.reason for _, outcome in outcomes if outcome.is_crash} == {}


def test_no_file_takes_long(outcomes: Outcomes) -> None:
    """Five seconds of computing are the most that one file gets."""
    assert {outcome.key: outcome.cpu_s for _, outcome in outcomes if outcome.cpu_s > _MAX_CPU_S} == {}


def test_no_file_takes_much_memory(outcomes: Outcomes) -> None:
    """The process that read all of them never held a gibibyte."""
    assert outcomes[-1][1].peak_mib < _MAX_PEAK_MIB


@pytest.mark.slow
def test_the_largest_pictures_are_read_within_the_same_limits(large: Outcomes) -> None:
    """63 megapixels in every form: the reason, the time, the memory."""
    assert _unexpected(large) == {}
    assert [outcome.key for _, outcome in large if outcome.is_crash or outcome.cpu_s > _MAX_CPU_S] == []
    assert large[-1][1].peak_mib < _MAX_PEAK_MIB
