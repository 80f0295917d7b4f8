"""How is a verb's page made from its Settings and its module?"""

import ast
import itertools
import re
import types
import typing
from pathlib import Path

import annotated_types
from pydantic.fields import FieldInfo
from sources import begin, prose, raises, table, tree
from traffic import reads_and_writes

from datatools import errors, recipe
from datatools.cli import Common
from datatools.settings import PictureSettings, StageSettings

_PAGE = re.compile(r"(?<![\w/`-])(docs/([\w/-]+\.md))")
FOLDER = "reference/verbs"
_SHARED = (*StageSettings.model_fields, *PictureSettings.model_fields)
_WORDS = {"int": "whole number", "float": "number", "str": "text", "Path": "path", "bool": "yes or no"}
_BOUNDS = {"ge": "at least", "gt": "more than", "le": "at most", "lt": "less than"}
_ALWAYS = {"UsageError": "a setting or a flag is wrong", "DataError": "data on disk is not as promised"}


def file_of(verb: str) -> str:
    """Give the page of a verb."""
    return f"{FOLDER}/{verb.replace(' ', '-')}.md"


def _kind(hint: object) -> str:
    """Say what a flag takes."""
    origin, inside = typing.get_origin(hint), typing.get_args(hint)
    if origin is typing.Literal:
        return ", ".join(f"`{one}`" for one in inside)
    if origin in (typing.Union, types.UnionType):
        return " or ".join(dict.fromkeys(_kind(one) for one in inside if one is not type(None)))
    if origin in (list, tuple):
        return f"{_kind(inside[0])}; several"
    if origin is dict:
        return f"names with a {_kind(inside[1])} each"
    name = getattr(hint, "__name__", str(hint))
    return _WORDS.get(name, name)


def _bounds(field: FieldInfo) -> str:
    said = []
    for one in field.metadata:
        for name, words in _BOUNDS.items():
            if isinstance(one, annotated_types.BaseMetadata) and hasattr(one, name):
                said.append(f"{words} {getattr(one, name):g}")
        if isinstance(one, annotated_types.MinLen):
            said.append(f"{one.min_length} or more")
    return ", ".join(said)


def _default(field: FieldInfo) -> str:
    if field.is_required():
        return "**required**"
    value = field.get_default(call_default_factory=True)
    if value is None or value in ((), [], {}):
        return "–"
    if isinstance(value, list | tuple):
        return " ".join(f"`{one}`" for one in value)
    return {True: "yes", False: "no"}[value] if isinstance(value, bool) else f"`{value}`"


def _flag(name: str, field: FieldInfo) -> str:
    dashed = "--" + name.replace("_", "-")
    if typing.get_origin(field.annotation) is dict:
        return f"`{dashed}.NAME VALUE`"
    return f"`{dashed}`, `--no-{dashed[2:]}`" if field.annotation is bool else f"`{dashed}`"


def _flags(settings: type[StageSettings]) -> str:
    own = {name: field for name, field in settings.model_fields.items() if name not in _SHARED}
    ordered = sorted(own.items(), key=lambda item: not item[1].is_required())
    rows = [
        (
            _flag(name, field),
            "; ".join(part for part in (_kind(field.annotation), _bounds(field)) if part),
            _default(field),
            field.description or "",
        )
        for name, field in ordered
    ]
    shared = [
        f"`--{name.replace('_', '-')}`" for name in dict.fromkeys(_SHARED) if name in settings.model_fields
    ]
    names = ", ".join([*shared, "`--workspace`", "`--quiet`", "`--json`"])
    common = (
        f"Beside these, the flags of every verb: {names} ([what they do](index.md#flags-of-every-verb)).\n"
    )
    listed = table(("flag", "takes", "default", "what it does"), rows) + "\n" if rows else ""
    return listed + common


def _links(names: list[str]) -> str:
    return ", ".join(f"[{name}](../tables.md#{name})" for name in names) or "none"


def _can_fail_gate(verb: str) -> bool:
    calls = (node for node in ast.walk(tree(recipe.VERBS[verb])) if isinstance(node, ast.Call))
    return any(keyword.arg == "passed" for call in calls for keyword in call.keywords)


def _exit_codes(verb: str, docstring: str | None) -> str:
    codes: dict[int, list[str]] = {0: ["done"]}
    if _can_fail_gate(verb):
        codes[1] = ["a gate failed: it ran to its end, and the answer is no"]
    for name, when in {**_ALWAYS, **raises(docstring)}.items():
        code = getattr(errors, name, errors.DatatoolsError).exit_code
        codes.setdefault(code, []).append(when.rstrip("."))
    for code in (2, 3):  # what the docstring says is more than what always holds
        codes[code] = [one for one in codes[code] if one not in _ALWAYS.values()] or codes[code]
    return table(
        ("exit code", "when"), [(str(code), "; ".join(said)) for code, said in sorted(codes.items())]
    )


def page(verb: str) -> str:
    """Write a verb's page; where the code names a page of docs/, it is a link."""
    return _PAGE.sub(r"[\1](../../\2)", _page(verb))


def _page(verb: str) -> str:
    module = recipe.stage(verb)
    docstring = module.run.__doc__
    about, _, example = (module.__doc__ or "").partition("Example::")
    lines = [line[4:] for line in example.strip("\n").splitlines()]
    reads, writes = reads_and_writes(verb)
    name = recipe.VERBS[verb]
    return "\n".join(
        [
            f"---\ntitle: {verb}\n---\n",
            f"# `datatools {verb}`\n",
            prose(docstring) + "\n",
            "```sh",
            *[line for line in lines if line.strip()],
            "```\n",
            prose(about) + "\n",
            "## Flags\n",
            _flags(module.Settings),
            "## Tables\n",
            f"Reads: {_links(reads)}. Writes: {_links(writes)}.\n",
            "## Exit codes\n",
            _exit_codes(verb, docstring),
            "## From Python\n",
            "```python",
            "from datatools.progress import Progress",
            "from datatools.workspace import Workspace",
            f"from {name.rpartition('.')[0]} import {name.rpartition('.')[2]}\n",
            f"settings = {name.rpartition('.')[2]}.Settings({_required(module.Settings)})",
            f'result = {name.rpartition(".")[2]}.run(Workspace("ws"), settings, Progress())',
            "result.facts, result.notes, result.passed",
            "```",
        ]
    )


def _required(settings: type[StageSettings]) -> str:
    return ", ".join(f"{name}=..." for name, field in settings.model_fields.items() if field.is_required())


def index() -> str:
    """Write the page that lists all verbs and what they share."""
    rows = [
        (
            f"[`{verb}`]({Path(file_of(verb)).name})",
            prose(recipe.stage(verb).run.__doc__).partition("\n\n")[0],
        )
        for verb in recipe.VERBS
    ]
    common = [(name, StageSettings.model_fields[name]) for name in StageSettings.model_fields]
    picture = [(name, PictureSettings.model_fields[name]) for name in ("only",)]
    flags = [
        (
            _flag(name, field).partition(",")[0],
            _kind(field.annotation),
            _default(field),
            field.description or "",
        )
        for name, field in [*common, *picture]
    ]
    flags += [(f"`--{name}`", kind, default, what) for name, kind, default, what in _common()]
    tables_of = [(verb, *reads_and_writes(verb)) for verb in recipe.VERBS]
    return "\n".join(
        [
            begin("verbs.md"),
            table(("verb", "does"), rows),
            "## Flags of every verb\n",
            table(("flag", "takes", "default", "what it does"), flags),
            begin("flags.md"),
            "## Who reads and writes which table\n",
            table(
                ("verb", "reads", "writes"),
                [(f"`{verb}`", _links(r), _links(w)) for verb, r, w in tables_of if r or w],
            ),
        ]
    )


def _common() -> list[tuple[str, str, str, str]]:
    """Give the flags that the command line adds to every verb: name, what it takes, default, help."""
    found = []
    body = next(
        node
        for node in tree("datatools.cli").body
        if isinstance(node, ast.ClassDef) and node.name == "Common"
    ).body
    for field, said in itertools.pairwise(body):
        if isinstance(field, ast.AnnAssign) and isinstance(said, ast.Expr):
            name = ast.unparse(field.target)
            value = getattr(Common(), name)
            kind = "yes or no" if isinstance(value, bool) else "path"
            found.append((name, kind, "no" if value is False else f"`{value}`", ast.literal_eval(said.value)))
    return found


def pages() -> dict[str, str]:
    """Give the page of every verb, and their index."""
    return {f"{FOLDER}/index.md": index()} | {file_of(verb): page(verb) for verb in recipe.VERBS}
