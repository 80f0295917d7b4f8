"""Does a person leave the demo's chain, trained student and all?"""

from pathlib import Path

import pytest

from datatools import tables
from datatools.cli import main
from datatools.withdrawal import tombstone
from datatools.workspace import Workspace
from tests.stages.withdrawn import mentions

_STEPS = (
    "render --folder {ws}/portraits --people 16 --max-pictures 2 --max-px 256",
    "ingest --source {ws}/portraits --name rendered",
    "annotate import --from-source rendered",
    "annotate agree",
    "landmarks",
    "segment --teachers grabcut",
    "refine",
    "check",
    "split --train-frac 0.5 --val-frac 0.25 --test-frac 0.25",
    "train --targets reference --epochs-coarse 1 --epochs-whole 1 --size-px 64 --batch 4",
    "evaluate --model student",
    "audit --replicates 200",
    "report --with-images",
)


def _run(workspace: Workspace, line: str) -> int:
    return main([*line.format(ws=workspace.root).split(), "--workspace", str(workspace.root), "--quiet"])


@pytest.mark.slow
def test_a_person_leaves_the_demo(tmp_path: Path) -> None:
    """The rendered set lies in the workspace: listings, twins, pictures and everything made of them go."""
    workspace = Workspace(tmp_path / "ws")
    assert [line for line in _STEPS if _run(workspace, line) != 0] == []
    manifest = workspace.rows(tables.MANIFEST)
    train = {row.person_id for row in workspace.rows(tables.SPLITS) if row.split == "train"}
    person = max(train, key=lambda name: sum(row.person_id == name for row in manifest))
    rows = [row for row in manifest if row.person_id == person]
    files = [workspace.image_file(row) for row in rows] + [workspace.mask_file(row.sample_id) for row in rows]
    hashes = [tables.sha256_file(path) for path in files if path.is_file()]
    words = [person, person.partition(":")[2], *(row.sample_id for row in rows), *hashes]
    assert len(mentions(workspace.root, words)) > 15
    assert _run(workspace, f"withdraw {person} --no-browser") == 0
    assert mentions(workspace.root, words) == []
    assert _run(workspace, "verify") == 0
    assert "models/student/model.pt" in {mark.path for mark in tombstone.stale(workspace)}
    assert _run(workspace, "ingest --source {ws}/portraits --name rendered") == 0
    assert len(workspace.rows(tables.MANIFEST)) == len(manifest) - len(rows)
    assert _run(workspace, "split --train-frac 0.5 --val-frac 0.25 --test-frac 0.25") == 0
    again = "train --restart --targets reference --epochs-coarse 1 --epochs-whole 1 --size-px 64 --batch 4"
    assert _run(workspace, again) == 0
    assert "models/student/model.pt" not in {mark.path for mark in tombstone.stale(workspace)}
