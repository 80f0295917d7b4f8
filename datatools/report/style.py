"""Which colours, sizes and words of type do plots and page share?

One house style. Plots are drawn in the light colours; ``svg.py`` then turns each into a CSS variable of
the same name, so that one figure serves the light and the dark page.
"""

from collections.abc import Iterable

# Contrast against ``paper``: text at least 4.5:1, graphics at least 3:1 (WCAG 2.2, 1.4.3 and 1.4.11).
# The six group colours stay apart under simulated protanopia, deuteranopia and tritanopia (Machado et
# al. 2009): at least 18 CIELAB units between any two. tests/unit/report/test_style.py measures both.
LIGHT = {
    "paper": "#fdfcfa",
    "raised": "#f4f2ed",
    "ink": "#1d1c1a",
    "quiet": "#5c5a54",
    "rule": "#dcd8cf",
    "track": "#ebe8e1",
    "axis": "#8b877d",
    "gap": "#b0391b",
    "equivalent": "#14695f",
    "unsure": "#6b5a1e",
    "lower": "#c9663f",
    "higher": "#3f7fb5",
    "g0": "#2f4b9c",
    "g1": "#d2685f",
    "g2": "#3796b8",
    "g3": "#a08a1a",
    "g4": "#6a3560",
    "g5": "#8a1c14",
}
DARK = {
    "paper": "#17181a",
    "raised": "#202225",
    "ink": "#ebe8e2",
    "quiet": "#aaa69c",
    "rule": "#34363a",
    "track": "#2a2c30",
    "axis": "#7d7f83",
    "gap": "#ff9a78",
    "equivalent": "#63cdbd",
    "unsure": "#d9c27a",
    "lower": "#d9774f",
    "higher": "#4e8dc3",
    "g0": "#7f97ff",
    "g1": "#f29a8e",
    "g2": "#66d9e8",
    "g3": "#dcc84e",
    "g4": "#a77fb0",
    "g5": "#cc5a45",
}
GROUP_COLOURS = ("g0", "g1", "g2", "g3", "g4", "g5")

SANS = "ui-sans-serif, system-ui, 'Segoe UI', Roboto, 'Noto Sans', 'DejaVu Sans', sans-serif"
SERIF = "'Iowan Old Style', Charter, 'Palatino Linotype', 'Noto Serif', 'DejaVu Serif', Georgia, serif"
MONO = "ui-monospace, SFMono-Regular, Menlo, Consolas, 'DejaVu Sans Mono', monospace"

FIGURE_WIDTH_PX = 420  # drawn at the width of a phone's text column; wider pages put two side by side
LABEL_PX = 14.0
NOTE_PX = 12.5


def group_colours(groups: Iterable[str]) -> dict[str, str]:
    """Give each group of one attribute its colour's name; the same groups get the same colours.

    More than six groups share one colour: repeated hues would suggest kinship that is not there. A group
    is always named beside its mark, never told by colour alone.
    """
    ordered = sorted(set(groups))
    if len(ordered) > len(GROUP_COLOURS):
        return dict.fromkeys(ordered, GROUP_COLOURS[0])
    return dict(zip(ordered, GROUP_COLOURS, strict=False))


def css_variables() -> str:
    """Give the colours of both themes and the type families as CSS."""

    def block(colours: dict[str, str]) -> str:
        return "".join(f"--{name}:{value};" for name, value in colours.items())

    type_families = f"--sans:{SANS};--serif:{SERIF};--mono:{MONO};"
    return (
        f":root{{color-scheme:light dark;{block(LIGHT)}{type_families}}}\n"
        f"@media (prefers-color-scheme:dark){{:root{{{block(DARK)}}}}}\n"
        # A printed page is paper whatever the screen is.
        f"@media print{{:root{{{block(LIGHT)}}}}}\n"
    )
