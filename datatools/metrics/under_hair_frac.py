"""How much of the person is lost where the hair is?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("under", "hair", used_by="this toolkit")
