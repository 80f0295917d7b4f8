"""Do the review and annotation panels keep what people decide, without the App?"""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, cast

import pytest

from datatools import selection, tables
from datatools.browse import given, installing, sync
from datatools.database import engine
from datatools.progress import Progress
from datatools.workspace import Workspace
from tests.stages import databases
from tests.unit.report.builders import fill

if TYPE_CHECKING:
    import fiftyone
from tests.stages.panels import Panel, State, annotating, kept, reviewing

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


def test_both_panels_open_empty(opened: Given) -> None:
    """Before the start they ask who sits there, and the page is asked whether it knows."""
    for name in ("review_panel", "annotate_panel"):
        panel = Panel(name, opened[1]).press("on_load")
        assert "recall_annotator" in panel.asked
        assert "Annotator id" in panel.shown


def test_a_page_that_is_opened_anew_asks_who_sits_there(opened: Given) -> None:
    """The App hands an open panel to whoever comes next: nobody goes on in another's name."""
    _, dataset = opened
    for panel in (reviewing(dataset), annotating(dataset, "glasses:yes_no@1")):
        panel.press("on_load")
        assert (panel.state["turn"], panel.state["who"]) == (None, None)
        assert "Annotator id" in panel.shown
        assert "press start" in panel.press("later").said[0]


@pytest.mark.parametrize("method", ["decide", "later", "undo"])
def test_a_page_that_shows_another_picture_keeps_nothing(opened: Given, method: str) -> None:
    """Pages of one App share where a panel stands, and not what each of them shows."""
    workspace, dataset = opened
    panel, other = reviewing(dataset), reviewing(dataset)
    shown = cast("State", panel.state["turn"])["shown"]
    panel.state = dict(other.state)
    panel.press(method, value="reject", seen=given.showing(shown).token)
    assert (kept(workspace), "has taken over" in panel.said[0]) == ([], True)


def test_a_review_reaches_workspace_and_data_set(opened: Given) -> None:
    """The answer is in the tables, and field, tags and verdict follow the rule of selection at once."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    sample_id = panel.sample_id
    panel.press("decide", value="reject")
    (row,) = kept(workspace)
    assert (row.sample_id, row.question, row.value, row.annotator_id) == (
        sample_id,
        "mask_review",
        "reject",
        "rev01",
    )
    dataset.reload()
    sample = dataset.match({"sample_id": sample_id}).first()
    assert (sample.review.label, sample.review["reviewer"], sample.is_accepted) == ("reject", "rev01", False)
    assert "rejected" in sample.tags
    assert (sample.is_accepted, sample_id in selection.accepted(workspace)) == (False, False)


def test_the_next_sync_finds_nothing_to_correct(opened: Given) -> None:
    """What the panel showed at once is what a sync shows."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    sample_id = panel.sample_id
    panel.press("decide", value="accept")

    def state() -> tuple[object, ...]:
        dataset.reload()
        sample = dataset.match({"sample_id": sample_id}).first()
        said = sample["answer_mask_review"].classifications
        return (
            sample.review.label,
            sample.review["answered_at"],
            sorted(sample.tags),
            sample.is_accepted,
            [(one.label, one["annotator_id"], one["batch"]) for one in said],
        )

    before = state()
    sync.build_dataset(workspace, dataset.name, _QUIET)
    assert state() == before


def test_the_queue_goes_on_and_ends(opened: Given) -> None:
    """Each mask comes once; then the panel says that nothing waits."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    seen = []
    while panel.sample_id is not None:
        seen.append(panel.sample_id)
        panel.press("decide", value="accept")
    assert sorted(seen) == sorted(row.sample_id for row in workspace.rows(tables.MASKS) if row.path)
    assert "No mask of this view waits" in panel.shown


def test_what_is_left_for_later_stays_unreviewed(opened: Given) -> None:
    """The next mask is another one, and nothing is kept."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    first = panel.sample_id
    panel.press("later")
    assert (panel.sample_id != first, kept(workspace)) == (True, [])


def test_undo_takes_back_by_a_later_row(opened: Given) -> None:
    """The first verdict stays in the tables; the second counts, here and there."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    first = panel.sample_id
    panel.press("decide", value="accept").press("undo")
    assert panel.sample_id == first
    panel.press("decide", value="repair")
    assert [row.value for row in kept(workspace)] == ["accept", "repair"]
    dataset.reload()
    assert dataset.match({"sample_id": first}).first().review.label == "repair"


def test_the_reasons_are_shown(opened: Given) -> None:
    """A rejected mask says by which check, and with what."""
    workspace, dataset = opened
    rejected = next(row for row in workspace.rows(tables.FINDINGS) if not row.passed)
    chosen = [dataset.match({"sample_id": rejected.sample_id}).first().id]
    panel = reviewing(dataset, selected=chosen)
    said = cast("State", panel.state["said"])
    assert panel.sample_id == rejected.sample_id
    assert f"failed **{rejected.check.replace('_', chr(92) + '_')}**" in str(said["why"])


def test_an_open_picture_is_the_one_that_is_reviewed(opened: Given) -> None:
    """Beside an open picture the panel follows it, and a verdict opens the next."""
    _, dataset = opened
    last = dataset.exists("mask").last()
    panel = reviewing(dataset, current_sample=last.id)
    assert panel.sample_id == last.sample_id
    panel.press("decide", value="accept")
    assert "open_sample" in panel.asked


def test_two_people_never_overwrite_each_other(opened: Given) -> None:
    """Both reviewed the same mask from the same screen: both rows stay, the later one counts."""
    workspace, dataset = opened
    one, two = reviewing(dataset), reviewing(dataset)
    two.state["turn"] = cast("State", two.state["turn"]) | {"annotator_id": "rev02"}
    cast("State", cast("State", two.state["turn"])["shown"])["annotator_id"] = "rev02"
    sample_id = one.sample_id
    one.press("decide", value="accept")
    two.press("decide", value="reject")
    assert [(row.annotator_id, row.value) for row in kept(workspace)] == [
        ("rev01", "accept"),
        ("rev02", "reject"),
    ]
    dataset.reload()
    assert dataset.match({"sample_id": sample_id}).first().review.label == "reject"


def test_a_double_click_is_one_review(opened: Given) -> None:
    """The second click comes with the state of the first."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    before = dict(panel.state)
    panel.press("decide", value="accept")
    panel.state = dict(before)
    panel.press("decide", value="accept")
    assert len(kept(workspace)) == 1


def test_an_older_event_does_not_put_the_panel_back(opened: Given) -> None:
    """The App says that its view changed, with where the panel stood before an answer: the answer stays."""
    _, dataset = opened
    panel = reviewing(dataset)
    before = dict(panel.state)
    panel.press("decide", value="accept")
    after = dict(panel.state)
    panel.state = dict(before)
    panel.around = {"view": dataset.exists("mask")}
    panel.press("on_change_view")
    turn, said = cast("State", panel.state["turn"]), cast("State", panel.state["said"])
    assert (turn["n_given"], str(said["progress"])[:6]) == (1, "1 done")
    assert panel.sample_id == cast("State", cast("State", after["turn"])["shown"])["sample_id"]


@pytest.mark.parametrize("event", ["on_change_view", "on_change_current_sample"])
def test_an_event_that_changes_nothing_sends_nothing(opened: Given, event: str) -> None:
    """The App says so several times over whenever it draws; before the start, and on what is shown, too."""
    _, dataset = opened
    for panel in (Panel("review_panel", dataset), reviewing(dataset)):
        if panel.state:
            panel.around = {"current_sample": dataset.match({"sample_id": panel.sample_id}).first().id}
            panel.press("on_change_current_sample")
        panel.asked.clear()
        assert panel.press(event).asked == []


def test_pictures_chosen_by_hand_stay_whatever_view_is_open(opened: Given) -> None:
    """They were chosen, and the view was not."""
    _, dataset = opened
    panel = reviewing(dataset, selected=[dataset.exists("mask").last().id])
    panel.asked.clear()
    panel.around = {"view": dataset.limit(0)}
    assert panel.press("on_change_view").asked == []


def test_a_key_for_a_picture_that_is_gone_moves_nothing(opened: Given) -> None:
    """Later and undo pressed before the next picture showed are not about that one."""
    _, dataset = opened
    for panel, method in (
        (reviewing(dataset), "decide"),
        (annotating(dataset, "glasses:yes_no@1"), "choose"),
    ):
        before = dict(panel.state)
        panel.press(method, value="accept" if method == "decide" else "yes")
        shown, after = panel.sample_id, dict(panel.state)
        for late in ("later", "undo"):
            panel.state = dict(before)
            assert panel.press(late).said == []
            turn = cast("State", panel.state["turn"])
            assert (panel.sample_id, turn["n_given"], turn["passed"]) == (shown, 1, [])
        assert panel.state["said"] == after["said"]


def test_marks_for_a_picture_that_is_gone_are_not_made(opened: Given) -> None:
    """Neither a mark nor its answer reaches the next picture."""
    workspace, dataset = opened
    panel = annotating(dataset, "perceived_race:fairface_race@1")
    panel.press("choose", value="white")
    before = dict(panel.state)
    panel.press("answer")
    shown = panel.sample_id
    for late in ("choose", "answer"):
        panel.state = dict(before)
        panel.press(late, value="black")
    assert (panel.sample_id, cast("State", panel.state["turn"])["chosen"]) == (shown, [])
    assert [row.value for row in kept(workspace)] == ["white"]


def test_another_verdict_on_a_picture_that_is_gone_is_told(opened: Given) -> None:
    """The first one stands, and the page stays as it is."""
    workspace, dataset = opened
    panel = reviewing(dataset)
    before = dict(panel.state)
    panel.press("decide", value="accept")
    panel.state = dict(before)
    panel.asked.clear()
    panel.press("decide", value="reject")
    assert (panel.asked, "answered already" in panel.said[0]) == (["notify"], True)
    assert [row.value for row in kept(workspace)] == ["accept"]


def test_a_panel_that_sends_nonsense_is_told(opened: Given) -> None:
    """What the browser sends is checked before it is looked at."""
    panel = reviewing(opened[1])
    panel.state["turn"] = {"session": 1}
    assert "close it and open it again" in panel.press("on_change_view").said[0]


def test_the_panels_follow_the_view(opened: Given) -> None:
    """Another view is another queue; a panel that was not started stays where it is."""
    _, dataset = opened
    panel = reviewing(dataset)
    panel.around = {"view": dataset.limit(0)}
    assert "No mask of this view waits" in panel.press("on_change_view").shown
    panel.around = {}
    assert panel.press("on_change_view").sample_id is not None
    asking = annotating(dataset, "glasses:yes_no@1")
    asking.around = {"view": dataset.limit(0)}
    assert "No question" in asking.press("on_change_view").shown
    assert "turn" not in Panel("review_panel", dataset).press("on_change_view").state


def test_an_empty_queue_takes_no_answer(opened: Given) -> None:
    """A key that is pressed after the last picture keeps nothing."""
    _, dataset = opened
    panels = (reviewing(dataset), annotating(dataset, "glasses:yes_no@1"))
    for panel, method in zip(panels, ("decide", "choose"), strict=True):
        panel.around = {"view": dataset.limit(0)}
        panel.press("on_change_view").press(method, value="accept")
        assert "nothing is shown" in panel.said[0]


def test_a_sample_that_left_the_data_set_is_told(opened: Given) -> None:
    """Somebody else's sync removed it: going back to it says so."""
    _, dataset = opened
    panel = reviewing(dataset)
    first = panel.sample_id
    panel.press("decide", value="accept")
    dataset.delete_samples(dataset.match({"sample_id": first}).values("id"))
    panel.press("undo")
    assert "has left it" in panel.said[0]


def test_a_picture_that_cannot_be_read_is_told(opened: Given) -> None:
    """Its place stays empty; the mask can still be left for later."""
    workspace, dataset = opened
    for row in workspace.samples():
        workspace.image_file(row).write_bytes(b"no picture")
    for panel in (reviewing(dataset), annotating(dataset, "glasses:yes_no@1")):
        assert (panel.data["picture"], len(panel.said)) == ("", 1)


def test_the_queue_can_be_opened_from_the_panel(opened: Given) -> None:
    """The saved view to begin with is one click away."""
    assert "set_view" in Panel("review_panel", opened[1]).press("open_queue").asked


def test_a_view_of_nobodys_workspace_is_told(opened: Given) -> None:
    """A data set that was not made by datatools has no workspace to keep answers in."""
    fo = engine.load()
    other = fo.Dataset()
    try:
        panel = Panel("review_panel", other)
        panel.state = {"who": "rev01"}
        assert "not made from a workspace" in panel.press("start").said[0]
    finally:
        other.delete()
