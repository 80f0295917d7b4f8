"""How well do the outlines meet, within a tolerance that grows with the picture?"""

from datatools.metrics._edges import EdgeF1


def build() -> EdgeF1:
    """Make the metric."""
    return EdgeF1(
        "boundary_f1_rel",
        "0.8% of the picture's diagonal (rounded up to whole px)",
        "_rel",
        used_by="the contour measure F of DAVIS (Perazzi et al. 2016), which matches thinned contours",
    )
