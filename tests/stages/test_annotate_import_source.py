"""A data set's own answers come in with one command, and what is wrong with them is listed."""

import csv
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import answers, tables, vocab
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import annotate_import, ingest
from datatools.workspace import Workspace
from tests import datasets


@pytest.fixture
def taken(workspace: Workspace, tmp_path: Path) -> Callable[[Callable[[Path], object]], Path]:
    """Give a function that writes a data set and ingests it under the name ``set``."""

    def take(write: Callable[[Path], object]) -> Path:
        root = tmp_path / "set"
        root.mkdir()
        write(root)
        ingest.run(workspace, ingest.Settings(source=root), Progress("quiet"))
        return root

    return take


def _import(workspace: Workspace, **settings: object) -> StageResult:
    given = annotate_import.Settings.model_validate({"from_source": "set", **settings})
    return annotate_import.run(workspace, given, Progress("quiet"))


def _listed(workspace: Workspace, kind: str) -> list[dict[str, str]]:
    path = workspace.report_folder("annotate_import") / f"{kind}-set.csv"
    if not path.exists():
        return []
    with path.open(newline="") as stream:
        return list(csv.DictReader(stream))


def _picture(path: Path, seed: int, quality: int = 95) -> None:
    """Write coarse blots of colour, so that two seeds are two photographs."""
    blots = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    Image.fromarray(blots).resize((96, 96), Image.Resampling.BICUBIC).save(path, quality=quality)


def _clean(root: Path) -> None:
    for seed, name in enumerate(("26_1_2", "1_0_4", "110_1_0")):
        _picture(root / f"{name}_20170110220235233.jpg.chip.jpg", seed)


def _utkface(root: Path) -> None:
    """Three good names, one of them with a copy and one with a twin of other ages, and a malformed one."""
    _clean(root)
    first = root / "26_1_2_20170110220235233.jpg.chip.jpg"
    (root / "31_1_2_20170110220235234.jpg.chip.jpg").write_bytes(first.read_bytes())
    _picture(root / "9_0_4_20170110220235235.jpg.chip.jpg", 1, quality=80)
    _picture(root / "61_1_20170109142408075.jpg.chip.jpg", 7)


Taken = Callable[[Callable[[Path], object]], Path]


def test_names_that_give_no_labels_are_listed_with_the_reason(workspace: Workspace, taken: Taken) -> None:
    """Their pictures stay."""
    taken(_utkface)
    result = _import(workspace)
    (line,) = _listed(workspace, "unlabelled")
    assert line["picture"] == "61_1_20170109142408075.jpg.chip.jpg"
    assert "it has 3 parts, not 4" in line["reason"]
    assert result.facts["n_unlabelled"] == 1
    assert any("unlabelled-set.csv" in note for note in result.notes)


def test_labels_of_one_photograph_that_differ_are_listed(workspace: Workspace, taken: Taken) -> None:
    """A copy under another name, and a picture that was saved again at another quality."""
    taken(_utkface)
    result = _import(workspace)
    lines = [
        (row["conflict"], row["picture"][:4], row["value"], row["reason"])
        for row in _listed(workspace, "conflicts")
    ]
    assert lines == [
        ("1", "1_0_", "1", "nearly the same picture"),
        ("1", "9_0_", "9", "nearly the same picture"),
        ("2", "26_1", "26", "the same file under several names"),
        ("2", "31_1", "31", "the same file under several names"),
    ]
    assert result.facts["n_conflicts"] == 2
    assert any("at least one is wrong" in note for note in result.notes)


def test_a_file_with_two_labels_has_none_that_counts(workspace: Workspace, taken: Taken) -> None:
    """Both are kept, and contradict each other, also where a question takes several values."""
    root = taken(_utkface)
    (root / "26_1_0_20170110220235239.jpg.chip.jpg").write_bytes(
        (root / "26_1_2_20170110220235233.jpg.chip.jpg").read_bytes()
    )
    ingest.run(workspace, ingest.Settings(source=root), Progress("quiet"))
    _import(workspace)
    again = _import(workspace)
    assert again.facts["n_imported"] == 0
    frame = answers.columns(workspace)
    cancelled = frame[frame["value"].isna()]
    assert cancelled["question"].tolist() == ["perceived_age", "perceived_race"]
    assert cancelled["sample_id"].nunique() == 1


def test_without_duplicates_no_picture_is_read(workspace: Workspace, taken: Taken) -> None:
    """Copies are still known by their bytes."""
    root = taken(_utkface)
    for path in root.iterdir():
        path.unlink()
        path.touch()
    _import(workspace, duplicates=False)
    assert {row["reason"] for row in _listed(workspace, "conflicts")} == {"the same file under several names"}


def test_a_clean_import_leaves_no_lists(workspace: Workspace, taken: Taken) -> None:
    """The folder of another day's lists is not even made."""
    taken(_clean)
    _import(workspace)
    assert not workspace.report_folder("annotate_import").exists()


def test_a_dry_run_leaves_no_lists(workspace: Workspace, taken: Taken) -> None:
    """It counts them."""
    taken(_utkface)
    result = _import(workspace, dry_run=True)
    assert (result.facts["n_unlabelled"], result.facts["n_conflicts"]) == (1, 2)
    assert not workspace.report_folder("annotate_import").exists()


def test_two_self_reported_races_are_one_answer(workspace: Workspace, taken: Taken) -> None:
    """London's "east_asian/white" is two values; a missing age is no answer."""
    taken(datasets.london)
    _import(workspace)
    assert _import(workspace).facts["n_imported"] == 0
    race = answers.columns(workspace, vocab.axis("self_reported_race"))
    assert sorted(race["value"].astype(str)) == ["white", "white", "white+east_asian"]
    assert set(race["source"]) == {"self_report"}
    assert len(answers.columns(workspace, vocab.axis("self_reported_age"))) == 2


def test_an_old_workspace_reads_as_the_new_one(workspace: Workspace, taken: Taken) -> None:
    """What version 1 of the vocabulary kept as one word says the same, and does not contradict version 2."""
    taken(datasets.london)
    _import(workspace)
    old = [
        row
        for row in workspace.rows(tables.ANNOTATIONS)
        if row.question == "self_reported_race" and row.value == "east_asian"
    ]
    workspace.append_batch(
        [replace(row, value="east_asian/white", vocabulary="london_race@1") for row in old]
    )
    for target in ("london_race@2", "race_coarse@1"):
        race = answers.columns(workspace, vocab.axis(f"self_reported_race:{target}"))
        assert not race["value"].isna().any()


def test_a_corrected_label_is_a_later_answer(workspace: Workspace, taken: Taken) -> None:
    """The old one stays, without a date, and no longer counts."""
    root = taken(datasets.mebeauty)
    _import(workspace)
    listing = root / "labels.csv"
    before = {row.value for row in workspace.rows(tables.ANNOTATIONS) if row.question == "perceived_race"}
    assert "black" in before
    listing.write_text(listing.read_text().replace(",black,", ",indian,"))
    assert _import(workspace, duplicates=False).facts["n_imported"] == 1
    race = answers.columns(workspace, vocab.axis("perceived_race"))
    assert "black" not in set(race["value"])
    assert not race["value"].isna().any()


@pytest.mark.parametrize(
    ("name", "questions"),
    [
        ("mebeauty", {"perceived_gender", "perceived_race"}),
        ("celebamask", {"perceived_gender", "perceived_age_band", "glasses", "head_covering"}),
        ("london", {"self_reported_gender", "self_reported_race", "self_reported_age"}),
        ("utkface", {"perceived_gender", "perceived_race", "perceived_age"}),
    ],
)
def test_real_data_sets_come_in_with_one_command(
    workspace: Workspace, shared_data: Path, name: str, questions: set[str]
) -> None:
    """Every question, nothing rejected; what was not ingested waits."""
    ingest.run(workspace, ingest.Settings(source=shared_data / name, limit=30), Progress("quiet"))
    result = _import(workspace, from_source=name)
    assert set(answers.columns(workspace)["question"]) == questions
    assert (result.facts["n_rejected"], result.facts["n_unlabelled"]) == (0, 0)


@pytest.mark.slow
def test_real_conflicts_of_utkface_are_found(workspace: Workspace, shared_data: Path) -> None:
    """As many as its page in docs says: four in copies, three in pictures that are nearly the same."""
    ingest.run(workspace, ingest.Settings(source=shared_data / "utkface"), Progress("quiet"))
    result = _import(workspace, from_source="utkface")
    assert (result.facts["n_imported"], result.facts["n_conflicts"]) == (3808, 7)


def test_londons_people_said_two_races_once_and_no_age_twice(shared_data: Path) -> None:
    """In both pictures of each of them."""
    from datatools.readers.london import London

    entries = list(London(shared_data / "london").entries())
    said = [[a.value for a in entry.answers if a.question == "self_reported_race"] for entry in entries]
    assert [values for values in said if len(values) != 1] == [["east_asian", "white"]] * 2
    ages = [[a.value for a in entry.answers if a.question == "self_reported_age"] for entry in entries]
    assert sum(not values for values in ages) == 4
