"""How much of the person is lost where the face is?"""

from datatools.metrics._errors import DirectionalError


def build() -> DirectionalError:
    """Make the metric."""
    return DirectionalError("under", "face", used_by="this toolkit")
