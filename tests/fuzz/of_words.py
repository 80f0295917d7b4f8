"""Words from outside that we write on: what goes in comes out as the same text, and as nothing else."""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import yaml

from datatools import literal, sheets
from datatools.errors import DatatoolsError
from datatools.exchange._samples import named
from datatools.front_matter import Plain, front_matter
from datatools.outside import formulas
from datatools.outside.names import shown
from datatools.workspace import file_name, inside
from tests.fuzz.target import Target

_SEEDS = [
    b"plain words",
    b"<script>alert(1)</script> **b** [l](javascript:x) `c` @me #12 $x$ | a: b",
    b"../../etc/passwd",
    b'=HYPERLINK("http://x")',
    "é ٣ \u202e \U0001f600 \x85 \u2028".encode(),
    b"2024-05-01T10:00:00Z",
]


def _of_text(check: Callable[[str, Path], None]) -> Callable[[Path], object]:
    return lambda path: check(path.read_bytes().decode("utf-8", "replace"), path.parent)


def _words(name: str, check: Callable[[str, Path], None], share: int = 4) -> Target:
    return Target(
        name=name, suffix=".txt", form="text", seeds=lambda _: _SEEDS, parse=_of_text(check), share=share
    )


def _yaml(text: str, _: Path) -> None:
    values: dict[str, Plain] = {"v": text, "l": [text, {"k": text}], text: 1}
    assert yaml.safe_load(front_matter(values)[4:-4]) == values


class _Text(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.text, self.tags = "", set[str]()

    def handle_data(self, data: str) -> None:
        self.text += data

    def handle_starttag(self, tag: str, attrs: object) -> None:
        self.tags.add(tag)


def _html(text: str, _: Path) -> None:
    parser = _Text()
    parser.feed(f"<p>{literal.html(text)}</p>")
    parser.close()
    assert parser.tags <= {"p", "span"}, parser.tags
    assert parser.text == literal.plain(text)


def _markdown(text: str, _: Path) -> None:
    from markdown_it import MarkdownIt

    rendered = (
        MarkdownIt("commonmark", {"html": True})
        .enable(["table", "strikethrough"])
        .render(literal.markdown(text) or "x")
    )
    parser = _Text()
    parser.feed(rendered)
    parser.close()
    assert parser.tags <= {"p", "span"}, parser.tags
    blank = re.compile(r"\s+")
    assert blank.sub(" ", parser.text).strip() == (blank.sub(" ", literal.plain(text)).strip() or "x")


def _code(text: str, _: Path) -> None:
    from markdown_it import MarkdownIt

    rendered = MarkdownIt("commonmark").render(f"a {literal.code(text)} b")
    parser = _Text()
    parser.feed(rendered)
    parser.close()
    assert parser.tags <= {"p", "code", "span"}, parser.tags


def _path(text: str, folder: Path) -> None:
    """A path stays below its root; a name stays a name."""
    (folder / "root").mkdir(exist_ok=True)
    root = folder / "root"
    assert inside(root, text).is_relative_to(root.resolve())


def _name(text: str, _: Path) -> None:
    name = file_name(text)
    assert "/" not in name
    assert name not in {"", ".", ".."}


def _cell(text: str, _: Path) -> None:
    """A guarded cell runs nowhere and comes back as it was."""
    guarded = formulas.safe(text)
    assert not guarded.startswith(("=", "+", "-", "@", "\t", "\r"))
    assert formulas.plain(guarded) == text


def _shown(text: str, _: Path) -> None:
    """A name on a terminal moves no cursor and starts no line."""
    assert shown(text).isprintable() or not re.search(
        "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", shown(text)
    )


def _sample(text: str, _: Path) -> None:
    named(text)


def _moment(text: str, _: Path) -> None:
    try:
        moment = sheets.utc(text)
    except DatatoolsError:
        return
    assert sheets.utc(moment) == moment


TARGETS = (
    _words("front matter", _yaml, share=2),
    _words("words in HTML", _html),
    _words("words in Markdown", _markdown, share=2),
    _words("code in Markdown", _code, share=2),
    _words("path below a root", _path),
    _words("name of a file", _name),
    _words("guarded cell", _cell),
    _words("name on a terminal", _shown),
    _words("name of a picture", _sample),
    _words("moment", _moment),
)
