"""What a page asks, in which order, and of which pictures; and which files it takes."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.workspace import Workspace
from tests.browser import chromium
from tests.stages import people
from tests.stages.pictures import ingest_drawn

if TYPE_CHECKING:
    from playwright.sync_api import Browser
from tests.stages.paged import GENDER, export_page, import_file, run_export, shown_on, task_of


@pytest.fixture(scope="module")
def browser() -> "Iterator[Browser]":
    """Give one browser for all pages."""
    with chromium() as started:
        yield started


@pytest.fixture
def drawn(workspace: Workspace) -> Workspace:
    """Give four pictures of drawn people."""
    ingest_drawn(workspace, 4)
    return workspace


def test_each_annotator_has_an_order_of_their_own_that_the_seed_repeats(workspace: Workspace) -> None:
    """The same seed gives the same page to the byte, another seed or annotator another order."""
    ingest_drawn(workspace, 12)
    orders, pages = [], []
    changes: dict[str, dict[str, object]] = {
        "a": {},
        "b": {},
        "c": {"annotator_id": "ann02"},
        "d": {"seed": 1},
    }
    for name, settings in changes.items():
        run_export(workspace, sheet=workspace.root / name, **settings)
        index = workspace.root / name / "index.html"
        orders.append(shown_on(index))
        pages.append(index.read_bytes())
    assert pages[0] == pages[1]
    assert orders[0] != orders[2] != orders[3] != orders[0]
    assert sorted(orders[0]) == sorted(orders[2])


def test_pictures_with_known_answers_are_not_told_apart(workspace: Workspace, tmp_path: Path) -> None:
    """They are asked about though they have their answers; the page says nothing of them."""
    ingest_drawn(workspace, 12)
    workspace.append_batch([people.answer(n, "male", annotator_id="other") for n in range(6)])
    known = tmp_path / "known.csv"
    known.write_text(
        "sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},male\n" for n in (0, 1, 2))
    )
    result = run_export(workspace, honeypots=known)
    index = workspace.root / "sheets" / "ann01-page" / "index.html"
    shown = shown_on(index)
    assert sorted(shown) == [people.sample_id(n) for n in (0, 1, 2, *range(6, 12))]
    assert result.facts["n_known"] == 3
    assert set(map(frozenset, task_of(index)["pictures"])) == {frozenset({"sample", "has_mask", "questions"})}
    places = sorted(shown.index(people.sample_id(n)) for n in (0, 1, 2))
    assert places not in ([0, 1, 2], [6, 7, 8])
    assert "known" not in index.read_text().partition('id="task"')[2].partition("</script>")[0]


def test_known_answers_are_spread_over_a_queue(workspace: Workspace, tmp_path: Path) -> None:
    """The rest keeps the queue's order, and the limit counts the rest alone."""
    ingest_drawn(workspace, 12)
    queue, known = tmp_path / "queue.csv", tmp_path / "known.csv"
    queue.write_text(
        "sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},\n" for n in range(11, -1, -1))
    )
    known.write_text("sample,perceived_gender\n" + "".join(f"{people.sample_id(n)},male\n" for n in (10, 11)))
    index = export_page(workspace, queue=queue, honeypots=known, limit=6)
    shown = shown_on(index)
    assert [name for name in shown if name not in {people.sample_id(10), people.sample_id(11)}] == [
        people.sample_id(n) for n in range(9, 3, -1)
    ]
    assert len(shown) == 8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("sample,perceived_gender\nnobody,male\n", "line 2: expected a sample id"),
        ("sample,perceived_gender\n0.png,\n", "its values are all empty"),
    ],
)
def test_a_sheet_without_known_answers_is_refused(
    drawn: Workspace, tmp_path: Path, text: str, reason: str
) -> None:
    """Pictures that are not there, or no answer at all."""
    known = tmp_path / "known.csv"
    known.write_text(text)
    with pytest.raises(DataError, match=reason):
        run_export(drawn, honeypots=known)


def test_pictures_are_small_and_named_by_their_samples(drawn: Workspace) -> None:
    """The longer side has at most so many pixels; a picture that vanished is left out and counted."""
    (drawn.root.parent / "pictures" / "3.png").unlink()
    result = run_export(drawn, picture_px=64)
    folder = drawn.root / "sheets" / "ann01-page" / "pictures"
    assert sorted(path.name for path in folder.iterdir()) == [f"{people.sample_id(n)}.jpg" for n in range(3)]
    assert (result.facts["n_samples"], result.facts["n_unreadable"], result.facts["n_lines"]) == (3, 1, 3)


def test_a_page_that_exists_is_not_overwritten(drawn: Workspace) -> None:
    """Somebody may be at work with it."""
    run_export(drawn)
    with pytest.raises(UsageError, match="may hold answers"):
        run_export(drawn)


def test_a_question_in_two_vocabularies_makes_two_pages(drawn: Workspace) -> None:
    """An answer names its question alone."""
    with pytest.raises(UsageError, match="perceived_age_band in several"):
        run_export(drawn, "perceived_age_band", "perceived_age_band:fairface_age@1")


def test_a_file_about_strangers_is_not_imported(drawn: Workspace, tmp_path: Path) -> None:
    """From a page of another workspace: every answer is listed, none is kept."""
    content = {
        "schema": "datatools-answers@1",
        "page_id": "0" * 16,
        "annotator_id": "ann01",
        "seed": 0,
        "order": "lot",
        "saved_at": "2024-05-01T10:00:00Z",
        "pause_limit_s": 120,
        "questions": [{"question": GENDER, "vocabulary": "gender@1", "source": "annotator"}],
        "shown": [{"sample": "f" * 16, "question": GENDER}],
        "answers": [
            {
                "sample": "f" * 16,
                "question": GENDER,
                "values": ["male"],
                "created_at": "2024-05-01T10:00:00Z",
                "lead_time_s": 1.5,
                "is_capped": False,
                "presentation_order": 1,
            }
        ],
        "notes": [],
    }
    text = json.dumps(content, separators=(",", ":"))
    path = tmp_path / "foreign.json"
    path.write_text(json.dumps({"sha256": hashlib.sha256(text.encode()).hexdigest(), "content": content}))
    with pytest.raises(DataError, match="none was imported"):
        import_file(drawn, path)
    assert not drawn.has(tables.ANNOTATIONS)
