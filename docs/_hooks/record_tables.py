"""How is the page of the workspace's tables made from their records?"""

import ast
import typing
from pathlib import Path

import verbs
from sources import begin, prose, table, tree
from traffic import reads_and_writes

from datatools import recipe, records, tables

PAGE = "reference/tables.md"


def _comments(record: str) -> dict[str, str]:
    """Give the comment behind each field of a record; a comment that goes on ends with dots."""
    module = tree("datatools.records")
    body = next(node for node in module.body if isinstance(node, ast.ClassDef) and node.name == record).body
    lines = Path(records.__file__).read_text("utf-8").splitlines()
    return {
        ast.unparse(node.target): lines[node.lineno - 1].partition("# ")[2]
        for node in body
        if isinstance(node, ast.AnnAssign)
    }


def _section(one: tables.Table[typing.Any]) -> str:
    comments = _comments(one.record.__name__)
    rows = [
        (
            f"`{field.name}`" + (" (key)" if field.name in one.key else ""),
            str(field.type).replace("list<item: ", "list of ").rstrip(">"),
            "may be" if field.nullable else "",
            comments[field.name].replace("``", "`"),
        )
        for field in tables.schema(one)
    ]
    writers = [verb for verb in recipe.VERBS if one.name in reads_and_writes(verb)[1]]
    readers = [verb for verb in recipe.VERBS if one.name in reads_and_writes(verb)[0]]
    file = "annotations/*.parquet" if one is tables.ANNOTATIONS else f"{one.name}.parquet"
    return "\n".join(
        [
            f"## {one.name} {{#{one.name}}}\n",
            prose(one.record.__doc__) + "\n",
            f"`WS/tables/{file}`, rows of `datatools.records.{one.record.__name__}`, sorted by "
            f"{', '.join(f'`{name}`' for name in one.key)}, which no two rows share. "
            f"Written by {_links(writers)}; read by {_links(readers)}.\n",
            table(("column", "type", "absent", "what"), rows),
        ]
    )


def _links(names: list[str]) -> str:
    linked = (f"[`{verb}`]({verbs.file_of(verb).removeprefix('reference/')})" for verb in names)
    return ", ".join(linked) or "no verb by itself"


def all_tables() -> list[tables.Table[typing.Any]]:
    """Give every table of a workspace, in the order of the code."""
    return [one for one in vars(tables).values() if isinstance(one, tables.Table)]


def pages() -> dict[str, str]:
    """Give the page of all tables."""
    return {PAGE: "\n".join([begin("tables.md"), *(_section(one) for one in all_tables())])}
