"""How much of the person is lost where the neck is?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("under", "neck", used_by="this toolkit")
