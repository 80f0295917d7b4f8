"""How much background beside the edge is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError(
        "over", "band", used_by="this toolkit; the band is that of the trimap IoU of Csurka et al. 2013"
    )
