"""What every format of the family exchange promises; a new file is enough to be tested."""

import contextlib
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import plugins, vocab
from datatools.errors import DataError
from datatools.exchange import Item
from datatools.exchange._detect import build, detect
from datatools.exchange._items import texts
from datatools.sheets import WAS, Cell, Rejected

NAMES = plugins.names("exchange")
Said = tuple[object, ...]


def _path(folder: Path, name: str) -> Path:
    return folder / f"sheet{build(name).suffix}"


def _said(cell: Cell) -> Said:
    """Give what a cell says, numbers as numbers."""
    fields = dict(cell.fields)
    lead_time = fields.pop("lead_time_s", None)
    seconds = None if lead_time is None else float(lead_time)
    return (cell.sample, cell.question, cell.value, seconds, tuple(sorted(fields.items())))


def _expected(items: Iterable[Item]) -> Counter[Said]:
    cells = (
        Cell(
            where="",
            sample=item.sample_id,
            question=item.question,
            value=value,
            fields={name: text for name, text in texts(item).items() if name != WAS},
        )
        for item in items
        for value in item.values or ("",)
    )
    return Counter(map(_said, cells))


def _read(name: str, path: Path) -> Counter[Said]:
    found = list(detect(path, None, {}).read(path))
    assert [cell for cell in found if isinstance(cell, Rejected)] == []
    return Counter(_said(cell) for cell in found if isinstance(cell, Cell))


_TEXT = st.text(max_size=12) | st.sampled_from(
    [
        "=1+1",
        "'=x",
        "''",
        " a ",
        "\t",
        "\r\n",
        "_x0041_",
        "a|b",
        "#N/A",
        "]]>&<",
        "\x00\x07",
        "\ufffe",
        "007",
        "1e5",
    ]
)
_ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=30)), timezone(-timedelta(hours=11))])
_MOMENT = st.datetimes(datetime(1970, 1, 2), datetime(2100, 1, 1), timezones=_ZONES).map(datetime.isoformat)


@st.composite
def _items(draw: st.DrawFn) -> Item:
    question = draw(st.sampled_from(["perceived_gender", "self_reported_race", "perceived_age", "glasses"]))
    asked = vocab.question(question)
    key = draw(st.sampled_from(asked.vocabularies))
    known = vocab.load(key)
    words = [*known.values, *(["0", "44"] if known.minimum is not None else [])]
    many = st.lists(st.sampled_from(known.groups), min_size=1, max_size=3, unique=True)
    one = st.sampled_from(words).map(lambda word: [word])
    values = draw(st.just([]) | one | (many if asked.several else one))
    is_answered = bool(values)
    number = draw(st.integers(0, 3))
    return Item(
        sample_id=f"{number:016x}",
        picture=f"sheet/{number:016x}.jpg",
        width_px=96,
        height_px=128,
        question=question,
        vocabulary=key,
        annotator_id=draw(_TEXT.filter(bool)),
        source=draw(st.sampled_from(["annotator", "dataset", "model"] if is_answered else ["annotator"])),
        presentation_order=draw(st.none() | st.integers(0, 2**53 + 1)),
        values=tuple(values),
        created_at=draw(st.none() | _MOMENT) if is_answered else None,
        lead_time_s=draw(st.none() | st.floats(0, 1e9)) if is_answered else None,
        batch=draw(st.none() | _TEXT.filter(bool)) if is_answered else None,
        note=draw(_TEXT),
    )


def _identity(item: Item) -> tuple[object, ...]:
    """The same answer twice is one answer."""
    return (item.sample_id, item.question, *sorted(texts(item).items(), key=str), *sorted(item.values))


@pytest.mark.parametrize("name", NAMES)
@settings(max_examples=40, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(items=st.lists(_items(), min_size=1, max_size=5, unique_by=_identity))
def test_what_is_written_is_read_again(name: str, items: list[Item]) -> None:
    """Any text, several values, missing times, annotators, orders, sources, vocabularies: nothing is lost."""
    with TemporaryDirectory() as folder:
        path = _path(Path(folder), name)
        build(name).write(path, items)
        assert _read(name, path) == _expected(items)


def _files(path: Path) -> list[Path]:
    """Give the files that a format reads of what it wrote."""
    inside = sorted(file for file in path.rglob("*") if file.suffix in {".json", ".parquet"})
    return inside if path.is_dir() else [path]


@pytest.mark.parametrize("name", NAMES)
def test_a_damaged_file_is_an_error_of_the_data(name: str, tmp_path: Path) -> None:
    """Cut off or overwritten anywhere: an answer, a Rejected or a DataError, and nothing else."""
    item = Item(
        sample_id="0" * 16,
        question="self_reported_race",
        vocabulary="fairface_race@1",
        annotator_id="a",
        source="self_report",
        presentation_order=1,
        values=("black", "white"),
    )
    form, path, rng = build(name), _path(tmp_path, name), np.random.default_rng(0)
    form.write(path, [item])
    n_refused = 0
    for file in _files(path):
        whole = file.read_bytes()
        for number in range(60):
            damaged = bytearray(whole)
            start = int(rng.integers(len(whole)))
            if number % 3:
                damaged[start : start + 4] = rng.bytes(4)
            else:
                del damaged[start:]
            file.write_bytes(damaged)
            with contextlib.suppress(DataError):
                list(form.read(path))
                continue
            n_refused += 1
        file.write_bytes(whole)
    assert n_refused > 0


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_file_is_named(name: str, tmp_path: Path) -> None:
    """Not a crash."""
    with pytest.raises(DataError, match="gone"):
        list(build(name).read(tmp_path / f"gone{build(name).suffix or '.jsonl'}"))


@pytest.mark.parametrize("name", NAMES)
def test_every_format_is_described(name: str) -> None:
    """In the page about the ways in and out."""
    page = Path(__file__).parents[2] / "docs" / "exchange.md"
    assert f"| {name} |" in page.read_text("utf-8")
