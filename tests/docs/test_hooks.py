"""Do the pages that are made from the code say what the code says?"""

import importlib
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from tests.docs.fences import DOCS

_NAMES = ("sources", "traffic", "verbs", "record_tables", "plug_ins", "api", "generated")


class _Hooks:
    """The hook's modules, which lie in no package."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(name)


@pytest.fixture(scope="module")
def hooks() -> Iterator[_Hooks]:
    """Import the modules as mkdocs does, and forget them."""
    sys.path.insert(0, str(DOCS / "_hooks"))
    yield _Hooks()
    sys.path.remove(str(DOCS / "_hooks"))
    for name in _NAMES:
        sys.modules.pop(name, None)


@pytest.mark.parametrize(
    ("written", "wanted"),
    [
        ("So:\n- one\n- two", "So:\n\n- one\n- two"),
        ("1. one\n\n   more\n2. two", "1. one\n\n    more\n\n2. two"),
        ("- one:\n\n  ```sh\n  - x\n  ```", "- one:\n\n    ```sh\n    - x\n    ```"),
        ("- one\n  goes on", "- one\n    goes on"),
        ("- one\n\nNo list\n  - x", "- one\n\nNo list\n  - x"),
        ("```text\na\n- b\n```", "```text\na\n- b\n```"),
    ],
)
def test_lists_are_written_as_the_site_reads_them(hooks: _Hooks, written: str, wanted: str) -> None:
    """Pages are written as other programs read them: fewer empty lines, fewer spaces."""
    assert hooks.generated._spaced(written) == wanted


def test_note_is_one_of_the_sites(hooks: _Hooks) -> None:
    """Its first words are the title; what is quoted stands in it."""
    written = "> [!NOTE]\n> **With yours.** Do this:\n>\n> ```sh\n> ls\n> ```\n\nOn."
    wanted = '!!! note "With yours"\n\n    Do this:\n\n    ```sh\n    ls\n    ```\n\nOn.'
    assert hooks.generated._NOTE.sub(hooks.generated._noted, written) == wanted


@pytest.mark.parametrize(
    ("verb", "reads", "writes"),
    [
        ("landmarks", ["manifest"], ["landmarks"]),  # two names assigned at once
        ("train", ["sources", "manifest", "splits", "masks", "findings"], []),  # run by another module
        ("annotate consensus", ["manifest", "annotations"], ["consensus"]),  # beside files
        ("metrics list", [], []),
    ],
)
def test_traffic_is_what_the_run_record_is_told(
    hooks: _Hooks, verb: str, reads: list[str], writes: list[str]
) -> None:
    """Tables are read off the call that opens the run."""
    assert hooks.traffic.reads_and_writes(verb) == (reads, writes)


def test_flag_says_what_it_takes(hooks: _Hooks) -> None:
    """Kind, bounds, default, both switches of a yes or no, and names behind a dot."""
    audit, ingest = hooks.verbs.page("audit"), hooks.verbs.page("ingest")
    assert "| `--margin` | number; more than 0, less than 1 | `0.01` |" in audit
    assert "| `--chain`, `--no-chain` | yes or no | yes |" in audit
    assert "| `--contrasts` | `rest`, `both` | `rest` |" in audit
    assert "| `--source` | text or path | **required** |" in ingest
    assert "`--options.NAME VALUE`" in ingest


def test_exit_codes_are_those_of_the_errors(hooks: _Hooks) -> None:
    """A verb with a gate has a code for it; errors that its docstring names stand at their code."""
    assert "| 1 | a gate failed" in hooks.verbs.page("check")
    split = hooks.verbs.page("metrics list")
    assert "| 1 |" not in split
    ingest = hooks.verbs.page("ingest")
    assert "| 2 | no such folder or reader" in ingest
    assert "more than half of the pictures" in ingest


def test_column_has_its_comment(hooks: _Hooks) -> None:
    """What stands behind a record's field is what its column holds."""
    page = hooks.record_tables.pages()["reference/tables.md"]
    assert "| `seconds` | double | may be | of the forward pass alone |" in page


def test_bar_parts_no_cells(hooks: _Hooks) -> None:
    """Neither in code, where it stands as it is, nor in words."""
    assert hooks.sources.cell("`a | b` or c | d") == "`a | b` or c &#124; d"
