"""How are a quality model's calibration and what accepting by it gives drawn?

Two SVG files that stand alone, unlike the figures of the report page.
"""

import io

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from datatools.quality.evaluation import FLOOR, Evaluation
from datatools.quality.examples import Doubles
from datatools.report import svg
from datatools.report.style import LIGHT

_SIZE_PX = (460.0, 360.0)
_AXES = (0.13, 0.14, 0.82, 0.76)  # left, bottom, width, height: fractions of the figure


def _axes(figure: Figure, title: str) -> Axes:
    figure.set_facecolor(LIGHT["paper"])
    axes = figure.add_axes(_AXES)
    axes.set_title(title, loc="left", fontsize=11, color=LIGHT["ink"])
    axes.grid(color=LIGHT["rule"], linewidth=0.6)
    axes.tick_params(length=0, labelsize=9, labelcolor=LIGHT["quiet"])
    axes.set_axisbelow(True)
    return axes


def _file(figure: Figure) -> bytes:
    buffer = io.BytesIO()
    figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    return buffer.getvalue()


def calibration(expected: Doubles, true: Doubles, found: Evaluation) -> bytes:
    """Draw each mask's true IoU over its expected one, and the bins' means; (n,) each."""
    with svg.canvas(*_SIZE_PX) as figure:
        axes = _axes(figure, f"Expected and true IoU of {found.n_masks} masks")
        start = float(min(expected.min(), np.percentile(true, 2)))
        axes.plot([start, 1], [start, 1], color=LIGHT["axis"], linewidth=1)
        axes.scatter(expected, true, s=7, color=LIGHT["g2"], alpha=0.5, linewidths=0, label="one mask")
        means = [(one.expected_iou, one.true_iou) for one in found.bins]
        label = f"mean of a bin of them (calibration error {found.calibration_error:.4f})"
        axes.plot(*zip(*means, strict=True), "o", color=LIGHT["gap"], markersize=6, label=label)
        axes.set_xlim(start, 1)
        axes.set_ylim(start, 1)
        axes.set_xlabel("expected IoU", fontsize=9, color=LIGHT["quiet"])
        axes.set_ylabel("true IoU", fontsize=9, color=LIGHT["quiet"])
        axes.legend(loc="upper left", fontsize=8, frameon=False)
        n_below = int((true < start).sum())
        if n_below:
            axes.annotate(
                f"masks below the figure: {n_below}", (0.99, 0.02), xycoords="axes fraction", ha="right",
                fontsize=8, color=LIGHT["quiet"],
            )  # fmt: skip
        return _file(figure)


def acceptance(found: Evaluation) -> bytes:
    """Draw the mean IoU of the accepted masks, and the share of bad ones, over the accepted fraction."""
    fracs = [100 * one.frac for one in found.accepted]
    with svg.canvas(*_SIZE_PX) as figure:
        axes = _axes(figure, "What accepting the best-looking masks gives")
        values = [one.mean_iou for one in found.accepted]
        axes.fill_between(
            fracs, [one.low for one in values], [one.high for one in values], color=LIGHT["g0"], alpha=0.15
        )
        axes.plot(fracs, [one.value for one in values], color=LIGHT["g0"], marker="o", markersize=4)
        for one, frac in zip(found.accepted, fracs, strict=True):
            axes.annotate(
                f"{100 * one.bad_frac.value:.1f}%", (frac, one.mean_iou.value), xytext=(0, 7),
                textcoords="offset points", ha="center", fontsize=8, color=LIGHT["gap"],
            )  # fmt: skip
        axes.set_xlabel(
            f"accepted, % (in red: the share of them below an IoU of {FLOOR:g})",
            fontsize=9, color=LIGHT["quiet"],
        )  # fmt: skip
        axes.set_ylabel("mean true IoU, 95% interval", fontsize=9, color=LIGHT["quiet"])
        axes.margins(y=0.15)
        return _file(figure)
