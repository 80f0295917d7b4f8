"""What people say goes into a data set's cards: answers, licences, names from outside, pictures to share."""

import json
import re
import shutil
import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import mlcroissant  # type: ignore[import-untyped]  # it says nothing of its types
import numpy as np
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from datatools import tables
from datatools.errors import UsageError
from datatools.images import read_mask, read_rgb
from datatools.report.cards.questions import QUESTIONS
from datatools.workspace import Workspace
from tests.cards import HOSTILE, has_markup, plain, shown
from tests.stages.carded import answers_file, read, records, run
from tests.unit.report.cards.made import N_FILES, filled

# The package and those that it stands on use names that they have given up themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:.*inplace keyword.*"),
]


N_GOOD = N_FILES - 1
_N_ERRORS = 10  # a card names the twelve commonest reasons


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Make a workspace in which every part of a card has something to say, once."""
    folder = tmp_path_factory.mktemp("made")
    workspace = Workspace(folder / "ws")
    filled(workspace, folder / "drawn")
    return workspace


@pytest.fixture
def ready(made: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy of it."""
    shutil.copytree(made.root, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


@pytest.fixture
def card(ready: Workspace) -> Path:
    """Give the folder of its card."""
    run(ready)
    return ready.root / "cards" / "data"


# -- what people answer ----------------------------------------------------------------------------


def test_the_template_asks_every_open_question(ready: Workspace, tmp_path: Path) -> None:
    """As it is, it answers nothing; the same file is not written over."""
    path = tmp_path / "answers.toml"
    result = run(ready, template=path)
    asked = tomllib.loads(path.read_text())
    assert len(asked["answers"]) == result.facts["n_open"]
    assert (asked["answers"]["1.1"], "2.2" in asked["answers"]) == ({"answer": "", "by": ""}, False)
    assert not (ready.root / "cards").exists()
    told = run(ready, answers=path).facts["answered"]
    assert told == run(ready).facts["answered"]
    with pytest.raises(UsageError, match="perhaps with answers in it"):
        run(ready, template=path)


def test_answers_go_into_the_cards_with_who_gave_them(ready: Workspace, tmp_path: Path) -> None:
    """To open questions, and beside what was counted; what the makers say of the whole goes on top."""
    path = answers_file(
        tmp_path / "answers.toml",
        """
        [about]
        name = "Drawn people"
        version = "2.1.0"
        published = "2026-02-03"
        creators = ["The drawers"]
        url = "https://data.example/drawn"
        citation = "Drawers, Drawn people, 2026."
        licence = "cc-by-4.0"

        [answers."1.1"]
        answer = "To test cards.\\n\\nNothing else."
        by = "Ann"

        [answers."2.2"]
        answer = "All of them are drawings."
        by = "Bob"

        [answers."3.4"]
        answer = "Two people, paid by the hour."
        by = "Ann"
        """,
    )
    result = run(ready, answers=path)
    folder = ready.root / "cards" / "data"
    sheet, page = (folder / "datasheet.md").read_text(), (folder / "README.md").read_text()
    assert re.search(
        r"^\d+ of 57 questions are answered: \d+ from the workspace, 3 by Ann and Bob \(1 by both\)\.$",
        str(result.facts["answered"]),
    )
    assert "To test cards.\n\nNothing else.\n\n*Answered by Ann.*" in sheet
    assert "To test cards.\n\nNothing else.\n\n*Answered by Ann.*" in page
    assert sheet.index("from 30 files") < sheet.index("All of them are drawings.")
    found = mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata
    assert (found.name, found.version, found.license) == ("Drawn people", "2.1.0", ["cc-by-4.0", "CC0"])
    assert (found.creators[0].name, str(found.date_published)[:10]) == ("The drawers", "2026-02-03")
    assert found.annotator_demographics == ["Two people, paid by the hour. (answered by Ann)"]
    settings = plain(DatasetCard(page).data)
    assert (settings["license"], settings["pretty_name"]) == ("cc-by-4.0", "Drawn people")
    assert "The licence of what was added" in (folder / "LICENSE.md").read_text()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[answers", "expected a file of answers, in TOML"),
        ('[answers."9.1"]\nanswer = "x"\nby = "y"', "expected answers to questions 1.1 to 7.8, got 9.1"),
        ('[answers."1.1"]\nanswer = "x"', "say under `by` who gave the answer to 1.1"),
        ('[answers."1.1"]\nanswr = "x"', "answr"),
        ("[abuot]", "abuot"),
        ('[about]\nversion = "1"', "about.version"),
        ('[about]\nurl = "ftp://x"', "about.url"),
    ],
)
def test_answers_that_fit_no_question_are_refused(
    ready: Workspace, tmp_path: Path, text: str, message: str
) -> None:
    """With what was expected."""
    with pytest.raises(UsageError, match=re.escape(message)):
        run(ready, answers=answers_file(tmp_path / "answers.toml", text))


def test_answers_that_are_not_there_are_refused(ready: Workspace, tmp_path: Path) -> None:
    """The message says what writes them."""
    with pytest.raises(UsageError, match=r"--template .* writes one"):
        run(ready, answers=tmp_path / "answers.toml")


# -- pictures --------------------------------------------------------------------------------------


def test_pictures_are_shared_where_somebody_says_so(ready: Workspace, tmp_path: Path) -> None:
    """With the masks that are trained on, from pixels alone, and loaded through Croissant."""
    (source,) = ready.rows(tables.SOURCES)
    shutil.copytree(source.root, tmp_path / "drawn")
    ready.write(tables.SOURCES, [replace(source, root=str(tmp_path / "drawn"))])
    samples = {sample.sample_id: sample for sample in ready.samples()}
    first = next(iter(samples.values()))
    picture = Image.open(ready.image_file(first))
    exif = picture.getexif()
    exif[0x010E] = "somewhere"
    picture.save(ready.image_file(first), exif=exif)
    result = run(ready, share=["drawn"])
    folder = ready.root / "cards" / "data"
    assert result.facts["n_shared"] == 2 * N_GOOD
    pictures, masks = records(folder, "pictures-drawn-records"), records(folder, "masks-drawn-records")
    assert {row["sample_id"] for row in pictures} == {row["sample_id"] for row in masks} == set(samples)
    (one,) = (row["pictures"] for row in pictures if row["sample_id"] == first.sample_id)
    assert np.array_equal(np.asarray(one), read_rgb(ready.image_file(first)))
    shared = folder / "pictures" / "drawn" / f"{first.sample_id}.png"
    assert b"somewhere" not in shared.read_bytes()
    reference = ready.reference_file(first)
    assert reference is not None
    mask = read_mask(folder / "masks" / "drawn" / f"{first.sample_id}.png")
    assert np.array_equal(mask.array, np.asarray(Image.open(reference)) > 127)
    assert "Handed on here, because the maintainers said that they may" in (folder / "LICENSE.md").read_text()


def test_what_an_earlier_card_left_is_removed(ready: Workspace, card: Path) -> None:
    """Pictures that are no longer shared, and tables that are gone; other files stay."""
    before = read(card)
    for name in ("pictures/drawn/0.png", "tables/old.parquet", ".gitattributes"):
        tables.write_bytes(card / name, b"x")
    run(ready)
    assert read(card) == {**before, ".gitattributes": b"x"}


@pytest.mark.parametrize(
    ("sources", "share", "message"),
    [
        ({"drawn": "CC0"}, ["others"], "expected a source among"),
        ({"drawn": "academic use only"}, ["drawn"], "drawn came under 'academic use only'"),
        ({"drawn": "unknown"}, ["drawn"], "drawn came under 'unknown'"),
        ({"drawn": "CC0", "Drawn": "CC0"}, ["drawn", "Drawn"], "would share a folder"),
    ],
)
def test_what_may_not_be_shared_is_refused(
    ready: Workspace, sources: dict[str, str], share: list[str], message: str
) -> None:
    """No licence is read as a right to hand pictures on."""
    (row,) = ready.rows(tables.SOURCES)
    ready.write(tables.SOURCES, [replace(row, source=name, licence=text) for name, text in sources.items()])
    with pytest.raises(UsageError, match=re.escape(message)):
        run(ready, share=share)


# -- names from outside ----------------------------------------------------------------------------


def test_names_from_outside_appear_literally(ready: Workspace, tmp_path: Path) -> None:
    """Of sources, paths, licences, errors and people who answer, for people, hubs and programs."""
    (source,) = ready.rows(tables.SOURCES)
    ready.write(tables.SOURCES, [replace(source, source=name, licence=name) for name in HOSTILE])
    names = [HOSTILE[number % len(HOSTILE)] for number in range(N_FILES)]
    samples = list(zip(ready.rows(tables.MANIFEST), names, strict=True))
    changed = [replace(row, source=name, licence=name, path=f"{name}.png") for row, name in samples]
    with_errors = [replace(row, error=row.source) for row in changed[:_N_ERRORS]]
    ready.write(tables.MANIFEST, [*with_errors, *changed[_N_ERRORS:]])
    title = " ".join(HOSTILE)
    text = f"[about]\nname = {_toml(title)}\n"
    for question, name in zip(QUESTIONS, HOSTILE, strict=False):
        text += f'[answers."{question.number}"]\nanswer = {_toml(name)}\nby = {_toml(name)}\n'
    run(ready, answers=answers_file(tmp_path / "answers.toml", text))
    folder = ready.root / "cards" / "data"
    page = DatasetCard.load(folder / "README.md")
    assert plain(page.data)["pretty_name"] == title
    told, sheet = shown(page.text), shown((folder / "datasheet.md").read_text())
    assert f"Dataset card: {title}" in told
    for name in HOSTILE:
        assert f"\n{name}\n" in told
        assert f"file{'s' if names.count(name) > 1 else ''}, licence as its owner gave it: {name}" in sheet
        assert f"\n{name}\nAnswered by {name}." in sheet
    for name in HOSTILE[1:_N_ERRORS]:
        assert f"ingest, picture kept: {name}, 1 picture." in told
    ours = {"link_open", "link_close", "em_open", "em_close", "strong_open", "strong_close"}
    for body in (page.text, *((folder / name).read_text() for name in ("datasheet.md", "LICENSE.md"))):
        assert has_markup(body) <= {*ours, "code_inline"}
    found = mlcroissant.Dataset(jsonld=folder / "croissant.json").metadata
    assert (found.name, set(found.license)) == (title, set(HOSTILE))
    assert records(folder, "samples") == [asdict(row) for row in ready.rows(tables.MANIFEST)]


def _toml(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)  # JSON's strings are TOML's
