"""Does the command line parse, explain, and map errors to exit codes?"""

import errno
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from datatools import recipe, tables
from datatools.cli import main
from datatools.errors import DataError, GateFailedError, UsageError
from datatools.workspace import Workspace


@pytest.mark.parametrize("verb", sorted(recipe.VERBS))
def test_help_of_each_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    """``--help`` says what the verb does and shows a command line."""
    assert main([*verb.split(), "--help"]) == 0
    assert f"Example: datatools {verb}" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("verb", sorted(recipe.VERBS))
def test_every_setting_is_explained(verb: str) -> None:
    """Each flag has a help text."""
    fields = recipe.stage(verb).Settings.model_fields
    assert [name for name, field in fields.items() if not field.description] == []


def test_unknown_flag_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A misspelt flag exits with 2 and names the near one."""
    assert main(["show", "--limt", "3"]) == 2
    assert "--limit" in capsys.readouterr().err


def test_wrong_value_is_a_usage_error(capsys: pytest.CaptureFixture[str]) -> None:
    """A value out of range exits with 2 and says what was expected."""
    assert main(["show", "--limit", "0"]) == 2
    assert "greater than or equal to 1, got '0'" in capsys.readouterr().err


def test_missing_workspace_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The error names the command that makes a workspace."""
    assert main(["show", "--workspace", str(tmp_path / "none")]) == 2
    assert "datatools ingest" in capsys.readouterr().err


@pytest.mark.parametrize("form", ["--workspace {}", "--workspace={}"])
def test_settings_file_fills_flags(
    workspace: Workspace, form: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """WS/datatools.toml is read whichever way --workspace is written; an unknown key is an error."""
    workspace.config_file.write_text("[show]\nlimmit = 3\n")
    assert main(["show", *form.format(workspace.root).split()]) == 2
    assert "limmit" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("text", "verb", "is_refused"),
    [
        ("[audit.plan]\ngap = 2\n", "audit plan", True),
        ("[audit.plan]\ngap = 2\n", "audit", False),
        ("[audit]\nalpha = 2\n", "audit plan", False),
        ("[audit]\nalpha = 2\n", "audit", True),
    ],
)
def test_a_verb_and_the_one_below_it_have_tables_of_their_own(
    workspace: Workspace, text: str, verb: str, is_refused: bool, capsys: pytest.CaptureFixture[str]
) -> None:
    """``[audit]`` sets `audit` and ``[audit.plan]`` sets `audit plan`; neither reaches the other."""
    workspace.config_file.write_text(text)
    workspace.write(tables.MANIFEST, [])
    main([*verb.split(), "--workspace", str(workspace.root), "--dry-run"])
    assert ("less than" in capsys.readouterr().err) == is_refused


@pytest.mark.parametrize("text", ["[shwo]\nlimit = 3\n", "[show\n"])
def test_wrong_settings_file_is_refused(
    workspace: Workspace, text: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A table that is no verb, and a file that is no TOML, exit with 2."""
    workspace.config_file.write_text(text)
    assert main(["show", "--workspace", str(workspace.root)]) == 2
    assert "datatools.toml" in capsys.readouterr().err


def test_json_prints_facts_alone(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Standard output is one JSON value."""
    assert main(["show", "--workspace", str(workspace.root), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["samples"] == 0


def test_bare_word_behind_run_is_the_recipe(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """``run generate`` needs no flag."""
    arguments = ["run", "generate", "--source", "x", "--dry-run", "--workspace", str(workspace.root)]
    assert main(arguments) == 0
    assert "segment" in capsys.readouterr().out


def test_quiet_prints_nothing(workspace: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Neither notes nor progress appear."""
    assert main(["show", "--workspace", str(workspace.root), "--quiet"]) == 0
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "")


def test_exit_codes_follow_the_errors() -> None:
    """1 a gate, 2 usage, 3 data: the contract of the command line."""
    assert (GateFailedError.exit_code, UsageError.exit_code, DataError.exit_code) == (1, 2, 3)


def failing(monkeypatch: pytest.MonkeyPatch, error: OSError) -> None:
    """Let every verb end in an error of the disk."""

    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr("datatools.stages.show.run", fail)


def test_a_full_disk_says_how_to_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """One sentence that names the file, not a traceback."""
    failing(monkeypatch, OSError(errno.ENOSPC, "No space left on device", "t.parquet"))
    assert main(["show", "--workspace", str(workspace.root)]) == 3
    said = capsys.readouterr().err
    assert said.startswith("datatools: [Errno 28] No space left on device: 't.parquet'. What was written")
    assert "give the same command again" in said


@pytest.mark.parametrize(
    ("code", "remedy"),
    [
        (errno.EDQUOT, "make room"),
        (errno.EROFS, "make the folder writable"),
        (errno.EIO, "see that the disk or network drive works"),
        (errno.ESTALE, "see that the disk or network drive works"),
        (errno.EMFILE, "ulimit -n"),
    ],
)
def test_each_trouble_of_a_disk_has_its_remedy(
    workspace: Workspace,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    code: int,
    remedy: str,
) -> None:
    """Nobody makes room on a drive that is gone."""
    failing(monkeypatch, OSError(code, os.strerror(code), "t.parquet"))
    assert main(["show", "--workspace", str(workspace.root)]) == 3
    said = capsys.readouterr().err
    assert remedy in said
    assert "'t.parquet'" in said


def test_a_refused_file_is_told_as_text(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What opens a path keeps the object in its error."""
    failing(monkeypatch, OSError(errno.EROFS, os.strerror(errno.EROFS), Path("t.parquet")))
    assert main(["show", "--workspace", str(workspace.root)]) == 3
    assert "Read-only file system: 't.parquet'. What" in capsys.readouterr().err


def test_another_error_of_the_system_is_not_taken_for_a_full_disk(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its traceback is what a report of the defect needs."""
    failing(monkeypatch, OSError(errno.EPIPE, "Broken pipe"))
    with pytest.raises(OSError, match="Broken pipe"):
        main(["show", "--workspace", str(workspace.root)])


def test_interrupt_says_how_to_go_on(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Ctrl-C exits with 130 and one line."""

    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("datatools.stages.show.run", interrupted)
    assert main(["show", "--workspace", str(workspace.root)]) == 130
    assert "run the same command again" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("module", "forbidden"),
    [("datatools", ("numpy", "torch", "fiftyone")), ("datatools.cli", ("torch", "fiftyone", "onnxruntime"))],
)
def test_import_stays_light(module: str, forbidden: tuple[str, ...]) -> None:
    """Importing the package, or the command line, loads no heavy package."""
    code = f"import sys, {module}; print([n for n in {forbidden!r} if n in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
