"""Which pictures of a workspace are nearly the same photograph?

Their perceptual hashes come from what the check ``near_duplicate`` saw; a picture that it has not seen is
read.
"""

import json
import os
from collections import defaultdict
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from datatools import streams, tables
from datatools.errors import DataError
from datatools.images import read_rgb
from datatools.progress import Progress
from datatools.records import Sample
from datatools.workspace import Workspace

_CHECK = "near_duplicate"


def _signatures(workspace: Workspace, samples: Sequence[Sample], progress: Progress) -> dict[str, str]:
    """Give each sample's perceptual hash; a picture that cannot be read any more has none."""
    # Imported here: it brings scipy, and the command line reads every stage's settings.
    from datatools.checks.near_duplicate import signature

    found: dict[str, str] = {}
    seen_by = {"check": {_CHECK}, "status": {"ok"}}
    for row in streams.Rows(workspace, tables.OBSERVATIONS, seen_by):
        found[row.sample_id] = str(json.loads(row.value)[0])

    def look(sample: Sample) -> str | None:
        try:
            return signature(read_rgb(workspace.image_file(sample)))
        except DataError:  # vanished, broken or out of reach since ingest
            return None

    unseen = [sample for sample in samples if sample.sample_id not in found]
    with (
        progress.bar("look for near-duplicates", len(unseen)) as advance,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        for sample, seen in zip(unseen, pool.map(look, unseen), strict=True):
            if seen is not None:
                found[sample.sample_id] = seen
            advance()
    wanted = {sample.sample_id for sample in samples}
    return {sample_id: seen for sample_id, seen in found.items() if sample_id in wanted}


def clusters(workspace: Workspace, samples: Sequence[Sample], progress: Progress) -> list[list[str]]:
    """Give the sample ids of each set of near-duplicates, sorted."""
    from datatools.checks import near_duplicate

    members: dict[str, list[str]] = defaultdict(list)
    for sample_id, name in near_duplicate.clusters(_signatures(workspace, samples, progress)).items():
        members[name].append(sample_id)
    return [sorted(ids) for _, ids in sorted(members.items()) if len(ids) > 1]
