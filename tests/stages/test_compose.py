"""Are people composed on others' backgrounds, and counted as nobody new ever after?"""

import dataclasses
import json
from collections import Counter
from pathlib import Path

import pytest

from datatools import selection, tables
from datatools.errors import DataError, UsageError
from datatools.fairness.chain.outcomes import cases
from datatools.images import read_mask, read_rgb
from datatools.masks import iou
from datatools.progress import Progress
from datatools.records import Finding, Sample, SplitRow, StageResult
from datatools.stages import audit, compose, evaluate, ingest, split
from datatools.workspace import Workspace
from tests.stages import made
from tests.stages.people import answer

_QUIET = Progress("quiet")


def _run(workspace: Workspace, **settings: object) -> StageResult:
    return compose.run(workspace, compose.Settings.model_validate({"per_person": 1, **settings}), _QUIET)


@pytest.fixture
def people(workspace: Workspace) -> Workspace:
    """Give four people with human masks."""
    made.with_people(workspace, 4)
    return workspace


@pytest.fixture
def spacious(workspace: Workspace) -> Workspace:
    """Give six people with room beside them for somebody else."""
    made.with_people(workspace, 6, room_px=300)
    return workspace


def _ingested(workspace: Workspace, **settings: object) -> list[Sample]:
    """Compose, ingest the composites, and give them."""
    _run(workspace, **settings)
    ingest.run(workspace, ingest.Settings(source=workspace.made_folder("composites")), _QUIET)
    return workspace.samples(source="composites")


def test_people_stand_on_other_peoples_backgrounds(spacious: Workspace) -> None:
    """Each composite has its person's mask, another background, and says where both come from."""
    result = _run(spacious)
    rows = [row for row in spacious.rows(tables.MADE) if row.image is not None]
    assert result.facts["n_composites"] == len(rows) > 0
    by_id = {sample.sample_id: sample for sample in spacious.samples()}
    for row in rows:
        parent = by_id[row.sample_id]
        mask = read_mask(Path(row.folder) / str(row.mask))
        assert iou(mask, read_mask(spacious.reference_file(parent) or Path())) > 0.95
        assert row.background in by_id
        assert row.background != row.sample_id
        assert row.mask_source == "composite:human"
        image, before = read_rgb(Path(row.folder) / str(row.image)), read_rgb(spacious.image_file(parent))
        assert abs(image[mask.array].astype(int) - before[mask.array]).mean() < 25
        assert {"window", "light", "seed"} <= json.loads(row.recipe).keys()


def test_rendered_backgrounds_need_nobody_else(workspace: Workspace) -> None:
    """One person alone can be composed on rendered places; own backgrounds want two people."""
    made.with_people(workspace, 1)
    with pytest.raises(UsageError, match="--backgrounds rendered"):
        _run(workspace)
    _run(workspace, backgrounds="rendered", per_person=2)
    rows = workspace.rows(tables.MADE)
    assert len(rows) == 2
    assert all(str(row.background).startswith(selection.RENDERED_BACKGROUND) for row in rows)
    pictures = {(Path(row.folder) / str(row.image)).read_bytes() for row in rows}
    assert len(pictures) == 2


def test_seed_repeats_and_a_second_run_does_nothing(people: Workspace) -> None:
    """The same seed gives the same bytes; what is there is kept."""
    _run(people, backgrounds="both")
    _run(people, backgrounds="both", name="again")
    names = [
        sorted((path.name, path.read_bytes()) for path in (people.made_folder(name) / "images").iterdir())
        for name in ("composites", "again")
    ]
    assert names[0] == names[1]
    assert _run(people, backgrounds="both").facts["n_computed"] == 0


def test_more_of_each_person_keeps_what_is_there(people: Workspace) -> None:
    """A larger --per-person adds to the set and overwrites nothing."""
    _run(people, backgrounds="rendered")
    images = people.made_folder("composites") / "images"
    before = {path.name: path.read_bytes() for path in images.iterdir()}
    _run(people, backgrounds="rendered", per_person=2)
    after = {path.name: path.read_bytes() for path in images.iterdir()}
    assert before.items() < after.items()


def test_other_seed_needs_another_set(people: Workspace) -> None:
    """A folder holds the pictures of one seed."""
    _run(people, backgrounds="rendered")
    with pytest.raises(UsageError, match="other settings"):
        _run(people, backgrounds="rendered", seed=1)


def test_only_a_group_is_multiplied(people: Workspace) -> None:
    """Answers and measurements choose whom to compose."""
    chosen = people.samples()[2].sample_id
    people.append_batch([dataclasses.replace(answer(0, "female"), sample_id=chosen)])
    result = _run(people, only_where=["perceived_gender=female"], per_person=3, backgrounds="rendered")
    assert result.facts["n_people"] == 1
    assert {row.sample_id for row in people.rows(tables.MADE)} == {chosen}
    with pytest.raises(UsageError, match="perceived_gender"):
        _run(people, only_where=["perceived_gender=robot"], backgrounds="rendered")


def test_composites_are_their_parents_people_and_train_alone(spacious: Workspace) -> None:
    """In the split they follow their parents into train; with a parent elsewhere they get no split."""
    composites = _ingested(spacious)
    originals = [s for s in spacious.samples() if s.source == "people"]
    assert {s.person_id for s in composites} <= {s.person_id for s in originals}
    result = split.run(
        spacious, split.Settings(train_frac=0.5, val_frac=0.25, test_frac=0.25, seed=3), _QUIET
    )
    rows = spacious.rows(tables.SPLITS)
    split_of = {row.sample_id: row.split for row in rows}
    lineage = tables.index(spacious.rows(tables.LINEAGE), "sample_id")
    for sample in composites:
        parts = {
            split_of[lineage[sample.sample_id].parent],
            split_of[str(lineage[sample.sample_id].background)],
        }
        assert split_of.get(sample.sample_id) == ("train" if parts == {"train"} else None)
    assert {split_of[s.sample_id] for s in originals} == {"train", "val", "test"}
    counts = result.facts["n_composites_train"], result.facts["n_composites_left_out"]
    n_train = sum(s.sample_id in split_of for s in composites)
    assert counts == (n_train, len(composites) - n_train)
    by_person = Counter((row.person_id, row.split) for row in rows)
    assert len(by_person) == len({person for person, _ in by_person})


def test_composites_do_not_move_the_split_of_people(people: Workspace) -> None:
    """The split of the originals is the same with and without composites."""
    split.run(people, split.Settings(seed=1), _QUIET)
    before = {row.sample_id: row.split for row in people.rows(tables.SPLITS)}
    _ingested(people, backgrounds="rendered")
    split.run(people, split.Settings(seed=1), _QUIET)
    after = {row.sample_id: row.split for row in people.rows(tables.SPLITS)}
    assert before.items() <= after.items()


def test_once_split_only_people_who_train_are_composed(spacious: Workspace) -> None:
    """Neither a test person nor their background gets into a composite."""
    samples = spacious.samples()
    kinds = ["train", "train", "train", "val", "test", "test"]
    spacious.write(
        tables.SPLITS,
        [
            SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=kind)
            for s, kind in zip(samples, kinds, strict=True)
        ],
    )
    _run(spacious, per_person=2)
    trains = {s.sample_id for s in samples[:3]}
    rows = spacious.rows(tables.MADE)
    assert {row.sample_id for row in rows} == trains
    assert {row.background for row in rows if row.background} <= trains


def test_pictures_of_several_people_are_no_backgrounds(people: Workspace) -> None:
    """Somebody who stands behind a composite's person would be marked as background."""
    made.with_faces(people, n_faces=2)
    with pytest.raises(UsageError, match="at least two people"):
        _run(people)


def test_composites_are_composed_no_further(people: Workspace) -> None:
    """Neither person nor background comes from a composite."""
    composites = {s.sample_id for s in _ingested(people, backgrounds="rendered")}
    _run(people, name="second", backgrounds="both")
    rows = [row for row in people.rows(tables.MADE) if Path(row.folder).name == "second"]
    assert composites.isdisjoint({row.sample_id for row in rows} | {str(row.background) for row in rows})


def test_composites_are_learned_from(people: Workspace) -> None:
    """Their mask goes before a generated one, and says what it was composited of."""
    composites = _ingested(people, backgrounds="rendered")
    targets = selection.training_targets(people, "best")
    assert {targets[s.sample_id].mask_source for s in composites} == {"composite:human"}
    assert not selection.measures_accuracy("composite:human")


def test_nothing_is_tested_on_composites(people: Workspace) -> None:
    """Evaluate scores the originals alone; a folder of composites has nothing to score."""
    _ingested(people, backgrounds="rendered")
    settings = evaluate.Settings(model="grabcut", dry_run=True)
    made.with_faces(people)
    assert evaluate.run(people, settings, _QUIET).facts["n_to_score"] == 4
    with pytest.raises(DataError, match="composites are not for testing"):
        evaluate.evaluate_folder(people.made_folder("composites"), "grabcut")


def test_audit_counts_no_composite(people: Workspace) -> None:
    """People, pictures and the notes are those of the originals."""
    _ingested(people, backgrounds="rendered")
    result = audit.run(people, audit.Settings(dry_run=True), _QUIET)
    assert result.facts["n_samples"] == 4
    assert any("4 composites show nobody new" in note for note in result.notes)


def test_parity_counts_no_composite(people: Workspace) -> None:
    """Acceptance by group is that of photographs, even where composites were checked."""
    composites = {sample.sample_id for sample in _ingested(people, backgrounds="rendered")}
    samples = people.samples()
    people.write(
        tables.FINDINGS,
        [
            Finding(sample_id=s.sample_id, check="corrupt", score=None, passed=True, detail=None)
            for s in samples
        ],
    )
    assert set(cases(people).sample_ids.to_pylist()) == {s.sample_id for s in samples} - composites


def test_dry_run_writes_nothing(people: Workspace) -> None:
    """It says how many composites would be made."""
    assert _run(people, dry_run=True, per_person=3).facts["n_to_compute"] == 12
    assert not people.has(tables.MADE)


def test_broken_picture_is_a_failed_row(people: Workspace) -> None:
    """A picture that is gone fails alone."""
    people.image_file(people.samples()[0]).unlink()
    result = _run(people, backgrounds="rendered")
    assert result.facts["n_failed"] == 1
    assert result.facts["n_composites"] == 3
