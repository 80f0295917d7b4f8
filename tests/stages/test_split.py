"""Nobody, and no near-duplicate, is in two splits; the audit's groups get their share of each."""

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Observation, StageResult
from datatools.stages import split
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id


def _picture(seed: int) -> np.ndarray[tuple[int, ...], np.dtype[np.uint8]]:
    """Draw a picture whose coarse structure differs from that of every other seed."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 256, (12, 12, 3)).astype(np.uint8)
    return np.asarray(cv2.resize(coarse, (96, 96), interpolation=cv2.INTER_CUBIC), np.uint8)


@pytest.fixture
def people(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give 30 people with two pictures each; persons 0 and 1 share a photograph under two names."""
    folder = tmp_path / "pictures"
    folder.mkdir()
    samples = []
    for number in range(60):
        person = number // 2
        picture = _picture(0 if number == 2 else number)  # 0 is person 0's, 2 is person 1's
        quality = 60 if number == 2 else 95
        Image.fromarray(picture).save(folder / f"{number}.jpg", quality=quality)
        samples.append(sample(number, person=f"{person:02d}"))
    ingest(workspace, folder, samples)
    return workspace


def _run(workspace: Workspace, **settings: object) -> StageResult:
    return split.run(workspace, split.Settings.model_validate(settings), Progress("quiet"))


def _splits(workspace: Workspace) -> dict[str, str]:
    return {row.sample_id: row.split for row in workspace.rows(tables.SPLITS)}


def test_nobody_is_in_two_splits(people: Workspace) -> None:
    """Every picture of a person has the same split, and every picture has one."""
    _run(people)
    rows = people.rows(tables.SPLITS)
    assert len(rows) == 60
    by_person = {(row.person_id, row.split) for row in rows}
    assert len(by_person) == 30


def test_near_duplicates_are_in_one_split_whatever_the_seed(people: Workspace) -> None:
    """Two people who share a photograph may be one person: they stay together."""
    for seed in range(8):
        result = _run(people, seed=seed)
        found = _splits(people)
        assert found[sample_id(0)] == found[sample_id(2)]
        assert result.facts["n_near_duplicate_groups"] == 1
        assert result.facts["n_people_joined"] == 2


def test_people_are_shared_out_by_the_fractions(people: Workspace) -> None:
    """21, 3 and 6 of 30 people, within the pair that cannot be cut."""
    counts = _run(people).facts["n_people"]
    assert isinstance(counts, dict)
    assert all(abs(counts[name] - n) <= 1 for name, n in {"train": 21, "val": 3, "test": 6}.items())


def test_the_same_seed_gives_the_same_bytes(people: Workspace) -> None:
    """A second run changes nothing; another seed does."""
    _run(people, seed=1)
    first = people.table_file(tables.SPLITS).read_bytes()
    _run(people, seed=1)
    assert people.table_file(tables.SPLITS).read_bytes() == first
    _run(people, seed=2)
    assert people.table_file(tables.SPLITS).read_bytes() != first


def test_observations_spare_reading_the_pictures(people: Workspace, tmp_path: Path) -> None:
    """With every signature observed by the check, no picture is opened, and they decide what is alike."""
    rng = np.random.default_rng(0)
    same = rng.bytes(32).hex()
    people.write(
        tables.OBSERVATIONS,
        [
            Observation(
                sample_id=row.sample_id,
                check="near_duplicate",
                value=json.dumps(
                    [same if row.path in {"10.jpg", "20.jpg"} else rng.bytes(32).hex(), "19200"]
                ),
                parents="p",
                status="ok",
                error=None,
            )
            for row in people.samples()
        ],
    )
    for path in (tmp_path / "pictures").iterdir():
        path.unlink()
    assert _run(people).facts["n_near_duplicate_groups"] == 1
    found = _splits(people)
    assert found[sample_id(10)] == found[sample_id(20)]


def test_a_picture_that_vanished_is_still_split(people: Workspace, tmp_path: Path) -> None:
    """It cannot be compared, but its person has a split."""
    (tmp_path / "pictures" / "7.jpg").unlink()
    _run(people)
    found = _splits(people)
    assert found[sample_id(7)] == found[sample_id(6)]


def test_a_stratum_gets_its_share_of_each_split(people: Workspace) -> None:
    """Ten women and twenty men: women are not all in train."""
    people.append_batch([answer(number, "female" if number < 20 else "male") for number in range(60)])
    by_stratum = _run(people, stratify=["perceived_gender"]).facts["n_people_by_stratum"]
    assert isinstance(by_stratum, dict)
    assert set(by_stratum) == {"female", "male"}
    assert abs(by_stratum["female"]["test"] - 2) <= 1
    assert abs(by_stratum["male"]["test"] - 4) <= 1


def test_strata_read_the_most_frequent_answer(people: Workspace) -> None:
    """Disagreement without a majority is a stratum of its own; no answer is another one."""
    people.append_batch(
        [
            answer(10, "female", annotator_id="a"),
            answer(10, "female", annotator_id="b"),
            answer(10, "male", annotator_id="c"),
            answer(20, "female", annotator_id="a"),
            answer(20, "male", annotator_id="b"),
            answer(30, "cannot_tell"),
        ]
    )
    by_stratum = _run(people, stratify=["perceived_gender"]).facts["n_people_by_stratum"]
    assert isinstance(by_stratum, dict)
    totals = {stratum: sum(counts.values()) for stratum, counts in by_stratum.items()}
    assert totals == {"female": 1, "mixed": 1, "unlabelled": 28}


def test_strata_can_be_coarsened_by_a_crosswalk(people: Workspace) -> None:
    """Years would make every person a stratum; bands do not. Two questions are crossed."""
    years = [
        answer(number, str(20 + number // 2), question="perceived_age", vocabulary="age_years@1")
        for number in range(60)
    ]
    people.append_batch([*years, *(answer(number, "female") for number in range(60))])
    by_stratum = _run(people, stratify=["perceived_age:age3@1", "perceived_gender"]).facts[
        "n_people_by_stratum"
    ]
    assert isinstance(by_stratum, dict)
    assert set(by_stratum) == {"0-29 x female", "30-54 x female"}


def test_stratifying_by_a_question_nobody_answered_is_refused(people: Workspace) -> None:
    """A split that looks stratified but is not would be worse than none."""
    with pytest.raises(UsageError, match="expected answers to perceived_gender"):
        _run(people, stratify=["perceived_gender"])


def test_a_held_out_source_goes_to_test_with_all_its_people(people: Workspace, tmp_path: Path) -> None:
    """So does whoever shares a near-duplicate with it; the fractions hold for the rest."""
    moved = [sample(number, source="other", person="00") for number in (0, 1)]
    ingest(people, tmp_path / "pictures", [*moved, *people.rows(tables.MANIFEST)[2:]])
    _run(people, test_sources=["other"], train_frac=0.9, val_frac=0.1, test_frac=0)
    found = _splits(people)
    in_test = {sample_id for sample_id, name in found.items() if name == "test"}
    assert in_test == {sample_id(number) for number in range(4)}  # person 0, and its duplicate's person 1


def test_an_unknown_test_source_is_refused(people: Workspace) -> None:
    """A misspelt held-out source must not be trained on."""
    with pytest.raises(UsageError, match=r"among \['set'\], got 'sets'"):
        _run(people, test_sources=["sets"])


def test_a_split_without_people_is_said(people: Workspace) -> None:
    """Two people cannot fill three splits; a reader must not look for the third."""
    notes = _run(people, limit=4).notes
    assert any("The val split is empty" in note for note in notes)
    assert any("join 2 of 2 people" in note for note in notes)


def test_a_dry_run_writes_nothing(people: Workspace) -> None:
    """It says what it would do."""
    result = _run(people, dry_run=True)
    counts = result.facts["n_people"]
    assert isinstance(counts, dict)
    assert sum(counts.values()) == 30
    assert not people.has(tables.SPLITS)
    assert people.run_files() == []


def test_the_run_is_recorded(people: Workspace) -> None:
    """Settings, counts and hashes of the tables are in the record."""
    _run(people, seed=4)
    record = json.loads(people.run_files()[-1].read_text())
    assert record["settings"]["seed"] == 4
    assert record["facts"]["n_people"]["train"] > 0
    assert "tables/manifest.parquet" in record["inputs"]
    assert "tables/splits.parquet" in record["outputs"]
