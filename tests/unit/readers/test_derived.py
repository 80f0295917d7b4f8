"""Is a set of made pictures read with its lineage, and nothing that is none?"""

from pathlib import Path

import pytest

from datatools import tables
from datatools.errors import DataError
from datatools.progress import Progress
from datatools.readers import Ancestry
from datatools.readers.derived import Derived
from datatools.stages import ingest
from datatools.workspace import Workspace
from tests import datasets


def test_ancestry_comes_back(tmp_path: Path) -> None:
    """Kind, parent, person, background and box of a row are its entry's."""
    datasets.derived(tmp_path)
    crop, _, composite = Derived(tmp_path).entries()
    assert crop.ancestry == Ancestry(
        kind="crop", parent="00000000000000aa", person_id="street:ann", box=(10, 0, 106, 128)
    )
    assert composite.ancestry == Ancestry(
        kind="composite", parent="00000000000000aa", person_id="street:ann", background="00000000000000bb"
    )
    assert composite.mask_source == "composite:human"


def test_licences_of_the_parents_are_joined(tmp_path: Path) -> None:
    """A set of several parents names each of their licences once."""
    datasets.derived(tmp_path)
    index = tmp_path / "index.csv"
    index.write_text(index.read_text().replace("unclear", "CC BY 4.0", 1))
    assert Derived(tmp_path).licence == "CC BY 4.0; unclear"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [("composite,", "collage,", "a kind among"), ("10 0 106 128", "10 0 106", "a box")],
)
def test_row_that_means_nothing_is_named(old: str, new: str, said: str, tmp_path: Path) -> None:
    """A kind or a box that is none is a data error, not a guess."""
    datasets.derived(tmp_path)
    index = tmp_path / "index.csv"
    index.write_text(index.read_text().replace(old, new, 1))
    with pytest.raises(DataError, match=said):
        list(Derived(tmp_path).entries())


def test_made_pictures_keep_their_parents_person(
    workspace: Workspace, tmp_path: Path, quiet: Progress
) -> None:
    """Ingest takes the person as named, without its source in front, and writes the lineage."""
    root = tmp_path / "made"
    root.mkdir()
    datasets.derived(root)
    ingest.run(workspace, ingest.Settings(source=root), quiet)
    assert {row.person_id for row in workspace.samples()} == {"street:ann"}
    lineage = workspace.rows(tables.LINEAGE)
    assert sorted(row.kind for row in lineage) == ["composite", "crop", "crop"]
    assert {row.sample_id for row in lineage} == {row.sample_id for row in workspace.samples()}
    ingest.run(workspace, ingest.Settings(source=root), quiet)
    assert workspace.rows(tables.LINEAGE) == lineage
