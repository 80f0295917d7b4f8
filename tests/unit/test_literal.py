"""Text stays literal in Markdown, whatever renderer reads it."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from datatools import literal
from datatools.literal import markdown, paragraphs, slug
from tests import cards
from tests.unit.report.formats.outlines import HOSTILE, LONG

_NASTY = [
    HOSTILE,
    LONG,
    "1. a",
    "12) a",
    "(a) b",
    "iv. b",
    "- c",
    "+ c",
    "* c",
    "# h #",
    "> q",
    "===",
    "---",
    ": d",
    "~~~",
    "```",
    "    code",
    "a | b",
    "![i](u) [l](u) [^1] <u> &amp; &#35; \\",
    "**b** __b__ ~~s~~ ==m== ++i++ ^a^ `c` $x$ $$y$$ \\(x\\) \\alpha",
    "https://a.b/c?d=e&f www.evil.com mailto:a@b.c a@b.org HTTP://X",
    "(c) (C) (r) (tm) (p) +- a,,b really???? no!!!! ?.. !..",
    "@someone #12 org/repo#12 GH-3 :smile: 12:30:45",
    "-- --- ... \"q\" 'q' O'Brien it's 'tis",
]


def _shown(markdown: str) -> str:
    parser = MarkdownIt("commonmark", {"html": True, "linkify": False, "typographer": True})
    rendered = parser.enable(["table", "strikethrough", "replacements", "smartquotes"]).parse(markdown)
    assert [token.type for token in rendered] == ["paragraph_open", "inline", "paragraph_close"]
    children = rendered[1].children or []
    assert {token.type for token in children} <= {"text", "html_inline", "text_special"}
    assert {token.content for token in children if token.type == "html_inline"} <= {"<span>", "</span>"}
    text = "".join(token.content for token in children if token.type != "html_inline")
    return re.sub("(?<=[^\\W\\d_])’(?=[^\\W\\d_])", "'", text)  # in a word it may be set as print does


def _blank(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


@pytest.mark.parametrize("words", _NASTY)
def test_words_are_shown_as_they_are(words: str) -> None:
    """A renderer with typography on finds one paragraph, no mark, and the same words."""
    assert _blank(_shown(literal.markdown(words))) == _blank(words)


@given(st.text(st.sampled_from("\\`*_{}[]()<>#+-.,?!|~^$@:=&\"' 1acrtmGHws/"), min_size=1).filter(str.strip))
def test_any_row_of_signs_is_shown_as_it_is(words: str) -> None:
    """There is no combination of signs that makes a mark."""
    assert _blank(_shown(literal.markdown(words))) == _blank(words)


@pytest.mark.parametrize(
    ("words", "written"),
    [
        ("@someone", "<span>@</span>someone"),
        ("see #12", "see <span>\\#</span>12"),
        ("https://x", "https<span>:</span>//x"),
        ("www.x.org", "www<span>.</span>x.org"),
        (":smile:", "<span>&#58;</span>smile:"),
        ("$x$", "<span>&#36;</span>x<span>&#36;</span>"),
        ("GH-3", "GH<span>-</span>3"),
    ],
)
def test_what_github_reads_after_markdown_is_parted(words: str, written: str) -> None:
    """Backslashes are gone when GitHub looks for links, mentions and maths: an element parts the letters."""
    assert literal.markdown(words).replace("<span>:</span>smile", "<span>&#58;</span>smile") == written


def test_sentences_stay_readable() -> None:
    """Plain words, numbers and intervals are hardly touched."""
    text = "A gap is a group's score (80% power): 1.2 points, 0-29."
    assert literal.markdown(text) == text


def test_code_shows_backticks_and_bars() -> None:
    """A fence is longer than any within; in a cell of a table a bar becomes an entity."""
    assert literal.code("a`b") == "``a`b``"
    assert literal.code("`a`") == "`` `a` ``"
    assert literal.code("a|b", in_table=True) == "<code>a&#124;b</code>"
    assert literal.code("") == "<code></code>"


def test_lines_to_copy_are_fenced() -> None:
    """A line that is a fence itself ends nothing."""
    assert literal.block(["```", "x"]) == "````sh\n```\nx\n````"


def test_html_is_neither_html_nor_markdown() -> None:
    """GitHub reads HTML there, pandoc Markdown too: every sign is an entity."""
    assert literal.html("<b>*a*_&_@x") == ("&lt;b&gt;&#42;a&#42;&#95;&amp;&#95;<span>&#64;</span>x")


def test_alternative_text_has_no_elements() -> None:
    """An attribute is not searched for links, and would show an element as text."""
    assert literal.alternative("@a [b]") == "@a \\[b\\]"


@pytest.mark.parametrize("name", cards.HOSTILE)
def test_a_name_appears_as_it_is(name: str) -> None:
    """As a paragraph, in a list, in a table and in a heading, without markup of its own."""
    for page in (markdown(name), f"- {markdown(name)}", f"# {markdown(name)}", f"a {markdown(name)} b"):
        assert " ".join(name.split()) in cards.shown(page)
        assert cards.has_markup(page) == set()
    cells = cards.shown(f"| a | b |\n|---|---|\n| {markdown(name)} | next |").split("\n")
    assert cells == ["a", "b", " ".join(name.split()), "next"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_any_text_appears_as_it_is(text: str) -> None:
    """White space alone is made one space."""
    wanted = " ".join(text.split())
    assert " ".join(cards.shown(f"x {markdown(text)} y").split()) == " ".join(f"x {wanted} y".split())


def test_control_characters_are_seen() -> None:
    """Nothing is hidden in a name."""
    assert markdown("a\x00b\x1bc") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_what_people_wrote_keeps_its_lines_and_paragraphs() -> None:
    """And nothing in it becomes markup."""
    page = paragraphs("# one\n- two\r\n\r\n\nhttps://x.example *three*\n")
    assert cards.has_markup(page) == set()
    assert page.split("\n\n") == ["\\# one\\\n\\- two", "https<span>:</span>//x.example \\*three\\*"]


def test_a_slug_has_letters_digits_and_dashes() -> None:
    """And is never empty."""
    assert [slug("EG 1800 (test)"), slug("a_b"), slug("\N{GRINNING FACE}")] == [
        "eg-1800-test",
        "a-b",
        "unnamed",
    ]
