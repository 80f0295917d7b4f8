"""Which letters can print draw, and where may a long word break?

Typst carries Libertinus Serif, matplotlib DejaVu Sans: together they draw Latin, Greek, Cyrillic, Hebrew,
Arabic and most signs, alike on every machine. For other letters a font of the machine is taken, if it has
one. What no font has is drawn as the box of the Last Resort font, which shows the letter's script; the
letters themselves stay in the file, to be searched and copied.
"""

import functools
import re
import unicodedata
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

import matplotlib as mpl
import typst
from matplotlib.ft2font import FT2Font

from datatools import literal

FOLDER = Path(mpl.get_data_path()) / "fonts" / "ttf"
TEXT = ("Libertinus Serif", "DejaVu Sans")
CODE = ("DejaVu Sans Mono", "DejaVu Sans")
FIGURE = "DejaVu Sans"
LAST_RESORT = "Last Resort High-Efficiency"

BREAK = "\ufdd0"  # marks where a word may break; a code point that Unicode keeps out of all text
LONG = 18  # letters of a word that may have to break
_RUN = 12  # letters after which it may, where it has no sign to break after
_SIGN = re.compile(r"[/\\_.,:;=@+&|?#-]")
_SKIN_TONES = frozenset(map(chr, range(0x1F3FB, 0x1F400)))
_UNSEEN = frozenset({"Cc", "Cf", "Zs", "Zl", "Zp"})  # blanks, joiners and the like, which are not drawn
_VARIATION = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# Overrides and isolates of direction, which would turn around what stands behind a name.
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_LEFT_TO_RIGHT = "\u200e"
_DIRECTIONS = {"R": "r", "AL": "r", "AN": "r", "L": "l", "EN": "l"}
_RIGHT_TO_LEFT_RUN = re.compile("r(?:[^lr]*r)*")


@functools.cache
def _drawn() -> frozenset[int]:
    return frozenset(FT2Font(str(FOLDER / "DejaVuSans.ttf")).get_charmap())


def strange(texts: Iterable[str]) -> list[str]:
    """Give the letters that the fonts at hand on every machine cannot draw, in order of appearance."""
    found = dict.fromkeys(letter for text in texts for letter in text if letter != BREAK)
    return [letter for letter in found if ord(letter) not in _drawn() and not _is_unseen(letter)]


def _is_unseen(letter: str) -> bool:
    return unicodedata.category(letter) in _UNSEEN or _VARIATION.match(letter) is not None


def plain(text: str) -> str:
    """Give a text as it is printed: one line, in which no word turns the direction of those behind it.

    The signs that do that become a mark; after words that run from right to left, the others go on from
    left to right, so that a number behind a name stays behind it.
    """
    text = _TURNING.sub("\N{REPLACEMENT CHARACTER}", literal.plain(text))
    directions = "".join(_DIRECTIONS.get(unicodedata.bidirectional(letter), " ") for letter in text)
    for run in reversed(list(_RIGHT_TO_LEFT_RUN.finditer(directions))):
        text = text[: run.end()] + _LEFT_TO_RIGHT + text[run.end() :]
    return text


def fonts_of(strangers: Sequence[str], at_hand: Sequence[typst.FontInfo]) -> dict[str, str]:
    """Find a font family for each letter among those at hand; the Last Resort font where there is none."""
    found: dict[str, str] = {}
    for font in sorted(at_hand, key=lambda font: (font.family, font.weight != 400, font.path or "")):
        left = [letter for letter in strangers if letter not in found]
        if left and font.path is not None and font.index == 0:
            covered = FT2Font(font.path).get_charmap()
            found |= {letter: font.family for letter in left if ord(letter) in covered}
    return {letter: found.get(letter, LAST_RESORT) for letter in strangers}


def of_this_machine() -> Sequence[typst.FontInfo]:
    """Give the fonts that this machine has."""
    return typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts()


def named(letter: str) -> tuple[str, str]:
    """Give a letter's code point and name."""
    return f"U+{ord(letter):04X}", unicodedata.name(letter, "unnamed").lower()


def in_drawing(drawing: str, fonts: Mapping[str, str]) -> str:
    """Let the labels of an SVG be drawn: each in one font, with squares for the letters that it lacks.

    A renderer of SVG that misses one letter takes another font for the whole label.
    """
    parts = re.split(r"(<[^>]*>)", drawing)  # every second is a tag, where no letter is drawn
    return "".join(part if n % 2 else _label(part, fonts) for n, part in enumerate(parts))


def _label(label: str, fonts: Mapping[str, str]) -> str:
    label = _TURNING.sub("\N{REPLACEMENT CHARACTER}", label)
    families = [fonts[letter] for letter in label if fonts.get(letter, LAST_RESORT) != LAST_RESORT]
    family = max(families, key=families.count, default=FIGURE)
    drawn = "".join(
        "\N{WHITE SQUARE}" if fonts.get(letter, family) != family else letter
        for letter in label
        if ord(letter) in _drawn() or not _is_unseen(letter)
    )
    return drawn if family == FIGURE else f"<tspan style=\"font-family: '{family}'\">{drawn}</tspan>"


def breakable(text: str, longest: int = LONG) -> str:
    """Mark where the words of a text that are as long as that, or longer, may break."""
    return re.sub(rf"\S{{{longest},}}", lambda found: BREAK.join(_parts(found[0])), text)


def _parts(word: str) -> Iterator[str]:
    part = ""
    for letter in word:
        # Nothing comes between a letter and its marks, or within an emoji that joins several.
        is_bound = unicodedata.category(letter)[0] in "MC" or part.endswith("\u200d") or letter in _SKIN_TONES
        ends = len(part) >= _RUN or (len(part) >= _RUN // 3 and _SIGN.match(part[-1]))
        if ends and not is_bound:
            yield part
            part = ""
        part += letter
    yield part
