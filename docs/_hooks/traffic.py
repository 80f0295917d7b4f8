"""Which tables does a verb read and write? What its run record is told, read off the code."""

import ast
from collections.abc import Iterator
from functools import cache

from sources import tree

from datatools import recipe, tables

# Verbs whose run is opened by another module.
_RUN_BY = {"train": "datatools.student.lessons", "teachers train": "datatools.student.lessons"}
_NAMES = {constant: one.name for constant, one in vars(tables).items() if isinstance(one, tables.Table)}


def _assigned(root: ast.Module) -> dict[str, list[ast.expr]]:
    """Give what is assigned to each name anywhere in a module."""
    values: dict[str, list[ast.expr]] = {}
    for target, value in _assignments(root):
        if isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple):
            pairs = list(zip(target.elts, value.elts, strict=False))
        else:
            pairs = [(target, value)]
        for one, what in pairs:
            values.setdefault(ast.unparse(one), []).append(what)
    return values


def _assignments(root: ast.Module) -> Iterator[tuple[ast.expr, ast.expr]]:
    for node in ast.walk(root):
        if isinstance(node, ast.Assign):
            yield node.targets[0], node.value
        elif isinstance(node, ast.AugAssign | ast.AnnAssign) and node.value is not None:
            yield node.target, node.value


def _told(root: ast.Module, keyword: str) -> list[ast.expr]:
    """Give what the module passes under this keyword to anything called ``run``."""
    calls = (node for node in ast.walk(root) if isinstance(node, ast.Call))
    runs = (one for one in calls if isinstance(one.func, ast.Attribute) and one.func.attr == "run")
    return [one.value for call in runs for one in call.keywords if one.arg == keyword]


def _named(module: str, keyword: str) -> list[str]:
    """Give the tables that a module names as ``reads`` or ``writes`` of its run, in their order."""
    root = tree(module)
    values = _assigned(root)
    found: dict[str, None] = {}
    todo, seen = _told(root, keyword), set[str]()
    while todo:
        for node in ast.walk(todo.pop(0)):
            is_of_tables = isinstance(node, ast.Attribute) and ast.unparse(node.value) == "tables"
            if isinstance(node, ast.Attribute) and is_of_tables and node.attr in _NAMES:
                found[_NAMES[node.attr]] = None
            elif isinstance(node, ast.Name) and node.id in _NAMES:  # from datatools.tables import MASKS
                found[_NAMES[node.id]] = None
            elif isinstance(node, ast.Name) and node.id not in seen:
                seen.add(node.id)  # a dict is of files and their content
                todo += [value for value in values.get(node.id, []) if not isinstance(value, ast.Dict)]
    return list(found)


@cache
def reads_and_writes(verb: str) -> tuple[list[str], list[str]]:
    """Give the names of the tables that a verb reads and of those that it writes."""
    module = _RUN_BY.get(verb, recipe.VERBS[verb])
    return _named(module, "reads"), _named(module, "writes")
