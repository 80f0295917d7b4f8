"""How much background is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError(
        "over",
        None,
        used_by="volumetric over-segmentation of medical imaging, false positives over the reference",
    )
