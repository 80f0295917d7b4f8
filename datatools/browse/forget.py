"""How do withdrawn samples leave FiftyOne's data sets of a workspace?"""

import os
from collections.abc import Sequence
from pathlib import Path

from datatools.browse import engine
from datatools.workspace import Workspace


def has_database() -> bool:
    """Say whether FiftyOne was ever used by this user: asking it starts a server."""
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return True
    return Path(os.environ.get("FIFTYONE_DATABASE_DIR") or Path.home() / ".fiftyone").is_dir()


def samples(workspace: Workspace, sample_ids: Sequence[str]) -> int:
    """Delete samples from every data set that was made from this workspace; give how many went.

    Raises:
        UsageError: FiftyOne's database does not answer.
        MissingExtraError: fiftyone is not installed.
    """
    fo = engine.load()
    origin = str(workspace.root.resolve())
    n_removed = 0
    for name in fo.list_datasets():
        dataset = fo.load_dataset(name)
        if dataset.info.get("datatools", {}).get("workspace") != origin:
            continue
        found = dataset.match(fo.ViewField("sample_id").is_in(list(sample_ids)))
        n_removed += len(found)
        dataset.delete_samples(found)
    return n_removed
