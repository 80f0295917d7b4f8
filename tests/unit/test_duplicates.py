"""Near-duplicates are found among the pictures of a workspace, read again only where nobody saw them."""

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.checks.near_duplicate import signature
from datatools.duplicates import clusters
from datatools.progress import Progress
from datatools.records import Observation
from datatools.workspace import Workspace
from tests.stages.people import ingest, sample, sample_id


def _blots(seed: int) -> Image.Image:
    """Give coarse blots of colour, so that two seeds are two photographs."""
    colours = np.random.default_rng(seed).integers(0, 256, (32, 32, 3), np.uint8)
    return Image.fromarray(colours).resize((96, 96), Image.Resampling.BICUBIC)


@pytest.fixture
def alike(workspace: Workspace, tmp_path: Path) -> Workspace:
    """Give three pictures, of which the first and the last are one photograph."""
    for number, (seed, quality) in enumerate([(1, 95), (2, 95), (1, 80)]):
        _blots(seed).save(tmp_path / f"{number}.jpg", quality=quality)
    ingest(workspace, tmp_path, [sample(number) for number in range(3)])
    return workspace


def test_pictures_of_one_photograph_are_a_cluster(alike: Workspace, quiet: Progress) -> None:
    """A picture that is like no other is in none."""
    assert clusters(alike, alike.samples(), quiet) == [[sample_id(0), sample_id(2)]]


def test_what_check_saw_is_not_looked_at_again(alike: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """Its observation holds the picture's hash; only the samples that were asked for count."""
    seen = [json.dumps([signature(np.asarray(_blots(seed))), "9216"]) for seed in (1, 2, 1)]
    alike.write(
        tables.OBSERVATIONS,
        [
            Observation(
                sample_id=sample_id(number),
                check="near_duplicate",
                value=value,
                parents="",
                status="ok",
                error=None,
            )
            for number, value in enumerate(seen)
        ],
    )
    for path in tmp_path.glob("*.jpg"):
        path.unlink()
    assert clusters(alike, alike.samples(), quiet) == [[sample_id(0), sample_id(2)]]
    assert clusters(alike, alike.samples(limit=2), quiet) == []


def test_a_picture_that_vanished_is_like_no_other(alike: Workspace, quiet: Progress, tmp_path: Path) -> None:
    """Nothing can be said of it."""
    (tmp_path / "2.jpg").unlink()
    assert clusters(alike, alike.samples(), quiet) == []
