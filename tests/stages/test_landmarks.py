"""The stage landmarks records every face, and that there is none."""

import dataclasses
import json
from collections.abc import Sequence

import numpy as np
import pytest

from datatools import plugins, selection, tables
from datatools.derive import Item
from datatools.errors import MissingWeightsError, UsageError
from datatools.images import read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.masks import Face, Landmarks
from datatools.progress import Progress
from datatools.records import LandmarkRow, Sample, StageResult
from datatools.stages import landmarks
from datatools.stages.landmarks import Settings
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.pictures import ingest_drawn, table_bytes

FACES = (2, 3)  # seeds of rendered portraits in which dlib finds one face each


def run(workspace: Workspace, settings: Settings | None = None) -> StageResult:
    """Run the stage quietly."""
    return landmarks.run(workspace, settings or Settings(), Progress("quiet"))


def test_every_picture_has_a_row_with_or_without_a_face(workspace: Workspace) -> None:
    """A face has box, score and 68 points; no face is a row that says so."""
    ingest_drawn(workspace, 3, faces=FACES)
    result = run(workspace)
    found, other, none = workspace.rows(tables.LANDMARKS)
    assert (found.detector, found.scheme, found.face, found.n_faces) == ("dlib68", "ibug68", 0, 1)
    assert (len(found.points or []), len(found.box or []), found.status) == (136, 4, "ok")
    assert found.score is not None
    assert other.n_faces == 1
    assert (none.face, none.n_faces, none.points, none.box, none.is_cut) == (None, 0, None, None, None)
    assert (result.facts["n_computed"], result.facts["n_without_face"]) == (3, 1)


def test_the_table_gives_the_finders_faces_back(workspace: Workspace) -> None:
    """Box and points as found."""
    ingest_drawn(workspace, 1, faces=FACES)
    run(workspace)
    (face,) = selection.faces(workspace)[people.sample_id(0)]
    sample = workspace.samples()[0]
    (expected,) = Dlib68().faces(read_rgb(workspace.image_file(sample)))
    assert face.box == expected.box
    assert face.landmarks is not None
    assert expected.landmarks is not None
    np.testing.assert_array_equal(face.landmarks.points, expected.landmarks.points)


def test_another_finder_adds_its_own_rows(workspace: Workspace) -> None:
    """Both stay, each with its scheme; with several finders the first by name is used."""
    ingest_drawn(workspace, 1, faces=FACES)
    run(workspace)
    try:
        result = run(workspace, Settings(finder="mesh"))
    except MissingWeightsError as error:
        pytest.skip(str(error))
    assert result.facts["licence"] == "Apache-2.0"
    rows = workspace.rows(tables.LANDMARKS)
    assert [(row.detector, row.scheme, len(row.points or [])) for row in rows] == [
        ("dlib68", "ibug68", 136),
        ("mesh", "mesh468", 936),
    ]
    (face,) = selection.faces(workspace)[people.sample_id(0)]
    assert face.landmarks is not None
    assert face.landmarks.scheme == "ibug68"


def test_the_licence_is_in_the_run_record(workspace: Workspace) -> None:
    """Whoever uses the data set later sees under which licence its landmarks are."""
    ingest_drawn(workspace, 1)
    result = run(workspace)
    record = json.loads(workspace.run_files()[-1].read_text())
    assert "no commercial use" in record["facts"]["licence"]
    assert any("no commercial use" in note for note in result.notes)


def test_a_second_run_computes_nothing(workspace: Workspace) -> None:
    """The table keeps its bytes."""
    ingest_drawn(workspace, 3, faces=FACES)
    run(workspace)
    before = table_bytes(workspace, tables.LANDMARKS)
    facts = run(workspace).facts
    assert (facts["n_computed"], facts["n_kept"]) == (0, 3)
    assert table_bytes(workspace, tables.LANDMARKS) == before


def test_another_detector_computes_everything_again(workspace: Workspace) -> None:
    """Its rows replace the first one's: a picture has the faces of one finder once."""
    ingest_drawn(workspace, 1, faces=FACES)
    run(workspace)
    first = workspace.rows(tables.LANDMARKS)
    assert run(workspace, Settings(detector="cnn")).facts["n_computed"] == 1
    (row,) = workspace.rows(tables.LANDMARKS)
    assert row.detector == first[0].detector
    assert row.parents != first[0].parents


def test_given_landmarks_stay_beside_the_found_ones(workspace: Workspace) -> None:
    """What came with the data is never overwritten."""
    ingest_drawn(workspace, 2, faces=FACES)
    given = given_row(people.sample_id(1))
    workspace.write(tables.LANDMARKS, [given])
    run(workspace)
    rows = workspace.rows(tables.LANDMARKS)
    assert [(row.sample_id, row.detector) for row in rows] == [
        (people.sample_id(0), "dlib68"),
        (people.sample_id(1), "dlib68"),
        (people.sample_id(1), "given"),
    ]
    assert rows[2] == given


def given_row(sample_id: str) -> LandmarkRow:
    """Give a row as ingest writes it."""
    return LandmarkRow(
        sample_id=sample_id,
        scheme="eg1800_49",
        points=[1.0, 2.0],
        detector="given",
        score=None,
        face=0,
        n_faces=1,
        box=[1.0, 2.0, 1.0, 2.0],
        is_cut=False,
        parents="from the data",
        status="ok",
        error=None,
    )


def test_a_picture_that_is_gone_is_a_failed_row_until_it_is_back(workspace: Workspace) -> None:
    """The row says why; the next run tries it again and nothing else."""
    folder = ingest_drawn(workspace, 2)
    content = (folder / "0.png").read_bytes()
    (folder / "0.png").unlink()
    assert run(workspace).facts["n_failed"] == 1
    row = workspace.rows(tables.LANDMARKS)[0]
    assert (row.status, row.face, row.n_faces) == ("failed", None, 0)
    assert "0.png" in str(row.error)
    (folder / "0.png").write_bytes(content)
    facts = run(workspace).facts
    assert (facts["n_computed"], facts["n_failed"]) == (1, 0)


def test_several_faces_are_numbered_and_cut_ones_marked() -> None:
    """The largest is number 0; a box or a point beyond the border counts as cut."""
    inside = Landmarks(np.array([[10, 10], [20, 20]], np.float32), "ibug68")
    outside = Landmarks(np.array([[10, 10], [20, 120]], np.float32), "ibug68")
    faces = [
        Face((5.0, 5.0, 60.0, 60.0), outside, 2.0),
        Face((-1.0, 5.0, 40.0, 40.0), None, 1.0),
        Face((5.0, 5.0, 30.0, 30.0), inside, 0.5),
    ]
    rows = rows_of(faces)
    assert [(row.face, row.n_faces, row.is_cut, row.score) for row in rows] == [
        (0, 3, True, 2.0),
        (1, 3, True, 1.0),
        (2, 3, False, 0.5),
    ]
    assert rows[1].points is None
    assert rows[2].points == [10.0, 10.0, 20.0, 20.0]


def rows_of(faces: Sequence[Face]) -> list[LandmarkRow]:
    """Give the rows of a picture of 96 x 96 px with these faces."""
    item: Item[Sample] = Item("key", "parents", people.sample(0))
    return landmarks.face_rows(item, Dlib68(), faces, 96, 96)


def test_a_dry_run_writes_nothing(workspace: Workspace) -> None:
    """It says how many pictures it would look at."""
    ingest_drawn(workspace, 2)
    result = run(workspace, Settings(dry_run=True))
    assert result.facts == {"n_to_compute": 2}
    assert not workspace.has(tables.LANDMARKS)
    assert workspace.run_files() == []
    run(workspace, Settings(limit=1))
    assert run(workspace, Settings(dry_run=True)).facts == {"n_to_compute": 1}


def test_one_source_can_be_chosen(workspace: Workspace) -> None:
    """Pictures of other sources are left for another run."""
    folder = ingest_drawn(workspace, 2)
    samples = workspace.samples()
    people.ingest(workspace, folder, [samples[0], dataclasses.replace(samples[1], source="other")])
    run(workspace, Settings(only="other"))
    assert [row.sample_id for row in workspace.rows(tables.LANDMARKS)] == [people.sample_id(1)]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (Settings(finder="eyes"), f"expected one of the landmarks {', '.join(plugins.names('landmarks'))}"),
        (Settings(detector="haar"), "expected the detector hog or cnn"),
    ],
)
def test_an_unknown_finder_or_detector_is_refused(
    workspace: Workspace, settings: Settings, message: str
) -> None:
    """Before anything is read."""
    ingest_drawn(workspace, 1)
    with pytest.raises(UsageError, match=message):
        run(workspace, settings)
