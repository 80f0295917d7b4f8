"""Does somebody get through FiftyOne's real App, in a browser: look, filter, audit, review, answer?

With ``DATATOOLS_SHOTS`` naming a folder, it leaves pictures of what it saw there, for docs/assets.
"""

import io
import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from datatools import selection, tables
from datatools.records import Annotation
from datatools.workspace import Workspace
from tests.app import app
from tests.portraits import rendered
from tests.stages import reported

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

pytestmark = pytest.mark.slow

_SHOTS = os.environ.get("DATATOOLS_SHOTS")
_WAIT_MS = 60_000  # a machine that does much else at once is no failure
_SETTLED_MS = 5000  # all that was pressed is answered, and the grid is drawn anew
_TYPED_MS = 1000  # the App takes what was typed when nobody types any more


def _write_portraits(folder: Path, n_people: int) -> None:
    (folder / "images").mkdir(parents=True)
    (folder / "masks").mkdir()
    for seed in range(n_people):
        portrait = rendered(seed)
        Image.fromarray(portrait.image).save(folder / "images" / f"{seed:03d}.png")
        mask = portrait.mask.array.astype(np.uint8) * 255
        Image.fromarray(mask).save(folder / "masks" / f"{seed:03d}.png")


@pytest.fixture(scope="module")
def audited(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a workspace of rendered portraits, with masks, answers, scores and an audit."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(reported, "write_people", _write_portraits)
        return reported.build(tmp_path_factory.mktemp("audited"))


class Seen:
    """A page of the App, and the samples that its grid was sent last."""

    def __init__(self, page: "Page") -> None:
        self.page = page
        self.sample_ids: set[str] = set()
        page.on("response", self._note)

    def _note(self, response: object) -> None:
        url, text = str(response.url), ""  # type: ignore[attr-defined]
        if url.endswith("/graphql"):
            text = response.text()  # type: ignore[attr-defined]
        if text.startswith('{"data": {"samples"'):
            edges = json.loads(text)["data"]["samples"]["edges"]
            self.sample_ids = {edge["node"]["sample"]["sample_id"] for edge in edges}

    def counts(self, n: int) -> None:
        """Wait until the grid says that it shows so many samples."""
        self.page.locator("[data-cy='entry-counts']", has_text=f"{n} ").first.wait_for(timeout=_WAIT_MS)

    def panel(self, name: str, *, beside: bool = False) -> "Locator":
        """Open a panel."""
        self.page.locator("[data-cy='new-panel-btn']").last.click()
        option = self.page.locator(f"[data-cy='new-panel-option-{name}']")
        option.click(modifiers=["Alt"] if beside else [])
        found = self.page.locator(f"[data-cy='panel-content-{name}']")
        found.wait_for(timeout=_WAIT_MS)
        return found

    def shot(self, name: str) -> None:
        """Leave a picture, where one is wanted."""
        if _SHOTS is not None:
            self.page.wait_for_timeout(3000)  # what moves has come to rest
            image = Image.open(io.BytesIO(self.page.screenshot())).convert("RGB")
            image.quantize(128, method=Image.Quantize.MEDIANCUT).save(
                Path(_SHOTS) / f"browse-{name}.png", optimize=True
            )


@pytest.fixture(scope="module")
def seen(audited: Workspace, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """Give the App on the workspace."""
    with app(audited, tmp_path_factory.mktemp("app")) as page:
        yield Seen(page)


def _women(workspace: Workspace) -> set[str]:
    rows = workspace.rows(tables.ANNOTATIONS)
    return {row.sample_id for row in rows if row.question == "perceived_gender" and row.value == "female"}


def _given(workspace: Workspace) -> list[Annotation]:
    return [row for row in workspace.rows(tables.ANNOTATIONS) if row.batch.startswith("app:")]


def test_a_person_gets_from_a_view_to_the_workspace(audited: Workspace, seen: Seen) -> None:
    """A saved view, a group, an overlay, a number's pictures, a verdict and an answer: all in one sitting."""
    page = seen.page
    _look(audited, seen)
    _audit(audited, seen)

    review = seen.panel("review_panel")
    review.locator("input").first.fill("rev01")
    page.wait_for_timeout(_TYPED_MS)
    review.get_by_role("button", name="Start").click()
    review.get_by_text("6 left").wait_for(timeout=_WAIT_MS)
    review.get_by_role("button", name="accept [a]").wait_for(timeout=_WAIT_MS)
    seen.shot("review")
    page.keyboard.press("r")
    review.get_by_text("1 done").wait_for(timeout=_WAIT_MS)
    (verdict,) = _given(audited)
    assert (verdict.question, verdict.value, verdict.annotator_id) == ("mask_review", "reject", "rev01")
    assert verdict.sample_id in _women(audited)
    assert verdict.sample_id not in selection.accepted(audited)

    annotate = seen.panel("annotate_panel")
    # Who sits there is asked once in a browser session.
    page.wait_for_function(
        "() => document.querySelector(\"[data-cy='panel-content-annotate_panel'] input\")?.value === 'rev01'",
        timeout=_WAIT_MS,
    )
    annotate.locator("[role=combobox]").first.click()
    page.locator("[role=option]", has_text="glasses, yes_no@1").click()
    page.keyboard.press("Escape")
    page.wait_for_timeout(_TYPED_MS)
    annotate.get_by_role("button", name="Start").click()
    annotate.get_by_text("Does the person wear glasses?").wait_for(timeout=_WAIT_MS)
    seen.shot("annotate")
    page.keyboard.press("1")
    annotate.get_by_text("1 done").wait_for(timeout=_WAIT_MS)
    answer = next(row for row in _given(audited) if row.question == "glasses")
    assert (answer.value, answer.annotator_id, answer.presentation_order) == ("yes", "rev01", 1)


def test_keys_that_are_pressed_fast_are_all_kept_and_counted(audited: Workspace, seen: Seen) -> None:
    """The panel says as many as the workspace holds, whatever the App draws meanwhile."""
    page = seen.page
    review = page.locator("[data-cy='panel-content-review_panel']")
    page.get_by_role("button", name="Review").first.click()
    review.get_by_text("1 done").wait_for(timeout=_WAIT_MS)
    n_done = 1
    for key in "afr":
        page.keyboard.press(key)
        n_done += 1
        review.get_by_text(f"{n_done} done").wait_for(timeout=_WAIT_MS)
    for _ in range(8):  # faster than pictures can come: a second key for one picture is no second verdict
        page.keyboard.press("a")
    page.wait_for_timeout(_SETTLED_MS)
    reviews = [row for row in _given(audited) if row.question == "mask_review"]
    assert len({row.sample_id for row in reviews}) == len(reviews) > n_done
    review.get_by_text(f"{len(reviews)} done").wait_for(timeout=_WAIT_MS)


def _look(workspace: Workspace, seen: Seen) -> None:
    """Open a saved view, filter it by a group, and open a sample with its mask."""
    page, women = seen.page, _women(workspace)
    page.click("[data-cy='saved-views-selection']")
    page.click("[data-cy='saved-views-accepted-selection-option']")
    seen.counts(reported.N_PEOPLE)
    page.click("[data-cy='sidebar-field-arrow-enabled-group_perceived_gender']")
    page.locator("[data-cy='checkbox-female']").first.click()
    seen.counts(len(women))
    page.wait_for_timeout(500)
    assert seen.sample_ids == women
    seen.shot("filtered")
    page.locator("[data-cy='looker']").first.click()
    canvas = page.locator("[data-cy='modal'] [data-cy='sample-canvas']")
    canvas.wait_for(timeout=_WAIT_MS)
    page.wait_for_timeout(1500)
    seen.shot("sample")
    assert _is_veiled(canvas.screenshot())
    page.keyboard.press("Escape")
    page.locator("[data-cy='modal']").wait_for(state="detached", timeout=_WAIT_MS)
    page.locator("[data-cy='checkbox-female']").first.click()
    seen.counts(reported.N_PEOPLE)


def _is_veiled(shot: bytes) -> bool:
    """Say whether a good part of a picture is tinted as the mask's overlay is."""
    picture = np.asarray(Image.open(io.BytesIO(shot)).convert("RGB")).astype(int)
    red, green, blue = picture[..., 0], picture[..., 1], picture[..., 2]
    return bool(((green > red + 10) & (blue > red - 40)).mean() > 0.1)


def _audit(workspace: Workspace, seen: Seen) -> None:
    """Open the audit, click a group, and see exactly its pictures."""
    audit = seen.panel("audit_panel", beside=True)
    audit.get_by_text("Gap to the rest").first.wait_for(timeout=_WAIT_MS)
    audit.locator("tr", has_text="female").locator("td").first.click()
    women = _women(workspace)
    seen.counts(len(women))
    seen.page.wait_for_timeout(500)
    assert seen.sample_ids == women
    seen.shot("audit")
