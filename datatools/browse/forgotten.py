"""How did it go to remove withdrawn samples from FiftyOne, which may not be there?"""

from collections.abc import Sequence

from datatools.browse import forget
from datatools.errors import UsageError
from datatools.workspace import Workspace


def told(workspace: Workspace, sample_ids: Sequence[str]) -> str:
    """Remove samples where FiftyOne was ever used, and say how that went."""
    if not forget.has_database():
        return "FiftyOne has no database here."
    try:
        n_removed = forget.samples(workspace, sample_ids)
    except UsageError as error:  # not installed, or its database does not start
        return (
            f"FiftyOne has a database and could not be asked ({error}): run `datatools browse` again there."
        )
    return f"{n_removed} samples were removed from FiftyOne."
