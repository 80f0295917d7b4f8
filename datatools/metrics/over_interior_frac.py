"""How much background far from the edge is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("over", "interior", used_by="this toolkit")
