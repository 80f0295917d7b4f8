"""How much background beside the neck is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("over", "neck", used_by="this toolkit")
