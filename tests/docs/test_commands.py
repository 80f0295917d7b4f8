"""Does the command line know every command that the documentation shows?"""

from functools import cache

import cyclopts
import pytest

from datatools import recipe
from datatools.cli import _name_positionals, _verb, make_app
from datatools.errors import UsageError
from tests.docs.fences import Command, commands, pages

_COMMON = {"--workspace", "--log", "--quiet", "--json", "--help", "--version"}


@cache
def _flags(verb: str) -> dict[str, bool]:
    """Give a verb's flags; True where values are named behind a dot, as in --set.NAME."""
    fields = recipe.stage(verb).Settings.model_fields
    return {
        "--" + name.replace("_", "-"): str(field.annotation).startswith("dict")
        for name, field in fields.items()
    }


def _is_known(verb: str, word: str) -> bool:
    flag = word.partition("=")[0]
    name, dot, _ = flag.partition(".")
    known = _flags(verb)
    return (
        flag in _COMMON | known.keys()
        or flag.replace("--no-", "--", 1) in known
        or (bool(dot) and known.get(name, False))
    )


def _problem(command: Command) -> str | None:
    """Say what is wrong with a command's verb and flags."""
    words = list(command.words)
    if not words or words[0] in {"VERB", "...", "--help", "--version"}:
        return None
    verb = " ".join(_verb(words))
    if not verb:
        has_group = words[0] in recipe.GROUPS and (len(words) == 1 or words[1] == "--help")
        return None if has_group else f"{command}: there is no such verb"
    wrong = [word for word in words if word.startswith("--") and not _is_known(verb, word)]
    return f"{command}: `datatools {verb}` has no {', '.join(wrong)}" if wrong else None


def _all() -> list[Command]:
    return [command for page in pages() for command in commands(page)]


def test_every_verb_and_flag_exists() -> None:
    """Of commands to copy and of those that a sentence mentions."""
    found = _all()
    assert len(found) > 200
    assert [problem for command in found if (problem := _problem(command)) is not None] == []


def test_commands_to_copy_parse() -> None:
    """With the real command line, values included; nothing is run."""
    app = make_app()
    problems = []
    for command in _all():
        if not command.is_whole or "..." in command.words or "VERB" in command.words:
            continue
        try:
            app.parse_args(_name_positionals(command.words), print_error=False, exit_on_error=False)
        except (cyclopts.CycloptsError, UsageError) as error:
            problems.append(f"{command}\n    {error}")
    assert problems == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("segmnt --workspace ws", "no such verb"),
        ("annotate exprt", "no such verb"),
        ("segment --techers selfie", "has no --techers"),
        ("audit plan --attributes=x --gapp 1", "has no --gapp"),
    ],
)
def test_what_does_not_exist_is_found(line: str, said: str) -> None:
    """A verb or a flag that was renamed, or misspelt."""
    found = _problem(Command(pages()[0], tuple(line.split()), is_whole=True))
    assert found is not None
    assert said in found


@pytest.mark.parametrize(
    "line", ["audit --no-chain --json", "run generate --set.teachers selfie", "teachers"]
)
def test_what_exists_passes(line: str) -> None:
    """Switches, named values and groups of verbs."""
    assert _problem(Command(pages()[0], tuple(line.split()), is_whole=True)) is None
