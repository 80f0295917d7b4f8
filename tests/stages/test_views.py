"""Are the views of FiftyOne's data set those of the tables, and does the user's own work stay?"""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest

from datatools import selection, tables
from datatools.browse import sync, views
from datatools.fairness.composition.composition_result import CompositionAudit
from datatools.progress import Progress
from datatools.report.figures import colours
from datatools.report.rebuilt import read_audit
from datatools.report.style import LIGHT
from datatools.stages.review import Settings as ReviewSettings
from datatools.stages.review import run as review_run
from datatools.workspace import Workspace
from tests.stages import databases, viewed
from tests.stages.judged import review
from tests.stages.people import sample_id

if TYPE_CHECKING:
    import fiftyone

pytestmark = pytest.mark.slow

_SCORE = "accuracy_student_on_human_iou_fg_image"


@pytest.fixture(scope="module")
def fo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ModuleType]:
    """Give FiftyOne with a database of its own, or skip where it is not installed."""
    with databases.of_module(tmp_path_factory) as fo:
        yield fo


def _synced(workspace: Workspace, progress: Progress | None = None) -> "fiftyone.Dataset":
    return sync.build_dataset(workspace, sync.default_name(workspace), progress or Progress("quiet"))


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace with something for every view, to copy."""
    workspace = Workspace(tmp_path_factory.mktemp("viewed") / "ws")
    workspace.create()
    viewed.write(workspace)
    return workspace


@pytest.fixture(scope="module")
def shown(fo: ModuleType, written: Workspace) -> Iterator[tuple[Workspace, "fiftyone.Dataset"]]:
    """Give such a workspace and its data set; tests only read them."""
    workspace = Workspace(written.root.with_name("shown"))
    shutil.copytree(written.root, workspace.root)
    dataset = _synced(workspace)
    yield workspace, dataset
    dataset.delete()


@pytest.fixture
def mine(fo: ModuleType, written: Workspace, workspace: Workspace) -> Iterator[Workspace]:
    """Give such a workspace to change; its data set goes when the test is done."""
    shutil.copytree(written.root, workspace.root, dirs_exist_ok=True)
    yield workspace
    fo.delete_dataset(sync.default_name(workspace))


def _ids(dataset: "fiftyone.Dataset", name: str) -> list[str]:
    found: list[str] = dataset.load_saved_view(name).values("sample_id")
    return found


def _scores(workspace: Workspace, model: str) -> "pd.Series[float]":
    """Compute each picture's IoU from the counts."""
    rows = workspace.frame(tables.SCORES)
    rows = rows[(rows["model"] == model) & (rows["status"] == "ok")]
    return pd.Series((rows["tp"] / (rows["tp"] + rows["fp"] + rows["fn"])).to_numpy(), rows["sample_id"])


def _worst_first(workspace: Workspace, model: str, said: dict[str, str], value: str) -> list[str]:
    own = _scores(workspace, model)
    return [name for name in own.sort_values(kind="stable").index if said[name] == value]


def _said(workspace: Workspace, question: str) -> dict[str, str]:
    rows = [row for row in workspace.rows(tables.ANNOTATIONS) if row.question == question]
    return {row.sample_id: row.value for row in rows if row.annotator_id == "ann01"}


def test_rejected_pictures_stand_under_each_reason(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Each check's failures that no person took back, and what people rejected or want repaired."""
    workspace, dataset = shown
    kept = selection.accepted(workspace)
    for check in ("ragged_edge", "near_duplicate"):
        rows = [row for row in workspace.rows(tables.FINDINGS) if row.check == check]
        failed = {row.sample_id for row in rows if not row.passed}
        assert sorted(_ids(dataset, f"rejected: {check}")) == sorted(failed - kept), check
    assert sorted(_ids(dataset, "accepted")) == sorted(kept)
    assert len(_ids(dataset, "rejected")) == viewed.N - len(kept)
    reviewed = {value: sample_id(number) for number, value in viewed.REVIEWED}
    assert _ids(dataset, "rejected: by a person") == [reviewed["reject"]]
    assert _ids(dataset, "rejected: to be repaired") == [reviewed["repair"]]


def test_the_review_queue_is_that_of_the_stage(
    shown: tuple[Workspace, "fiftyone.Dataset"], tmp_path: Path
) -> None:
    """The same masks in the same order as on the sheet that review writes."""
    workspace, dataset = shown
    sheet = tmp_path / "sheet.csv"
    settings = ReviewSettings(annotator_id="ann01", pictures=False, sheet=sheet)
    review_run(workspace, settings, Progress("quiet"))
    assert _ids(dataset, "review queue") == pd.read_csv(sheet, dtype=str)["sample"].tolist()


def test_the_worst_of_each_group_come_first(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Every shown group under every model has all of its scored pictures, in the order of their scores."""
    workspace, dataset = shown
    found = {}
    wanted = {}
    for model, source in (("student", "human"), ("generated", "keyed")):
        for words in ("perceived gender", "perceived age band"):
            said = _said(workspace, words.replace(" ", "_"))
            for value in {"female", "male", "60-69", "20-29"} & set(said.values()):
                name = f"worst: {words} = {value}, {model} on {source}"
                found[name] = _ids(dataset, name)
                wanted[name] = _worst_first(workspace, model, said, value)
    assert (len(found), found) == (8, wanted)


def test_groups_that_are_too_small_have_no_view(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Three people of 70+ are hidden, and so are those who would give them away by subtraction."""
    _, dataset = shown
    named = [name for name in dataset.list_saved_views() if "70+" in name or "30-39" in name]
    assert (named, sorted(dataset.distinct("group_perceived_age_band"))) == ([], ["20-29", "60-69"])


def test_divided_teachers_come_first(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The order is that of what check saw; where teachers agree there is nothing to see."""
    assert viewed.numbered(_ids(shown[1], "teachers disagree")) == list(range(viewed.N - 1, 0, -1))


def test_divided_annotators_are_seen(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """One picture got two answers; two have an uncertain consensus, the more uncertain one first."""
    _, dataset = shown
    assert _ids(dataset, "annotators disagree: perceived_gender") == [sample_id(viewed.DIVIDED)]
    uncertain = _ids(dataset, "uncertain consensus: perceived_gender")
    assert viewed.numbered(uncertain) == [viewed.DIVIDED, viewed.DIVIDED + 1]


def test_near_duplicates_stand_together(
    shown: tuple[Workspace, "fiftyone.Dataset"],
) -> None:
    """All pictures of the cluster, also the one that stays."""
    _, dataset = shown
    view = dataset.load_saved_view("near-duplicates across splits")
    assert sorted(viewed.numbered(view.values("sample_id"))) == sorted(viewed.PAIR)
    assert view.distinct("near_duplicate_splits") == ["test + train"]


def test_thin_cells_hold_the_people_that_were_counted(
    shown: tuple[Workspace, "fiftyone.Dataset"],
) -> None:
    """The pictures of every crossing that the composition audit calls thin, under the crossing's name."""
    workspace, dataset = shown
    path = workspace.report_folder("composition") / "composition.json"
    result = CompositionAudit.model_validate_json(path.read_bytes())
    gender, age = _said(workspace, "perceived_gender"), _said(workspace, "perceived_age_band")
    thin = {group for head in result.headcounts if " x " in head.attribute for group in head.thin}
    wanted = {name for name in gender if f"{gender[name]} x {age[name]}" in thin}
    n_cells = len(dataset.distinct("thin_cells"))
    assert (set(_ids(dataset, "thin cells")), n_cells) == (wanted, len(thin))
    assert wanted


def test_people_stand_as_groups(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """One tile a person, with all of their pictures behind it."""
    view = shown[1].load_saved_view("people")
    sizes = {len(group) for group in view.iter_dynamic_groups()}
    assert (len(view), sizes) == (viewed.N // 2, {2})


def test_the_lowest_group_stands_beside_peers(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Pictures alternate between the lowest group and others, each with the distance in light and pose."""
    workspace, dataset = shown
    audit = read_audit(workspace.report_folder("audit") / "audit.json")
    told = next(one for one in audit.models if one.reading == "accuracy")
    worst = next(one.worst for one in told.attributes if one.attribute == "perceived_gender")
    assert worst is not None
    view = dataset.load_saved_view(f"peers: perceived gender = {worst.group}")
    said = _said(workspace, "perceived_gender")
    ids = view.values("sample_id")
    sides = [said[name] == worst.group for name in ids]
    assert (len(ids) > 10, sides) == (True, [True, False] * (len(ids) // 2))
    known = workspace.frame(tables.MEASUREMENTS)
    known = known[known["sample_id"].isin(_scores(workspace, "student").index)]
    wide = known.pivot_table(index="sample_id", columns="name", values="value", observed=True)
    wide["face_side_light"], wide["face_yaw_deg"] = wide["face_side_light"].abs(), wide["face_yaw_deg"].abs()
    scaled = wide / wide.std(ddof=0)
    apart = [
        float(np.sqrt(((scaled.loc[own] - scaled.loc[peer]) ** 2).mean()))
        for own, peer in zip(ids[::2], ids[1::2], strict=True)
    ]
    distances = view.values("peers_perceived_gender_distance_sd")
    assert (distances[::2], distances[1::2]) == (pytest.approx(apart), pytest.approx(apart))
    assert apart == sorted(apart)
    assert "peers_perceived_age_band" not in view.get_field_schema()


def test_groups_have_the_colours_of_the_report(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Groups, and the answers that say them, are coloured as on the report's page."""
    workspace, dataset = shown
    audit = read_audit(workspace.report_folder("audit") / "audit.json")
    named = colours(audit)["perceived_gender"]
    wanted = {group: LIGHT[name] for group, name in named.items()}
    fields = {field["path"]: field for field in dataset.app_config.color_scheme.fields}
    for path in ("group_perceived_gender", "answer_perceived_gender"):
        found = {value["value"]: value["color"] for value in fields[path]["valueColors"]}
        assert found == wanted, path
    assert dataset.app_config.color_scheme.color_by == "value"


def test_every_field_has_one_place_in_the_sidebar(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Nothing is hidden and nothing stands twice; scores and measurements are closed at first."""
    _, dataset = shown
    groups = {group.name: group for group in dataset.app_config.sidebar_groups}
    paths = [path for group in groups.values() for path in group.paths]
    missing = set(dataset.get_field_schema()) - set(paths) - {"metadata"}
    assert (missing, len(paths)) == (set(), len(set(paths)))
    assert (groups["scores"].expanded, groups["measurements"].expanded, groups["who"].expanded) == (
        False,
        False,
        True,
    )
    assert _SCORE in groups["scores"].paths
    assert "yours" not in groups


def test_few_fields_are_shown_at_first(shown: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """One mask, the review, and who stands beside whom."""
    paths = shown[1].app_config.active_fields.paths
    assert (paths[:2], all(path.startswith("peers_") for path in paths[2:])) == (["mask", "review"], True)


def test_a_second_sync_leaves_views_alone(mine: Workspace) -> None:
    """Nothing changed: the same views with the same addresses, and no sample counts as changed."""
    before = [document.id for document in _synced(mine)._doc.get_saved_views()]
    again = _synced(mine)
    assert [document.id for document in again._doc.get_saved_views()] == before
    assert (again.info["datatools"]["n_new"], again.info["datatools"]["n_changed"]) == (viewed.N, 0)


def test_what_a_user_deletes_of_ours_comes_back(mine: Workspace) -> None:
    """A field that views work with, and a view."""
    dataset = _synced(mine)
    wanted = _ids(dataset, "review queue")
    dataset.delete_sample_field("review_place")
    dataset.delete_saved_view("thin cells")
    dataset = _synced(mine)
    assert (_ids(dataset, "review queue"), dataset.has_saved_view("thin cells")) == (wanted, True)


def test_views_follow_the_tables(mine: Workspace) -> None:
    """A reviewed mask leaves the queue, new scores change the order, a solved case leaves no empty view."""
    dataset = _synced(mine)
    first = _ids(dataset, "review queue")[0]
    mine.append_batch([review(int(first, 16), "accept")])
    mine.write(tables.SPLITS, [row for row in mine.rows(tables.SPLITS) if row.split == "train"])
    scores = [row for row in mine.rows(tables.SCORES) if row.model == "student" and row.status == "ok"]
    mine.write(tables.SCORES, scores[10:])
    dataset = _synced(mine)
    names = dataset.list_saved_views()
    assert first not in _ids(dataset, "review queue")
    assert "near-duplicates across splits" not in names
    assert not any("generated" in name for name in names)
    assert (
        _ids(dataset, "worst: student on human")
        == _scores(mine, "student").sort_values(kind="stable").index.tolist()
    )
    assert "near_duplicate_splits" not in dataset.get_field_schema()


def test_a_review_in_the_app_leaves_the_queue_at_once(fo: ModuleType, mine: Workspace) -> None:
    """Before any sync: the view looks at the field."""
    dataset = _synced(mine)
    first = _ids(dataset, "review queue")[0]
    sample = dataset.match(fo.ViewField("sample_id") == first).first()
    sample["review"] = fo.Classification(label="accept")
    sample.save()
    assert first not in _ids(dataset, "review queue")


def test_a_users_views_stay(mine: Workspace, capsys: pytest.CaptureFixture[str]) -> None:
    """Their own view, one of the toolkit's that they changed, and one whose name means the same address."""
    dataset = _synced(mine)
    dataset.save_view("mine", dataset.limit(3))
    dataset.save_view("accepted", dataset.limit(2), overwrite=True)
    dataset.delete_saved_view("people")
    dataset.save_view("People", dataset.limit(1))
    mine.append_batch([review(30, "accept")])
    dataset = _synced(mine, Progress("plain"))
    sizes = [len(dataset.load_saved_view(name)) for name in ("mine", "accepted", "People")]
    assert (sizes, dataset.has_saved_view("people")) == ([3, 2, 1], False)
    said = capsys.readouterr().err
    assert "the saved view 'accepted' is yours and stays" in said
    assert "the saved view 'People' is yours and stays" in said


def test_a_users_looks_stay(fo: ModuleType, mine: Workspace) -> None:
    """Colours that somebody chose are not overwritten; what they left alone follows the tables."""
    dataset = _synced(mine)
    dataset.app_config.color_scheme = fo.ColorScheme(color_by="field", opacity=0.9)
    dataset.save()
    mine.append_batch([review(30, "accept")])
    dataset.add_sample_field("note", fo.StringField)
    dataset = _synced(mine)
    config = dataset.app_config
    found = {group.name: group.paths for group in config.sidebar_groups}
    assert (config.color_scheme.opacity, found["yours"]) == (0.9, ["note"])


def test_views_of_a_version_without_record_are_replaced(mine: Workspace) -> None:
    """A data set that an earlier version dressed has no second set of views."""
    dataset = _synced(mine)
    dataset.save_view(f"worst {_SCORE}", dataset.limit(1))
    del dataset.info[views.INFO]
    dataset.save()
    names = _synced(mine).list_saved_views()
    assert (f"worst {_SCORE}" in names, "accepted" in names) == (False, True)


def test_what_cannot_be_read_leaves_its_views_out(
    mine: Workspace, capsys: pytest.CaptureFixture[str]
) -> None:
    """A broken audit, a composition audit of another version, masks that no check saw: a sentence each."""
    (mine.report_folder("audit") / "audit.json").write_text("{")
    (mine.report_folder("composition") / "composition.json").write_text(json.dumps({"name": "composition"}))
    (mine.root / "runs" / "0900-refine.json").write_text("{}")
    names = _synced(mine, Progress("plain")).list_saved_views()
    said = capsys.readouterr().err
    for view, why in (
        ("the review queue", "run `datatools check"),
        ("thin cells", "run `datatools composition` again"),
        ("the audit's groups", "run `datatools audit"),
    ):
        assert f"browse: no view of {view}: " in said
        assert why in said
    assert {"review queue", "thin cells"}.isdisjoint(names)
    assert not any(name.startswith(("worst: perceived", "peers:")) for name in names)
    assert "worst: student on human" in names


def test_a_fresh_workspace_has_no_empty_views(fo: ModuleType, workspace: Workspace) -> None:
    """Before anything but ingest has run."""
    viewed.ingested(workspace)
    dataset = _synced(workspace)
    found = dataset.list_saved_views()
    dataset.delete()
    assert found == []
