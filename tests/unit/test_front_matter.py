"""Settings of any text come back from YAML as they were."""

import math

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from datatools.front_matter import Plain, front_matter
from tests.cards import HOSTILE


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


def test_a_key_of_any_length_is_read() -> None:
    """YAML itself looks for the colon behind a key within a thousand characters."""
    values: dict[str, Plain] = {"k" * 2000: 1, "é" * 2000: {"a": [1]}, "l": [{"x y" * 999: "z"}]}
    assert yaml.safe_load(front_matter(values)[4:-4]) == values
