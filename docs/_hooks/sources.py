"""What do our modules say of themselves, read without importing them?"""

import ast
import importlib.util
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = Path(str(importlib.util.find_spec("datatools").origin)).parent  # type: ignore[union-attr]  # it is here
REPOSITORY = Path(__file__).resolve().parents[2]


def begin(name: str) -> str:
    """Read a file that lies beside these: how a page begins, or what it lists."""
    return Path(__file__).with_name(name).read_text("utf-8")


@cache
def tree(module: str) -> ast.Module:
    """Parse a module of datatools by its dotted name."""
    below = PACKAGE.joinpath(*module.split(".")[1:])
    file = below / "__init__.py" if below.is_dir() else below.with_suffix(".py")
    return ast.parse(file.read_text("utf-8"))


def first_line(module: str) -> str:
    """Give the first paragraph of a module's docstring: the question that it answers."""
    return " ".join(prose(ast.get_docstring(tree(module))).partition("\n\n")[0].split())


def prose(docstring: str | None) -> str:
    """Give a docstring as Markdown: without its sections, code in single back quotes."""
    text = textwrap.dedent(docstring or "").replace("``", "`")
    kept = []
    for paragraph in text.split("\n\n"):
        head = paragraph.strip().partition("\n")[0]
        if head in {"Raises:", "Args:", "Returns:", "Example::", "Yields:"}:
            break
        kept.append(paragraph)
    return "\n\n".join(kept).strip()


def raises(docstring: str | None) -> dict[str, str]:
    """Give the errors that a docstring names, with when they come."""
    _, _, section = (docstring or "").partition("Raises:\n")
    found: dict[str, str] = {}
    last = ""
    for line in textwrap.dedent(section).splitlines():
        if not line.strip():
            break
        name, colon, when = line.strip().partition(": ")
        if colon and name.isidentifier() and not line.startswith(" "):
            last, found[name] = name, when
        elif last:
            found[last] += " " + line.strip()
    return found


@dataclass(frozen=True, slots=True)
class Option:
    """One argument that a plug-in takes."""

    name: str
    kind: str
    default: str  # empty: required


def _options(call: ast.FunctionDef) -> Iterator[Option]:
    arguments = [*call.args.posonlyargs, *call.args.args]
    defaults: list[ast.expr | None] = [None] * (len(arguments) - len(call.args.defaults))
    pairs = [*zip(arguments, [*defaults, *call.args.defaults], strict=True)]
    pairs += zip(call.args.kwonlyargs, call.args.kw_defaults, strict=True)
    for argument, default in pairs:
        if argument.arg != "self":
            kind = ast.unparse(argument.annotation) if argument.annotation else ""
            yield Option(argument.arg, kind, ast.unparse(default) if default else "")


@dataclass(frozen=True, slots=True)
class PlugIn:
    """What a plug-in's module says."""

    name: str
    question: str  # of the module's docstring, and what follows it
    what: str  # the docstring of what ``build`` is
    options: tuple[Option, ...]


def plug_in(family: str, name: str) -> PlugIn:
    """Read a plug-in's module."""
    module = tree(f"datatools.{family}.{name}")
    question = prose(ast.get_docstring(module))
    made: dict[str, ast.ClassDef | ast.FunctionDef] = {
        node.name: node for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef)
    }
    target = made.get("build")
    for node in module.body:
        if isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "build":
            target = made.get(ast.unparse(node.value))
    if target is None:  # ``build`` is made elsewhere
        return PlugIn(name, question, "", ())
    call = target
    if isinstance(target, ast.ClassDef):
        methods = [n for n in target.body if isinstance(n, ast.FunctionDef) and n.name == "__init__"]
        call = methods[0] if methods else target
    options = tuple(_options(call)) if isinstance(call, ast.FunctionDef) else ()
    return PlugIn(name, question, prose(ast.get_docstring(target)), options)


def cell(text: str) -> str:
    """Make text safe within a cell of a table; bars in code part no cells."""
    pieces = " ".join(text.split()).split("`")
    return "`".join(one if number % 2 else one.replace("|", "&#124;") for number, one in enumerate(pieces))


def table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Write a table."""
    lines = ["| " + " | ".join(head) + " |", "|" + "---|" * len(head)]
    lines += ["| " + " | ".join(cell(one) for one in row) + " |" for row in rows]
    return "\n".join(lines) + "\n"
