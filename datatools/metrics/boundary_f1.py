"""How well do the outlines meet, within 3 px?"""

from datatools.metrics._edges import EdgeF1


def build() -> EdgeF1:
    """Make the metric."""
    return EdgeF1(
        "boundary_f1",
        "3 px",
        "",
        used_by="the BF score of Csurka et al. 2013, with a tolerance in px; our model card",
    )
