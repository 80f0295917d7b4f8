"""Whatever is in a file, its parser gives a result or one of our errors, and does nothing else."""

import random
import shutil
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fuzz.mutations import mutated
from tests.fuzz.target import Target
from tests.fuzz.targets import TARGETS
from tests.fuzz.watch import watched

_MOST_S = 5.0  # of the processor, for one file
_N_INPUTS = 120  # of each parser, beside the files that it takes; benchmarks/fuzz.py gives it thousands

pytestmark = pytest.mark.filterwarnings("ignore")  # as in Target.feed: of files, not of our code


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[Path, list[bytes]]]:
    """Give each parser its folder, and the files that it takes."""
    found = {}
    for number, target in enumerate(TARGETS.values()):
        folder = tmp_path_factory.mktemp(f"{number:02d}")
        seeds = target.seeds(folder)
        assert seeds, f"{target.name} has no file to begin with"
        found[target.name] = (folder, seeds)
    return found


@pytest.mark.parametrize("name", TARGETS)
def test_whole_files_are_read(name: str, prepared: dict[str, tuple[Path, list[bytes]]]) -> None:
    """What our own code writes is taken: else only the first check of a parser would be fuzzed."""
    folder, seeds = prepared[name]
    with watched(folder):
        refused = [TARGETS[name].feed(data, folder) for data in seeds]
    assert None in refused, refused


@pytest.mark.parametrize("name", TARGETS)
def test_broken_files_are_refused_by_our_errors(
    name: str, prepared: dict[str, tuple[Path, list[bytes]]]
) -> None:
    """In time; nothing is run, fetched, removed or written elsewhere."""
    folder, seeds = prepared[name]
    _fuzz(TARGETS[name], folder, seeds)


def _fuzz(target: Target, folder: Path, seeds: list[bytes]) -> None:
    @settings(
        max_examples=_N_INPUTS,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(seed=st.sampled_from(seeds), lot=st.integers(0, 2**32 - 1))
    def refuse(seed: bytes, lot: int) -> None:
        data = mutated(seed, target.form, random.Random(lot))
        start = time.process_time()
        with watched(folder):
            refused = target.feed(data, folder)
        assert time.process_time() - start < _MOST_S
        assert refused is None or refused.strip()

    refuse()
    if not target.needs_folder:
        shutil.rmtree(folder / "ws", ignore_errors=True)
