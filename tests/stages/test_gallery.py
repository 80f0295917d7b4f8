"""Is a gallery what the workspace holds, is it whole whatever happens, and does a withdrawal reach it?"""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.browse.gallery import drawn
from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.images import write_matte
from datatools.masks import Matte
from datatools.progress import Progress
from datatools.records import ConsensusRow, MatteRow
from datatools.stages import gallery, withdraw
from datatools.withdrawal import galleries as remembered
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import galleries, people
from tests.stages.galleries import N, facet, facts, files, write

_QUIET = Progress("quiet")


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace that is only read, and copied."""
    workspace = Workspace(tmp_path_factory.mktemp("gallery") / "ws")
    workspace.create()
    return galleries.fill(workspace)


@pytest.fixture
def filled(original: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy with pictures of its own."""
    shutil.copytree(original.root.parent, tmp_path / "copy")
    copy = Workspace(tmp_path / "copy" / "ws")
    roots = [replace(row, root=str(tmp_path / "copy" / "pictures")) for row in copy.rows(tables.SOURCES)]
    copy.write(tables.SOURCES, roots)
    return copy


def _withdraw(workspace: Workspace, **settings: object) -> list[str]:
    wanted = {"person": "set:p1", "browser": False, **settings}
    return withdraw.run(workspace, withdraw.Settings.model_validate(wanted), _QUIET).notes


def test_every_picture_has_a_thumbnail_without_metadata(filled: Workspace, tmp_path: Path) -> None:
    """JPEG of at most the side that was asked for; no EXIF, no profile, no comment."""
    result = write(filled, tmp_path / "out", side_px=100)
    paths = sorted((tmp_path / "out" / "pictures").rglob("*.jpg"))
    assert (result.facts["n_images"], result.facts["n_people"], len(paths)) == (N, N // 2, N)
    with Image.open(paths[0]) as image:
        assert (image.size, image.format, dict(image.getexif()), image.info.get("comment")) == (
            (75, 100),
            "JPEG",
            {},
            None,
        )


def test_facts_are_those_of_the_tables(filled: Workspace, tmp_path: Path) -> None:
    """Verdicts, failed checks, splits, lists and groups by picture; numbers to six digits."""
    out = tmp_path / "out"
    write(filled, out)
    assert facet(out, "verdict") | {"title": "", "note": ""} == {
        "key": "verdict",
        "name": None,
        "title": "",
        "note": "",
        "values": ["accepted", "rejected"],
        "of": [0, 0, 1, 0, 0, 1, 0, 0],
    }
    assert facet(out, "reason")["of"] == [-1, -1, 0, -1, -1, 0, -1, -1]
    assert facet(out, "split")["of"] == [1, 1, 1, 1, 0, 0, 0, 0]
    assert facet(out, "list")["of"] == [0, *[-1] * (N - 1)]
    numbers = {one["name"]: one["of"] for one in facts(out)["numbers"]}
    assert numbers["measured_ita_deg_measure"][:2] == [0.333333, 10.3333]
    assert numbers["accuracy_generated_on_human_iou_fg_image"][0] == 1.0


def test_groups_are_the_audits_and_say_who_stated_them(filled: Workspace, tmp_path: Path) -> None:
    """A person is in one group in all pictures; answers stand beside with their source."""
    out = tmp_path / "out"
    write(filled, out)
    gender = facet(out, "group", "perceived_gender")
    assert (gender["note"], gender["values"]) == ("stated by: annotator", ["female", "male"])
    assert gender["of"] == [0, 0, 1, 1, 0, 0, 1, 1]
    answers = facet(out, "answer", "perceived_gender")
    assert answers["values"] == ["female (annotator)", "male (annotator)"]
    assert facts(out)["details"][2]["answers"] == [
        ["perceived_gender", "male", "annotator", "ann01"],
        ["perceived_gender", "male", "annotator", "ann02"],
    ]


def test_attributes_of_audits_become_groups(filled: Workspace, tmp_path: Path) -> None:
    """A measurement that an audit was asked to cut is cut alike; what has no data is left out."""
    folder = filled.report_folder("first")
    folder.mkdir(parents=True)
    asked = ["ita_deg:20,40", "yaw_deg:0", "self_reported_race", "perceived_gender"]
    (folder / "audit.json").write_text(json.dumps({"settings": {"attributes": asked}}))
    out = tmp_path / "out"
    write(filled, out)
    assert facet(out, "group", "ita_deg")["values"] == ["ita_deg < 20", "ita_deg 20 to 40", "ita_deg >= 40"]
    assert sum(one["key"] == "group" for one in facts(out)["facets"]) == 2


def test_a_consensus_is_told_with_its_probability(filled: Workspace, tmp_path: Path) -> None:
    """It is a filter, and stands in the large view."""
    row = ConsensusRow(
        sample_id=people.sample_id(1),
        person_id="set:p0",
        question="perceived_gender",
        vocabulary="gender@1",
        unit="picture",
        value="female",
        probability=0.87654,
        n_annotators=3,
        entropy_bits=0.5,
        values=["female", "male"],
        posterior=[0.87654, 0.12346],
    )
    filled.write(tables.CONSENSUS, [row])
    out = tmp_path / "out"
    write(filled, out)
    assert facet(out, "consensus", "perceived_gender")["of"][:3] == [-1, 0, -1]
    assert facts(out)["details"][1]["consensus"] == [["perceived_gender", "female", 0.877, 3]]


def test_answers_can_be_left_out(filled: Workspace, tmp_path: Path) -> None:
    """Neither answers, nor groups made of them, nor their agreement; measured groups stay."""
    out = tmp_path / "out"
    write(filled, out, answers=False, attributes=["perceived_gender", "ita_deg:20"])
    held = json.dumps(facts(out))
    assert [word for word in ("perceived_gender", "female", "ann01") if word in held] == []
    assert "such as gender" not in (out / "index.html").read_text("utf-8")
    assert facet(out, "group", "ita_deg")["values"] == ["ita_deg < 20", "ita_deg >= 20"]


def test_overlays_are_planes_of_one_file(filled: Workspace, tmp_path: Path) -> None:
    """The generated mask, the reference, the errors of the scored mask, landmarks; as high as the picture."""
    out = tmp_path / "out"
    write(filled, out)
    held = facts(out)
    names = held["plane_sets"][held["planes"][2]]
    assert names == ["mask", "reference_mask", "errors_generated_on_human", "landmarks"]
    with Image.open(out / drawn.planes_name(people.sample_id(2))) as image:
        assert image.size == (96, 128 * len(names))


def test_mattes_are_shown_as_heat(filled: Workspace, tmp_path: Path) -> None:
    """A teacher's matte is a plane of its own; a broken one hides itself alone."""
    rows = []
    for number in (0, 1):
        path = filled.matte_file("selfie", people.sample_id(number))
        write_matte(path, Matte(np.full((128, 96), 0.5, np.float32)))
        rows.append(
            MatteRow(
                sample_id=people.sample_id(number),
                teacher="selfie",
                path=filled.relative(path),
                seconds=0.1,
                sha256="0" * 64,
                parents="p",
                status="ok",
                error=None,
            )
        )
    filled.write(tables.MATTES, rows)
    filled.matte_file("selfie", people.sample_id(1)).write_bytes(b"")
    out = tmp_path / "out"
    write(filled, out)
    held = facts(out)
    has_matte = ["matte_selfie" in held["plane_sets"][number] for number in held["planes"]]
    assert has_matte == [True, *[False] * (N - 1)]


def test_errors_of_another_mask_than_the_scored_one_are_not_shown(filled: Workspace, tmp_path: Path) -> None:
    """The mask was refined again since it was scored: its errors are not those of the score."""
    shutil.copyfile(filled.mask_file(people.sample_id(0)), filled.mask_file(people.sample_id(2)))
    out = tmp_path / "out"
    write(filled, out)
    held = facts(out)
    assert "errors_generated_on_human" not in held["plane_sets"][held["planes"][2]]


def test_a_broken_mask_hides_itself_alone(filled: Workspace, tmp_path: Path) -> None:
    """The picture, its other overlays and its facts stay."""
    filled.mask_file(people.sample_id(0)).write_bytes(b"no picture")
    out = tmp_path / "out"
    write(filled, out)
    held = facts(out)
    assert held["plane_sets"][held["planes"][0]] == ["reference_mask", "landmarks"]


def test_a_second_run_draws_only_what_changed(filled: Workspace, tmp_path: Path) -> None:
    """Files that are there stay as they are; the result is the same, byte for byte."""
    out = tmp_path / "out"
    write(filled, out)
    before = files(out)
    gone = drawn.thumbnail_name(people.sample_id(3))
    (out / gone).unlink()
    times = {path: path.stat().st_mtime_ns for path in (out / "pictures").rglob("*.jpg")}
    write(filled, out)
    after = {path for path, time in times.items() if path.stat().st_mtime_ns == time}
    assert (files(out) == before, len(after)) == (True, N - 1)


def test_a_run_that_was_cut_off_is_completed(filled: Workspace, tmp_path: Path) -> None:
    """A half line of the journal, half files and no page: the next run ends with the same files."""
    out = tmp_path / "out"
    write(filled, out)
    before = files(out)
    (out / "index.html").unlink()
    journal = out / "drawn.jsonl"
    journal.write_bytes(journal.read_bytes()[:-40])
    for name in ("pictures/00/.x.part", ".index.html.0123456789abcdef.part"):
        (out / name).write_bytes(b"half")
    write(filled, out)
    assert files(out) == before


def test_samples_that_are_gone_leave_the_gallery(filled: Workspace, tmp_path: Path) -> None:
    """A smaller gallery in the same folder holds no file of the others."""
    out = tmp_path / "out"
    write(filled, out)
    write(filled, out, limit=2)
    assert len(list((out / "pictures").rglob("*.jpg"))) == 2
    assert len(list((out / "overlays").rglob("*.png"))) == 2


def test_a_picture_that_cannot_be_read_is_told(filled: Workspace, tmp_path: Path) -> None:
    """It stays among the others, with the reason and without a file."""
    (filled.root.parent / "pictures" / "1.png").write_bytes(b"")
    out = tmp_path / "out"
    result = write(filled, out)
    assert (result.facts["n_unreadable"], facts(out)["size"][1]) == (1, [0, 0])
    assert "empty" in facts(out)["details"][1]["error"]
    assert any("1 pictures cannot be read" in note for note in result.notes)


def test_no_readable_picture_is_an_error(filled: Workspace, tmp_path: Path) -> None:
    """A gallery of nothing is none."""
    shutil.rmtree(filled.root.parent / "pictures")
    with pytest.raises(DataError, match="none of 8 can be read"):
        write(filled, tmp_path / "out")


def test_too_many_unreadable_pictures_stop_the_stage(workspace: Workspace, tmp_path: Path) -> None:
    """More than half, and more than 20: the source was moved, and going on makes no sense."""
    people.ingest(workspace, tmp_path, [people.sample(number) for number in range(25)])
    with pytest.raises(TooManyFailuresError, match="21 of 25 pictures"):
        write(workspace, tmp_path / "out")


def test_a_workspace_of_pictures_alone_makes_a_gallery(workspace: Workspace, tmp_path: Path) -> None:
    """Before any stage but ingest: no overlays, no groups."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    Image.fromarray(draw_person()[0]).save(folder / "0.png")
    people.ingest(workspace, folder, [people.sample(0, path="0.png")])
    out = tmp_path / "out"
    write(workspace, out)
    assert (facts(out)["plane_sets"], (out / "overlays").exists()) == ([[]], False)


def test_overlays_that_are_gone_lose_their_file(filled: Workspace, tmp_path: Path) -> None:
    """A sample that has nothing to lay over it any more has no file of overlays."""
    out = tmp_path / "out"
    write(filled, out)
    filled.write(
        tables.MANIFEST,
        [replace(row, reference_mask=None, mask_source=None) for row in filled.rows(tables.MANIFEST)],
    )
    for name in ("masks", "landmarks", "scores"):
        (filled.root / "tables" / f"{name}.parquet").unlink()
    write(filled, out)
    assert list((out / "overlays").rglob("*.png")) == []


def test_only_an_empty_folder_or_a_gallery_is_written_to(filled: Workspace, tmp_path: Path) -> None:
    """Other files are nobody's to mix with pictures of people."""
    (tmp_path / "notes.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds other files"):
        write(filled, tmp_path)
    with pytest.raises(UsageError, match="is a file"):
        write(filled, tmp_path / "notes.txt")


def test_a_workspace_without_pictures_is_told(workspace: Workspace, tmp_path: Path) -> None:
    """Nothing to show is a wrong order of steps."""
    people.ingest(workspace, tmp_path, [])
    with pytest.raises(UsageError, match="datatools ingest"):
        write(workspace, tmp_path / "out")


def test_a_dry_run_writes_nothing(filled: Workspace, tmp_path: Path) -> None:
    """It says how many pictures would go where."""
    result = write(filled, tmp_path / "out", dry_run=True)
    assert (result.facts["n_images"], (tmp_path / "out").exists()) == (N, False)
    assert remembered.known(filled) == []


def test_out_must_be_named() -> None:
    """Pictures of people are not written anywhere by default."""
    assert gallery.Settings.model_fields["out"].is_required()


def test_the_record_remembers_the_folder(filled: Workspace, tmp_path: Path) -> None:
    """The run's record and the workspace name it; a second gallery is remembered beside it."""
    write(filled, tmp_path / "one", limit=1)
    write(filled, tmp_path / "two", limit=1)
    record = json.loads(sorted(filled.run_files())[-1].read_text())
    assert (record["stage"], record["facts"]["gallery"]) == ("gallery", str(tmp_path / "two"))
    assert remembered.known(filled) == [tmp_path / "one", tmp_path / "two"]


def test_a_withdrawal_cleans_a_gallery_elsewhere(filled: Workspace, tmp_path: Path) -> None:
    """Their pictures, overlays and mentions go, the page goes whole; the others' pictures stay."""
    out = tmp_path / "out"
    write(filled, out)
    notes = _withdraw(filled)
    theirs = {people.sample_id(2), people.sample_id(3)}
    left = files(out)
    assert [
        name for name, data in left.items() for each in theirs if each in name or each.encode() in data
    ] == []
    assert ("index.html" in left, sum(name.endswith(".jpg") for name in left)) == (False, N - 2)
    assert any("lost its page" in note for note in notes)
    write(filled, out)
    assert facts(out)["people"] == ["set:p0", "set:p2", "set:p3"]


def test_a_withdrawal_cleans_what_a_killed_run_has_left(
    filled: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder is remembered before the first picture is written."""
    out = tmp_path / "out"

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("datatools.browse.gallery.content.content", killed)
    with pytest.raises(KeyboardInterrupt):
        write(filled, out)
    _withdraw(filled)
    assert sum(name.endswith(".jpg") for name in files(out)) == N - 2


def test_a_withdrawal_names_galleries_that_it_cannot_reach(filled: Workspace, tmp_path: Path) -> None:
    """A folder that was moved or is not mounted has to be deleted by whoever has it."""
    out = tmp_path / "out"
    write(filled, out)
    assert any(f"the gallery in {out}" in note for note in _withdraw(filled, dry_run=True))
    shutil.move(out, tmp_path / "elsewhere")
    assert any(f"was written to {out}, which is not there" in note for note in _withdraw(filled))


def test_a_broken_list_of_galleries_is_told(filled: Workspace, tmp_path: Path) -> None:
    """A withdrawal that knows not where to look says so."""
    write(filled, tmp_path / "out", limit=1)
    (filled.root / "galleries.json").write_text("{")
    with pytest.raises(DataError, match="not the list of this workspace's galleries"):
        _withdraw(filled)
