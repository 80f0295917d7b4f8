"""How do withdrawn samples leave FiftyOne's data sets of a workspace?"""

import os
from collections.abc import Sequence
from pathlib import Path

from datatools.browse import evaluations, home
from datatools.database import engine
from datatools.progress import Progress
from datatools.workspace import Workspace


def has_database() -> bool:
    """Say whether FiftyOne was ever used by this user: asking it starts a server."""
    if os.environ.get("FIFTYONE_DATABASE_URI"):
        return True
    return Path(os.environ.get("FIFTYONE_DATABASE_DIR") or Path.home() / ".fiftyone").is_dir()


def samples(workspace: Workspace, sample_ids: Sequence[str]) -> int:
    """Delete samples from every data set that was made from this workspace; give how many went.

    Waits for a sync that is under way: it may have read the tables before the samples left them.

    Raises:
        UsageError: FiftyOne's database does not answer.
        MissingExtraError: fiftyone is not installed.
        TableError: the scores are broken.
    """
    fo = engine.load()
    n_removed, quiet = 0, Progress("quiet")
    with home.held(workspace, quiet.say):
        for name in fo.list_datasets():
            dataset = fo.load_dataset(name)
            about = dataset.info.get(home.INFO) or {}
            if home.relation(workspace, about) not in {"same", "moved"}:
                continue
            found = dataset.match(fo.ViewField("sample_id").is_in(list(sample_ids)))
            n_found = len(found)
            dataset.delete_samples(found)
            if n_found and evaluations.INFO in dataset.info:  # they count the samples and name their labels
                evaluations.register(workspace, dataset, quiet)
            n_removed += n_found
    return n_removed
