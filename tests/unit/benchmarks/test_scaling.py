"""Does the simulation of a cluster agree with what can be reckoned by hand?"""

import tomllib
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.benchmarks import load as load_script

_SCRIPT = load_script("scaling")
_NEVER = 1e18
_INPUTS = tomllib.loads((Path(__file__).parents[3] / "benchmarks" / "scaling.toml").read_text("utf-8"))
_LOAD = _SCRIPT.Load(core_s=0.1, variation=0.0, bytes_moved=0.0, driver_s=0.0)
_CLUSTER = _SCRIPT.Cluster(workers=1, bandwidth=1e9, between_failures_s=_NEVER, replace_s=60.0)
_N = 64 * 1000


def _rng() -> np.random.Generator:
    return np.random.default_rng(0)


def test_one_worker_takes_the_sum() -> None:
    """Nobody waits for anybody: n pictures at 0.1 s."""
    assert _SCRIPT.simulate(_N, _LOAD, _CLUSTER, _rng()).seconds == pytest.approx(_N * 0.1)


@pytest.mark.parametrize("workers", [2, 10, 100])
def test_many_workers_share_evenly(workers: int) -> None:
    """Without anything shared, c workers take a c-th of the time, and are busy throughout."""
    outcome = _SCRIPT.simulate(_N, _LOAD, replace(_CLUSTER, workers=workers), _rng())
    assert outcome.seconds == pytest.approx(_N * 0.1 / workers, rel=1e-9)
    assert outcome.workers_busy == pytest.approx(1.0)
    assert outcome.bottleneck == "cores"


def test_storage_is_a_limit() -> None:
    """However many workers: not faster than the bytes come."""
    load = replace(_LOAD, bytes_moved=1e6)
    outcome = _SCRIPT.simulate(_N, load, replace(_CLUSTER, workers=1000), _rng())
    assert outcome.seconds == pytest.approx(_N * 1e6 / 1e9, rel=0.12)
    assert outcome.seconds >= _N * 1e6 / 1e9
    assert outcome.bottleneck == "storage"


def test_the_driver_is_a_limit() -> None:
    """However many workers: not faster than rows are kept."""
    outcome = _SCRIPT.simulate(_N, replace(_LOAD, driver_s=0.001), replace(_CLUSTER, workers=1000), _rng())
    assert outcome.seconds == pytest.approx(_N * 0.001, rel=0.12)
    assert outcome.bottleneck == "driver"


def test_uneven_pictures_even_out() -> None:
    """Chunks of many pictures vary little, so the time is that of the mean, and a chunk's at the end."""
    outcome = _SCRIPT.simulate(_N, replace(_LOAD, variation=0.6), replace(_CLUSTER, workers=10), _rng())
    assert outcome.seconds == pytest.approx(_N * 0.1 / 10, rel=0.02)


def test_failures_cost_what_they_should() -> None:
    """Of chunks of t seconds 1 - exp(-t / mean) fail; a failure costs its part of the chunk, and the wait."""
    mean_s, chunk_s = 640.0, 6.4
    outcome = _SCRIPT.simulate(_N, _LOAD, replace(_CLUSTER, between_failures_s=mean_s), _rng())
    fails = 1 - np.exp(-chunk_s / mean_s)
    per_chunk = fails / (1 - fails)  # a chunk is tried until it is done
    lost_s = mean_s - chunk_s * (1 - fails) / fails  # mean of an exponential below chunk_s
    assert outcome.redone_frac == pytest.approx(per_chunk, abs=4 * np.sqrt(per_chunk / 1000))
    expected = _N * 0.1 + 1000 * outcome.redone_frac * (lost_s + 60)
    assert outcome.seconds == pytest.approx(expected, rel=0.01)


def test_a_seed_repeats() -> None:
    """The same seed gives the same plan; another one nearly the same."""
    one, same, other = (_SCRIPT.plan(_INPUTS, 100_000, 64, heavy=False, seed=seed) for seed in (0, 0, 1))
    assert one == same
    assert one.hours != other.hours
    assert one.hours == pytest.approx(other.hours, rel=0.05)


def test_larger_chunks_stand_for_many() -> None:
    """Ten million pictures, in chunks of 250, take ten times as long as a million."""
    load, cluster = _SCRIPT.loads(_INPUTS)["refine"], _SCRIPT.cluster_of(_INPUTS, 64)
    few, many = _SCRIPT.simulate(10**6, load, cluster, _rng()), _SCRIPT.simulate(10**7, load, cluster, _rng())
    assert many.seconds == pytest.approx(10 * few.seconds, rel=0.02)


def test_what_lies_on_disk() -> None:
    """Bytes a picture times pictures."""
    (name, gigabytes, usd) = _SCRIPT.storage(_INPUTS, 10**7)[0]
    assert name == "picture"
    assert gigabytes == pytest.approx(_INPUTS["measured"]["picture_bytes"] * 0.01)
    assert usd == pytest.approx(gigabytes * _INPUTS["assumed"]["storage_usd_per_gb_month"])
