"""A gap planted in rendered portraits is found, by its right name, through the command line."""

import json
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.cli import main
from datatools.fairness.planning.planning_result import PlanResult
from datatools.fairness.result import AuditResult
from datatools.fairness.who.axes import axes_of
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis, group_name
from datatools.images import read_mask, write_mask
from datatools.records import MaskRow
from datatools.synthetic.damage import damage
from datatools.tables import sha256_file
from datatools.workspace import Workspace
from tests.benchmarks import load

_N_PEOPLE = 72
_ATTRIBUTES = ("skin_tone_group", "yaw_deg:-8,0,8")
_GAP = 0.02
_SPREAD = 0.004  # of people's values: small, so that a few people for each cell are enough


def _crossed(workspace: Workspace) -> Axis:
    person_of = {sample.sample_id: sample.person_id for sample in workspace.samples()}
    axes, _ = axes_of(workspace, _ATTRIBUTES, person_of)
    (crossed,) = crossings(axes, 2)
    return crossed


def _plant(workspace: Workspace, crossed: Axis, planted: str) -> None:
    """Write masks of known IoU, two points worse in one cell, where refine would have put them."""
    rng = np.random.default_rng(8)
    rows = []
    for sample in workspace.samples():
        is_planted = group_name(crossed.group_of[sample.person_id]) == planted
        exact = read_mask(workspace.reference_file(sample) or Path())
        error = 0.06 + _SPREAD * rng.normal() + _GAP * is_planted
        path = workspace.mask_file(sample.sample_id)
        path.parent.mkdir(exist_ok=True)
        write_mask(path, damage(exact, float(error), rng).mask)
        rows.append(
            MaskRow(
                sample_id=sample.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:student",
                sha256=sha256_file(path),
                parents="",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MASKS, rows)


@pytest.mark.slow
def test_a_planted_cell_is_found_by_name_with_the_planned_people(tmp_path: Path) -> None:
    """Rendered, ingested, labelled, scored, planned and audited: one cell of twelve is two points worse."""
    at = ["--workspace", str(tmp_path / "ws"), "--quiet"]
    flags = ["--people", str(_N_PEOPLE), "--max-pictures", "1", "--min-px", "128", "--max-px", "160"]
    assert main(["render", "--folder", str(tmp_path / "portraits"), *flags, *at]) == 0
    assert main(["ingest", "--source", str(tmp_path / "portraits"), "--name", "rendered", *at]) == 0
    assert main(["annotate", "import", "--from-source", "rendered", *at]) == 0
    workspace = Workspace(tmp_path / "ws")
    crossed = _crossed(workspace)
    assert len(crossed.levels) == 12
    cells = list(crossed.group_of.values())
    planted = group_name(max(crossed.levels, key=cells.count))
    _plant(workspace, crossed, planted)
    assert main(["evaluate", "--model", "generated", *at]) == 0
    asked = ["--attributes", *_ATTRIBUTES, "--min-people", "2"]
    assert main(["audit", "plan", "--gap", str(_GAP), "--power", "0.9", *asked, *at]) == 0
    plan = PlanResult.model_validate_json((workspace.report_folder("plan") / "plan.json").read_text())
    (there,) = (group for group in plan.groups if group.group == planted)
    assert there.more_in_step == 0
    assert main(["audit", *asked, "--replicates", "1000", *at]) == 0
    text = (workspace.report_folder("audit") / "audit.json").read_text()
    crossing = AuditResult.model_validate(json.loads(text)).models[0].attributes[-1]
    gaps = {
        group.group: group.comparison.gap.value or 0.0
        for group in crossing.groups
        if group.comparison.verdict == "gap"
    }
    assert min(gaps, key=lambda cell: gaps[cell]) == planted
    assert gaps[planted] == pytest.approx(-_GAP, abs=0.004)


@pytest.mark.slow
def test_planted_cells_are_found_by_name_in_most_studies() -> None:
    """A short form of benchmarks/planted_gap.py: eight studies, of which about seven and a half should."""
    benchmark = load("planted_gap")
    pool = benchmark.make_pool(8, 60, 1)
    n_each, _ = benchmark.people_needed(pool, 3, 0.9, 1)
    found = benchmark.study(pool, n_each, 3, benchmark.GAP, 8, [1])
    assert found["is_right"] >= 6 / 8
    assert found["names_others_worse"] <= 2 / 8
