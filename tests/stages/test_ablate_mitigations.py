"""The verb ablate compares what may help the worst group: samplers, composites, thresholds."""

import csv
import tomllib
from importlib import resources
from pathlib import Path

import pytest

from datatools import tables
from datatools.ablating import plan, thresholds, training
from datatools.ablating.training import Planned
from datatools.errors import DataError, UsageError
from datatools.progress import Progress
from datatools.records import Lineage, Measurement
from datatools.stages import train
from datatools.workspace import Workspace
from tests.stages.ablated import (
    N_TEST,
    fill,
    result_of,
    run,
    write_arms,
)

_MITIGATIONS = """
description = "What is won for the worst group?"
reference = "none"
seeds = [0, 1]

[train]
size_px = 32
epochs_coarse = 0
epochs_whole = 1
batch = 4
workers = 1
min_people = 1
group_by = ["light:0.5"]
composites = false

[[arms]]
name = "none"

[[arms]]
name = "balanced"
train = { sampler = "balanced" }

[[arms]]
name = "threshold"
like = "none"
threshold = "validation-worst"

[[tests]]
name = "test split"
split = "test"
attributes = ["light:0.5"]
"""
_TARGETED = """
[[arms]]
name = "targeted"
train = { composites = true }
"""


def _light(workspace: Workspace) -> None:
    """Put half of the people into the dark."""
    rows = [
        Measurement(sample_id=sample.sample_id, name="light", value=float(number % 2), measured_by="x")
        for number, sample in enumerate(workspace.samples())
    ]
    workspace.write(tables.MEASUREMENTS, rows)


def test_mitigations_stand_on_one_chart(workspace: Workspace, tmp_path: Path) -> None:
    """A threshold arm is cut elsewhere without training; the chart's numbers are the result's."""
    fill(workspace)
    _light(workspace)
    told = run(workspace, write_arms(tmp_path, _MITIGATIONS), min_people=2)
    result = result_of(workspace)
    assert [path.parent.name for path in sorted(workspace.root.glob("models/*/model.pt"))] == [
        f"ablate-tiny-{arm}-{seed}" for arm in ("balanced", "none") for seed in (0, 1)
    ]
    assert set(result.thresholds) == {"ablate-tiny-threshold-0", "ablate-tiny-threshold-1"}
    assert result.arms["threshold"] == {"like": "none", "threshold": "validation-worst"}
    assert [(one.arm, one.attribute) for one in result.pareto] == [
        (arm, "light") for arm in ("none", "balanced", "threshold")
    ]
    of_arm = {(row.arm, row.asked): row.difference for row in result.rows if row.is_compared}
    for one in result.pareto[1:]:
        assert one.overall_change is not None
        assert one.worst_change is not None
        assert (of_arm[one.arm, "worst group"], one.worst_change.value) == (one.worst_change.value,) * 2
    folder = workspace.report_folder("ablate-tiny")
    with (folder / "pareto.csv").open() as stream:
        assert [row["arm"] for row in csv.DictReader(stream)] == ["none", "balanced", "threshold"]
    page = (folder / "index.html").read_text()
    assert "cut at " in page
    assert "Everybody and the worst group of light on test split: none " in page
    again = run(workspace, write_arms(tmp_path, _MITIGATIONS), min_people=2)
    assert again.facts == told.facts
    scores = [row for row in workspace.rows(tables.SCORES) if row.model == "ablate-tiny-threshold-0"]
    assert len(scores) == N_TEST


def test_composites_teach_only_the_arm_that_asks_for_them(workspace: Workspace, tmp_path: Path) -> None:
    """Without any, that arm is refused; the others need none."""
    fill(workspace)
    _light(workspace)
    file = write_arms(tmp_path, _MITIGATIONS + _TARGETED)
    with pytest.raises(UsageError, match="arm targeted: expected composites"):
        run(workspace, file, dry_run=True)
    assert "ablate-tiny-targeted-0" not in str(
        run(workspace, file, dry_run=True, arms=["balanced"]).facts["runs"]
    )
    made = Lineage(
        sample_id=workspace.samples()[0].sample_id,
        kind="composite",
        parent=workspace.samples()[1].sample_id,
        background=None,
        box=None,
        recipe="{}",
    )
    workspace.write(tables.LINEAGE, [made])
    assert run(workspace, file, dry_run=True).passed


def test_a_threshold_is_chosen_on_pictures_that_can_be_read(workspace: Workspace) -> None:
    """What cannot is left out, as in training; nothing left is an error."""
    fill(workspace)
    _light(workspace)
    model = workspace.model_folder("ablate-x-none-0") / "model.pt"
    model.parent.mkdir(parents=True)
    with resources.as_file(resources.files("datatools.student") / "released" / "extremec3net.pt") as released:
        model.write_bytes(released.read_bytes())
    settings = train.Settings(name="ablate-x-none-0", group_by=["light:0.5"])
    planned = Planned(runs=[training.Run(arm="none", settings=settings)], pictures_seen={})
    ablation = plan.Ablation.model_validate(tomllib.loads(_MITIGATIONS))
    val = [row.sample_id for row in workspace.rows(tables.SPLITS) if row.split == "val"]
    files = [workspace.image_file(sample) for sample in workspace.samples() if sample.sample_id in val]
    files[0].write_bytes(b"")
    (cut,) = thresholds.cuts(workspace, ablation, planned, "x", Progress("quiet")).values()
    assert (cut.name, 0.1 <= cut.threshold <= 0.9) == ("ablate-x-threshold-0", True)
    for file in files:
        file.write_bytes(b"")
    with pytest.raises(DataError, match="expected validation pictures to choose a threshold by"):
        thresholds.cuts(workspace, ablation, planned, "x", Progress("quiet"))


def test_a_threshold_needs_groups(workspace: Workspace, tmp_path: Path) -> None:
    """There is no worst group without any."""
    fill(workspace)
    text = _MITIGATIONS.replace('group_by = ["light:0.5"]', "")
    with pytest.raises(UsageError, match="arm threshold: expected group_by"):
        run(workspace, write_arms(tmp_path, text), dry_run=True)
