"""How well do the outlines meet, within 5 px?"""

from datatools.metrics._edges import EdgeF1


def build() -> EdgeF1:
    """Make the metric."""
    return EdgeF1(
        "boundary_f1_5px",
        "5 px",
        "_5px",
        used_by="the BF score of Csurka et al. 2013, with a lenient tolerance",
    )
