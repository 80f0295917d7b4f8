"""Does FiftyOne's data set become what the workspace is, whatever happened to either?"""

import shutil
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from datatools import plugins, tables
from datatools.browse import (
    errors_shown,
    numbers,
    sync,
    views,
)
from datatools.database import engine
from datatools.errors import UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.workspace import Workspace
from tests.stages import databases
from tests.stages.browsed import TEACHER, answered, change_mask_row, fill_all, keep
from tests.stages.synchronised import counts, held, known, synced

pytestmark = pytest.mark.slow
ERRORS = "errors_generated_on_rendered"


@pytest.fixture(scope="module", autouse=True)
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give FiftyOne a database of its own, or skip where it is not installed."""
    with databases.of_module(tmp_path_factory):
        yield


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path) -> Iterator[Workspace]:
    """Give a workspace with every table; data sets go when the test is done."""
    fill_all(workspace, tmp_path / "src")
    yield workspace
    fo = engine.load()
    for name in fo.list_datasets():
        fo.delete_dataset(name)


# -- what is shown ---------------------------------------------------------------------------------


def test_every_metric_of_a_picture_is_there_exactly(filled: Workspace) -> None:
    """Each field holds, to the last bit, what the metric makes of that row of scores.parquet alone."""
    dataset, wanted = synced(filled), {}
    for row in filled.rows(tables.SCORES):
        for name in numbers.image_metrics():
            metric: Metric = plugins.build("metrics", name)
            (value,) = metric.value(metric.columns(pd.DataFrame([row])))
            if np.isfinite(value):
                wanted[row.sample_id, f"accuracy_{row.model}_on_rendered_{name}"] = float(value)
    names = [name for name in dataset.get_field_schema() if name.startswith("accuracy_")]
    ids, *columns = dataset.values(["sample_id", *names])
    found = {
        (sample_id, name): value
        for name, column in zip(names, columns, strict=True)
        for sample_id, value in zip(ids, column, strict=True)
        if value is not None
    }
    assert (found == wanted, len(found) > 100) == (True, True)


def test_samples_are_as_fiftyone_writes_them(filled: Workspace) -> None:
    """FiftyOne itself, given the same samples, puts the same into its database."""
    fo, dataset = engine.load(), synced(filled)
    other = fo.Dataset()
    other.add_samples([sample.copy() for sample in dataset], progress=False)
    ours, theirs = ({k: known(v) for k, v in held(one).items()} for one in (dataset, other))
    assert ours == theirs


def test_error_maps_show_what_is_added_and_left_out(filled: Workspace, tmp_path: Path) -> None:
    """1 stands where the mask alone has the person, 2 where the reference alone has."""
    sample = synced(filled).first()
    made, truth = (
        np.array(Image.open(path)) > 0 for path in (sample.mask.mask_path, sample.reference_mask.mask_path)
    )
    shown = np.array(Image.open(sample[ERRORS].mask_path))
    assert np.array_equal(shown, 1 * (made & ~truth) + 2 * (truth & ~made))
    assert (1 in shown, 2 in shown) == (True, True)


def test_only_kept_masks_have_error_maps(filled: Workspace) -> None:
    """The refined masks and a teacher's mattes have them; of the student no mask is kept."""
    dataset = synced(filled)
    named = [name for name in dataset.get_field_schema() if name.startswith("errors_")]
    assert sorted(named) == [ERRORS, f"errors_{TEACHER}_on_rendered"]
    assert [dataset.count(name) for name in sorted(named)] == [5, 5]


def test_a_mask_that_is_not_the_scored_one_has_no_map(filled: Workspace) -> None:
    """The map would contradict the numbers beside it."""
    sample_id = filled.samples()[0].sample_id
    write_mask(filled.mask_file(sample_id), Mask(np.zeros((128, 96), np.bool_)))
    dataset = synced(filled)
    assert [sample.sample_id for sample in dataset if sample[ERRORS] is None] == [sample_id]


def test_a_reference_that_cannot_be_read_has_no_map(filled: Workspace, tmp_path: Path) -> None:
    """A broken file costs the map, not the sample."""
    (tmp_path / "src" / "masks" / "001.png").write_bytes(b"")
    assert (synced(filled).count(ERRORS), synced(filled).count()) == (4, 5)


def test_maps_that_are_gone_are_made_again(filled: Workspace) -> None:
    """A cache may be emptied."""
    synced(filled)
    shutil.rmtree(errors_shown.folder(filled))
    assert Path(synced(filled).first()[ERRORS].mask_path).is_file()


def test_maps_that_nobody_shows_are_removed(filled: Workspace) -> None:
    """Another mask has a map of another name, and the old one goes."""
    before = set(errors_shown.there(filled)) if synced(filled) else set()
    first, *others = filled.rows(tables.MASKS)
    filled.write(tables.MASKS, [replace(first, sha256="2" * 64), *others])
    synced(filled)
    after = errors_shown.there(filled)
    assert (len(before), len(after), len(before - after)) == (10, 10, 1)


def test_a_workspace_that_cannot_be_written_to_is_shown_without_maps(
    filled: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """It is said once why there are none."""
    (filled.root / "cache").write_text("in the way")
    dataset = sync.build_dataset(filled, sync.default_name(filled), Progress("plain"))
    told = capsys.readouterr().err
    assert (len(dataset), dataset.count(ERRORS), told.count("no error maps")) == (5, 0, 1)


def test_who_agrees_and_what_was_decided_is_shown(filled: Workspace) -> None:
    """Agreement is the share of the most frequent last answer; the last review says whose it is."""
    _, second, *_ = filled.samples()
    reviews = [("a1", "reject", 1), ("a2", "accept", 2)]
    filled.append_batch([answered(second, who, value, "mask_review", at) for who, value, at in reviews])
    sample = synced(filled).match({"sample_id": second.sample_id}).first()
    (consensus,) = sample.consensus_perceived_gender.classifications
    assert sample.agreement_perceived_gender == 2 / 3
    assert (sample.review.label, sample.review.reviewer, sample.tags[0]) == ("accept", "a2", "accepted")
    assert (consensus.label, consensus.confidence, consensus.entropy_bits) == ("female", 0.75, 0.8)


def test_near_duplicates_bear_the_name_of_the_one_that_stays(filled: Workspace) -> None:
    """A cluster is one word; a picture that is alone has none."""
    first, *_ = filled.samples()
    assert synced(filled).values("near_duplicate") == [first.sample_id, first.sample_id, None, None, None]


def test_people_and_samples_are_indexed(filled: Workspace) -> None:
    """Grouping by person does not go over every sample."""
    assert {"sample_id", "person_id", "split"} <= synced(filled).get_index_information().keys()


def test_the_data_set_says_what_there_is(filled: Workspace) -> None:
    """Panels need no table to know models, metrics and questions."""
    about = synced(filled).info["datatools"]
    models = {(one["model"], one["prefix"], one["errors"]) for one in about["models"]}
    assert about["workspace"] == str(filled.root)
    assert (about["teachers"], about["questions"], about["consensus"]) == (
        [TEACHER],
        ["perceived_gender"],
        ["perceived_gender"],
    )
    assert models == {
        (name, f"accuracy_{name}_on_rendered", None if name == "student" else f"errors_{name}_on_rendered")
        for name in ("generated", TEACHER, "student")
    }


# -- what a second sync does -----------------------------------------------------------------------


def test_nothing_changed_writes_nothing(filled: Workspace) -> None:
    """Every sample keeps the moment of its last change."""
    before = synced(filled).values("last_modified_at")
    assert synced(filled).values("last_modified_at") == before


def test_what_the_toolkit_adds_itself_is_no_change(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fields that dressing puts on every sample do not make the next sync write them all."""
    dress = views.dress

    def add(fo: Any, dataset: Any, *given: Any) -> None:
        dress(fo, dataset, *given)
        dataset.set_values("group_x", ["g"] * len(dataset))

    monkeypatch.setattr(views, "dress", add)
    synced(filled)
    change_mask_row(filled, filled.samples()[2])
    assert counts(synced(filled)) == (0, 1, 0)


def test_only_what_changed_is_written(filled: Workspace) -> None:
    """One row of one table is one sample."""
    synced(filled)
    change_mask_row(filled, filled.samples()[2])
    dataset = synced(filled)
    assert (counts(dataset), dataset.values("rules_applied")) == ((0, 1, 0), [[], [], ["beard"], [], []])


@pytest.mark.parametrize(
    "table",
    [tables.LANDMARKS, tables.MEASUREMENTS, tables.MATTES, tables.FINDINGS, tables.CONSENSUS, tables.SPLITS],
)
def test_a_row_of_any_table_counts(filled: Workspace, table: tables.Table[Any]) -> None:
    """A row that is gone changes its sample and no other."""
    synced(filled)
    *others, _ = filled.rows(table)
    filled.write(table, others)
    assert counts(synced(filled)) == (0, 1, 0)


def test_an_answer_changes_its_sample(filled: Workspace) -> None:
    """Batches that people append are seen."""
    synced(filled)
    filled.append_batch([answered(filled.samples()[4], "a1", "male")])
    dataset = synced(filled)
    assert (counts(dataset), dataset.last().answer_perceived_gender.classifications[0].label) == (
        (0, 1, 0),
        "male",
    )


def test_samples_come_and_go(filled: Workspace) -> None:
    """New ones are added, those that the manifest no longer has are removed, the rest is left alone."""
    samples = filled.rows(tables.MANIFEST)
    keep(filled, samples[:-1])
    dataset = synced(filled)
    keep(filled, samples[2:])
    assert (counts(synced(filled)), len(dataset)) == ((1, 0, 1), 4)


def test_what_users_made_stays(filled: Workspace, tmp_path: Path) -> None:
    """Their tags, fields, views and samples are theirs, even on samples that change."""
    fo, dataset = engine.load(), synced(filled)
    sample = dataset.first()
    sample["mine"] = "seen"
    sample.tags.append("favourite")
    sample.save()
    dataset.save_view("my view", dataset.match_tags("favourite"))
    dataset.info["mine"] = 1
    dataset.save()
    Image.new("RGB", (8, 8)).save(tmp_path / "own.png")
    dataset.add_samples([fo.Sample(filepath=str(tmp_path / "own.png")) for _ in range(2)], progress=False)
    change_mask_row(filled, filled.samples()[0])
    dataset = synced(filled)
    sample = dataset.load_saved_view("my view").first()
    assert (sample["mine"], sample.tags[-1], sample.rules_applied) == ("seen", "favourite", ["beard"])
    assert (len(dataset), dataset.info["mine"]) == (7, 1)


def test_what_users_change_of_ours_is_put_right(filled: Workspace) -> None:
    """The workspace is the truth, also where nothing but FiftyOne's own changed."""
    dataset = synced(filled)
    before = held(dataset)
    sample = dataset.first()
    sample.split, sample.tags, sample["mask"] = "elsewhere", [], None
    sample.save()
    dataset = synced(filled)
    assert (held(dataset), counts(dataset)) == (before, (0, 1, 0))


def test_a_field_of_ours_that_users_delete_comes_back(filled: Workspace) -> None:
    """With its values, though no sample and no table changed."""
    dataset = synced(filled)
    before = held(dataset)
    dataset.delete_sample_fields(["mask", "split"])
    assert held(synced(filled)) == before


def test_a_field_whose_table_is_gone_is_removed(filled: Workspace) -> None:
    """Nothing stays that no table says."""
    synced(filled)
    filled.table_file(tables.MEASUREMENTS).unlink()
    assert "measured_ita_deg_measure" not in synced(filled).get_field_schema()


def test_a_users_field_in_the_way_is_told(filled: Workspace) -> None:
    """It is neither overwritten nor removed."""
    dataset = synced(filled)
    filled.append_batch([answered(filled.samples()[0], "a1", "short", "hair")])
    dataset.add_sample_field("answer_hair", engine.load().IntField)
    with pytest.raises(UsageError, match=r"answer_hair .* is IntField.*rename_sample_field"):
        synced(filled)
    assert "answer_hair" in dataset.get_field_schema()
