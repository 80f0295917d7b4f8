"""Text from outside appears literally in Markdown and in YAML."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datatools.literal import Plain, front_matter, markdown, paragraphs, slug
from tests.cards import HOSTILE, has_markup, shown


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_appears_as_it_is(name: str) -> None:
    """As a paragraph, in a list, in a table and in a heading, without markup of its own."""
    for page in (markdown(name), f"- {markdown(name)}", f"# {markdown(name)}", f"a {markdown(name)} b"):
        assert " ".join(name.split()) in shown(page)
        assert has_markup(page) == set()
    cells = shown(f"| a | b |\n|---|---|\n| {markdown(name)} | next |").split("\n")
    assert cells == ["a", "b", " ".join(name.split()), "next"]


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1))
def test_any_text_appears_as_it_is(text: str) -> None:
    """White space alone is made one space."""
    wanted = " ".join(text.split())
    assert " ".join(shown(f"x {markdown(text)} y").split()) == " ".join(f"x {wanted} y".split())


def test_control_characters_are_seen() -> None:
    """Nothing is hidden in a name."""
    assert markdown("a\x00b\x1bc") == "a\N{REPLACEMENT CHARACTER}b\N{REPLACEMENT CHARACTER}c"


def test_what_people_wrote_keeps_its_lines_and_paragraphs() -> None:
    """And nothing in it becomes markup."""
    page = paragraphs("# one\n- two\r\n\r\n\nhttps://x.example *three*\n")
    assert has_markup(page) == set()
    assert page.split("\n\n") == ["\\# one\\\n\\- two", "https\\://x.example \\*three\\*"]


@pytest.mark.parametrize(
    "name", [*HOSTILE, "a\nb\tc", "\x85\u2028\u2029\ufeff\x7f", "yes", "null", "1.0", "2026-01-02", ""]
)
def test_yaml_gives_back_what_was_written(name: str) -> None:
    """As a value, in a list, in a mapping in a list, and as a key."""
    values: dict[str, Plain] = {
        "v": name,
        "l": [name, {"k": name, "m": [name], "d": {"x": name}}],
        name: {"z": [1, 2.5, None, True]},
    }
    text = front_matter(values)
    assert text.startswith("---\n")
    assert text.endswith("\n---\n")
    assert yaml.safe_load(text[4:-4]) == values


@given(st.text())
def test_yaml_gives_back_any_text(text: str) -> None:
    """Whatever its characters."""
    assert yaml.safe_load(front_matter({"v": text})[4:-4]) == {"v": text}


def test_empty_lists_and_mappings_are_kept() -> None:
    """They are no None."""
    values: dict[str, Plain] = {"a": [], "b": {}, "c": [[], {}], "d": [[1, [2]], [3]], "e": math.pi}
    assert yaml.safe_load(front_matter(values)[4:-4]) == values


def test_a_slug_has_letters_digits_and_dashes() -> None:
    """And is never empty."""
    assert [slug("EG 1800 (test)"), slug("a_b"), slug("\N{GRINNING FACE}")] == [
        "eg-1800-test",
        "a-b",
        "unnamed",
    ]
