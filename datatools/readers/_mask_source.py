"""Who made the masks of a data set, where only the user can know?"""

from datatools.errors import UsageError

UNSTATED = "model:unstated"  # until somebody says who, scores against them are agreement, never accuracy
_KNOWN = frozenset({"human", "rendered", "keyed"})


def stated(mask_source: str) -> str:
    """Give the user's word back. Raises UsageError when it is no mask source."""
    kind, _, name = mask_source.partition(":")
    if mask_source not in _KNOWN and not (kind == "model" and name):
        raise UsageError(
            f"expected the option mask_source to be human, rendered, keyed or model:NAME, got {mask_source!r}"
        )
    return mask_source
