"""Do pictures and masks leave as shards that others read, the same bytes each time?"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fsspec.implementations.memory import MemoryFileSystem
from PIL import Image

from datatools import images, lists, tables
from datatools.errors import TableError, TooManyFailuresError, UsageError
from datatools.records import Sample
from datatools.withdrawal import handed_on
from datatools.withdrawal.handed_on import INDEX
from datatools.workspace import Workspace
from tests.stages import sharded
from tests.stages.sharded import N, every_member, files, fill, index, members, number_of, write


@pytest.fixture
def samples(workspace: Workspace, tmp_path: Path) -> list[Sample]:
    """Fill the workspace."""
    return fill(workspace, tmp_path / "people")


def _facts(found: dict[str, bytes]) -> dict[str, dict[str, object]]:
    return {
        name.removesuffix(".json"): json.loads(data) for name, data in found.items() if name.endswith(".json")
    }


def _numbered(samples: list[Sample], number: int) -> Sample:
    return next(row for row in samples if number_of(row) == number)


# -- what is in them -----------------------------------------------------------------------------------


def test_a_samples_members_stand_together(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """What is known, the picture's own bytes, the generated mask, the one that came with the data."""
    write(workspace, tmp_path / "out")
    names = list(every_member(files(tmp_path / "out")))
    expected = []
    for row in samples:
        endings = ["json", row.path.rpartition(".")[2], "mask.png", "reference.png"]
        endings.remove("mask.png") if number_of(row) == 3 else None
        endings.remove("reference.png") if number_of(row) == 4 else None
        expected += [f"{row.sample_id}.{ending}" for ending in endings]
    assert names == expected


def test_pictures_go_as_their_files_are(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """Their ids are hashes of these bytes."""
    write(workspace, tmp_path / "out")
    found = every_member(files(tmp_path / "out"))
    for row in samples:
        name = f"{row.sample_id}.{row.path.rpartition('.')[2]}"
        assert hashlib.sha256(found[name]).hexdigest()[:16] == row.sample_id


def test_masks_are_0_and_255_in_the_upright_frame(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Whatever the file held that came with the data."""
    write(workspace, tmp_path / "out")
    found = every_member(files(tmp_path / "out"))
    row = _numbered(samples, 1)
    reference, made = (
        sharded.mask_of(found[f"{row.sample_id}.{kind}.png"]).array for kind in ("reference", "mask")
    )
    assert (reference == sharded.reference(1)[1].array).all()
    assert (made == sharded.generated(1).array).all()


def test_masks_that_are_0_and_255_go_as_their_files_are(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Where the file is a plain grey PNG; a JPEG is none."""
    masks = tmp_path / "people" / "masks"
    grey = np.asarray(Image.open(masks / "0002.png")) * np.uint8(255)
    (masks / "0002.png").write_bytes(images.to_png(grey))
    Image.fromarray(np.full_like(grey, 255)).save(masks / "0006.png", "JPEG")
    write(workspace, tmp_path / "out")
    found = every_member(files(tmp_path / "out"))
    names = {number: f"{_numbered(samples, number).sample_id}.reference.png" for number in (2, 6)}
    assert found[names[2]] == (masks / "0002.png").read_bytes()
    assert found[names[6]] == images.to_png(np.full_like(grey, 255))


def test_the_json_says_what_is_known(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """Sources of masks are never lost, and a turned picture says so."""
    write(workspace, tmp_path / "out")
    row = _numbered(samples, 1)
    assert _facts(every_member(files(tmp_path / "out")))[row.sample_id] == {
        "format": "portrait-datatools/1",
        "sample_id": row.sample_id,
        "source": "people",
        "path": "images/0001.jpg",
        "licence": "CC BY 4.0",
        "person_id": "people:p0000",
        "split": "train",
        "width_px": 48,
        "height_px": 64,
        "orientation": 6,
        "mask": {"source": "model:selfie"},
        "reference": {"source": "human"},
    }


def test_answers_go_along_only_when_asked(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Each annotator's last one, with the vocabulary and who said so; not those about masks."""
    result = write(workspace, tmp_path / "out", with_answers=True)
    said = {key: facts["answers"] for key, facts in _facts(every_member(files(tmp_path / "out"))).items()}
    assert said.pop(samples[0].sample_id) == [
        {
            "question": "perceived_gender",
            "values": ["male"],
            "vocabulary": "gender@1",
            "source": "annotator",
            "annotator_id": "ann01",
            "created_at": "2026-01-02T00:00:00Z",
        }
    ]
    assert list(said.values()) == [[]] * (N - 1)
    assert any("perceived_gender (1 samples)" in note for note in result.notes)


@pytest.mark.parametrize(
    ("settings", "numbers"),
    [
        ({"masks": "generated"}, {0, 1, 2, 4, 5, 6, 7, 8, 9, 10, 11}),
        ({"masks": "generated", "accepted_only": False}, set(range(N))),
        ({"masks": "reference"}, {0, 1, 2, 3, 5, 6, 7, 8, 9, 10, 11}),
        ({"split": "test"}, {0, 4, 8}),
        ({"only": "people"}, set(range(N))),
    ],
)
def test_samples_are_those_that_have_what_is_asked_for(
    workspace: Workspace,
    samples: list[Sample],
    tmp_path: Path,
    settings: dict[str, object],
    numbers: set[int],
) -> None:
    """Of the wanted masks, split and source."""
    write(workspace, tmp_path / "out", **settings)
    found = _facts(every_member(files(tmp_path / "out")))
    assert {number_of(row) for row in samples if row.sample_id in found} == numbers


def test_a_list_chooses_samples(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """As for other stages."""
    ids = [row.sample_id for row in samples[2:5]]
    write(workspace, tmp_path / "out", samples=lists.keep(workspace, ids))
    assert list(_facts(every_member(files(tmp_path / "out")))) == ids


def test_masks_that_are_not_asked_for_stay(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """And the JSON says that there is none."""
    write(workspace, tmp_path / "out", masks="reference", limit=3)
    found = every_member(files(tmp_path / "out"))
    assert not any(name.endswith(".mask.png") for name in found)
    assert [facts["mask"] for facts in _facts(found).values()] == [None] * 3


def test_reference_masks_need_no_stage_but_ingest(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """A set with human masks can be handed on as it came."""
    for name in ("masks", "findings", "splits"):
        (workspace.root / "tables" / f"{name}.parquet").unlink()
    write(workspace, tmp_path / "out")
    facts = _facts(every_member(files(tmp_path / "out")))
    assert (len(facts), {str(one["split"]) for one in facts.values()}) == (N - 1, {"None"})


# -- the index -----------------------------------------------------------------------------------------


def test_the_index_says_what_is_in_each_shard(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Hash, bytes, number, first and last id of each; counts of all."""
    write(workspace, tmp_path / "out")
    found = files(tmp_path / "out")
    told = index(tmp_path / "out")
    shards = {name: data for name, data in found.items() if name.endswith(".tar")}
    assert len(shards) > 1
    ids = {name: list(_facts(members(data))) for name, data in shards.items()}
    assert told["shards"] == [
        {
            "name": name,
            "sha256": hashlib.sha256(data).hexdigest(),
            "n_bytes": len(data),
            "n_samples": len(ids[name]),
            "first": ids[name][0],
            "last": ids[name][-1],
        }
        for name, data in sorted(shards.items())
    ]
    assert [told[f"n_by_{name}"] for name in ("licence", "split", "mask", "reference", "source")] == [
        {"CC BY 4.0": N - 1, "unknown": 1},
        {"test": 3, "train": N - 3},
        {"model:selfie": N - 1},
        {"human": N - 1},
        {"people": N},
    ]


def test_licences_are_told(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """And which samples have none that anybody stated."""
    notes = "\n".join(write(workspace, tmp_path / "out").notes)
    assert "CC BY 4.0: 11; unknown: 1." in notes
    assert f"in full: {_numbered(samples, 5).sample_id}." in notes


def test_many_samples_without_a_licence_are_counted(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """The first ones are named."""
    workspace.write(tables.MANIFEST, [replace(row, licence="unknown") for row in samples])
    notes = "\n".join(write(workspace, tmp_path / "out").notes)
    assert f"{samples[9].sample_id} and 2 more." in notes


# -- again ---------------------------------------------------------------------------------------------


def test_the_same_samples_give_the_same_bytes(
    workspace: Workspace, samples: list[Sample], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In another folder, with another number of cores."""
    write(workspace, tmp_path / "out")
    monkeypatch.setattr("datatools.sharding.handing.n_cores", lambda: 5)
    write(workspace, tmp_path / "again")
    assert files(tmp_path / "again") == files(tmp_path / "out")


def test_what_is_there_is_kept(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """The second run writes the index alone."""
    first = write(workspace, tmp_path / "out")
    before = {path: path.stat().st_ino for path in (tmp_path / "out").glob("*.tar")}
    second = write(workspace, tmp_path / "out")
    assert {path: path.stat().st_ino for path in before} == before
    assert (first.facts["n_kept"], second.facts["n_kept"]) == (0, len(before))
    assert (first.facts["n_made"], second.facts["n_made"]) == (len(before), 0)


def test_a_sample_that_changes_changes_its_shard_alone(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """One that leaves too: the others keep theirs."""
    write(workspace, tmp_path / "out")
    before = files(tmp_path / "out")
    gone = samples[0]
    workspace.write(tables.MANIFEST, [row for row in samples if row != gone])
    result = write(workspace, tmp_path / "out")
    after = files(tmp_path / "out")
    changed = [name for name in before if name.endswith(".tar") and before[name] != after.get(name)]
    assert (changed, result.facts["n_made"]) == (["shards-000000.tar"], 1)
    assert gone.sample_id not in _facts(every_member(after))


def test_another_reference_mask_makes_another_shard(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Though no table knows of it."""
    write(workspace, tmp_path / "out")
    path = workspace.reference_file(_numbered(samples, 2))
    assert path is not None
    path.write_bytes((workspace.root.parent / "people" / "masks" / "0000.png").read_bytes())
    assert write(workspace, tmp_path / "out").facts["n_made"] == 1


def test_shards_that_are_no_longer_wanted_go(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """With what a killed run left; nobody else's files are touched."""
    out = tmp_path / "out"
    write(workspace, out)
    (out / ".shards-000001.tar.0123456789abcdef.part").write_bytes(b"half")
    (out / "README.md").write_text("mine")
    write(workspace, out, shard_mb=100)
    assert set(files(out)) == {"shards-000000.tar", INDEX, "README.md"}


def test_a_shard_that_was_cut_off_is_written_again(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Its size tells."""
    write(workspace, tmp_path / "out")
    before = files(tmp_path / "out")
    (tmp_path / "out" / "shards-000001.tar").write_bytes(b"short")
    write(workspace, tmp_path / "out")
    assert files(tmp_path / "out") == before


# -- trouble -------------------------------------------------------------------------------------------


def test_samples_that_cannot_be_read_are_left_out_with_a_reason(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """And tried again by the next run."""
    pictures = tmp_path / "people" / "images"
    kept = (pictures / "0002.png").read_bytes()
    (pictures / "0000.png").unlink()
    (pictures / "0002.png").write_bytes(kept + b" ")
    workspace.mask_file(_numbered(samples, 6).sample_id).write_bytes(b"other")
    (tmp_path / "people" / "masks" / "0008.png").write_bytes(b"no mask")
    rows = [replace(row, path="../../x.png") if number_of(row) == 10 else row for row in samples]
    workspace.write(tables.MANIFEST, rows)
    result = write(workspace, tmp_path / "out")
    told = index(tmp_path / "out")["left_out"]
    assert isinstance(told, list)
    reasons = {one["sample_id"]: one["reason"] for one in told}
    assert reasons == {
        _numbered(samples, 0).sample_id: "0000.png: cannot be read: No such file or directory",
        _numbered(samples, 2).sample_id: (
            "0002.png is not the picture that was ingested: run `datatools ingest` again"
        ),
        _numbered(samples, 6).sample_id: (
            f"its generated mask {_numbered(samples, 6).sample_id}.png is not what the table of masks says: "
            "`datatools verify` tells more"
        ),
        _numbered(samples, 8).sample_id: (
            "0008.png: not a picture in one of the formats JPEG, PNG, WEBP, BMP, TIFF, GIF, PPM"
        ),
        _numbered(samples, 10).sample_id: "the path of one of its files leaves its folder",
    }
    assert any("5 samples cannot be read, and are left out:" in note for note in result.notes)
    (pictures / "0002.png").write_bytes(kept)
    assert write(workspace, tmp_path / "out").facts["n_left_out"] == 4


def test_of_many_that_cannot_be_read_the_first_are_told(workspace: Workspace, tmp_path: Path) -> None:
    """The index has them all."""
    fill(workspace, tmp_path / "people", 30)
    for path in sorted((tmp_path / "people" / "images").iterdir())[:12]:
        path.unlink()
    notes = write(workspace, tmp_path / "out").notes
    assert notes[-1] == "  shards.json names them all."


def test_too_many_that_cannot_be_read_stop_the_stage(workspace: Workspace, tmp_path: Path) -> None:
    """The source was moved: nothing appears, and the index of before is gone."""
    fill(workspace, tmp_path / "people", 25)
    (tmp_path / "people" / "images").rename(tmp_path / "elsewhere")
    with pytest.raises(TooManyFailuresError, match="more than half of the samples cannot be read"):
        write(workspace, tmp_path / "out", shard_mb=100)
    assert list((tmp_path / "out").glob("*")) == []


def test_a_folder_of_other_files_is_refused(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Also one with shards of another workspace: they would be mixed, or removed."""
    with pytest.raises(UsageError, match="holds other files"):
        write(workspace, tmp_path / "people")


def test_nothing_to_write_is_an_error(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """It says which verbs come before."""
    workspace.write(tables.MANIFEST, [replace(row, reference_mask=None, mask_source=None) for row in samples])
    with pytest.raises(UsageError, match="expected samples with masks to write, got none"):
        write(workspace, tmp_path / "out", masks="reference")


def test_a_split_that_is_none_is_an_error(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match=r"expected a split among \['test', 'train'\], got 'dev'"):
        write(workspace, tmp_path / "out", split="dev")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("gone", "settings"), [("masks", {"masks": "generated"}), ("findings", {}), ("splits", {"split": "test"})]
)
def test_stages_that_come_before_are_named(
    workspace: Workspace, samples: list[Sample], tmp_path: Path, gone: str, settings: dict[str, object]
) -> None:
    """A table that is needed is not there yet."""
    (workspace.root / "tables" / f"{gone}.parquet").unlink()
    with pytest.raises(TableError, match=gone):
        write(workspace, tmp_path / "out", **settings)


def test_a_dry_run_writes_nothing(workspace: Workspace, samples: list[Sample], tmp_path: Path) -> None:
    """It says how much there would be."""
    result = write(workspace, tmp_path / "out", dry_run=True)
    assert result.facts["n_samples"] == N
    assert not (tmp_path / "out").exists()
    assert not (workspace.root / "exports").exists()


# -- addresses -----------------------------------------------------------------------------------------


@pytest.fixture
def memory() -> Iterator[MemoryFileSystem]:
    """Give fsspec's file system in memory, empty before and after."""
    found = MemoryFileSystem()
    found.store.clear()
    yield found
    found.store.clear()


def test_an_address_gets_the_bytes_of_a_folder(
    workspace: Workspace, samples: list[Sample], tmp_path: Path, memory: MemoryFileSystem
) -> None:
    """And no other file; its secrets stay out of the workspace."""
    write(workspace, tmp_path / "out")
    write(workspace, "memory://me:secret@bucket/a")
    found = {path.rpartition("/")[2]: memory.cat(path) for path in memory.find("")}
    assert found == files(tmp_path / "out")
    kept = [path.read_bytes() for path in workspace.root.rglob("*") if path.is_file()]
    assert not any(b"secret" in data for data in kept)
    assert write(workspace, "memory://me:secret@bucket/a").facts["n_made"] == 0


# -- what is remembered --------------------------------------------------------------------------------


def test_the_workspace_remembers_before_it_writes(
    workspace: Workspace, samples: list[Sample], tmp_path: Path
) -> None:
    """So that a withdrawal finds what a run that was killed has left; no id is in the file."""
    write(workspace, tmp_path / "out")
    (path,) = handed_on.every(workspace)
    handed = handed_on.read(path)
    assert handed is not None
    assert handed.folder == tmp_path / "out"
    assert sorted(handed.shards) == [one.name for one in sorted((tmp_path / "out").glob("*.tar"))]
    text = path.read_text()
    assert not any(row.sample_id in text or row.person_id in text for row in samples)
