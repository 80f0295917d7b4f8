"""The stage card data describes a data set for people, for hubs and for programs."""

import json
import re
import shutil
from dataclasses import asdict, replace
from pathlib import Path

import mlcroissant  # type: ignore[import-untyped]  # it says nothing of its types
import pyarrow.parquet as pq
import pytest
from huggingface_hub import DatasetCard

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.records import Annotation
from datatools.report.cards.datasheet import OPEN
from datatools.report.cards.questions import QUESTIONS
from datatools.withdrawal.dependents import dependents
from datatools.workspace import Workspace
from tests.cards import plain, shown
from tests.stages.carded import read, records, run
from tests.unit.report.builders import audit, write_audit, write_run
from tests.unit.report.cards.made import N_FILES, filled, write_audit_run

# The package and those that it stands on use names that they have given up themselves.
pytestmark = [
    pytest.mark.filterwarnings("ignore::DeprecationWarning:rdflib"),
    pytest.mark.filterwarnings("ignore:.*inplace keyword.*"),
]


N_GOOD = N_FILES - 1


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
