"""Print knows which letters it can draw, and where words may break."""

import typst

from datatools.report.formats import letters

_LATIN_MATHS = "\U0001d49c"  # script capital A: STIX has it, DejaVu Sans has not


def _stix() -> list[typst.FontInfo]:
    fonts = typst.Fonts(False, False, [str(letters.FOLDER)]).fonts()
    return [font for font in fonts if font.family == "STIXGeneral"]


def test_common_scripts_are_drawn_everywhere() -> None:
    """Latin, Greek, Cyrillic, Hebrew, Arabic and the signs of our sentences need no other font."""
    assert letters.strange(["Añ αβ жя שלום مرحبا − × · … – → 😀 \u200d\ufe0f\u00a0"]) == []


def test_strange_letters_are_named_once_in_order() -> None:
    """Each letter that no font at hand draws is found, wherever it comes first."""
    assert letters.strange(["a東", "京東"]) == ["東", "京"]
    assert letters.named("東") == ("U+6771", "cjk unified ideograph-6771")


def test_a_font_that_has_the_letter_is_found() -> None:
    """A letter goes to a font of the machine that has it, and to the last resort where none has."""
    found = letters.fonts_of([_LATIN_MATHS, "東"], _stix())
    assert found == {_LATIN_MATHS: "STIXGeneral", "東": letters.LAST_RESORT}


def test_this_machine_says_which_fonts_it_has() -> None:
    """Fonts that Typst carries itself are not among them: all others have files."""
    assert all(font.path for font in letters.of_this_machine())


def test_words_turn_no_direction() -> None:
    """An override becomes a mark, and what follows words from right to left goes on from left to right."""
    assert letters.plain("a\u202eb\n") == "a\ufffdb"
    assert letters.plain("שלום עולם (−1.2)") == "שלום עולם\u200e (−1.2)"


def test_short_words_do_not_break() -> None:
    """Names as long as those of metrics stay whole."""
    assert letters.breakable("boundary_f1 of perceived_gender") == "boundary_f1 of perceived_gender"


def test_long_words_break_after_signs_and_within_runs() -> None:
    """A path breaks behind its strokes; letters without any break after a dozen."""
    assert letters.breakable("photos/of/people/here.png").split(letters.BREAK) == [
        "photos/",
        "of/people/",
        "here.",
        "png",
    ]
    assert letters.breakable("a" * 25).split(letters.BREAK) == ["a" * 12, "a" * 12, "a"]


def test_no_break_comes_between_a_letter_and_its_marks() -> None:
    """Combining marks, joined emoji and their skin tones stay together."""
    word = ("e\u0301" * 12) + "👩🏽\u200d🚀" * 6
    parts = letters.breakable(word).split(letters.BREAK)
    assert len(parts) > 2
    assert not any(part[0] in "\u0301\u200d🏽🚀" for part in parts)


def test_a_label_is_drawn_in_one_font() -> None:
    """What the label's font lacks is a square; selectors go; tags and other labels stay as they are."""
    drawing = '<svg aria-label="東"><text>a</text><text>東\U000e0101 x\u202e</text></svg>'
    drawn = letters.in_drawing(drawing, {"東": letters.LAST_RESORT})
    assert drawn == '<svg aria-label="東"><text>a</text><text>□ x\ufffd</text></svg>'


def test_a_label_with_letters_of_another_font_takes_that_font() -> None:
    """A renderer would else look for a font of its own for the whole label."""
    drawn = letters.in_drawing("<text>東🧿 a</text>", {"東": "Song", "🧿": letters.LAST_RESORT})
    assert drawn == "<text><tspan style=\"font-family: 'Song'\">東□ a</tspan></text>"
