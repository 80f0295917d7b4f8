"""How well do the outlines meet, within 1 px?"""

from datatools.metrics._edges import EdgeF1


def build() -> EdgeF1:
    """Make the metric."""
    return EdgeF1(
        "boundary_f1_1px",
        "1 px",
        "_1px",
        used_by="studies of hair and matting edges; strict",
    )
