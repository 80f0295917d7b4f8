"""How much background beside the shoulders is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("over", "shoulders", used_by="this toolkit")
