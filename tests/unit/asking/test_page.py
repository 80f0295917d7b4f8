"""The page holds what is asked and nothing else, and no word from outside becomes markup."""

import base64
import hashlib
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from datatools import vocab
from datatools.asking import page
from datatools.asking.task import Asked, Picture, Task
from datatools.errors import DataError
from tests.pictures import draw_person


class _Page(HTMLParser):
    """Reads what a browser would: tags, texts of scripts and styles, the policy, the title."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.within: dict[str, list[str]] = {"script": [], "style": [], "title": []}
        self.policy = ""
        self._open: str | None = None
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        if tag in self.within:
            self.within[tag].append("")
            self._open = tag
        found = dict(attrs)
        if found.get("http-equiv") == "Content-Security-Policy":
            self.policy = found["content"] or ""

    def handle_endtag(self, tag: str) -> None:
        if tag == self._open:
            self._open = None

    def handle_data(self, data: str) -> None:
        if self._open is not None:
            self.within[self._open][-1] += data


def asked(*specs: str) -> tuple[Asked, ...]:
    """Give questions in their usual vocabularies."""
    return tuple(Asked(name, vocab.load(vocab.question(name).vocabularies[0])) for name in specs)


def task(*specs: str, annotator_id: str = "ann01", n_pictures: int = 2) -> Task:
    """Give a task about pictures that are not looked at."""
    pictures = [
        Picture(sample_id=f"{number:016x}", image=Path("secret") / "name.jpg", mask=None, asked=asked(*specs))
        for number in range(n_pictures)
    ]
    return Task(annotator_id=annotator_id, seed=0, order="lot", pictures=pictures)


def _described(text: str) -> dict[str, object]:
    return dict(json.loads(_Page(text).within["script"][0]))


def test_nothing_runs_but_the_pages_own_script() -> None:
    """Its policy names script and style by their hashes, and allows no address."""
    found = _Page(page.render(task("perceived_gender")))
    digests = [
        base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
        for text in (found.within["script"][1], found.within["style"][0])
    ]
    assert found.policy == (
        f"default-src 'none'; script-src 'sha256-{digests[0]}'; style-src 'sha256-{digests[1]}'; "
        "img-src 'self' file:; base-uri 'none'; form-action 'none'"
    )
    assert not re.search(r"https?:|//[a-z]+\.|\bon[a-z]+=", page.render(task("perceived_gender")))


def test_no_path_reaches_the_page() -> None:
    """File names of data sets often give the label away."""
    assert "secret" not in page.render(task("perceived_gender"))


@settings(max_examples=25, deadline=None)
@given(code=st.text(min_size=1))
def test_hostile_words_stay_words(code: str) -> None:
    """Whatever an annotator's code holds, the page has the same tags, and the code comes back."""
    text = page.render(task("perceived_gender", annotator_id=code, n_pictures=1))
    found = _Page(text)
    assert found.tags == _Page(page.render(task("perceived_gender", n_pictures=1))).tags
    assert _described(text)["annotator_id"] == code


def test_only_who_is_asked_about_themselves_can_decline() -> None:
    """cannot_tell is for everybody."""
    described = _described(page.render(task("self_reported_gender", "perceived_gender")))
    questions = described["questions"]
    assert isinstance(questions, list)
    values = [[answer["value"] for answer in question["answers"]] for question in questions]
    assert values == [
        ["female", "male", "another", "cannot_tell", "prefer_not_to_say"],
        ["female", "male", "another", "cannot_tell"],
    ]
    assert [question["source"] for question in questions] == ["self_report", "annotator"]


def test_tones_are_shown_in_their_colours() -> None:
    """Nobody can name the nearest of ten tones without seeing them."""
    questions = _described(page.render(task("perceived_skin_tone")))["questions"]
    assert isinstance(questions, list)
    colours = {answer["value"]: answer["colour"] for answer in questions[0]["answers"]}
    assert (colours["monk_01"], colours["monk_10"], colours["cannot_tell"]) == ("#f6ede4", "#292420", None)


def test_another_order_question_or_annotator_is_another_page() -> None:
    """So the browser keeps their answers apart; the same task is the same page."""
    one = task("perceived_gender")
    ids = {
        one.page_id,
        task("perceived_gender").page_id,
        task("glasses").page_id,
        task("perceived_gender", annotator_id="ann02").page_id,
        Task(annotator_id="ann01", seed=0, order="lot", pictures=list(one.pictures)[::-1]).page_id,
        Task(annotator_id="ann01", seed=0, order="queue", pictures=one.pictures).page_id,
    }
    assert len(ids) == 5


def test_pictures_that_cannot_be_read_are_left_out(tmp_path: Path) -> None:
    """They are named, and the others keep their order."""
    Image.fromarray(draw_person()[0]).save(tmp_path / "1.png")
    pictures = [
        Picture(sample_id=f"{n:016x}", image=tmp_path / f"{n}.png", mask=None, asked=asked("glasses"))
        for n in range(3)
    ]
    wanted = Task(annotator_id="a", seed=0, order="lot", pictures=pictures)
    steps: list[None] = []
    written = page.write(tmp_path / "page", wanted, side_px=64, advance=lambda: steps.append(None))
    assert written.unreadable == [f"{n:016x}" for n in (0, 2)]
    assert [picture.sample_id for picture in written.task.pictures] == [f"{1:016x}"]
    assert len(steps) == 3
    assert _described((tmp_path / "page" / page.INDEX).read_text())["page_id"] == written.task.page_id


def test_a_page_without_any_picture_is_not_written(tmp_path: Path) -> None:
    """There would be nothing to ask about."""
    with pytest.raises(DataError, match="none of 2 can be read"):
        page.write(tmp_path, task("glasses"), side_px=64, advance=lambda: None)
    assert not (tmp_path / page.INDEX).exists()
