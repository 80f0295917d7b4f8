"""How fast and how right is our matting beside pymatting's, on the same portraits and the same band?

Rendered portraits of 600 x 800 px are composed with a known soft alpha on another rendered background;
both libraries then get the picture and a trimap. Prints seconds, ratios and errors.

Example::

    OMP_NUM_THREADS=1 python benchmarks/matting.py --portraits 4
"""

import argparse
import time
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import estimate_alpha_cf, estimate_foreground_ml

from datatools.making.closed_form import closed_form
from datatools.making.colour import foreground
from datatools.making.compositing import drawn_plate
from datatools.masks import RGB, Mask, Matte, edge_band
from datatools.synthetic.identity import sample_identity
from datatools.synthetic.portrait import render
from datatools.synthetic.scene import sample_scene

_SIZE = (600, 800)  # width, height px
_BAND_PX = 6
_SOFT_PX = 1.5  # sigma of the true edge


def example(seed: int) -> tuple[RGB, Mask, NDArray[np.float64], RGB]:
    """Give a picture, the mask in it, the true alpha and the person's true colours."""
    rng = np.random.default_rng(seed)
    scene = replace(sample_scene(rng, 600, 800), width_px=_SIZE[0], height_px=_SIZE[1])
    portrait = render(sample_identity(rng, monk_tone=1 + seed % 10), scene)
    mask = Mask(portrait.mask.array)
    alpha = np.clip(cv2.GaussianBlur(mask.array.astype(np.float64), (0, 0), _SOFT_PX), 0, 1)
    # Colours beyond the person's edge go on as they end, so that the truth is the person's everywhere.
    outside = (~mask.array).astype(np.uint8)
    colour = cv2.inpaint(portrait.image, outside & edge_band(mask, 12).array.astype(np.uint8), 3, 1)
    plate, _ = drawn_plate(_SIZE, rng)
    mixed = alpha[..., None] * colour + (1 - alpha[..., None]) * plate
    return np.round(mixed).astype(np.uint8), mask, alpha, np.asarray(colour, np.uint8)


def main() -> None:
    """Print one line for each library."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--portraits", type=int, default=4)
    n_portraits = parser.parse_args().portraits
    seconds: dict[str, list[float]] = {
        "ours alpha": [],
        "pymatting alpha": [],
        "ours colour": [],
        "pymatting colour": [],
    }
    errors: dict[str, list[float]] = {name: [] for name in ("mask", *seconds)}
    for seed in range(-1, n_portraits):  # the first one warms up
        image, mask, alpha, colour = example(max(seed, 0))
        band = edge_band(mask, _BAND_PX).array
        prior = mask.array.astype(np.float64)
        trimap = np.where(band, 0.5, prior)
        edge = (alpha > 0.05) & (alpha < 0.95) & band
        clock = [time.perf_counter()]
        ours = closed_form(image, mask.array, band, prior[band], 1e-3)
        clock.append(time.perf_counter())
        theirs = estimate_alpha_cf(image / 255, trimap)
        clock.append(time.perf_counter())
        our_colour = foreground(image, Matte(alpha.astype(np.float32)))
        clock.append(time.perf_counter())
        their_colour = estimate_foreground_ml(image / 255, alpha) * 255
        clock.append(time.perf_counter())
        if seed < 0:
            continue
        for name, spent in zip(seconds, np.diff(clock), strict=True):
            seconds[name].append(float(spent))
        errors["mask"].append(float(np.abs(prior - alpha)[band].mean()))
        errors["ours alpha"].append(float(np.abs(ours - alpha)[band].mean()))
        errors["pymatting alpha"].append(float(np.abs(theirs - alpha)[band].mean()))
        for name, found in (("ours colour", our_colour), ("pymatting colour", their_colour)):
            errors[name].append(float(np.abs(found.astype(np.float64) - colour)[edge].mean() / 255))
    print(f"mask itself: error of alpha in the band {np.mean(errors['mask']):.4f}")
    for kind in ("alpha", "colour"):
        ours_s, theirs_s = (float(np.median(seconds[f"{who} {kind}"])) for who in ("ours", "pymatting"))
        ours_e, theirs_e = (float(np.mean(errors[f"{who} {kind}"])) for who in ("ours", "pymatting"))
        print(
            f"{kind}: ours {ours_s:.3f} s, pymatting {theirs_s:.3f} s, ratio {ours_s / theirs_s:.2f}; "
            f"error ours {ours_e:.4f}, pymatting {theirs_e:.4f}"
        )


if __name__ == "__main__":
    main()
