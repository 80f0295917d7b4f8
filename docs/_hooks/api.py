"""Which modules have a page of their docstrings?"""

import tomllib

from sources import begin, first_line, table

FOLDER = "reference/api"


def modules() -> dict[str, list[str]]:
    """Give the public modules, without the package's name, by their group."""
    return tomllib.loads(begin("api.toml"))


def _page(name: str) -> str:
    return f"---\ntitle: {name}\n---\n\n# `datatools.{name}`\n\n::: datatools.{name}\n"


def pages() -> dict[str, str]:
    """Give a page for each module, and their index."""
    found: dict[str, str] = {}
    told = [begin("api.md")]
    for group, names in modules().items():
        rows = [(f"[`datatools.{name}`]({name}.md)", first_line(f"datatools.{name}")) for name in names]
        told.append(f"## {group}\n\n{table(('module', 'answers'), rows)}")
        found |= {f"{FOLDER}/{name}.md": _page(name) for name in names}
    return {f"{FOLDER}/index.md": "\n".join(told)} | found
