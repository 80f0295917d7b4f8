"""Each file that once broke a parser gives a clear error now, or is read."""

import re
import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.fuzz.targets import TARGETS
from tests.fuzz.watch import watched

_FOLDER = Path(__file__).parent / "found"


@dataclass(frozen=True, slots=True)
class Found:
    """A file of tests/fuzz/found: ``key: value`` lines, an empty line, then the input as text or in hex."""

    parser: str
    told: str | None  # what the error says, as a regular expression; None: it is read
    data: bytes

    @staticmethod
    def read(path: Path) -> "Found":
        """Read one; ``was`` is for people; the input comes ``repeat`` times, and ``then`` behind it."""
        head, _, body = path.read_bytes().partition(b"\n\n")
        said = dict(line.split(": ", 1) for line in head.decode().splitlines())
        data = bytes.fromhex(body.decode()) if said["form"] == "hex" else body
        data = data * int(said.get("repeat", "1")) + said.get("then", "").encode()
        return Found(said["parser"], said.get("told"), data)


@pytest.mark.parametrize("name", sorted(path.stem for path in _FOLDER.glob("*.txt")))
@pytest.mark.filterwarnings("ignore")
def test_what_broke_a_parser_no_longer_does(name: str, tmp_path: Path) -> None:
    """The sentence says what is wrong with the file."""
    found = Found.read(_FOLDER / f"{name}.txt")
    target = TARGETS[found.parser]
    target.seeds(tmp_path)
    with watched(tmp_path):
        told = target.feed(found.data, tmp_path)
    shutil.rmtree(tmp_path)
    assert (found.told is None) == (told is None), told
    assert found.told is None or re.search(found.told, told or ""), told
