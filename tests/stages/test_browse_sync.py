"""Does FiftyOne's data set become what the workspace is, whatever happened to either?"""

import errno
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
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
    fields,
    forget,
    home,
    marks,
    numbers,
    store,
    sync,
    views,
    writing,
)
from datatools.database import engine
from datatools.errors import UsageError
from datatools.images import write_mask
from datatools.masks import Mask
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.stages import withdraw
from datatools.workspace import Workspace
from tests.stages import databases
from tests.stages.browsed import TEACHER, answered, change_mask_row, fill_all, keep

pytestmark = pytest.mark.slow

QUIET = Progress("quiet")
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


def synced(workspace: Workspace) -> Any:
    """Sync under the default name."""
    return sync.build_dataset(workspace, sync.default_name(workspace), QUIET)


def held(dataset: Any) -> dict[str, dict[str, Any]]:
    """Give what the database holds of each sample, without what differs from one sync to the next."""
    passing = ("_id", "_dataset_id", "created_at", "last_modified_at", fields.SYNCED)
    return {
        entry["sample_id"]: {name: value for name, value in entry.items() if name not in passing}
        for entry in dataset._sample_collection.find()
    }


def counts(dataset: Any) -> tuple[int, int, int]:
    """Give how many samples the last sync added, changed and removed."""
    about = dataset.info["datatools"]
    return about["n_new"], about["n_changed"], about["n_removed"]


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
    ours, theirs = ({k: _known(v) for k, v in held(one).items()} for one in (dataset, other))
    assert ours == theirs


def _known(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out what FiftyOne draws by lot: a place in the shuffled order, the ids of labels."""
    return {name: _without_ids(value) for name, value in document.items() if name != "_rand"}


def _without_ids(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_ids(item) for item in value]
    if isinstance(value, dict):
        there = {name: item for name, item in value.items() if name != "_id" and item is not None}
        return {name: _without_ids(item) for name, item in there.items()}
    return value


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


# -- trouble ---------------------------------------------------------------------------------------


class _KilledError(BaseException):
    """Nothing catches it, as nothing catches SIGKILL."""


def _dying(work: Callable[..., Any], left: list[int]) -> Callable[..., Any]:
    def counted(*given: Any, **named: Any) -> Any:
        left[0] -= 1
        if left[0] < 0:
            raise _KilledError
        return work(*given, **named)

    return counted


def test_a_sync_that_dies_anywhere_is_completed_by_the_next(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a death at any write of the database the next sync ends in the same state."""
    from pymongo.collection import Collection

    monkeypatch.setattr(writing, "_BATCH", 2)
    wanted = held(synced(filled))
    fo, name, n_deaths = engine.load(), sync.default_name(filled), 0
    fo.delete_dataset(name)
    for n_writes in range(0, 200, 5):
        with monkeypatch.context() as patch:
            left = [n_writes]
            for method in ("bulk_write", "update_one", "update_many", "delete_many", "create_index"):
                patch.setattr(Collection, method, _dying(getattr(Collection, method), left))
            try:
                synced(filled)
            except _KilledError:
                n_deaths += 1
            if left[0] >= 0:
                break
        assert held(synced(filled)) == wanted
        fo.delete_dataset(name)
    assert n_deaths > 3


_SYNC = """
import sys
from datatools.browse import sync
from datatools.progress import Progress
from datatools.workspace import Workspace
workspace = Workspace(sys.argv[1])
print("ready", flush=True)
sys.stdin.readline()
sync.build_dataset(workspace, sync.default_name(workspace), Progress("plain"))
"""


def test_two_processes_at_once_make_one_data_set(filled: Workspace) -> None:
    """One waits for the other; every sample is there once."""
    command = [sys.executable, "-c", _SYNC, str(filled.root)]
    both = [
        subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) for _ in range(2)
    ]
    for one in both:
        assert one.stdout is not None
        one.stdout.readline()
    for one in both:
        one.communicate("\n", timeout=120)
    dataset = engine.load().load_dataset(sync.default_name(filled))
    assert ([one.returncode for one in both], len(dataset)) == ([0, 0], 5)
    before = dataset.values(fields.SYNCED)
    assert synced(filled).values(fields.SYNCED) == before


def test_who_comes_second_is_told_to_wait(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that another one holds up says so."""
    import fcntl

    told: list[str] = []
    lock = fcntl.flock

    def busy(handle: int, flags: int) -> None:
        if flags & fcntl.LOCK_NB:
            raise BlockingIOError
        lock(handle, flags)

    monkeypatch.setattr(fcntl, "flock", busy)
    with home.held(filled, told.append):
        assert len(told) == 1


def test_a_folder_without_locks_is_told(filled: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Some network file systems have none; the work goes on."""
    import fcntl

    def refuse(*_: int) -> None:
        raise OSError(errno.ENOLCK, "no locks")

    told: list[str] = []
    monkeypatch.setattr(fcntl, "flock", refuse)
    with home.held(filled, told.append):
        assert len(told) == 1


def test_error_maps_go_with_the_person(filled: Workspace) -> None:
    """A withdrawal leaves no picture of the errors about them, and the next sync brings none back."""
    first, *others = filled.samples()
    n_before = len(errors_shown.there(filled)) if synced(filled) else 0
    withdraw.run(filled, withdraw.Settings(sample=first.sample_id), QUIET)
    assert [path for path in errors_shown.there(filled) if first.sample_id in path] == []
    dataset = synced(filled)
    assert (n_before, dataset.values("sample_id")) == (10, [row.sample_id for row in others])


def test_a_moved_workspace_keeps_its_data_set(filled: Workspace, tmp_path: Path) -> None:
    """Tags and samples go on under the new name, and every path is the new one."""
    dataset = synced(filled)
    dataset.limit(1).tag_samples("favourite")
    ids = dataset.values("id")
    dataset.clone("a clone", persistent=True)  # which is not the data set of the workspace
    moved = Workspace(filled.root.rename(tmp_path / "elsewhere"))
    dataset = synced(moved)
    fo = engine.load()
    assert (dataset.values("id"), dataset.count_sample_tags()["favourite"]) == (ids, 1)
    assert dataset.first().mask.mask_path.startswith(str(moved.root))
    assert sorted(fo.list_datasets()) == ["a clone", sync.default_name(moved)]


def test_a_copied_workspace_has_a_data_set_of_its_own(filled: Workspace, tmp_path: Path) -> None:
    """The first one's stays, and cannot be taken by name."""
    name = synced(filled).name
    copy = Workspace(shutil.copytree(filled.root, tmp_path / "copy"))
    with pytest.raises(UsageError, match="of which this workspace is a copy"):
        sync.build_dataset(copy, name, QUIET)
    synced(copy)
    assert sorted(engine.load().list_datasets()) == sorted([name, sync.default_name(copy)])


def test_a_workspace_of_another_machine_is_another_one(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two people may have different workspaces at one path, and one database."""
    name = synced(filled).name
    (filled.root / home.MARK).write_text("0" * 16)
    monkeypatch.setattr("platform.node", lambda: "elsewhere")
    with pytest.raises(UsageError, match="choose another name"):
        sync.build_dataset(filled, name, QUIET)


def test_a_moved_workspace_still_lets_people_leave(filled: Workspace, tmp_path: Path) -> None:
    """Samples that are withdrawn before the next sync leave the data set too."""
    synced(filled)
    moved = Workspace(filled.root.rename(tmp_path / "elsewhere"))
    assert forget.samples(moved, [moved.samples()[0].sample_id]) == 1


def test_a_workspace_that_may_only_be_read_has_an_identity(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of its folder: nothing can be kept in it."""

    def refuse(*_: object) -> bool:
        raise PermissionError

    monkeypatch.setattr(tables, "write_new", refuse)
    assert home.identity(workspace) == tables.fingerprint(str(workspace.root.resolve()))


def test_a_data_set_of_a_newer_version_is_left_alone(filled: Workspace) -> None:
    """Its fields are not known here."""
    dataset = synced(filled)
    dataset.info["datatools"] |= {"layout": marks.LAYOUT + 1, "version": "9.9"}
    dataset.save()
    with pytest.raises(UsageError, match=r"written by datatools 9\.9"):
        synced(filled)


def test_a_data_set_of_an_older_version_goes_on(filled: Workspace) -> None:
    """Samples that have no mark yet are brought up to date where they are, and old fields go."""
    wanted = held(synced(filled))
    fo, name = engine.load(), sync.default_name(filled)
    fo.delete_dataset(name)
    old = fo.Dataset(name, persistent=True)
    old.info = {"datatools": {"workspace": str(filled.root), "version": "0.0.1"}}
    old.save()
    old.add_samples(
        [
            fo.Sample(filepath=str(filled.image_file(row)), sample_id=row.sample_id, check_old=1.0)
            for row in filled.samples()
        ],
        progress=False,
    )
    found = {sample_id: _known(entry) for sample_id, entry in held(synced(filled)).items()}
    assert found == {sample_id: _known(entry) for sample_id, entry in wanted.items()}


def test_a_sample_that_is_there_twice_is_told(filled: Workspace) -> None:
    """Neither copy is taken away."""
    fo, name = engine.load(), sync.default_name(filled)
    old = fo.Dataset(name, persistent=True)
    old.info = {"datatools": {"workspace": str(filled.root), "version": "0.0.1"}}
    old.save()
    (row, *_) = filled.samples()
    twice = [fo.Sample(filepath=str(filled.image_file(row)), sample_id=row.sample_id) for _ in range(2)]
    old.add_samples(twice, progress=False)
    with pytest.raises(UsageError, match="holds a sample of the workspace twice"):
        synced(filled)
    assert len(old) == 2


def test_a_name_that_fiftyone_refuses_is_told(filled: Workspace) -> None:
    """Nothing is left of the attempt."""
    with pytest.raises(UsageError, match="takes no data set of the name"):
        sync.build_dataset(filled, "?", QUIET)
    assert engine.load().list_datasets() == []


def test_a_data_set_made_at_the_same_moment_is_used(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Another machine, which no lock reaches, was first."""
    fo, create = engine.load(), sync._create

    def second(*given: Any) -> None:
        create(*given)
        create(*given)

    monkeypatch.setattr(sync, "_create", second)
    assert (len(synced(filled)), len(fo.list_datasets())) == (5, 1)


def test_a_table_that_changes_meanwhile_is_read_again(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a stage wrote during the sync is shown when it ends."""
    work, n_writes = store.write, [0]

    def write(*given: Any) -> None:
        work(*given)
        n_writes[0] += 1
        if n_writes[0] == 1:
            change_mask_row(filled, filled.samples()[0])

    monkeypatch.setattr(store, "write", write)
    assert synced(filled).first().rules_applied == ["beard"]


def test_tables_that_keep_changing_do_not_hold_it_up(
    filled: Workspace, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """After some tries it is said that the data set may be behind."""
    moments = iter(range(100))
    monkeypatch.setattr(marks, "stamp", lambda _: next(moments))
    sync.build_dataset(filled, sync.default_name(filled), Progress("plain"))
    assert "run `datatools browse` again" in capsys.readouterr().err
