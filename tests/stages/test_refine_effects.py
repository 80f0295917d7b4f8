"""What each rule did to each picture is in a table, also after a broken run."""

from pathlib import Path

import pytest

from datatools import tables
from datatools.images import write_mask
from datatools.journal import Journal
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import Effect
from datatools.stages.refine import Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.test_refine import ingest_people


def _effects(workspace: Workspace) -> list[Effect]:
    return workspace.rows(tables.EFFECTS)


def test_each_rule_that_would_change_a_picture_has_a_row(workspace: Workspace, quiet: Progress) -> None:
    """Its pixels, the guard's word, and the parents of the mask that it belongs to."""
    ingest_people(workspace, 2)
    result = run(workspace, Settings(), quiet)
    rows = _effects(workspace)
    assert {(row.rule, row.kept) for row in rows} == {("face_seed", True), ("edge_colour", True)}
    parents = {mask.sample_id: mask.parents for mask in workspace.rows(tables.MASKS)}
    assert all(row.parents == parents[row.sample_id] for row in rows)
    seed = next(row for row in rows if row.rule == "face_seed")
    assert (seed.n_px_added > 0, seed.n_px_removed, seed.round) == (True, 0, 0)
    changed = sum(row.n_px_added + row.n_px_removed for row in rows if row.rule == "face_seed")
    n_px = sum((one.width_px or 0) * (one.height_px or 0) for one in workspace.samples())
    assert result.facts["changed_frac"] == dict.fromkeys(Settings().rules, 0.0) | {
        "face_seed": pytest.approx(changed / n_px, abs=1e-6),
        "edge_colour": pytest.approx(
            (sum(row.n_px_added + row.n_px_removed for row in rows) - changed) / n_px, abs=1e-6
        ),
    }


def test_a_second_run_keeps_them_and_another_recipe_replaces_them(
    workspace: Workspace, quiet: Progress
) -> None:
    """No row outlives the mask that it speaks of."""
    ingest_people(workspace, 1)
    run(workspace, Settings(), quiet)
    first = _effects(workspace)
    run(workspace, Settings(), quiet)
    assert _effects(workspace) == first
    run(workspace, Settings(rules=()), quiet)
    assert _effects(workspace) == []


def test_effects_of_a_broken_run_are_not_lost(
    workspace: Workspace, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run that completes the masks completes their effects."""
    ingest_people(workspace, 3)

    def broken(path: Path, mask: Mask) -> bytes:
        if path.stem == people.sample_id(2):
            raise KeyboardInterrupt
        return write_mask(path, mask)

    monkeypatch.setattr("datatools.stages.refine.write_mask", broken)
    with pytest.raises(KeyboardInterrupt):
        run(workspace, Settings(), quiet)
    monkeypatch.setattr("datatools.stages.refine.write_mask", write_mask)
    run(workspace, Settings(), quiet)
    assert {row.sample_id for row in _effects(workspace)} == {people.sample_id(n) for n in range(3)}
    assert not Journal(workspace, tables.EFFECTS).path.exists()


def test_a_refused_change_is_counted_and_told(
    workspace: Workspace, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In the facts and in a sentence."""
    ingest_people(workspace, 1)
    monkeypatch.setattr("datatools.refiners._guard._SMALL_FRAC", -1.0)
    monkeypatch.setattr("datatools.refiners._guard._LARGE_FRAC", 0.0)
    result = run(workspace, Settings(), quiet)
    refused = {row.rule for row in _effects(workspace) if not row.kept}
    assert {"face_seed", "edge_colour"} <= refused
    assert result.facts["rules_refused"] == {name: int(name in refused) for name in Settings().rules}
    assert "The guard refused" in result.notes[1]
    assert result.facts["rules_applied"] == dict.fromkeys(Settings().rules, 0)


def test_a_picture_that_cannot_be_read_has_no_effects(workspace: Workspace, quiet: Progress) -> None:
    """Its mask's row says why."""
    folder = ingest_people(workspace, 2)
    (folder / "0.png").write_bytes(b"no picture")
    run(workspace, Settings(), quiet)
    assert {row.sample_id for row in _effects(workspace)} == {people.sample_id(1)}
