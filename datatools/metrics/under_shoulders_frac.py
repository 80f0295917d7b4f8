"""How much of the person is lost where the shoulders are?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("under", "shoulders", used_by="this toolkit")
