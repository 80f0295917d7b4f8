"""Keys of very many items are found again, whatever is in them."""

from hypothesis import given
from hypothesis import strategies as st

from datatools.keys import Keys, Marked, Texts

_WORDS = st.lists(st.text(st.characters(exclude_categories=()), max_size=6))


def _texts(words: list[str]) -> Texts:
    texts = Texts()
    for word in words:
        texts.add(word)
    return texts


@given(words=_WORDS, others=_WORDS)
def test_every_text_is_found_and_no_other(words: list[str], others: list[str]) -> None:
    """Names of files that are no Unicode, and NUL at an end, too."""
    keys = Keys(_texts(words).letters())
    found = keys.find([*words, *others]).tolist()
    assert found[: len(words)] == keys.of_each.tolist()
    assert [which >= 0 for which in found] == [word in words for word in [*words, *others]]
    assert len(keys) == len(set(words))


@given(words=_WORDS)
def test_keys_know_where_each_came(words: list[str]) -> None:
    """First, and last."""
    keys = Keys(_texts(words).letters())
    last = {word: place for place, word in enumerate(words)}
    assert sorted(keys.came_at.tolist()) == sorted(last.values())
    assert [words[place] for place in keys.came_first()] == list(dict.fromkeys(words))


@given(words=st.lists(st.text("abcü", max_size=6)))
def test_keys_are_in_the_order_of_their_texts(words: list[str]) -> None:
    """As Python sorts them."""
    keys = Keys(_texts(words).letters())
    assert [words[place] for place in keys.came_at] == sorted(set(words))


def test_rows_are_located_thousands_at_a_time() -> None:
    """In their order, each with its key."""
    words = [f"{number:05d}" for number in range(3000)]
    keys = Keys(_texts(words[:2500]).letters())
    located = keys.located(reversed(words), str)
    expected = [(word, place if place < 2500 else -1) for place, word in enumerate(words)]
    assert list(located) == expected[::-1]


def test_an_item_has_its_last_fingerprint() -> None:
    """Of two of one key."""
    marked = Marked(_texts(["a", "b", "a"]), _texts(["1", "2", "3"]))
    assert [marked.has(0, "1"), marked.has(0, "3"), marked.has(1, "2")] == [False, True, True]
