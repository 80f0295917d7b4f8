"""How do the facts of a gallery become one page that needs neither server nor network?

The policy names the page's own script and style by their hashes: nothing else runs, and nothing can be sent
anywhere. Facts lie in the page as JSON, which is no script; every word of them becomes the text of a node.
"""

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import resources

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from datatools.browse.gallery import planes
from datatools.report.style import css_variables

_TEMPLATES = "browse/gallery/templates"
_SCRIPTS = ("facts.js", "hash.js", "filters.js", "grid.js", "large.js", "start.js")
# In JSON inside HTML: no end of a script, no comment, and no line ends that JavaScript alone knows.
_LITERAL = {"<": "\\u003c", ">": "\\u003e", "&": "\\u0026", "\u2028": "\\u2028", "\u2029": "\\u2029"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """What stands on the page beside the facts of each picture."""

    title: str
    audience: str  # who may see it: a sentence
    n_images: int
    n_people: int
    licences: Sequence[tuple[str, int]]
    has_answers: bool
    min_people: int
    per_page: int
    made_by: str


def render(page: Page, facts: Mapping[str, object]) -> str:
    """Give the page as HTML; the same facts give the same bytes."""
    script = '"use strict";\n' + "\n".join(_file(name) for name in _SCRIPTS)
    style = css_variables() + _file("gallery.css") + _colours()
    environment = Environment(
        loader=PackageLoader("datatools.browse.gallery", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    told = {**facts, "min_people": page.min_people, "per_page": page.per_page}
    return environment.get_template("gallery.html.j2").render(
        page=page,
        policy=_policy(script, style),
        style=Markup(style),  # noqa: S704  # our own files
        script=Markup(script),  # noqa: S704  # our own files
        facts=Markup(_json(told)),  # noqa: S704  # holds no mark of HTML
    )


def _json(told: Mapping[str, object]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    for sign, escaped in _LITERAL.items():
        text = text.replace(sign, escaped)
    return text


def _colours() -> str:
    """Give the colours of overlays to the page's legend."""
    places = {
        "mask": planes.GENERATED[1],
        "reference": planes.REFERENCE[1],
        "over": planes.OVER,
        "under": planes.UNDER,
    }
    return ":root{" + "".join(f"--{name}:{planes.colour(place)};" for name, place in places.items()) + "}\n"


def _file(name: str) -> str:
    return (resources.files("datatools") / _TEMPLATES / name).read_text("utf-8")


def _policy(script: str, style: str) -> str:
    # A browser may give a file's folder no origin: then 'self' matches nothing, and file: does.
    return (
        f"default-src 'none'; script-src {_hash(script)}; style-src {_hash(style)}; "
        "img-src 'self' file: data:; base-uri 'none'; form-action 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    )


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"
