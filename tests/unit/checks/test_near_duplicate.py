"""One photograph under several guises is one cluster; two photographs are two."""

import io
import tracemalloc

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from datatools.checks.near_duplicate import NearDuplicate, clusters, kept_instead, signature
from datatools.errors import DataError
from datatools.images import to_jpeg
from datatools.masks import RGB
from tests.unit.checks.evidence import evidence


def _photo(seed: int, width_px: int = 300, height_px: int = 400) -> RGB:
    """Give a picture with detail at every scale, as photographs have."""
    rng = np.random.default_rng(seed)
    layers = [
        cv2.resize(rng.standard_normal((4 * 2**k, 3 * 2**k, 3)) / 1.5**k, (width_px, height_px))
        for k in range(6)
    ]
    return np.asarray(np.clip(np.sum(layers, axis=0) * 60 + 128, 0, 255), np.uint8)


def _distance_bits(first: str, second: str) -> int:
    return (int(first, 16) ^ int(second, 16)).bit_count()


def _guises() -> dict[str, RGB]:
    photo = _photo(0)
    return {
        "recompressed": np.asarray(Image.open(io.BytesIO(to_jpeg(photo, 40)))),
        "halved": np.asarray(cv2.resize(photo, (150, 200), interpolation=cv2.INTER_AREA), np.uint8),
        "grey": np.repeat(np.asarray(cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY))[..., None], 3, 2),
        "brighter": (255 * (photo / 255) ** 0.8).astype(np.uint8),
        "cropped": np.ascontiguousarray(photo[3:-3, 2:-2]),
        "mirrored": np.ascontiguousarray(photo[:, ::-1]),
    }


@pytest.mark.parametrize("guise", list(_guises()))
def test_a_guise_is_in_the_photograph_s_cluster(guise: str) -> None:
    """And an unrelated photograph is not."""
    pictures = {"a": _photo(0), "b": _guises()[guise], "c": _photo(1)}
    found = clusters({name: signature(picture) for name, picture in pictures.items()})
    assert found == {"a": "a", "b": "a", "c": "c"}


def test_a_signature_has_256_bits() -> None:
    """As 64 hex digits; unrelated photographs differ in about half of them."""
    first, second = signature(_photo(0)), signature(_photo(1))
    assert len(first) == 64
    assert 90 < _distance_bits(first, second) < 166


def test_nothing_has_no_clusters() -> None:
    """An empty set."""
    assert clusters({}) == {}


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), n_samples=st.integers(2, 40))
def test_clusters_are_those_of_a_plain_search(seed: int, n_samples: int) -> None:
    """Random bits with close copies, against comparing every pair, mirrored pairs left aside."""
    rng = np.random.default_rng(seed)
    bits = rng.integers(0, 2, (n_samples, 256)).astype(np.uint8)
    for copy in range(1, n_samples, 2):
        bits[copy] = bits[copy - 1]
        bits[copy, rng.choice(256, int(rng.integers(0, 60)), replace=False)] ^= 1
    signatures = {f"{i:02d}": np.packbits(row).tobytes().hex() for i, row in enumerate(bits)}
    names = sorted(signatures)
    expected = {name: name for name in names}
    for first in names:
        for second in names:
            if first < second and _distance_bits(signatures[first], signatures[second]) <= 28:
                expected[second] = expected[first]
    assert clusters(signatures) == expected


def test_the_order_of_samples_does_not_matter() -> None:
    """The smallest id names the cluster."""
    signatures = {name: signature(_photo(0)) for name in "dbca"}
    assert clusters(signatures) == dict.fromkeys("abcd", "a")


def test_clusters_reach_across_blocks() -> None:
    """5,000 samples are compared in blocks; the first and the last are one photograph."""
    rng = np.random.default_rng(0)
    signatures = {f"{i:05d}": rng.bytes(32).hex() for i in range(5000)}
    signatures["04999"] = signatures["00000"]
    found = clusters(signatures)
    assert found["04999"] == "00000"
    assert len(set(found.values())) == 4999


def test_many_look_alikes_take_little_memory() -> None:
    """Four thousand of one picture are 16 million pairs, which are never all held at once."""
    bits = np.random.default_rng(0).bytes(32).hex()
    signatures = {f"{i:05d}": bits for i in range(4000)}
    tracemalloc.start()
    try:
        found = clusters(signatures)
        _, peak_bytes = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert set(found.values()) == {"00000"}
    assert peak_bytes < 250e6  # the pairs alone would be 256 MB, twice over while they are joined


def test_the_best_of_a_cluster_passes() -> None:
    """Most pixels first, then the smallest id; the score is the cluster's size."""
    check = NearDuplicate()
    bits = signature(_photo(0))
    seen = {"a": [bits, "100"], "b": [bits, "400"], "c": [bits, "400"], "d": [signature(_photo(1)), "9"]}
    verdicts = dict(check.judge(seen.items()))
    assert {name for name, verdict in verdicts.items() if verdict.passed} == {"b", "d"}
    assert verdicts["a"].detail == "nearly the same picture as b"
    assert verdicts["a"].score == 3


def test_a_picture_is_observed_as_signature_and_size() -> None:
    """What ``judge`` reads."""
    photo = _photo(3)
    assert NearDuplicate().observe(evidence(image=photo)) == [signature(photo), "120000"]


def test_a_failed_findings_detail_names_the_picture_that_stays() -> None:
    """What judges write is read back; another check's detail is an error."""
    assert kept_instead("nearly the same picture as 0123456789abcdef") == "0123456789abcdef"
    with pytest.raises(DataError, match="run check again"):
        kept_instead("no face was found")
