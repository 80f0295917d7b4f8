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
# Variation selectors and joiners are drawn with the letter beside them or not at all.
_UNSEEN = frozenset({"Cc", "Cf", "Mn", "Me", "Zs", "Zl", "Zp"})


@functools.cache
def _drawn() -> frozenset[int]:
    return frozenset(FT2Font(str(FOLDER / "DejaVuSans.ttf")).get_charmap())


def strange(texts: Iterable[str]) -> list[str]:
    """Give the letters that the fonts at hand on every machine cannot draw, in order of appearance."""
    found = dict.fromkeys(letter for text in texts for letter in text)
    return [
        letter
        for letter in found
        if ord(letter) not in _drawn() and letter != BREAK and unicodedata.category(letter) not in _UNSEEN
    ]


def fonts_of(strangers: Sequence[str]) -> dict[str, str]:
    """Find a font family of this machine for each letter; the Last Resort font where there is none."""
    found: dict[str, str] = {}
    fonts = typst.Fonts(include_system_fonts=True, include_embedded_fonts=False).fonts() if strangers else []
    for font in sorted(fonts, key=lambda font: (font.family, font.weight != 400, font.path or "")):
        left = [letter for letter in strangers if letter not in found]
        if not left:
            break
        if font.path is not None and font.index == 0:
            covered = FT2Font(font.path).get_charmap()
            found |= {letter: font.family for letter in left if ord(letter) in covered}
    return {letter: found.get(letter, LAST_RESORT) for letter in strangers}


def named(letter: str) -> tuple[str, str]:
    """Give a letter's code point and name."""
    return f"U+{ord(letter):04X}", unicodedata.name(letter, "unnamed").lower()


def in_drawing(drawing: str, fonts: Mapping[str, str]) -> str:
    """Name the font of each strange letter in an SVG, which would else be looked for by the whole label."""
    if not fonts:
        return drawing
    strange = re.compile("[" + "".join(map(re.escape, fonts)) + "]")

    def named_font(found: re.Match[str]) -> str:
        return f"<tspan style=\"font-family: '{fonts[found[0]]}'\">{found[0]}</tspan>"

    parts = re.split(r"(<[^>]*>)", drawing)  # every second is a tag, where no letter is drawn
    return "".join(part if n % 2 else strange.sub(named_font, part) for n, part in enumerate(parts))


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
