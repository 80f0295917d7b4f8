"""How much of the person is lost far from the edge?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("under", "interior", used_by="this toolkit")
