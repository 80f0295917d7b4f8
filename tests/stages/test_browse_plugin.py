"""Does FiftyOne load the plug-in, and do its panels and operators do what they say, without the App?"""

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from datatools import tables
from datatools.browse import Settings, installing, run, sync
from datatools.browse.plugin import place
from datatools.database import engine
from datatools.errors import UsageError
from datatools.fairness.behind import behind
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import Measurement
from datatools.stages import audit
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import databases, people
from tests.stages.people import answer, sample
from tests.unit.report.builders import fill

if TYPE_CHECKING:
    import fiftyone

pytestmark = pytest.mark.slow

_QUIET = Progress("quiet")
_EVERYBODY, _FEMALE, _MALE, _HIDDEN = range(4)  # the audit's rows
Requests = list[dict[str, object]]


@pytest.fixture(scope="module", autouse=True)
def plugins_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Give FiftyOne a database and a folder of plug-ins of its own, with the plug-in in it."""
    with databases.of_module(tmp_path_factory) as fo, pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("plugins")
        patch.setattr(fo.config, "plugins_dir", str(folder))
        installing.install()
        yield folder


@pytest.fixture(scope="module")
def browsed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Workspace, "fiftyone.Dataset"]]:
    """Give an audited workspace of women, men and two others, and its data set."""
    folder = tmp_path_factory.mktemp("plugin")
    workspace = Workspace(folder / "ws")
    fill(workspace, folder / "src", 61)
    genders = ["female"] * 35 + ["male"] * 20 + ["another"] * 5  # of two pictures a person
    workspace.append_batch([answer(n, gender) for n, gender in enumerate(genders, start=1)])
    metrics = ["iou_fg_image", "under_frac"]
    audit.run(workspace, audit.Settings(replicates=200, chain=False, metrics=metrics), _QUIET)
    dataset = sync.build_dataset(workspace, sync.default_name(workspace), _QUIET)
    yield workspace, dataset
    engine.load().delete_dataset(dataset.name)


def _requests(name: str, view: object, params: dict[str, object]) -> Requests:
    """Execute an operator; give what it asks the App to do, as the App gets it."""
    from fiftyone.core.view import DatasetView
    from fiftyone.operators import execute_operator

    context: dict[str, object] = {"params": params}
    context["view" if isinstance(view, DatasetView) else "dataset"] = view
    result = execute_operator(f"{installing.NAME}/{name}", context)
    sent = json.loads(json.dumps(result.executor.to_json()))
    return cast("Requests", sent["requests"])


def _event(
    dataset: object, panel: str, method: str, state: dict[str, object] | None = None, **params: object
) -> dict[str, dict[str, object]]:
    """Send a panel an event; give the parameters of each thing it asks the App to do."""
    sent = {"panel_id": "p", "panel_state": state or {}, "__method__": method, **params}
    found = _requests(panel, dataset, sent)
    return {str(one["operator_uri"]): cast("dict[str, object]", one["params"]) for one in found}


def _ids(dataset: "fiftyone.Dataset", found: dict[str, dict[str, object]]) -> list[str]:
    """Give the samples of the view that the App is asked to show."""
    from fiftyone.core.view import DatasetView

    stages = cast("Sequence[object]", found["set_view"]["view"])
    view = DatasetView._build(dataset, stages)
    return [str(sample_id) for sample_id in view.values("sample_id")]


def _result(workspace: Workspace, name: str = "audit") -> AuditResult:
    text = (workspace.report_folder(name) / audit.RESULT_FILE).read_text()
    return AuditResult.model_validate_json(text)


def _behind(workspace: Workspace, group: str, **more: object) -> list[str]:
    wanted: dict[str, object] = {
        "model": "student",
        "reference_source": "rendered",
        "attribute": "perceived_gender",
        "group": group,
        **more,
    }
    return behind(workspace, _result(workspace), **wanted)  # type: ignore[arg-type]  # as above


def test_fiftyone_finds_and_loads_the_plug_in() -> None:
    """Its own loader registers every panel and operator that the YAML names, without an error."""
    from fiftyone.operators.registry import OperatorRegistry
    from fiftyone.plugins import get_plugin, list_plugins

    registry = OperatorRegistry()
    named = [f"{installing.NAME}/{name}" for name in get_plugin(installing.NAME).operators]
    found = [operator.uri for operator in registry.list_operators(builtin=False)]
    assert ([one.name for one in list_plugins()], registry.list_errors()) == ([installing.NAME], [])
    assert sorted(found) == sorted(named)


def test_the_audit_panel_opens(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Everybody, the groups and the hidden one are rows; the plot and the choices are laid out."""
    found = _event(browsed[1], "audit_panel", "on_load")
    data = cast("dict[str, list[dict[str, str]]]", found["patch_panel_data"]["data"])
    rows = [(row["label"], row["n_images"]) for row in data["groups"]]
    assert rows == [("everybody", "60"), ("female", "35"), ("male", ""), ("another", "")]
    laid_out = json.dumps(found["show_panel_output"])
    assert [name in laid_out for name in ("TableView", "PlotlyView", "DropdownView")] == [True] * 3


def test_a_click_opens_exactly_the_pictures(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """A row, a point, the rest and everybody: those that make the number, and no others."""
    workspace, dataset = browsed
    women, rest = _behind(workspace, "female"), _behind(workspace, "female", rest=True)
    for method, params, wanted in (
        ("on_row", {"row": _FEMALE}, women),
        ("on_point", {"id": str(_FEMALE)}, women),
        ("on_rest", {"row": _FEMALE}, rest),
        ("on_row", {"row": _EVERYBODY}, _behind(workspace, "all", attribute="all")),
    ):
        found = _event(dataset, "audit_panel", method, **params)
        assert sorted(_ids(dataset, found)) == sorted(wanted), method


def test_the_worst_come_first(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """In the order of the metric that the panel shows."""
    workspace, dataset = browsed
    state: dict[str, object] = {"choices": {"metric": "under_frac"}}
    found = _event(dataset, "audit_panel", "on_worst", state, row=_FEMALE)
    assert _ids(dataset, found) == _behind(workspace, "female", metric="under_frac")


def test_a_hidden_group_opens_nothing(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The panel says why, and the view stays."""
    found = _event(browsed[1], "audit_panel", "on_row", row=_HIDDEN)
    assert ("set_view" in found, "is not shown" in str(found["notify"]["message"])) == (False, True)


@pytest.mark.parametrize("row", [-1, 99, None, "../x"])
def test_a_click_on_no_row_does_nothing(browsed: tuple[Workspace, "fiftyone.Dataset"], row: object) -> None:
    """The table's head, or what no table sends."""
    for panel in ("audit_panel", "composition_panel"):
        assert "set_view" not in _event(browsed[1], panel, "on_row", row=row)


def test_what_a_browser_chooses_is_one_of_what_is_offered(
    browsed: tuple[Workspace, "fiftyone.Dataset"],
) -> None:
    """A report that is not in the workspace is the newest one that is."""
    state: dict[str, object] = {"choices": {"report": "../../../secret", "metric": "x"}}
    assert _event(browsed[1], "audit_panel", "on_choice", state) == _event(
        browsed[1], "audit_panel", "on_load"
    )


def test_everything_is_shown_again(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The view is cleared."""
    for panel in ("audit_panel", "composition_panel"):
        assert "clear_view" in _event(browsed[1], panel, "on_everything")


def test_a_slice_opens_its_pictures(workspace: Workspace) -> None:
    """Those that meet its conditions, as many as it counts; a click on no slice does nothing."""
    rng = np.random.default_rng(0)
    rows = [sample(number) for number in range(120)]
    people.ingest(workspace, workspace.root, rows)
    is_dark = np.arange(120) < 40
    ious = rng.normal(0.95, 0.01, 120).clip(0, 1) - 0.1 * is_dark
    scores = [score_with_iou(row.sample_id, row.person_id, iou) for row, iou in zip(rows, ious, strict=True)]
    workspace.write(tables.SCORES, scores)
    measured = [
        Measurement(sample_id=row.sample_id, name="picture_lightness", value=value, measured_by="x")
        for row, value in zip(rows, np.where(is_dark, 20.0, 60.0) + rng.uniform(0, 9, 120), strict=True)
    ]
    workspace.write(tables.MEASUREMENTS, measured)
    audit.run(workspace, audit.Settings(replicates=200, chain=False, slices=1, adjust=["none"]), _QUIET)
    fo = engine.load()
    dataset = fo.Dataset()
    try:
        dataset.info = {"datatools": {"workspace": str(workspace.root)}}
        dataset.save()
        dataset.add_samples(
            (fo.Sample(filepath="x.png", sample_id=r.sample_id) for r in rows), progress=False
        )
        opened = _event(dataset, "audit_panel", "on_slice", row=0)
        nothing = _event(dataset, "audit_panel", "on_slice", row=9)
        found = _ids(dataset, opened)
    finally:
        dataset.delete()
    (part,) = _result(workspace).slices[0].slices
    data = cast("dict[str, list[dict[str, str]]]", opened["patch_panel_data"]["data"])
    assert data["slices"][0]["label"] == part.conditions[0]
    dark = {row.sample_id for row, dark in zip(rows, is_dark, strict=True) if dark}
    assert (len(found), dark <= set(found), "set_view" in nothing) == (part.estimate.n_images, True, False)


def test_pictures_that_the_data_set_lacks_are_told(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """A data set of fewer samples than the workspace says so."""
    some = browsed[1].limit(20).clone("datatools-test-some")
    try:
        found = _event(some, "audit_panel", "on_row", row=_EVERYBODY)
    finally:
        some.delete()
    assert "40 of 60 pictures are not in the data set" in str(found["notify"]["message"])


def test_the_composition_panel_opens_its_groups(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """A click on a group shows all of its people's pictures."""
    workspace, dataset = browsed
    opened = _event(dataset, "composition_panel", "on_load")
    data = cast("dict[str, list[dict[str, str]]]", opened["patch_panel_data"]["data"])
    assert [row["label"] for row in data["groups"]] == ["female", "male", "another"]
    found = _event(dataset, "composition_panel", "on_row", row=0)
    assert sorted(_ids(dataset, found)) == sorted(_behind(workspace, "female"))


def test_a_stale_audit_says_so(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Answers that came after it are named above the table."""
    workspace, dataset = browsed
    before = json.dumps(_event(dataset, "audit_panel", "on_load"))
    path = workspace.append_batch([answer(1, "female", annotator_id="late")])
    after = json.dumps(_event(dataset, "audit_panel", "on_load"))
    path.unlink()
    assert ["Older than the workspace" in text for text in (before, after)] == [False, True]


@pytest.mark.parametrize("panel", ["audit_panel", "composition_panel"])
def test_a_data_set_of_nobodys_workspace_is_told(panel: str) -> None:
    """A data set of the user's own opens the panel with a sentence in the place of numbers."""
    fo = engine.load()
    mine = fo.Dataset("datatools-test-mine")
    try:
        found = [json.dumps(_event(mine, panel, "on_load"))]
        mine.info = {"datatools": {"workspace": "/nowhere/ws"}}
        mine.save()
        found.append(json.dumps(_event(mine, panel, "on_load")))
    finally:
        mine.delete()
    assert ["was not made from a workspace" in found[0], "if the workspace was moved" in found[1]] == [
        True
    ] * 2


def test_another_workspace_in_its_place_is_told(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """A folder that became another workspace's is not taken for the one that the data set shows."""
    dataset = browsed[1]
    other = dataset.clone("datatools-test-other")
    try:
        other.info = {"datatools": {**other.info["datatools"], "identity": "0" * 16}}
        other.save()
        assert "made from another workspace" in json.dumps(_event(other, "audit_panel", "on_load"))
    finally:
        other.delete()


def test_a_workspace_without_an_audit_says_how_to_make_one(tmp_path: Path) -> None:
    """And one without answers has nobody in groups."""
    workspace = Workspace(tmp_path / "ws")
    fill(workspace, tmp_path / "src", 3)
    dataset = sync.build_dataset(workspace, sync.default_name(workspace), _QUIET)
    try:
        found = [
            json.dumps(_event(dataset, name, "on_load")) for name in ("audit_panel", "composition_panel")
        ]
    finally:
        dataset.delete()
    assert ["No audit yet" in found[0], "place people in groups yet" in found[1]] == [True, True]


def test_evaluate_scores_the_view_alone(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The stage leaves scores and a record, the App hears of its progress, the data set has the scores."""
    workspace, dataset = browsed
    view = dataset.sort_by("sample_id").limit(4)
    found = _requests("evaluate", view, {"model": "generated", "reference": "given"})
    scored = sorted(row.sample_id for row in workspace.rows(tables.SCORES) if row.model == "generated")
    assert scored == sorted(view.values("sample_id"))
    asked = [one["operator_uri"] for one in found]
    assert (asked[0], asked[-2:]) == ("set_progress", ["reload_dataset", "show_output"])
    dataset.reload()
    assert dataset.count("accuracy_generated_on_rendered_iou_fg_image") == 4
    assert "accuracy_generated_on_rendered" in dataset.list_evaluations()
    assert "generated on 4 pictures" in json.dumps(found[-1])


def test_check_says_when_its_gate_is_not_met(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The settings of the workspace's file count, as on the command line."""
    workspace, dataset = browsed
    workspace.config_file.write_text('[check]\nchecks = ["corrupt"]\nmin_accepted_frac = 1.0\n')
    found = _requests("check", dataset.limit(3), {})
    workspace.config_file.unlink()
    messages = [cast("dict[str, object]", one["params"]).get("message") for one in found]
    assert "check: the gate is not met" in messages


def test_an_audit_of_the_view_is_a_report_of_its_own(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Under a name that stays below the workspace's reports."""
    workspace, dataset = browsed
    chosen = dataset.sort_by("sample_id").limit(20)
    workspace.config_file.write_text("[audit]\nreplicates = 200\nchain = false\n")
    _requests("audit", chosen, {"name": "../../mine", "metrics": "iou_fg_image"})
    workspace.config_file.unlink()
    result = _result(workspace, "mine")
    (workspace.report_folder("mine") / audit.RESULT_FILE).unlink()
    assert result.n_samples == 20


def test_what_goes_wrong_is_said_in_the_app(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """The stage's own sentence, where it cannot run."""
    last = _requests("refine", browsed[1].limit(2), {})[-1]
    told = cast("dict[str, str]", last["params"])
    assert (last["operator_uri"], told["variant"], "mattes" in told["message"]) == ("notify", "error", True)


def test_a_model_that_was_not_offered_is_refused(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """A path that a browser sends is no model; neither FiftyOne nor the operator takes it."""
    from fiftyone.operators import get_operator
    from fiftyone.operators.executor import ExecutionContext, ExecutionError

    workspace, dataset = browsed
    params: dict[str, object] = {"model": "/etc/passwd", "reference": "given"}
    with pytest.raises(ExecutionError, match="Invalid enum value"):
        _requests("evaluate", dataset, params)
    operator = get_operator(f"{installing.NAME}/evaluate")
    with pytest.raises(UsageError, match="expected a model among generated"):
        operator.flags(ExecutionContext({"dataset_name": dataset.name, "params": params}), workspace)


def test_forms_ask_for_what_there_is(browsed: tuple[Workspace, "fiftyone.Dataset"]) -> None:
    """Each form says how many pictures it is about; where there is nothing to choose it says why."""
    from fiftyone.operators import get_operator
    from fiftyone.operators.executor import ExecutionContext

    workspace, dataset = browsed
    context = {"dataset_name": dataset.name, "params": {}}
    for name, words in {"evaluate": "generated", "audit": "iou_fg_image", "check": "pictures"}.items():
        form = get_operator(f"{installing.NAME}/{name}").resolve_input(ExecutionContext(context))
        assert words in json.dumps(form.to_json())
    workspace.table_file(tables.MASKS).rename(workspace.root / "away")
    form = get_operator(f"{installing.NAME}/evaluate").resolve_input(ExecutionContext(context))
    (workspace.root / "away").rename(workspace.table_file(tables.MASKS))
    assert "found none" in json.dumps(form.to_json())


def test_installing_again_changes_nothing(plugins_folder: Path) -> None:
    """What is there is today's; what an older version left goes."""
    target = installing.folder()
    (target / "old.js").write_text("")
    before = (target / "fiftyone.yml").stat().st_mtime_ns
    assert (installing.install(), (target / "old.js").exists()) == (target, False)
    assert ((target / "fiftyone.yml").stat().st_mtime_ns, target.parent) == (before, plugins_folder)


def test_launching_brings_an_old_stub_up_to_date() -> None:
    """Its YAML names the panels that there are."""
    path = installing.folder() / "fiftyone.yml"
    today = path.read_bytes()
    path.write_text("name: old")
    installing.refresh()
    assert path.read_bytes() == today


def test_the_verb_installs_and_removes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No workspace is needed; a dry run changes nothing, and removing twice says so."""
    fo = engine.load()
    monkeypatch.setattr(fo.config, "plugins_dir", str(tmp_path / "none" / "plugins"))
    workspace = Workspace(tmp_path / "nowhere")
    seen = []
    for settings in (
        Settings(install_plugin=True, dry_run=True),
        Settings(install_plugin=True),
        Settings(remove_plugin=True),
        Settings(remove_plugin=True),
    ):
        (note,) = run(workspace, settings, _QUIET).notes
        seen.append((note.split(":")[0].split(" in ")[0], installing.folder().exists()))
    installing.refresh()
    assert seen == [
        ("Would install the plug-in", False),
        ("The plug-in is", True),
        ("The plug-in was removed.", False),
        ("The plug-in was not installed.", False),
    ]
    assert not installing.folder().exists()


def test_install_and_remove_do_not_go_together(workspace: Workspace) -> None:
    """One of the two."""
    with pytest.raises(UsageError, match="got both"):
        run(workspace, Settings(install_plugin=True, remove_plugin=True), _QUIET)


def test_somebody_elses_folder_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is no stub of ours is neither overwritten nor removed."""
    monkeypatch.setattr(engine.load().config, "plugins_dir", str(tmp_path))
    installing.folder().mkdir()
    (installing.folder() / "mine.txt").write_text("x")
    for act in (installing.install, installing.remove):
        with pytest.raises(UsageError, match="holds something else"):
            act()
    assert [path.name for path in installing.folder().iterdir()] == ["mine.txt"]


def test_without_a_data_set_there_is_no_workspace() -> None:
    """A panel that is open while no data set is says which to choose."""
    from fiftyone.operators.executor import ExecutionContext

    with pytest.raises(UsageError, match="expected an open data set"):
        place.workspace_of(ExecutionContext({}))
