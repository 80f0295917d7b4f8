"""Data sets of Hugging Face: their own package loads what is written, and what it writes is read."""

import json
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from datatools.errors import DataError, UsageError
from datatools.exchange import Item
from datatools.exchange.hf import HuggingFace
from datatools.sheets import Cell
from datatools.tables import sha256_bytes


@pytest.fixture
def datasets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """Give the package datasets, offline and with a cache of its own, or skip."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setenv("HF_HOME", str(tmp_path / "home"))
    found = pytest.importorskip("datasets", reason="datasets is not installed (the extra dev)")
    monkeypatch.setattr(found.config, "HF_DATASETS_CACHE", str(tmp_path / "cache"))
    found.disable_progress_bars()
    yield found
    found.enable_progress_bars()


def _item(question: str, key: str, *values: str) -> Item:
    return Item(
        sample_id="0" * 16,
        question=question,
        vocabulary=key,
        annotator_id="a",
        source="annotator",
        presentation_order=1,
        values=values,
        lead_time_s=1.5,
    )


def test_the_package_shows_answers_as_class_labels(datasets: ModuleType, tmp_path: Path) -> None:
    """Each question is a configuration; loading a file by itself works too."""
    items = [
        _item("perceived_race", "fairface_race@1", "black", "white"),
        _item("perceived_age", "age_years@1", "44"),
        _item("perceived_age", "age_years@1"),
    ]
    HuggingFace().write(tmp_path / "set", items)
    names = ["perceived_age-age_years@1", "perceived_race-fairface_race@1"]
    assert datasets.get_dataset_config_names(str(tmp_path / "set")) == names
    race = datasets.load_dataset(str(tmp_path / "set"), names[1])["train"]
    assert race.features["value"].names[:2] == ["white", "black"]
    assert [race.features["value"].int2str(value) for value in race["value"]] == ["black", "white"]
    assert race["lead_time_s"][:] == [1.5, 1.5]
    file = str(tmp_path / "set" / f"{names[0]}.parquet")
    age = datasets.load_dataset("parquet", data_files=file)["train"]
    assert [None if value is None else age.features["value"].int2str(value) for value in age["value"]] == [
        "44",
        None,
    ]


def test_columns_that_the_package_writes_are_read(datasets: ModuleType, tmp_path: Path) -> None:
    """Class labels and lists of them, spelt as the data set spells them; pictures by their bytes."""
    features = datasets.Features(
        {
            "image": {"bytes": datasets.Value("binary"), "path": datasets.Value("string")},
            "sex": datasets.ClassLabel(names=["Male", "Female"]),
            "origin": datasets.List(datasets.ClassLabel(names=["East Asian", "White"])),
        }
    )
    rows = {
        "image": [{"bytes": b"jpeg", "path": "0.jpg"}, {"bytes": None, "path": "set/1.jpg"}],
        "sex": [1, -1],
        "origin": [[0, 1], []],
    }
    datasets.Dataset.from_dict(rows, features=features).to_parquet(str(tmp_path / "a.parquet"))
    form = HuggingFace(sex="perceived_gender", origin="self_reported_race:fairface_race@1")
    found = [
        (cell.sample, cell.value, cell.fields["vocabulary"]) for cell in form.read(tmp_path / "a.parquet")
    ]
    assert found == [
        (sha256_bytes(b"jpeg")[:16], "female", "gender@1"),
        (sha256_bytes(b"jpeg")[:16], "east_asian", "fairface_race@1"),
        (sha256_bytes(b"jpeg")[:16], "white", "fairface_race@1"),
        ("set/1.jpg", "", "gender@1"),
        ("set/1.jpg", "", "fairface_race@1"),
    ]


def _parquet(path: Path, features: object, **columns: list[object]) -> Path:
    table = pa.table(columns)
    described = {"huggingface": json.dumps({"info": {"features": features}})}
    pq.write_table(table.replace_schema_metadata(described), path)
    return path


def test_a_class_that_has_no_name_stays_a_number(tmp_path: Path) -> None:
    """The check refuses it, rather than another class being taken for it."""
    features = {"sex": {"names": ["male"], "_type": "ClassLabel"}}
    path = _parquet(tmp_path / "a.parquet", features, image=["0.jpg", "1.jpg"], sex=[0, 7])
    assert [cell.value for cell in HuggingFace(sex="perceived_gender").read(path)] == ["male", "7"]


def test_older_files_describe_lists_in_another_way(tmp_path: Path) -> None:
    """A list of one feature, as earlier versions of the package wrote it."""
    features = {"sex": [{"names": ["male", "female"], "_type": "ClassLabel"}]}
    path = _parquet(tmp_path / "a.parquet", features, image=["0.jpg"], sex=[[1]])
    assert [cell.value for cell in HuggingFace(sex="perceived_gender").read(path)] == ["female"]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.jsonl", '{"file": "0.jpg", "hair": "bald", "annotator_id": "a", "lead_time_s": 2}\n\n'),
        ("a.csv", "file,hair,annotator_id,lead_time_s\n0.jpg,bald,a,2\n"),
    ],
)
def test_lines_of_json_and_csv_are_read(tmp_path: Path, name: str, text: str) -> None:
    """Columns named like what is kept of an answer are taken along."""
    (tmp_path / name).write_text(text)
    (cell,) = HuggingFace(sample="file", hair="hair").read(tmp_path / name)
    assert cell == Cell(
        where=f"{name}, row 1",
        sample="0.jpg",
        question="hair",
        value="bald",
        fields={"annotator_id": "a", "lead_time_s": "2", "vocabulary": "hair@1"},
    )


def test_columns_that_are_not_there_are_named(tmp_path: Path) -> None:
    """With the options that say which they are."""
    (tmp_path / "a.jsonl").write_text('{"image": "0.jpg", "sex": "male"}\n')
    with pytest.raises(DataError, match=r"expected the columns image, question, value, got image, sex; say"):
        list(HuggingFace().read(tmp_path / "a.jsonl"))
    with pytest.raises(DataError, match="expected the columns gender, image"):
        list(HuggingFace(gender="perceived_gender").read(tmp_path / "a.jsonl"))
    with pytest.raises(DataError, match="expected the columns photo, sex"):
        list(HuggingFace(sample="photo", sex="perceived_gender").read(tmp_path / "a.jsonl"))


def test_an_unknown_question_is_refused_at_once() -> None:
    """Before anything is read."""
    with pytest.raises(UsageError, match="expected a question among"):
        HuggingFace(sex="gender")


def test_broken_files_are_errors_of_the_data(tmp_path: Path) -> None:
    """Cut off, empty, of another kind, missing."""
    (tmp_path / "a.parquet").write_bytes(b"PAR1")
    (tmp_path / "a.jsonl").write_text("{")
    (tmp_path / "a.csv").write_bytes(b"\xff\xfe")
    (tmp_path / "empty").mkdir()
    for name in ("a.parquet", "a.jsonl", "a.csv", "gone.jsonl"):
        with pytest.raises(DataError, match="expected a data set of Hugging Face"):
            list(HuggingFace().read(tmp_path / name))
    with pytest.raises(DataError, match="the folder holds no Parquet file"):
        list(HuggingFace().read(tmp_path / "empty"))
