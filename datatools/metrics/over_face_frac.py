"""How much background beside the face is taken for the person?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("over", "face", used_by="this toolkit")
