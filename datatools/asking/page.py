"""How does a task become a folder with a page that needs nothing else?

The page's policy names its own script and style by their hashes: nothing else runs, and nothing can be
sent anywhere. Every word from outside reaches the page through escaping or as text of a node.
"""

import base64
import hashlib
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from datatools.asking import pictures
from datatools.asking.task import Picture, Task, described
from datatools.errors import DataError, ImageError
from datatools.report.style import css_variables
from datatools.tables import write_bytes

INDEX = "index.html"
# In the order in which each builds on those before it; the last one starts the page.
_SCRIPTS = ("sha256.js", "store.js", "clock.js", "view.js", "questions.js", "page.js")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What became of a task."""

    task: Task  # without the pictures that cannot be read
    unreadable: list[str]  # their sample ids


def write(folder: Path, task: Task, *, side_px: int, advance: Callable[[], None]) -> Written:
    """Write the pictures and, last of all, the page; ``advance`` is called after each picture.

    Raises:
        DataError: no picture can be read.
    """

    def one(picture: Picture) -> bool:
        try:
            pictures.write(folder, picture, side_px)
        except ImageError:
            return False
        return True

    shown: list[Picture] = []
    unreadable: list[str] = []
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        for picture, is_there in zip(task.pictures, pool.map(one, task.pictures), strict=True):
            if is_there:
                shown.append(picture)
            else:
                unreadable.append(picture.sample_id)
            advance()
    if not shown:
        raise DataError(
            f"expected pictures to ask about, none of {len(unreadable)} can be read: "
            "`datatools verify` says why"
        )
    task = replace(task, pictures=shown)
    write_bytes(folder / INDEX, render(task).encode())
    return Written(task=task, unreadable=unreadable)


def render(task: Task) -> str:
    """Give the page as HTML."""
    script = '"use strict";\n' + "\n".join(_file(name) for name in _SCRIPTS)
    style = css_variables() + _file("page.css")
    environment = Environment(
        loader=PackageLoader("datatools.asking", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("page.html.j2").render(
        policy=_policy(script, style),
        script=Markup(script),  # noqa: S704  # our own files
        style=Markup(style),  # noqa: S704  # our own files
        task=described(task),
    )


def _file(name: str) -> str:
    return (resources.files("datatools.asking") / name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    # A browser may give a file's folder no origin: then 'self' matches nothing, and file: does.
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src 'self' file:; base-uri 'none'; form-action 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
