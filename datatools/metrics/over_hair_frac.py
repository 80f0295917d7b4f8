"""How much background around the hair is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("over", "hair", used_by="this toolkit")
