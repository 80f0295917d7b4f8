"""Which colours may the page use?"""

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from datatools.report import style

Floats = NDArray[np.float64]

# Machado, Oliveira & Fernandes 2009, severity 1.0; applied to linear RGB.
SIMULATED = {
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.011820, 0.042940, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.303900],
    ],
    "none": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]],
}
THEMES = {"light": style.LIGHT, "dark": style.DARK}


def linear(colour: str) -> Floats:
    """Give a colour's linear RGB (3,), 0-1."""
    values = np.array([int(colour[i : i + 2], 16) for i in (1, 3, 5)]) / 255
    return np.where(values <= 0.04045, values / 12.92, ((values + 0.055) / 1.055) ** 2.4)


def _contrast(first: str, second: str) -> float:
    weights = np.array([0.2126, 0.7152, 0.0722])
    lights = sorted(float(linear(colour) @ weights) for colour in (first, second))
    return (lights[1] + 0.05) / (lights[0] + 0.05)


def lab(linear: Floats) -> Floats:
    """Give linear RGB as CIELAB (3,)."""
    to_xyz = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    xyz = to_xyz @ np.clip(linear, 0, 1) / np.array([0.9505, 1.0, 1.089])
    f = np.where(xyz > 0.008856, np.cbrt(xyz), 7.787 * xyz + 16 / 116)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", ["ink", "quiet", "gap", "equivalent", "unsure"])
def test_text_colours_have_contrast(theme: str, name: str) -> None:
    """Text stands out 4.5 to 1 against the page and against raised blocks."""
    colours = THEMES[theme]
    assert min(_contrast(colours[name], colours[ground]) for ground in ("paper", "raised")) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("name", [*style.GROUP_COLOURS, "axis"])
def test_marks_have_contrast(theme: str, name: str) -> None:
    """Marks stand out 3 to 1 against the page."""
    assert _contrast(THEMES[theme][name], THEMES[theme]["paper"]) >= 3


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("tint", ["lower", "higher"])
def test_words_on_the_strongest_cell_have_contrast(theme: str, tint: str) -> None:
    """The heat map's words can be read on its fullest colour."""
    colours = THEMES[theme]
    mixed = "#" + "".join(
        f"{round(0.6 * int(colours[tint][i : i + 2], 16) + 0.4 * int(colours['track'][i : i + 2], 16)):02x}"
        for i in (1, 3, 5)
    )
    assert _contrast(colours["ink"], mixed) >= 4.5


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("vision", SIMULATED)
def test_group_colours_stay_apart(theme: str, vision: str) -> None:
    """Any two group colours differ for every kind of colour vision."""
    seen = [lab(np.array(SIMULATED[vision]) @ linear(THEMES[theme][c])) for c in style.GROUP_COLOURS]
    assert min(float(np.linalg.norm(a - b)) for a, b in combinations(seen, 2)) >= 18


def test_both_themes_name_the_same_colours() -> None:
    """A figure's variables mean something on the light and on the dark page."""
    assert style.DARK.keys() == style.LIGHT.keys()


def test_light_colours_differ() -> None:
    """Each light colour stands for one variable: figures are translated by value."""
    assert len(set(style.LIGHT.values())) == len(style.LIGHT)


def test_a_groups_colour_does_not_depend_on_order() -> None:
    """The same groups get the same colours, in whatever order they come."""
    assert style.group_colours(["woman", "man"]) == style.group_colours(["man", "woman", "man"])


def test_many_groups_share_a_colour() -> None:
    """Beyond six groups, hues would repeat and suggest kinship: one colour serves all."""
    assert set(style.group_colours([f"group {n}" for n in range(7)]).values()) == {"g0"}


def test_css_has_both_themes() -> None:
    """The variables are there for light and dark screens and for print."""
    css = style.css_variables()
    assert (css.count("--ink:"), "prefers-color-scheme:dark" in css, "@media print" in css) == (3, True, True)
