"""Read reports back from PDF and Markdown, and say which words of an outline are not there."""

import html
import re
from collections.abc import Iterable, Iterator, Sequence

import pypdfium2  # type: ignore[import-untyped]  # has no stubs
from markdown_it import MarkdownIt
from markdown_it.token import Token

from datatools import literal
from datatools.report.blocks import (
    Block,
    Cards,
    Commands,
    Definitions,
    Figure,
    Listed,
    Pictures,
    Section,
    Statement,
    Table,
    pieces,
)

# Blanks, joints and hyphens move where lines break; none of them tells one number from another.
_MOVING = re.compile("[\\s\u00ad\u200b\u200e\ufffe\x02-]+")
_RUNNING_HEAD = re.compile(r"^.*Page \d+ of \d+\s*", re.MULTILINE)


def squeezed(text: str) -> str:
    """Leave out of a text all that may differ between two pages that say the same."""
    return _MOVING.sub("", text)


def of_pdf(document: bytes) -> str:
    """Give the words of all pages, squeezed, without what runs above each page.

    PDFium guesses the order of words in lines that run from right to left, and is not to be held to it.
    """
    pages = [page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(document)]
    return squeezed("\n".join(_RUNNING_HEAD.sub("", page, count=1) for page in pages))


def of_markdown(text: str) -> str:
    """Give the words that a renderer of GitHub's dialect shows, squeezed."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return squeezed("".join(_shown(parser.parse(text))))


def _shown(tokens: Sequence[Token]) -> Iterator[str]:
    for token in tokens:
        if token.type == "inline" and token.children is not None:
            yield from _shown(token.children)
        elif token.type in {"html_block", "html_inline"}:
            yield _of_html(token.content)
        elif token.type == "image":
            yield ""
        else:
            yield token.content


def _of_html(content: str) -> str:
    return html.unescape(re.sub(r"<[^>]*>", "", content))


def missing(texts: Iterable[str], read: str) -> list[str]:
    """Give the texts that do not stand in squeezed words, one behind the other."""
    place, found = 0, []
    for text in texts:
        wanted = squeezed(literal.plain(text))
        at = read.find(wanted, place)
        if at < 0:
            found.append(text)
        else:
            place = at + len(wanted)
    return found


def texts(sections: Sequence[Section]) -> Iterator[str]:
    """Give all words of sections in reading order, but those within drawings and for those who see none."""
    for section in sections:
        yield section.title
        for block in section.blocks:
            yield from _texts(block)
        yield from texts(section.sections)


def _texts(block: Block) -> Iterator[str]:
    match block:
        case Statement():
            yield from (words for _, words in pieces(block.text))
        case Listed():
            yield block.about
            for item in block.items:
                yield from _texts(item)
        case Table():
            yield from (block.caption, *block.head)
            yield from (cell for row in block.rows for cell in row.cells)
        case Figure():
            yield block.caption
        case Definitions():
            yield from (words for entry in block.entries for words in entry)
        case Commands():
            yield from block.lines
        case Cards():
            for card in block.cards:
                yield from (card.model, card.reading, card.headline, card.overall)
                yield from (f"{n:,} {word}" for word, n in card.counts if n)
        case Pictures():
            for strip in block.strips:
                yield from (f"{strip.title}: {strip.model}", strip.outlines)
                yield from (picture.caption for picture in strip.pictures)
