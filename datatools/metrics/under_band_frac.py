"""How much of the person is lost beside the edge?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError(
        "under", "band", used_by="this toolkit; the band is that of the trimap IoU of Csurka et al. 2013"
    )
