"""Do workspaces leave for FiftyOne, and do FiftyOne's data sets come in, with every value?"""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
from PIL import Image

from datatools import plugins, tables
from datatools.browse import Settings, evaluations, export, run, sync
from datatools.errors import DatabaseError, UsageError
from datatools.images import write_mask, write_matte
from datatools.masks import Mask, Matte
from datatools.metrics import Metric
from datatools.progress import Progress
from datatools.readers import Entry
from datatools.readers._detect import detect
from datatools.records import Annotation, MatteRow
from datatools.stages import annotate_import, ingest, withdraw
from datatools.workspace import Workspace
from tests.datasets import write_picture
from tests.stages import databases
from tests.unit.report.builders import fill, score

pytestmark = pytest.mark.slow

STUDENT, SELFIE = "accuracy_student_on_rendered", "agreement_selfie_on_model_x"

FEMALE = Annotation(
    sample_id="0" * 16,
    question="perceived_gender",
    value="female",
    annotator_id="a1",
    source="annotator",
    vocabulary="gender@1",
    created_at="2024-06-01T09:00:00+00:00",
    lead_time_s=1.5,
    presentation_order=2,
    batch="b",
)


@pytest.fixture(scope="module", autouse=True)
def fo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Give FiftyOne with a database of its own, or skip where it is not installed."""
    with databases.of_module(tmp_path_factory) as fo:
        yield fo


@pytest.fixture
def filled(workspace: Workspace, tmp_path: Path, fo: ModuleType) -> Iterator[Workspace]:
    """Give a workspace with every table, two models and a matte; its data set goes when the test is done."""
    samples = fill(workspace, tmp_path / "src", 6)[1:]
    selfie = [replace(score(s, n, "selfie"), reference_source="model:x") for n, s in enumerate(samples)]
    workspace.write(tables.SCORES, [*workspace.rows(tables.SCORES), *selfie])
    rows = []
    for sample in samples:
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
    workspace.append_batch([replace(FEMALE, sample_id=samples[0].sample_id)])
    yield workspace
    for name in fo.list_datasets():
        fo.delete_dataset(name)


@pytest.fixture
def exported(filled: Workspace, quiet: Progress, tmp_path: Path) -> Path:
    """Give the folder that a workspace was exported to."""
    run(filled, Settings(export=tmp_path / "out"), quiet)
    return tmp_path / "out"


def _plain(found: object) -> object:
    """Give a sample's values without what names a place: a label's file becomes its pixels."""
    if isinstance(found, dict):
        kept = {name: value for name, value in found.items() if name not in {"_id", "_dataset_id"}}
        return {
            name: np.asarray(Image.open(str(value))).tobytes() if name.endswith("_path") else _plain(value)
            for name, value in kept.items()
        }
    return [_plain(one) for one in found] if isinstance(found, list | tuple) else found


def test_an_export_loads_with_the_same_values(filled: Workspace, exported: Path, fo: ModuleType) -> None:
    """Every field of every sample comes back: pixels, labels, scores, answers and tags."""
    before = fo.load_dataset(sync.default_name(filled))
    kind = fo.types.FiftyOneDataset
    after = fo.Dataset.from_dir(str(exported), dataset_type=kind, progress=False)
    own = {"filepath", "synced", "created_at", "last_modified_at", "id"}
    fields = [name for name in before.get_field_schema() if name not in own]
    assert sorted(set(before.get_field_schema()) - set(after.get_field_schema())) == ["synced"]
    for one, other in zip(before, after, strict=True):
        assert _plain({n: one.to_dict()[n] for n in fields if n in one.to_dict()}) == _plain(
            {n: other.to_dict()[n] for n in fields if n in other.to_dict()}
        )
        assert Path(other.filepath).read_bytes() == Path(one.filepath).read_bytes()


def test_an_export_holds_views_and_evaluations(exported: Path, fo: ModuleType) -> None:
    """Saved views and the Model Evaluation panel's numbers travel along."""
    after = fo.Dataset.from_dir(str(exported), dataset_type=fo.types.FiftyOneDataset, progress=False)
    results = after.load_evaluation_results(STUDENT)
    assert ("accepted" in after.list_saved_views(), results.pixel_confusion_matrix.sum() > 0) == (True, True)


def test_an_export_does_not_name_this_machine(filled: Workspace, exported: Path) -> None:
    """No folder of this machine stands in any file that people pass on."""
    told = [path.read_text("utf-8") for path in exported.rglob("*.json")]
    assert [text for text in told if str(filled.root.parent) in text] == []


def test_an_export_replaces_nothing(filled: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """A folder with something in it is left as it is, before anything is done."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "mine.txt").write_text("mine")
    with pytest.raises(UsageError, match="holds something already"):
        run(filled, Settings(export=tmp_path / "out", dry_run=True), quiet)


def test_an_export_that_fails_leaves_nothing(filled: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """A folder that cannot be written is told, and no half of an export stays."""
    dataset = sync.build_dataset(filled, sync.default_name(filled), quiet)
    (tmp_path / "file").write_text("")
    with pytest.raises(UsageError, match="cannot be written"):
        export.write(dataset, tmp_path / "file" / "out", quiet)


def test_an_export_is_a_source(workspace: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """Another workspace ingests it with the same pictures, masks and licences, and imports its answers."""
    root = tmp_path / "drawn"
    for number in range(2):
        write_picture(root / f"images/{number}.png", number, root / f"masks/{number}.png")
    given = {"options": {"mask_source": "human"}, "licence": "CC0"}
    ingest.run(workspace, ingest.Settings.model_validate({"source": root, **given}), quiet)
    samples = workspace.samples()
    answer = replace(FEMALE, sample_id=samples[0].sample_id)
    workspace.append_batch([answer])
    run(workspace, Settings(export=tmp_path / "out"), quiet)
    other = Workspace(tmp_path / "other")
    ingest.run(other, ingest.Settings(source=tmp_path / "out"), quiet)
    annotate_import.run(other, annotate_import.Settings(sheet=tmp_path / "out"), quiet)
    both = [[(s.sample_id, s.mask_source, s.licence) for s in w.samples()] for w in (workspace, other)]
    assert both[0] == both[1]
    assert other.rows(tables.ANNOTATIONS) == [answer]


def test_evaluations_are_our_numbers(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """FiftyOne's accuracy is our global IoU, its precision and recall those of the summed counts."""
    run(filled, Settings(launch=False), quiet)
    dataset = fo.load_dataset(sync.default_name(filled))
    found = dataset.load_evaluation_results(STUDENT, cache=False).metrics()
    scores = filled.frame(tables.SCORES)
    scores = scores[scores["model"] == "student"]
    metric: Metric = plugins.build("metrics", "iou_fg_global")
    iou = float(metric.value(metric.columns(scores).sum(axis=0)))
    tp, fp, fn = (int(scores[name].sum()) for name in ("tp", "fp", "fn"))
    wanted = [iou, tp / (tp + fp), tp / (tp + fn), 2 * tp / (2 * tp + fp + fn)]
    assert [found[name] for name in ("accuracy", "precision", "recall", "fscore")] == pytest.approx(wanted)


def test_evaluations_are_what_fiftyone_computes(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """On the same masks FiftyOne's own evaluation gives the counts, numbers and labels that we hand over."""
    rows = []
    for number, sample in enumerate(filled.samples()):
        path, reference = filled.mask_file(sample.sample_id), filled.reference_file(sample)
        assert reference is not None
        wanted = np.asarray(Image.open(reference)) > 0
        own = np.roll(wanted, number, axis=1)
        write_mask(path, Mask(own))
        rows.append(
            replace(
                score(sample, 0, "generated"),
                tp=int((own & wanted).sum()),
                fp=int((own & ~wanted).sum()),
                fn=int((wanted & ~own).sum()),
                tn=int((~own & ~wanted).sum()),
            )
        )
    filled.write(tables.SCORES, rows)
    run(filled, Settings(launch=False), quiet)
    dataset = fo.load_dataset(sync.default_name(filled))
    targets = {0: "background", 255: "person"}
    theirs = dataset.evaluate_segmentations(
        "mask", "reference_mask", "theirs", mask_targets=targets, progress=False
    )
    key = "accuracy_generated_on_rendered"
    ours = dataset.load_evaluation_results(key, cache=False)
    assert ours.pixel_confusion_matrix.tolist() == theirs.pixel_confusion_matrix.tolist()
    of_theirs = theirs.metrics()
    assert {name: ours.metrics()[name] for name in of_theirs} == pytest.approx(of_theirs)
    matches = [
        sorted(zip(r.ytrue, r.ypred, r.weights, r.ytrue_ids, r.ypred_ids, strict=True))
        for r in (ours, theirs)
    ]
    assert matches[0] == matches[1]
    for name in ("accuracy", "precision", "recall"):
        assert dataset.values(f"{key}_{name}") == pytest.approx(dataset.values(f"theirs_{name}"))


def test_our_metrics_come_along(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """Every metric that is defined over the pictures is there under its own name."""
    run(filled, Settings(launch=False), quiet)
    found = fo.load_dataset(sync.default_name(filled)).load_evaluation_results(STUDENT, cache=False)
    scores = filled.frame(tables.SCORES)
    metric: Metric = plugins.build("metrics", "boundary_iou")
    value = float(metric.value(metric.columns(scores[scores["model"] == "student"]).sum(axis=0)))
    assert found.custom_metrics["datatools/boundary_iou"]["value"] == value


def test_agreement_is_not_called_accuracy(filled: Workspace, quiet: Progress) -> None:
    """The key of an evaluation against a model's masks says agreement."""
    result = run(filled, Settings(launch=False), quiet)
    assert result.facts["evaluations"] == [SELFIE, STUDENT]


def test_the_panel_opens_the_pictures(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """The labels that an evaluation names are those of the samples, so that a click finds them."""
    run(filled, Settings(launch=False), quiet)
    dataset = fo.load_dataset(sync.default_name(filled))
    results = dataset.load_evaluation_results(SELFIE, cache=False)
    assert set(results.ypred_ids) == set(dataset.values("matte_selfie.id"))
    results = dataset.load_evaluation_results(STUDENT, cache=False)
    assert set(results.ytrue_ids) == set(dataset.values("reference_mask.id"))


def test_evaluations_follow_the_scores(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """What did not change is not written again; a model that is gone takes its evaluation with it."""
    run(filled, Settings(launch=False), quiet)
    name = sync.default_name(filled)
    before = fo.load_dataset(name).get_evaluation_info(STUDENT).timestamp
    run(filled, Settings(launch=False), quiet)
    assert fo.load_dataset(name).get_evaluation_info(STUDENT).timestamp == before
    filled.write(tables.SCORES, [row for row in filled.rows(tables.SCORES) if row.model == "selfie"])
    assert run(filled, Settings(launch=False), quiet).facts["evaluations"] == [SELFIE]
    assert fo.load_dataset(name).list_evaluations() == [SELFIE]
    (filled.root / "tables" / "scores.parquet").unlink()
    assert run(filled, Settings(launch=False), quiet).facts["evaluations"] == []


def test_the_panel_says_what_its_numbers_are(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """A note tells accuracy from agreement; what somebody wrote outlives new scores, old numbers do not."""
    from fiftyone.operators.store import ExecutionStore

    def notes() -> dict[str, str]:
        dataset = fo.load_dataset(sync.default_name(filled))
        store = ExecutionStore.create("model_evaluation_panel_builtin", dataset._doc.id)
        kept: dict[str, str] = store.get("notes")
        return {key: kept[str(dataset._doc.evaluations[key].id)] for key in dataset.list_evaluations()}

    run(filled, Settings(launch=False), quiet)
    told = notes()
    assert told[SELFIE].startswith("Agreement with model:x masks: not accuracy")
    assert told[STUDENT].startswith("Accuracy against rendered masks")
    dataset = fo.load_dataset(sync.default_name(filled))
    store = ExecutionStore.create("model_evaluation_panel_builtin", dataset._doc.id)
    store.set("notes", store.get("notes") | {str(dataset._doc.evaluations[STUDENT].id): "mine"})
    store.set_cache("computed before", 1)
    filled.write(tables.SCORES, [replace(row, tp=1) for row in filled.rows(tables.SCORES)])
    run(filled, Settings(launch=False), quiet)
    assert (notes()[STUDENT], store.has("computed before")) == ("mine", False)


def test_a_second_sync_writes_no_sample_again(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """Registering evaluations does not look like a change of somebody's in FiftyOne."""
    run(filled, Settings(launch=False), quiet)
    dataset = fo.load_dataset(sync.default_name(filled))
    before = dataset.values("synced")
    run(filled, Settings(launch=False), quiet)
    assert fo.load_dataset(dataset.name).values("synced") == before


def test_evaluations_forget_withdrawn_samples(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """No pixel and no label of a person who left stays in the panel."""
    run(filled, Settings(launch=False), quiet)
    first = filled.samples()[0].sample_id
    dataset = fo.load_dataset(sync.default_name(filled))
    gone = set(dataset.match({"sample_id": first}).values("reference_mask.id"))
    before = set(dataset.load_evaluation_results(STUDENT, cache=False).ytrue_ids)
    withdraw.run(filled, withdraw.Settings(sample=first), quiet)
    after = set(dataset.load_evaluation_results(STUDENT, cache=False).ytrue_ids)
    assert (gone <= before, gone & after, len(after)) == (True, set(), len(before) - len(gone))


def test_an_evaluation_of_the_user_stays(filled: Workspace, quiet: Progress, fo: ModuleType) -> None:
    """Somebody's own run under a name of ours is theirs."""
    dataset = sync.build_dataset(filled, sync.default_name(filled), quiet)
    targets = {0: "background", 255: "person"}
    dataset.evaluate_segmentations("mask", "reference_mask", STUDENT, mask_targets=targets, progress=False)
    assert evaluations.register(filled, dataset, quiet) == [SELFIE]


@pytest.fixture
def theirs(tmp_path: Path, fo: ModuleType) -> Iterator[Path]:
    """Give the pictures of a data set that somebody keeps in FiftyOne's database as ``theirs``."""
    root = tmp_path / "pictures"
    samples = []
    for number, gender in enumerate(("male", "female")):
        image, mask = root / f"images/{number}.png", root / f"masks/{number}.png"
        write_picture(image, number, mask)
        samples.append(
            fo.Sample(
                filepath=str(image),
                tags=["kept", ("train", "test")[number]],
                who=fo.Classification(label=gender),
                cut=fo.Segmentation(mask_path=str(mask)),
                inside=fo.Segmentation(mask=np.full((128, 96), 255, np.uint8)),
                subject=7,
            )
        )
    write_picture(tmp_path / "elsewhere.png", 5)
    samples.append(fo.Sample(filepath=str(tmp_path / "elsewhere.png")))
    dataset = fo.Dataset("theirs")
    dataset.add_samples(samples, progress=False)
    dataset.save_view("tests", dataset.match_tags("test"))
    yield root
    for name in fo.list_datasets():
        fo.delete_dataset(name)


def _entries(root: Path, **options: str) -> list[Entry]:
    return list(detect(root, "fiftyone", options).entries())


def test_a_data_set_of_the_database_is_a_source(theirs: Path) -> None:
    """Files, masks, split, person and answers come from its fields; what lies elsewhere says so."""
    given = {"mask": "cut", "mask_source": "human", "person": "subject", "perceived_gender": "who"}
    first, second, outside = _entries(theirs, dataset="theirs", **given)
    assert (first.path, first.mask, first.mask_source) == ("images/0.png", "masks/0.png", "human")
    assert (second.source_split, second.person_id, second.answers[0].value) == ("test", "7", "female")
    assert outside.problem is not None
    assert "lies outside" in outside.problem


def test_a_picture_elsewhere_is_a_failed_row(theirs: Path, quiet: Progress, tmp_path: Path) -> None:
    """Ingest keeps it with the reason and goes on."""
    other = Workspace(tmp_path / "other")
    settings = ingest.Settings(source=theirs, reader="fiftyone", options={"dataset": "theirs"})
    ingest.run(other, settings, quiet)
    assert [row.status for row in other.rows(tables.MANIFEST)].count("failed") == 1


def test_masks_in_the_database_say_how_they_become_files(theirs: Path, fo: ModuleType) -> None:
    """Following the sentence gives masks that are read."""
    import fiftyone.utils.labels as foul

    entry = _entries(theirs, dataset="theirs", mask="inside")[0]
    assert entry.problem is not None
    assert "export_segmentations(dataset, 'inside', FOLDER)" in entry.problem
    dataset = fo.load_dataset("theirs")
    foul.export_segmentations(dataset, "inside", str(theirs / "inside"), progress=False)
    entry = _entries(theirs, dataset="theirs", mask="inside")[0]
    assert (entry.problem, entry.mask, entry.mask_source) == (None, "inside/0.png", "model:unstated")


def test_a_saved_view_is_a_source(theirs: Path) -> None:
    """Only its samples are read."""
    assert [entry.path for entry in _entries(theirs, dataset="theirs", view="tests")] == ["images/1.png"]


def test_an_unknown_name_is_told(theirs: Path) -> None:
    """The sentence names what there is."""
    with pytest.raises(UsageError, match="theirs"):
        _entries(theirs, dataset="thiers")
    with pytest.raises(UsageError, match="tests"):
        _entries(theirs, dataset="theirs", view="test")


def test_the_zoo_is_a_source(exported: Path, tmp_path: Path, fo: ModuleType) -> None:
    """A data set that was downloaded before needs no network, and leaves nothing in the database."""
    import fiftyone.zoo.datasets as foz

    root = tmp_path / "zoo"
    root.mkdir()
    exported.rename(root / "quickstart")
    kind = fo.types.FiftyOneDataset()
    info = foz.ZooDatasetInfo(foz.get_zoo_dataset("quickstart"), kind, 5)
    (root / "quickstart" / "info.json").write_text(json.dumps(info.serialize()))
    before = fo.list_datasets()
    entries = _entries(root, zoo="quickstart")
    assert {entry.path.partition("/")[0] for entry in entries} == {"quickstart"}
    assert fo.list_datasets() == before


def test_what_the_zoo_does_not_have_is_told(tmp_path: Path) -> None:
    """A misspelt name says how to find the right one."""
    with pytest.raises(UsageError, match="zoo datasets list"):
        _entries(tmp_path, zoo="portraits-that-nobody-made")


def test_a_database_that_does_not_answer_is_told(
    theirs: Path, fo: ModuleType, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the sentence of `datatools browse`."""
    silent = "mongodb://ann:s3cret@127.0.0.1:9/?serverSelectionTimeoutMS=200"
    monkeypatch.setattr(fo.config, "database_uri", silent)
    monkeypatch.setattr(fo, "list_datasets", lambda: (_ for _ in ()).throw(ConnectionError("refused")))
    monkeypatch.setattr("datatools.database.server.leave", lambda: None)  # the pictures' data set is there
    with pytest.raises(DatabaseError, match=r"127\.0\.0\.1:9") as told:
        _entries(theirs, dataset="theirs")
    assert "s3cret" not in str(told.value)
