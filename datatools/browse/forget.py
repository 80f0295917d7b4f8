"""How do withdrawn samples leave FiftyOne's data sets of a workspace?"""

from collections.abc import Sequence

from datatools.browse import engine
from datatools.workspace import Workspace


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
