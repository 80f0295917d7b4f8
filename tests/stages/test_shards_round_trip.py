"""Does what was handed on as shards come back as it was?"""

from dataclasses import dataclass

import numpy as np
import pytest

from datatools import images, tables
from datatools.progress import Progress
from datatools.stages import ingest
from datatools.workspace import Workspace
from tests.stages import sharded

_QUIET = Progress("quiet")


@dataclass(frozen=True)
class _Both:
    """A workspace, and one that was made of its shards."""

    ours: Workspace
    theirs: Workspace


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> _Both:
    """Hand a workspace on, and ingest its shards elsewhere under the same name."""
    root = tmp_path_factory.mktemp("round-trip")
    ours, theirs = (Workspace(root / name) for name in ("ours", "theirs"))
    ours.create()
    sharded.fill(ours, root / "people")
    sharded.write(ours, root / "out")
    ingest.run(theirs, ingest.Settings(source=str(root / "out"), name="people"), _QUIET)
    return _Both(ours, theirs)


def test_pictures_people_splits_and_licences_come_back(both: _Both) -> None:
    """Ids are hashes of the pictures' bytes; sizes are of the upright picture."""
    split = {row.sample_id: row.split for row in both.ours.rows(tables.SPLITS)}
    ours = [
        (row.sample_id, row.width_px, row.height_px, row.person_id, row.licence, split[row.sample_id])
        for row in both.ours.rows(tables.MANIFEST)
    ]
    theirs = [
        (row.sample_id, row.width_px, row.height_px, row.person_id, row.licence, row.source_split)
        for row in both.theirs.rows(tables.MANIFEST)
    ]
    assert theirs == ours


def test_masks_come_back_with_who_made_them(both: _Both) -> None:
    """The one that came with the data, else the generated one, never as a human's."""
    generated = {row.sample_id: row for row in both.ours.rows(tables.MASKS)}
    for sample in both.ours.rows(tables.MANIFEST):
        (again,) = [row for row in both.theirs.rows(tables.MANIFEST) if row.sample_id == sample.sample_id]
        file, made = both.ours.reference_file(sample), generated[sample.sample_id]
        before = file or both.ours.file(str(made.path))
        after = both.theirs.reference_file(again)
        assert after is not None
        assert again.mask_source == (sample.mask_source or made.mask_source)
        ours, theirs = (images.read_reference_mask(path).mask.array for path in (before, after))
        assert np.array_equal(ours, theirs)
