"""No cell is run by a spreadsheet program, and every cell comes back as it was."""

import csv
import io
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from datatools.making.folder import MadeFolder
from datatools.outside import formulas
from datatools.readers.derived import Derived
from datatools.records import MadeRow, Sample

_RUN = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")


@settings(deadline=None, derandomize=True)
@example(text="=cmd|' /C calc'!A0")
@example(text="'=1")
@example(text="''")
@example(text="\uff1d1+1")
@example(text=" =1")
@given(text=st.text(max_size=20) | st.builds("".join, st.tuples(st.sampled_from(_RUN), st.text(max_size=5))))
def test_what_is_guarded_comes_back(text: str) -> None:
    """Through a file, with the cell beside it; no cell begins like a formula."""
    data = formulas.to_csv(["a", "b"], [[text, 1.5]])
    rows = list(csv.reader(io.StringIO(data.decode(), newline="")))
    assert rows[0] == ["a", "b"]
    assert not rows[1][0].startswith(_RUN)
    assert formulas.plain(rows[1][0]) == text
    assert rows[1][1] == "1.5"


def test_columns_are_guarded_and_half_characters_are_escaped() -> None:
    """A column may be called by data; a name that is not UTF-8 still makes a file."""
    assert formulas.to_csv(["=a"], [["caf\udce9"]]) == b"'=a\ncaf\\udce9\n"


def test_records_may_lack_columns() -> None:
    """An absent cell is empty; numbers are not guarded."""
    assert formulas.of_records(["a", "b"], [{"b": -1}]) == b"a,b\n,-1\n"


@pytest.mark.parametrize("person", ["=1+1", "+49 170", "@me", "'quoted", "plain"])
def test_a_person_of_made_pictures_keeps_their_name(tmp_path: Path, person: str) -> None:
    """What crop and compose list is read by ingest, and opened by people."""
    parent = Sample(
        sample_id="0" * 16, path="a.png", width_px=1, height_px=1, source="s", licence="CC0",
        person_id=person, reference_mask=None, mask_source=None, mask_encoding=None, source_split=None,
        aliases=[], status="ok", error=None,
    )  # fmt: skip
    row = MadeRow(
        sample_id="0" * 16, folder=str(tmp_path), item="0", kind="crop", image="images/a.png",
        mask="masks/a.png", mask_source="human", background=None, box=[0, 0, 1, 1], recipe="{}",
        reason=None, parents="p", status="ok", error=None,
    )  # fmt: skip
    assert MadeFolder(tmp_path).index([row], {"0" * 16: parent}.get) == 1
    (entry,) = Derived(tmp_path).entries()
    assert entry.ancestry is not None
    assert entry.ancestry.person_id == person
    cells = (tmp_path / "index.csv").read_text().splitlines()[1].split(",")
    assert not [cell for cell in cells if cell.startswith(_RUN)]
