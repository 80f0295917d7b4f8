"""How much of the person is lost?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError(
        "under", None, used_by="medical imaging: 1 minus the sensitivity (recall) of each picture"
    )
