"""The stage card data describes a data set for people, for hubs and for programs."""

import json
import re
import shutil
import tomllib
from dataclasses import asdict, replace
from pathlib import Path

import mlcroissant  # type: ignore[import-untyped]  # it says nothing of its types
import numpy as np
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard
from PIL import Image

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.images import read_mask, read_rgb
from datatools.progress import Progress
from datatools.records import Annotation, StageResult
from datatools.report.cards.datasheet import OPEN
from datatools.report.cards.questions import QUESTIONS
from datatools.stages import card_data
from datatools.stages.card_data import Settings
from datatools.withdrawal.dependents import dependents
from datatools.workspace import Workspace
from tests.cards import HOSTILE, has_markup, plain, shown
from tests.unit.report.builders import audit, write_audit, write_run
from tests.unit.report.cards.made import N_FILES, filled, write_audit_run

# The package and those that it stands on use names that they have given up themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:.*inplace keyword.*"),
]
QUIET = Progress("quiet")
N_GOOD = N_FILES - 1
_N_ERRORS = 10  # a card names the twelve commonest reasons


def run(workspace: Workspace, **settings: object) -> StageResult:
    """Run the stage."""
    return card_data.run(workspace, Settings.model_validate(settings), QUIET)


def read(folder: Path) -> dict[str, bytes]:
    """Read every file of a card."""
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def answers_file(path: Path, text: str) -> Path:
    """Write a file of answers."""
    path.write_text(text, "utf-8")
    return path


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


# -- programs --------------------------------------------------------------------------------------


def records(folder: Path, name: str) -> list[dict[str, object]]:
    """Read records as a program does that knows Croissant, text as text and missing values as None."""
    data = mlcroissant.Dataset(jsonld=folder / "croissant.json")
    issues = data.metadata.ctx.issues
    assert (issues.errors, issues.warnings) == (set(), set())
    return [
        {key.partition("/")[2]: _plain(value) for key, value in row.items()} for row in data.records(name)
    ]


def _plain(value: object) -> object:
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value.item() if isinstance(value, np.generic) else value


def test_croissant_gives_the_rows_of_the_manifest(ready: Workspace, card: Path) -> None:
    """Its package finds no error and no warning, and the hash is that of the workspace's own table."""
    wanted = [asdict(row) for row in ready.rows(tables.MANIFEST)]
    assert records(card, "samples") == wanted
    assert (card / "tables" / "samples.parquet").read_bytes() == ready.table_file(
        tables.MANIFEST
    ).read_bytes()


@pytest.mark.parametrize("name", ["annotations", "scores", "consensus", "masks", "findings", "splits"])
def test_croissant_loads_every_table(card: Path, name: str) -> None:
    """Row by row, as the Parquet file has it."""
    assert records(card, name) == pq.read_table(card / "tables" / f"{name}.parquet").to_pylist()


def test_annotators_are_numbered(ready: Workspace, card: Path) -> None:
    """Their names are in no file of the card; which answers are one person's stays known."""
    said: list[Annotation] = tables.read(card / "tables" / "annotations.parquet", tables.ANNOTATIONS)
    numbers = {"Ann Example": "annotator-001", "Bob Example": "annotator-002"}
    rows = ready.rows(tables.ANNOTATIONS)
    assert {str(row) for row in said} == {
        str(replace(row, annotator_id=numbers[row.annotator_id])) for row in rows
    }
    assert not [name for name, data in read(card).items() if b"Ann Example" in data]


def test_croissant_has_the_fields_for_responsible_ai(card: Path) -> None:
    """Each in the words that the specification has, and as its package reads it."""
    found = mlcroissant.Dataset(jsonld=card / "croissant.json").metadata
    assert found.conforms_to == [
        "http://mlcommons.org/croissant/1.1",
        "http://mlcommons.org/croissant/RAI/1.0",
    ]
    assert "29 pictures of 15 people, from 30 files" in (found.data_collection or "")
    assert found.data_collection_type == ["Secondary Data analysis", "Manual Human Curator"]
    assert found.data_annotation_platform == ["Label sheets and pages of datatools annotate"]
    assert any("Krippendorff" in line for line in found.data_annotation_analysis or [])
    assert any("From the audit audit: " in line for line in found.data_biases or [])
    assert found.annotations_per_item is not None
    keys = json.loads((card / "croissant.json").read_text())
    assert {name for name in keys if name.startswith("rai:")} >= {
        "rai:dataAnnotationProtocol",
        "rai:annotatorDemographics",
        "rai:dataLimitations",
        "rai:dataUseCases",
        "rai:dataSocialImpact",
        "rai:dataReleaseMaintenancePlan",
        "rai:dataPreprocessingProtocol",
        "rai:personalSensitiveInformation",
        "rai:dataCollectionMissingData",
    }


# -- hubs ------------------------------------------------------------------------------------------


def test_a_hub_reads_the_settings_of_the_card(card: Path) -> None:
    """And finds every table that they name."""
    page = DatasetCard.load(card / "README.md")
    found = plain(page.data)
    assert (found["license"], found["license_link"]) == ("other", "LICENSE.md")
    assert (card / "LICENSE.md").is_file()
    assert (found["task_categories"], found["size_categories"]) == (["image-segmentation"], ["n<1K"])
    assert (found["annotations_creators"], found["source_datasets"]) == (
        ["found", "machine-generated", "other"],
        ["original"],
    )
    configs = found["configs"]
    assert isinstance(configs, list)
    assert [each["config_name"] for each in configs if each["default"]] == ["samples"]
    assert all((card / each["data_files"]).is_file() for each in configs)
    again = DatasetCard(page.content)
    assert (plain(again.data), again.text) == (found, page.text)


# -- people ----------------------------------------------------------------------------------------


def test_the_card_counts_pictures_people_masks_and_answers(card: Path) -> None:
    """With the licence of each source, and how far answers agree."""
    page = shown((card / "README.md").read_text())
    for line in (
        "29 pictures of 15 people, from 30 files; 1 file could not be read.",
        "29 masks came with the data (rendered), of 15 people: rendered masks, which are exact.",
        "29 masks generated here (model:selfie), of 15 people: masks proposed by selfie.",
        "28 generated masks passed every check, or a person accepted them; 1 did not. People looked at 0.",
        "Splits go by person: nobody is in two of them.",
        "ingest: not readable as a picture: the file is empty, 1 picture.",
    ):
        assert line in page
    assert re.search(r"glasses \(yes_no@1\): Krippendorff's alpha 1\.00 \[.*2 annotators; 15 people", page)
    assert "58 answers about 29 pictures of 15 people, under 2 names, 2026-01-02 to 2026-01-02." in page


def test_small_groups_are_withheld_in_every_file(card: Path) -> None:
    """Men are two: neither their number nor the women's, which would give it away, is told."""
    for name in ("README.md", "datasheet.md", "croissant.json"):
        text = (card / name).read_text()
        assert "male" in text
        assert not re.search(r"\bmale: \d|\bmale \| \d|female: \d|female \| \d", text)
    page = shown((card / "README.md").read_text())
    assert "male\ntoo few to be shown" in page


def test_the_datasheet_answers_what_can_be_counted(ready: Workspace, card: Path) -> None:
    """And asks for the rest, question by question."""
    page = (card / "datasheet.md").read_text()
    heads = re.findall(r"^### (\d\.\d+) ", page, re.MULTILINE)
    assert heads == [question.number for question in QUESTIONS]
    n_answered = page.count("*From the workspace: ") + 2  # 3.10 and 5.5 need no table
    assert f"{n_answered} of 57 questions are answered: {n_answered} from the workspace." in page
    assert page.count(OPEN) == len(QUESTIONS) - n_answered
    assert "29 pictures of 15 people" in page
    assert str(run(ready).facts["answered"]) in page


def test_the_card_says_that_nothing_was_looked_at(workspace: Workspace) -> None:
    """Of a workspace that was ingested into and nothing else."""
    tables_of = workspace
    tables_of.write(tables.SOURCES, [])
    tables_of.write(tables.MANIFEST, [])
    run(tables_of)
    folder = workspace.root / "cards" / "data"
    page = shown((folder / "README.md").read_text())
    for line in (
        "0 pictures of 0 people, from 0 files; 0 files could not be read.",
        "Nobody answered a question about the people, and nothing was measured.",
        "No audit: for whom models or masks are worse is not known.",
    ):
        assert line in page
    assert plain(DatasetCard.load(folder / "README.md").data)["annotations_creators"] == ["no-annotation"]
    assert json.loads((folder / "croissant.json").read_text())["rai:dataAnnotationProtocol"]


def test_doing_it_again_changes_no_byte(ready: Workspace, card: Path) -> None:
    """The clock is in run records alone."""
    before = read(card)
    run(ready)
    assert read(card) == before
    assert [path.name for path in ready.run_files()][-2:] == ["0004-card_data.json", "0005-card_data.json"]


def test_the_run_record_holds_the_hash_of_every_file(ready: Workspace, card: Path) -> None:
    """Of those below the workspace as outputs."""
    record = json.loads(ready.run_files()[-1].read_text())
    hashes = {f"cards/data/{name}": tables.sha256_bytes(data) for name, data in read(card).items()}
    assert record["outputs"] == hashes
    assert record["facts"]["n_people"] == 15


def test_cards_are_out_of_date_when_somebody_withdraws(ready: Workspace, card: Path) -> None:
    """They were counted with them."""
    found = dependents(ready)
    assert found["cards/data/README.md"] == found["cards/data/croissant.json"] == "card data"
    assert card.is_dir()


def test_a_dry_run_writes_nothing(ready: Workspace, tmp_path: Path) -> None:
    """Neither a card nor the open questions."""
    n_runs = len(ready.run_files())
    assert run(ready, dry_run=True).notes[-1].startswith("Would write LICENSE.md, README.md, croissant.json")
    path = tmp_path / "answers.toml"
    assert run(ready, template=path, dry_run=True).notes[0].startswith("Would write ")
    assert (path.exists(), (ready.root / "cards").exists(), len(ready.run_files())) == (False, False, n_runs)


def test_another_folder_gets_the_same_files(ready: Workspace, card: Path, tmp_path: Path) -> None:
    """The run record names them by their hashes."""
    out = tmp_path / "published"
    run(ready, out=out)
    assert read(out) == read(card)
    record = json.loads(ready.run_files()[-1].read_text())
    assert record["outputs"] == {}
    assert record["facts"]["files"] == {name: tables.sha256_bytes(data) for name, data in read(out).items()}


# -- the audit -------------------------------------------------------------------------------------


def test_gaps_come_from_the_audit_that_ran_last(ready: Workspace) -> None:
    """Unless another one is named."""
    page = ready.root / "cards" / "data" / "README.md"
    write_audit(ready, audit("first"))
    write_audit(ready, audit("second"))
    for number, name in ((4, "second"), (5, "first"), (6, "gone")):
        write_audit_run(ready, number, name)
    run(ready)
    assert "From the audit first: " in shown(page.read_text())
    run(ready, audit="second")
    assert "From the audit second: " in shown(page.read_text())


def test_an_audit_that_is_not_there_or_broken_is_refused(ready: Workspace) -> None:
    """By its name."""
    with pytest.raises(UsageError, match="run `datatools audit --name nowhere`"):
        run(ready, audit="nowhere")
    (ready.report_folder("audit") / "audit.json").write_text("{}")
    with pytest.raises(DataError, match=r"not an audit of this version.*`datatools audit` again"):
        run(ready, audit="audit")


def test_results_that_show_smaller_groups_are_left_out(ready: Workspace) -> None:
    """An audit, or a check, that was told to show more than the card may."""
    write_run(ready, 4, "check", {"min_people": 5})
    page = ready.root / "cards" / "data" / "README.md"
    run(ready, min_people=11)
    told = shown(page.read_text())
    for verb, least in (("audit", 10), ("check", 5)):
        assert f"What {verb} found is left out, for it shows groups of {least} people" in told
    assert not re.search("From the audit|In making the masks|No audit", told)


@pytest.mark.parametrize("name", ["agreement", "consensus"])
def test_a_broken_result_about_answers_is_refused(ready: Workspace, name: str) -> None:
    """The message says what makes it again."""
    (ready.report_folder(name) / f"{name}.json").write_text("{}")
    with pytest.raises(DataError, match="run `datatools annotate "):
        run(ready)


def test_results_that_are_older_than_the_answers_are_said_to_be(ready: Workspace) -> None:
    """New answers came since."""
    write_run(ready, 4, "annotate_agree", {})
    run(ready)
    page = shown((ready.root / "cards" / "data" / "README.md").read_text())
    assert "The result agreement is older than the last answers." in page


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
