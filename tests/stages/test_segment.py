"""The stage segment keeps one soft matte a picture and teacher, whatever interrupts it."""

import json
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import MissingWeightsError, TooManyFailuresError, UsageError
from datatools.images import read_matte, read_rgb
from datatools.journal import Journal
from datatools.masks import RGB, Face, Matte, iou
from datatools.progress import Progress
from datatools.records import MatteRow, StageResult
from datatools.stages import segment
from datatools.stages.segment import Settings
from datatools.teachers._load import load_teacher
from datatools.teachers.network import Network
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import people
from tests.stages.pictures import ingest_drawn, table_bytes
from tests.stages.test_landmarks import given_row
from tests.unit.teachers.networks import write_card, write_onnx


@pytest.fixture
def card(tmp_path: Path) -> str:
    """Give the card of a network that finds the bright person on the dark background."""
    write_onnx(tmp_path / "net.onnx", [[20.0, 0.0, 0.0]], [-8.0])
    return str(write_card(tmp_path, "net.onnx"))


def run(workspace: Workspace, teacher: str, **settings: object) -> StageResult:
    """Run the stage quietly."""
    chosen = Settings.model_validate({"teachers": (teacher,), **settings})
    return segment.run(workspace, chosen, Progress("quiet"))


def subfolder(folder: Path, name: str) -> Path:
    """Make a folder for a card of its own."""
    (folder / name).mkdir()
    return folder / name


def untimed(workspace: Workspace) -> list[MatteRow]:
    """Give the table without the seconds, which no two runs share."""
    return [replace(row, seconds=None) for row in workspace.rows(tables.MATTES)]


def mattes(workspace: Workspace) -> dict[str, bytes]:
    """Give the files of mattes."""
    return {path.name: path.read_bytes() for path in sorted(workspace.root.glob("mattes/*/*.png"))}


def test_every_picture_has_a_matte_of_its_size(workspace: Workspace, card: str) -> None:
    """The row says where it lies, its checksum and the seconds that the teacher took."""
    ingest_drawn(workspace, 3)
    result = run(workspace, card)
    rows = workspace.rows(tables.MATTES)
    assert [row.sample_id for row in rows] == [people.sample_id(number) for number in range(3)]
    for number, row in enumerate(rows):
        assert row.path == f"mattes/tiny/{people.sample_id(number)}.png"
        path = workspace.file(row.path)
        assert row.sha256 == tables.sha256_file(path)
        assert (row.seconds or 0) > 0
        matte = read_matte(path)
        picture, mask = draw_person(seed=number)
        assert matte.array.shape == picture.shape[:2]
        assert iou(matte.threshold(), mask) > 0.8
    assert (result.facts["n_computed"], result.facts["n_failed"]) == (3, 0)


def test_mattes_are_kept_soft(workspace: Workspace, card: str) -> None:
    """To 8 bits as the teacher gave them."""
    ingest_drawn(workspace, 1)
    run(workspace, card)
    kept = read_matte(workspace.matte_file("tiny", people.sample_id(0))).array
    proposed = load_teacher(card).matte(draw_person(seed=0)[0], []).array
    assert np.abs(kept - proposed).max() <= 0.5 / 255 + 1e-6
    assert ((kept > 0.1) & (kept < 0.9)).any()


def test_speed_and_licence_are_recorded(workspace: Workspace, card: str) -> None:
    """Pictures a second, and how much longer the stage took than the teacher alone."""
    ingest_drawn(workspace, 2)
    result = run(workspace, card)
    facts = json.loads(workspace.run_files()[-1].read_text())["facts"]
    assert facts == result.facts
    assert facts["teachers"]["tiny"]["licence"] == "Apache-2.0"
    assert facts["mattes_per_s"] > 0
    assert facts["wall_to_forward_ratio"] > 1
    assert "mattes/s" in result.notes[1]


def test_a_second_run_computes_nothing(workspace: Workspace, card: str) -> None:
    """The table keeps its bytes, and no speed is claimed."""
    ingest_drawn(workspace, 3)
    run(workspace, card)
    before = table_bytes(workspace, tables.MATTES)
    result = run(workspace, card)
    assert (result.facts["n_computed"], result.facts["n_kept"]) == (0, 3)
    assert "mattes_per_s" not in result.facts
    assert len(result.notes) == 1
    assert table_bytes(workspace, tables.MATTES) == before


def test_a_matte_that_was_deleted_is_made_again(workspace: Workspace, card: str) -> None:
    """That one alone."""
    ingest_drawn(workspace, 3)
    run(workspace, card)
    before = mattes(workspace)
    workspace.matte_file("tiny", people.sample_id(1)).unlink()
    assert run(workspace, card).facts["n_computed"] == 1
    assert mattes(workspace) == before


def test_another_network_of_the_same_name_replaces_the_mattes(
    workspace: Workspace, card: str, tmp_path: Path
) -> None:
    """Mattes of old weights are stale."""
    ingest_drawn(workspace, 2)
    run(workspace, card)
    before = mattes(workspace)
    write_onnx(tmp_path / "net.onnx", [[20.0, 0.0, 0.0]], [-12.0])
    assert run(workspace, card).facts["n_computed"] == 2
    assert len(workspace.rows(tables.MATTES)) == 2
    assert all(mattes(workspace)[name] != content for name, content in before.items())


def test_teachers_live_side_by_side(workspace: Workspace, card: str, tmp_path: Path) -> None:
    """A second teacher leaves the first one's mattes alone."""
    ingest_drawn(workspace, 2)
    run(workspace, card)
    before = workspace.rows(tables.MATTES)
    other = write_card(tmp_path, "net.onnx", name='"other"')
    run(workspace, str(other))
    rows = workspace.rows(tables.MATTES)
    assert [row for row in rows if row.teacher == "tiny"] == before
    assert [row.sample_id for row in rows if row.teacher == "other"] == [row.sample_id for row in before]


def test_a_committee_works_in_one_run(workspace: Workspace, card: str, tmp_path: Path) -> None:
    """Each teacher has a matte of each picture; a teacher that comes later leaves theirs as they are."""
    ingest_drawn(workspace, 2)
    other = str(write_card(subfolder(tmp_path, "other"), "../net.onnx", name='"other"'))
    first = segment.run(workspace, Settings(teachers=(card, other)), Progress("quiet"))
    assert (first.facts["n_pictures"], first.facts["n_computed"]) == (2, 4)
    assert {(row.sample_id, row.teacher) for row in workspace.rows(tables.MATTES)} == {
        (people.sample_id(number), teacher) for number in range(2) for teacher in ("tiny", "other")
    }
    third = str(write_card(subfolder(tmp_path, "third"), "../net.onnx", name='"third"'))
    again = segment.run(workspace, Settings(teachers=(card, other, third)), Progress("quiet"))
    assert (again.facts["n_computed"], again.facts["n_kept"]) == (2, 4)


def test_two_teachers_of_one_name_are_refused(workspace: Workspace, card: str) -> None:
    """Their mattes would lie in one folder."""
    ingest_drawn(workspace, 1)
    with pytest.raises(UsageError, match="tiny more than once"):
        segment.run(workspace, Settings(teachers=(card, card)), Progress("quiet"))


def test_other_views_make_other_mattes(workspace: Workspace, card: str) -> None:
    """Mattes of the plain look are stale when more views are asked for."""
    ingest_drawn(workspace, 1)
    run(workspace, card)
    assert run(workspace, card, views=("flip",)).facts["n_computed"] == 1
    assert run(workspace, card, views=("flip",)).facts["n_computed"] == 0


def test_a_picture_that_is_gone_is_a_failed_row_until_it_is_back(workspace: Workspace, card: str) -> None:
    """The row says why; the next run tries it again and nothing else."""
    folder = ingest_drawn(workspace, 2)
    content = (folder / "0.png").read_bytes()
    (folder / "0.png").write_bytes(content[:100])
    assert run(workspace, card).facts["n_failed"] == 1
    row = workspace.rows(tables.MATTES)[0]
    assert (row.status, row.path, row.sha256, row.seconds) == ("failed", None, None, None)
    assert "0.png" in str(row.error)
    (folder / "0.png").write_bytes(content)
    facts = run(workspace, card).facts
    assert (facts["n_computed"], facts["n_failed"]) == (1, 0)


def test_a_wrong_card_stops_the_stage(workspace: Workspace, tmp_path: Path) -> None:
    """A network that gives no matte for picture after picture is not run over all of them."""
    ingest_drawn(workspace, 25)
    write_onnx(tmp_path / "net.onnx", [[20.0, 0.0, 0.0]], [-8.0])
    wrong = write_card(tmp_path, "net.onnx", output_name='"logit"')
    with pytest.raises(TooManyFailuresError, match=r"segment \(tiny\): 21 of 25 .*is it sigmoid or softmax"):
        run(workspace, str(wrong))


def test_a_teacher_that_needs_faces_names_the_stage_before(workspace: Workspace) -> None:
    """Nobody has looked for faces yet."""
    ingest_drawn(workspace, 2)
    with pytest.raises(UsageError, match=r"grabcut needs faces.* 2 of 2 .*`datatools landmarks --workspace"):
        run(workspace, "grabcut")


def test_mattes_go_stale_when_the_faces_change(workspace: Workspace) -> None:
    """Seeds from another face are other seeds."""
    ingest_drawn(workspace, 1)
    row = replace(given_row(people.sample_id(0)), points=None, box=[34.0, 34.0, 60.0, 66.0])
    workspace.write(tables.LANDMARKS, [row])
    assert run(workspace, "grabcut").facts["n_computed"] == 1
    assert run(workspace, "grabcut").facts["n_computed"] == 0
    workspace.write(tables.LANDMARKS, [replace(row, box=[30.0, 34.0, 60.0, 66.0])])
    assert run(workspace, "grabcut").facts["n_computed"] == 1


def test_a_picture_in_which_the_finder_failed_is_segmented_all_the_same(workspace: Workspace) -> None:
    """It was looked at: the teacher does without the face."""
    ingest_drawn(workspace, 1)
    failed = replace(given_row(people.sample_id(0)), points=None, box=None, face=None, status="failed")
    workspace.write(tables.LANDMARKS, [failed])
    assert run(workspace, "grabcut").facts["n_failed"] == 0


def test_a_dry_run_writes_nothing(workspace: Workspace, card: str) -> None:
    """It says how many pictures it would segment."""
    ingest_drawn(workspace, 3)
    assert run(workspace, card, dry_run=True).facts == {"n_to_compute": 3}
    assert not workspace.has(tables.MATTES)
    assert mattes(workspace) == {}
    assert workspace.run_files() == []
    run(workspace, card, limit=1)
    assert run(workspace, card, dry_run=True).facts == {"n_to_compute": 2}


def test_weights_that_are_not_here_name_the_command(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Before any picture is read."""
    ingest_drawn(workspace, 1)
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path))
    with pytest.raises(MissingWeightsError, match="`datatools teachers pull selfie`"):
        segment.run(workspace, Settings(), Progress("quiet"))


def test_one_source_can_be_chosen(workspace: Workspace, card: str) -> None:
    """Pictures of other sources are left for another teacher."""
    folder = ingest_drawn(workspace, 2)
    samples = workspace.samples()
    people.ingest(workspace, folder, [samples[0], replace(samples[1], source="other")])
    run(workspace, card, only="other")
    assert [row.sample_id for row in workspace.rows(tables.MATTES)] == [people.sample_id(1)]


_N_KILLED = 10


def _prepared(root: Path) -> Workspace:
    """Give a workspace of large pictures whose faces are known, so that grabcut takes its time."""
    workspace = Workspace(root / "ws")
    workspace.create()
    folder = ingest_drawn(workspace, _N_KILLED)
    for path in folder.iterdir():
        Image.fromarray(read_rgb(path)).resize((384, 512)).save(path)
    box = [136.0, 136.0, 240.0, 264.0]
    rows = [replace(given_row(people.sample_id(n)), points=None, box=box) for n in range(_N_KILLED)]
    workspace.write(tables.LANDMARKS, rows)
    return workspace


def test_a_killed_run_is_completed_to_the_same_result(tmp_path: Path) -> None:
    """Killed without warning half way and run again: same rows, same files, and only the rest computed."""
    (tmp_path / "killed").mkdir()
    (tmp_path / "whole").mkdir()
    killed, whole = _prepared(tmp_path / "killed"), _prepared(tmp_path / "whole")
    journal = Journal(killed, tables.MATTES).path
    program = (
        "from datatools.progress import Progress; from datatools.stages import segment; "
        "from datatools.workspace import Workspace; "
        "settings = segment.Settings(teachers=('grabcut',)); "
        f"segment.run(Workspace({str(killed.root)!r}), settings, Progress('quiet'))"
    )
    with subprocess.Popen([sys.executable, "-c", program]) as process:
        deadline = time.monotonic() + 60
        while process.poll() is None and time.monotonic() < deadline:
            if journal.exists() and journal.read_bytes().count(b"\n") >= 3:
                process.kill()
                break
            time.sleep(0.005)
    assert not killed.has(tables.MATTES)
    assert killed.run_files() == []

    facts = run(killed, "grabcut").facts
    assert 3 <= int(str(facts["n_kept"])) < _N_KILLED
    run(whole, "grabcut")
    assert untimed(killed) == untimed(whole)
    assert mattes(killed) == mattes(whole)


@pytest.mark.parametrize("views", [(), ("flip",)])
def test_pictures_go_through_in_batches_where_the_teacher_takes_them(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, views: tuple[str, ...]
) -> None:
    """The mattes are those of one picture at a time, within one of 255 steps."""
    ingest_drawn(workspace, 5)
    write_onnx(tmp_path / "net.onnx", [[20.0, 0.0, 0.0]], [-8.0], is_free=True)
    card = str(write_card(tmp_path, "net.onnx"))
    teacher = load_teacher(card)
    assert isinstance(teacher, Network)
    monkeypatch.setattr(segment, "load_teacher", lambda _: teacher)
    run(workspace, card, views=views)
    alone = {path: read_matte(path).array for path in sorted(workspace.root.glob("mattes/*/*.png"))}
    for path in alone:
        path.unlink()
    sizes: list[int] = []
    ask = teacher.mattes

    def count(images: Sequence[RGB], faces: Sequence[Sequence[Face]]) -> list[Matte]:
        sizes.append(len(images))
        return ask(images, faces)

    monkeypatch.setattr(teacher, "batch_size", 2)
    monkeypatch.setattr(teacher, "mattes", count)
    result = run(workspace, card, views=views)
    assert sizes == ([2, 2, 2, 2, 1, 1] if views else [2, 2, 1])  # mirrored views go together too
    assert (result.facts["n_computed"], result.facts["n_failed"]) == (5, 0)
    for path, matte in alone.items():
        np.testing.assert_allclose(read_matte(path).array, matte, atol=1.01 / 255)
