"""How does a command line become one call of one stage?

Parse, call, print the summary, map errors to exit codes; nothing else happens here. A stage's
``Settings`` are its flags, its help and its table in WS/datatools.toml at once.
"""

import contextlib
import errno
import itertools
import json
import sys
import textwrap
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import App, Parameter
from cyclopts.config import Toml
from pydantic import ValidationError

from datatools import __version__, recipe
from datatools.errors import DatatoolsError, UsageError
from datatools.outside.names import shown_lines
from datatools.outside.structured import read_toml
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings, explain
from datatools.telemetry import log_file, logged_to, span
from datatools.tracing import traced
from datatools.workspace import Workspace

_DEFAULT_WORKSPACE = Path("workspace")


@Parameter(name="*")
@dataclass(frozen=True, slots=True, kw_only=True)
class Common:
    """Flags that every verb has."""

    workspace: Path = _DEFAULT_WORKSPACE
    """Folder that holds everything about one data set."""

    quiet: Annotated[bool, Parameter(negative=())] = False
    """Show no progress and no notes."""

    log: Path | None = None
    """Append a line of JSON for each event to this file; the variable DATATOOLS_LOG names one too."""

    json: Annotated[bool, Parameter(negative=())] = False
    """Print the result as JSON on standard output, and nothing else there."""


_COMMON = Common()
_PAUSE_S = "2"  # between two looks of ``show --watch``
_FULL, _NOT_OURS = "make room", "make the folder writable"
_BROKEN = "see that the disk or network drive works"
# What a disk answers that is full, not ours to write to, or gone, and what helps.
_DISK = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EFBIG: _FULL,
    errno.EACCES: _NOT_OURS,
    errno.EPERM: _NOT_OURS,
    errno.EROFS: _NOT_OURS,
    errno.EIO: _BROKEN,
    errno.ENXIO: _BROKEN,
    errno.ENODEV: _BROKEN,
    errno.EBUSY: _BROKEN,
    errno.ESTALE: _BROKEN,
    errno.ENOTCONN: _BROKEN,
    errno.EHOSTDOWN: _BROKEN,
    errno.ETIMEDOUT: _BROKEN,
    errno.EMFILE: "let a process open more files (ulimit -n)",
}
_POSITIONAL = {
    "run": "--recipe",
    "ablate": "--ablation",
    "report diff": "--reports",
    "teachers pull": "--names",
    "verify": "--report",
    "withdraw": "--person",
}


def _help(module: recipe.StageModule) -> str:
    """Join what ``run`` does and the module's example."""
    summary = " ".join((module.run.__doc__ or "").partition("\n\n")[0].split())
    _, _, example = (module.__doc__ or "").partition("Example::")
    return f"{summary}\n\nExample: {textwrap.dedent(example).strip()}"


def _command(verb: str, module: recipe.StageModule) -> Callable[..., int]:
    def command(*, settings: StageSettings, common: Common = _COMMON) -> int:
        progress = Progress("quiet" if common.quiet else "auto")
        with logged_to(log_file(common.log)), traced(), span("verb", verb=verb) as told:
            result = module.run(Workspace(common.workspace), settings, progress)
            told["passed"] = result.passed
        if result.updates is not None:
            _follow(result.updates, common)
            return 0
        _print(result, common)
        return 0 if result.passed else 1

    # Set here because each verb has Settings of its own; a default only where no field is required.
    command.__annotations__["settings"] = Annotated[module.Settings, Parameter(name="*")]
    if not any(field.is_required() for field in module.Settings.model_fields.values()):
        command.__kwdefaults__ = {"settings": module.Settings(), "common": _COMMON}
    return command


def _print(result: StageResult, common: Common) -> None:
    if common.json:
        print(json.dumps(result.facts, indent=1, default=str, ensure_ascii=False))
    elif not common.quiet:
        for sentence in result.notes:
            print(shown_lines(sentence))  # it may quote names from outside


def _follow(updates: Iterable[StageResult], common: Common) -> None:
    """Print results until ^C: in place on a terminal, else line by line; as JSON one object a line."""
    with contextlib.suppress(KeyboardInterrupt):  # how looking on ends
        if common.json or not sys.stdout.isatty():
            for result in updates:
                if common.json:
                    print(json.dumps(result.facts, default=str, ensure_ascii=False), flush=True)
                else:
                    _print(result, common)
                    sys.stdout.flush()
            return
        # Imported here: 0.1 s that only a terminal needs.
        from rich.live import Live
        from rich.text import Text

        with Live(auto_refresh=False) as live:
            for result in updates:
                live.update(Text(shown_lines("\n".join(result.notes))), refresh=True)


def make_app() -> App:
    """Build the command line from the stages."""
    app = App(
        name="datatools",
        help="Build portrait-segmentation data sets and audit them for bias.",
        version=__version__,
        help_format="plaintext",
        default_parameter=Parameter(negative_iterable=(), consume_multiple=True),
        exit_on_error=False,  # main() prints errors and chooses the exit code
        print_error=False,
        result_action="return_value",
        suppress_keyboard_interrupt=False,
    )
    heads = {verb.partition(" ")[0] for verb in recipe.VERBS if " " in verb}
    groups: dict[str, App] = {}
    for position, verb in enumerate(recipe.VERBS):
        head, _, name = verb.partition(" ")
        module = recipe.stage(verb)
        if head not in heads:
            app.command(_command(verb, module), name=head, help=_help(module), sort_key=position)
            continue
        if head not in groups:
            told = recipe.GROUPS[head] if name else _help(module)
            groups[head] = App(name=head, help=told, help_format="plaintext", sort_key=position)
            app.command(groups[head])
        if name:
            groups[head].command(_command(verb, module), name=name, help=_help(module), sort_key=position)
        else:  # a verb of its own beside those below it: ``audit`` and ``audit plan``
            groups[head].default(_command(verb, module))
    return app


def _verb(arguments: Sequence[str]) -> list[str]:
    """Give the words of the verb that a command line starts with."""
    for n_words in (2, 1):
        if " ".join(arguments[:n_words]) in recipe.VERBS:
            return list(arguments[:n_words])
    return []


def _name_positionals(arguments: Sequence[str]) -> list[str]:
    """Put the flag's name before the bare words behind a verb that takes some: ``run generate``.

    And the seconds behind a ``--watch`` without any.
    """
    verb = _verb(arguments)
    flag = _POSITIONAL.get(" ".join(verb))
    rest = list(arguments[len(verb) :])
    bare = [] if flag is None else list(itertools.takewhile(lambda word: not word.startswith("-"), rest))
    named = [token for word in bare for token in (str(flag), word)]
    found = [*verb, *named, *rest[len(bare) :]]
    if verb == ["show"] and "--watch" in found:
        after = found.index("--watch") + 1
        if after == len(found) or found[after].startswith("-"):
            found.insert(after, _PAUSE_S)
    return found


def _workspace_of(arguments: Sequence[str]) -> Path:
    """Find --workspace before parsing: the settings file lies inside it."""
    for position, argument in enumerate(arguments):
        if argument == "--workspace" and position + 1 < len(arguments):
            return Path(arguments[position + 1])
        if argument.startswith("--workspace="):
            return Path(argument.partition("=")[2])
    return _DEFAULT_WORKSPACE


def _check_config(path: Path) -> None:
    """Refuse a settings file with a table that is no verb; keys are checked while parsing."""
    if not path.is_file():
        return
    found = read_toml(path, "settings")
    allowed = {verb.partition(" ")[0] for verb in recipe.VERBS}
    unknown = sorted(set(found) - allowed)
    if unknown:
        raise UsageError(
            f"{path}: expected tables named after verbs ({', '.join(sorted(allowed))}), "
            f"got {', '.join(unknown)}"
        )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command line; give its exit code.

    0 done, 1 a gate failed, 2 usage or configuration, 3 data error, 130 interrupted.
    """
    given = _name_positionals(sys.argv[1:] if arguments is None else arguments)
    try:
        config = Workspace(_workspace_of(given)).config_file
        _check_config(config)
        app = make_app()
        app.config = (Toml(config, must_exist=False, search_parents=False),)
        code = app(given)
    except DatatoolsError as error:
        print(f"datatools: {shown_lines(str(error))}", file=sys.stderr)
        return error.exit_code
    except cyclopts.CycloptsError as error:
        cause = error.__cause__
        reason = explain(cause) if isinstance(cause, ValidationError) else str(error)
        command = " ".join(["datatools", *_verb(given), "--help"])
        print(f"datatools: {reason}\nSee `{command}`.", file=sys.stderr)
        return UsageError.exit_code
    except OSError as error:
        remedy = _DISK.get(error.errno or 0)
        if remedy is None:
            raise
        print(
            f"datatools: {_told(error)}. What was written before is whole: {remedy}, and give the same "
            "command again to go on",
            file=sys.stderr,
        )
        return DatatoolsError.exit_code
    except KeyboardInterrupt:
        print("datatools: interrupted; run the same command again to go on", file=sys.stderr)
        return 130
    return code if isinstance(code, int) else 0


def _told(error: OSError) -> str:
    """Give an error of the disk with its file as text: a path object would be told as one."""
    if error.filename is None:
        return str(error)
    return f"[Errno {error.errno}] {error.strerror}: {str(error.filename)!r}"


def entry() -> None:
    """Run as the console script."""
    sys.exit(main())
