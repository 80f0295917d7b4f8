"""How are the pages of the plug-in families made: metrics, checks, readers, teachers and the others?"""

import tomllib

from sources import REPOSITORY, begin, plug_in, table

from datatools import plugins
from datatools.metrics._definitions import definitions

FOLDER = "reference"


def _section(family: str, name: str) -> str:
    found = plug_in(family, name)
    lines = [f"## {name} {{#{name}}}\n", found.question + "\n"]
    if found.what:
        lines.append(found.what + "\n")
    options = [one for one in found.options if not (family == "readers" and one.name == "root")]
    if options:
        rows = [
            (f"`{one.name}`", f"`{one.kind}`", f"`{one.default}`" if one.default else "**required**")
            for one in options
        ]
        lines.append(table(("option", "takes", "default"), rows))
    if family == "readers" and (REPOSITORY / "docs" / "datasets" / f"{name}.md").is_file():
        lines.append(f"[The data set: layout, licence, who labelled it](../datasets/{name}.md)\n")
    return "\n".join(lines)


def _page(family: str, title: str, about: str) -> str:
    names = plugins.names(family)
    listed = ", ".join(f"[`{name}`](#{name})" for name in names)
    added = (
        f"One of your own is one new module in `datatools/{family}/` that says `build = It` "
        "([contributing](../project/contributing.md))."
    )
    sections = "\n".join(_section(family, name) for name in names)
    return f"# {title}\n\n{about.strip()} {added}\n\n{listed}\n\n{sections}"


def _metrics() -> str:
    sections = []
    for one in definitions():
        least, most = plugins.build("metrics", one.name).bounds
        unit = "a fraction, shown as points of 100" if one.unit == "frac" else one.unit
        facts = f"Unit: {unit}. Range: {least:g} to {most:g}. Who else uses it: {one.used_by}."
        question = plug_in("metrics", one.name).question
        sections.append("\n\n".join((f"## {one.name} {{#{one.name}}}", question, one.definition, facts)))
    return begin("metrics.md") + "\n" + "\n\n".join(sections) + "\n"


def pages() -> dict[str, str]:
    """Give a page for each family."""
    families = tomllib.loads(begin("families.toml"))
    found = {f"{FOLDER}/{name}.md": _page(name, one["title"], one["about"]) for name, one in families.items()}
    return found | {f"{FOLDER}/metrics.md": _metrics()}
