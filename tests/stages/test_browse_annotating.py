"""Does the annotation panel keep what people answer, without the App?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import tables
from datatools.asking import order
from datatools.browse import installing, sync
from datatools.database import engine
from datatools.progress import Progress
from datatools.workspace import Workspace
from tests.stages import databases
from tests.unit.report.builders import fill

if TYPE_CHECKING:
    import fiftyone
from tests.stages.panels import Panel, annotating, kept, reviewing

pytestmark = pytest.mark.slow
_QUIET = Progress("quiet")
Given = tuple[Workspace, "fiftyone.Dataset"]


@pytest.fixture(scope="module", autouse=True)
def plugins_folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Give FiftyOne a database and a folder of plug-ins of its own, with the plug-in in it."""
    with databases.of_module(tmp_path_factory) as fo, pytest.MonkeyPatch.context() as patch:
        patch.setattr(fo.config, "plugins_dir", str(tmp_path_factory.mktemp("plugins")))
        installing.install()
        yield


@pytest.fixture
def opened(workspace: Workspace, tmp_path: Path) -> Iterator[Given]:
    """Give a workspace of five masks, one of them rejected by a check, and its data set."""
    fill(workspace, tmp_path / "src", 6)
    dataset = sync.build_dataset(workspace, sync.default_name(workspace), _QUIET)
    yield workspace, dataset
    engine.load().delete_dataset(dataset.name)


def test_questions_come_by_lot(opened: Given) -> None:
    """Each annotator has an order of their own, and the rows tell the place."""
    workspace, dataset = opened
    ids = dataset.values("sample_id")
    for who in ("ann01", "ann02"):
        panel = annotating(dataset, "glasses:yes_no@1", who=who)
        seen = []
        while panel.sample_id is not None:
            seen.append(panel.sample_id)
            panel.press("choose", value="no")
        assert seen == sorted(ids, key=lambda name, who=who: order.lot(0, who, name))  # type: ignore[misc]
        mine = [row for row in kept(workspace) if row.annotator_id == who]
        assert [row.presentation_order for row in mine] == list(range(1, len(ids) + 1))


def test_nothing_is_filled_in_and_others_stay_hidden(opened: Given) -> None:
    """No value is marked, fields and sidebar go out of sight, and no answer of others is in the panel."""
    _, dataset = opened
    annotating(dataset, "glasses:yes_no@1", who="ann01").press("choose", value="yes")
    panel = annotating(dataset, "glasses:yes_no@1", who="ann02")
    assert {"set_active_fields", "hide_sidebar"} <= set(panel.asked)
    assert ("✓" in panel.shown, "ann01" in panel.shown) == (False, False)


def test_several_values_are_marked_then_given(opened: Given) -> None:
    """One answer of two rows."""
    workspace, dataset = opened
    panel = annotating(dataset, "perceived_race:fairface_race@1")
    panel.press("choose", value="white").press("choose", value="black")
    assert kept(workspace) == []
    panel.press("answer")
    assert sorted(row.value for row in kept(workspace)) == ["black", "white"]
    panel.press("choose", value="cannot_tell")
    assert [row.value for row in kept(workspace)][2:] == ["cannot_tell"]


def test_a_number_can_be_typed(opened: Given) -> None:
    """Where the vocabulary is a range, what was typed is checked against it."""
    workspace, dataset = opened
    panel = annotating(dataset, "perceived_age:age_years@1")
    panel.state["number"] = 4000
    panel.press("answer")
    assert "expected a value of age_years@1" in panel.said[0]
    panel.state["number"] = 34
    panel.press("answer")
    assert [row.value for row in kept(workspace)] == ["34"]


def test_undo_asks_again(opened: Given) -> None:
    """The later answer of an annotator is a row of its own."""
    workspace, dataset = opened
    panel = annotating(dataset, "glasses:yes_no@1")
    panel.press("choose", value="yes").press("undo").press("choose", value="no")
    assert [row.value for row in kept(workspace)] == ["yes", "no"]
    assert len({row.sample_id for row in kept(workspace)}) == 1


def test_tones_are_shown_to_compare_with(opened: Given) -> None:
    """Nobody can name the nearest of ten tones without seeing them."""
    panel = annotating(opened[1], "perceived_skin_tone:monk@1")
    assert str(panel.data["tones"]).startswith("data:image/png;base64,")
    assert "monk_10 [q]" in panel.shown


@pytest.mark.parametrize(
    ("questions", "says"),
    [
        ([], "at least one question"),
        (["self_reported_gender:gender@1"], "self_report"),
        (["perceived_race:race_coarse@1", "perceived_race:fairface_race@1"], "in one vocabulary"),
    ],
)
def test_what_cannot_be_asked_is_told(opened: Given, questions: list[str], says: str) -> None:
    """The panel stays at its start."""
    panel = annotating(opened[1], *questions)
    assert (says in panel.said[0], "turn" in panel.state) == (True, False)


def test_nobody_starts_without_an_id(opened: Given) -> None:
    """A verdict of nobody is none."""
    panel = Panel("review_panel", opened[1]).press("start")
    assert "annotator id" in panel.said[0]


@pytest.mark.parametrize("method", ["decide", "later", "undo"])
def test_buttons_before_the_start_are_told(opened: Given, method: str) -> None:
    """A key that is pressed too early keeps nothing."""
    assert "press start" in Panel("review_panel", opened[1]).press(method, value="accept").said[0]


def test_a_sample_that_has_left_is_told(opened: Given) -> None:
    """A withdrawn picture that is still on somebody's screen is not answered about."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    rows = [row for row in workspace.rows(tables.MANIFEST) if row.sample_id != panel.sample_id]
    workspace.write(tables.MANIFEST, rows)
    panel.press("decide", value="accept")
    assert "any more" in panel.said[0]
    assert kept(workspace) == []
