"""The stage composition: who is in a data set, from tables and from pictures without their people."""

import csv
import dataclasses
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools import tables
from datatools.errors import DataError, TooManyFailuresError, UsageError
from datatools.fairness.composition.composition_result import CompositionAudit, NuisanceTest
from datatools.images import write_mask
from datatools.progress import Progress
from datatools.records import Finding, Lineage, MaskRow, Measurement, SplitRow, StageResult
from datatools.report import composition as figures
from datatools.report import facts
from datatools.stages import audit as auditing
from datatools.stages import composition, report
from datatools.stages.composition import Settings
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.scores import score_with_iou
from tests.stages import people

_N = 48
_QUICK: dict[str, object] = {"permutations": 99, "replicates": 200}


def _write(workspace: Workspace, *, planted: bool = True, with_masks: bool = True, n: int = _N) -> None:
    """Draw women and men, alternately; where planted, women before a light background."""
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    samples = []
    for number in range(n):
        centre_frac = 0.4 + 0.2 * (number % 7) / 6
        image, mask = draw_person(width_px=48, height_px=64, seed=number, centre_frac=centre_frac)
        if planted and number % 2 == 0:
            image[~mask.array] = image[~mask.array] + 120
        Image.fromarray(image).save(folder / f"{number}.png")
        cv2.imwrite(str(folder / f"{number}_mask.png"), mask.array.astype(np.uint8) * 255)
        samples.append(
            dataclasses.replace(
                people.sample(number, path=f"{number}.png"),
                reference_mask=f"{number}_mask.png" if with_masks else None,
                mask_source="human" if with_masks else None,
                mask_encoding="binary255" if with_masks else None,
            )
        )
    people.ingest(workspace, folder, samples)
    workspace.append_batch([people.answer(i, "male" if i % 2 else "female") for i in range(n)])


def _run(workspace: Workspace, **settings: object) -> tuple[StageResult, CompositionAudit]:
    values = {**_QUICK, **settings}
    result = composition.run(workspace, Settings.model_validate(values), Progress("quiet"))
    path = workspace.report_folder(str(settings.get("name", "composition"))) / "composition.json"
    return result, CompositionAudit.model_validate_json(path.read_text())


def _test(found: CompositionAudit, nuisances: str) -> NuisanceTest:
    return next(test for test in found.nuisances if test.nuisances == nuisances)


def _note(result: StageResult, words: str) -> str:
    return next(note for note in result.notes if words in note)


def test_people_are_counted_and_told(workspace: Workspace) -> None:
    """Half women, half men, and a vocabulary's empty group."""
    _write(workspace)
    result, found = _run(workspace)
    (head,) = found.headcounts
    assert [(group.group, group.n_people) for group in head.groups] == [("female", 24), ("male", 24)]
    assert head.empty == ["another"]
    assert "48 people in 2 groups" in _note(result, "equal groups of 3")
    thin = "without anybody: 1, with fewer people than that: 2 (perceived_gender = female, "
    assert thin in _note(result, "A gap of 3.0 points of IoU takes 26 people")
    assert result.facts["n_people"] == _N


def test_a_planted_background_is_found_and_an_absent_one_is_not(workspace: Workspace) -> None:
    """Women stood before a light wall; the cameras were the same, so nothing is told of them."""
    _write(workspace)
    result, found = _run(workspace)
    assert [test.nuisances for test in found.nuisances] == ["background"]
    assert _test(found, "background").verdict == "predictable"
    assert _test(found, "background").carriers[0].nuisance.startswith("background_")
    assert "predictable" in _note(result, "from background alone")


def test_an_absent_background_is_not_found(workspace: Workspace) -> None:
    """All backgrounds are drawn alike."""
    _write(workspace, planted=False)
    assert _test(_run(workspace)[1], "background").verdict == "insufficient data"


def test_cameras_are_tested_where_they_differ(workspace: Workspace) -> None:
    """Two data sets, one of each gender: their name alone tells."""
    _write(workspace, planted=False, with_masks=False)
    rows = [
        dataclasses.replace(row, source="ab"[i % 2]) for i, row in enumerate(workspace.rows(tables.MANIFEST))
    ]
    people.ingest(workspace, workspace.root.parent / "pictures", rows)
    result, found = _run(workspace)
    assert _note(result, "There are no masks")
    assert [test.nuisances for test in found.nuisances] == ["camera"]
    assert _test(found, "camera").verdict == "predictable"
    assert _test(found, "camera").carriers[0].nuisance.startswith("source ")


def test_masks_are_compared_by_group(workspace: Workspace) -> None:
    """Every measure that varies, on human masks."""
    _write(workspace)
    found = _run(workspace)[1]
    assert {measure.mask_source for measure in found.masks} == {"human"}
    assert found.n_mask_comparisons == len(found.masks)


def test_generated_masks_serve_where_no_exact_ones_are(workspace: Workspace) -> None:
    """Their source is told."""
    _write(workspace, with_masks=False, n=12)
    rows = []
    for number in range(12):
        name = people.sample_id(number)
        path = workspace.mask_file(name)
        path.parent.mkdir(exist_ok=True)
        data = write_mask(path, draw_person(width_px=48, height_px=64, seed=number)[1])
        rows.append(
            MaskRow(
                sample_id=name,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:x",
                sha256=tables.sha256_bytes(data),
                parents="",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MASKS, rows)
    _run(workspace)
    assert {row.mask_source for row in workspace.rows(tables.FRAMINGS)} == {"model:x"}


def test_a_second_run_looks_at_nothing_again(workspace: Workspace) -> None:
    """And finds the same."""
    _write(workspace)
    first, found = _run(workspace)
    again, same = _run(workspace)
    assert (first.facts["n_looked_at"], again.facts["n_looked_at"]) == (_N, 0)
    assert same.model_copy(update={"inputs": {}}) == found.model_copy(update={"inputs": {}})


def test_tables_alone_are_enough(workspace: Workspace) -> None:
    """Without pictures nothing is said of masks and backgrounds."""
    _write(workspace)
    result, found = _run(workspace, pictures=False)
    assert (found.masks, found.nuisances) == ([], [])
    assert not workspace.has(tables.FRAMINGS)
    assert _note(result, "No picture was looked at")


def test_a_reference_population_is_compared(workspace: Workspace, tmp_path: Path) -> None:
    """From the filled-in template."""
    _write(workspace)
    path = tmp_path / "reference.csv"
    settings = Settings(reference_template=path)
    result = composition.run(workspace, settings, Progress("quiet"))
    assert "Fill in" in result.notes[0]
    shares = {"female": "0.9", "male": "0.1", "another": "0"}
    lines = list(csv.reader(path.read_text().splitlines()))
    for line in lines[1:]:
        line[2:] = [shares[line[1]], "a census"]
    path.write_text("\n".join(map(",".join, lines)))
    result, found = _run(workspace, reference=path)
    assert [group.verdict for group in found.references[0].groups][:2] == ["gap", "gap"]
    assert _note(result, "perceived_gender = female: 50.0% of people instead of 90.0%")
    folder = workspace.report_folder("composition")
    assert len((folder / "reference.csv").read_text().splitlines()) == 4
    assert (folder / "share-beside-the-reference-by-perceived-gender.svg").is_file()


def test_a_reference_that_does_not_fit_is_an_error(workspace: Workspace, tmp_path: Path) -> None:
    """It speaks of an attribute that nobody answered."""
    _write(workspace, n=12)
    (tmp_path / "r.csv").write_text("attribute,group,share,source\nhair,long,1,me\n")
    with pytest.raises(DataError, match="not audited"):
        _run(workspace, reference=tmp_path / "r.csv")


def test_near_duplicates_and_their_labels_are_counted(workspace: Workspace) -> None:
    """The second picture is the first again under the other gender; the fourth is the second's own kind."""
    _write(workspace)
    ids = [people.sample_id(number) for number in range(_N)]
    twins = {ids[1]: ids[0], ids[4]: ids[2]}
    workspace.write(
        tables.FINDINGS,
        [
            Finding(
                sample_id=name,
                check="near_duplicate",
                score=1.0,
                passed=name not in twins,
                detail=f"nearly the same picture as {twins[name]}" if name in twins else None,
            )
            for name in ids
        ],
    )
    result, found = _run(workspace)
    assert found.duplicates is not None
    assert (found.duplicates.n_clusters, found.duplicates.n_pictures) == (2, 4)
    assert found.duplicates.label_conflicts == {"perceived_gender": 1}
    assert "1 on perceived_gender" in _note(result, "Near-duplicates")
    assert _test(found, "background").n_people == _N - 2


def test_findings_of_other_checks_say_nothing_of_duplicates(workspace: Workspace) -> None:
    """Nobody looked for them."""
    _write(workspace, n=12)
    row = Finding(sample_id=people.sample_id(0), check="no_face", score=1.0, passed=True, detail=None)
    workspace.write(tables.FINDINGS, [row])
    assert _run(workspace)[1].duplicates is None


def test_scores_plan_the_shopping_list(workspace: Workspace) -> None:
    """The spread is that of people's mean IoU, and the list says of which model."""
    _write(workspace, with_masks=False)
    rng = np.random.default_rng(0)
    ious = np.clip(rng.normal(0.9, 0.1, _N), 0, 1)
    rows = [
        score_with_iou(people.sample_id(i), people.sample_id(i), float(iou)) for i, iou in enumerate(ious)
    ]
    workspace.write(tables.SCORES, rows)
    result, found = _run(workspace)
    assert (found.shopping.model, found.shopping.reading) == ("student", "accuracy")
    assert found.shopping.sd == pytest.approx(ious.std(ddof=1), rel=0.01)
    assert "more people with perceived_gender = " in _note(result, "Collect")
    with pytest.raises(UsageError, match="student"):
        _run(workspace, model="other")


def test_nobody_scored_is_said(workspace: Workspace) -> None:
    """The list then rests on an assumption; a model cannot be asked for."""
    _write(workspace, n=12)
    result, found = _run(workspace)
    assert found.shopping.reading == "assumed"
    assert _note(result, "Nobody was scored")
    with pytest.raises(UsageError, match="none"):
        _run(workspace, model="student")


def test_bands_of_measurements_are_attributes(workspace: Workspace) -> None:
    """By their edges; a band is never held against backgrounds."""
    _write(workspace)
    rows = [
        Measurement(sample_id=people.sample_id(i), name="picture_lightness", value=float(i), measured_by="x")
        for i in range(_N)
    ]
    workspace.write(tables.MEASUREMENTS, rows)
    found = _run(workspace)[1]
    assert [head.attribute for head in found.headcounts] == [
        "perceived_gender",
        "picture_lightness",
        "perceived_gender x picture_lightness",
    ]
    assert {test.attribute for test in found.nuisances} == {"perceived_gender"}
    assert _run(workspace, pictures=False, exclude=["picture_lightness>=40"])[1].n_people == 40
    with pytest.raises(UsageError, match="give the edges"):
        _run(workspace, attributes=["picture_lightness"])


def test_attributes_that_cannot_be_used_are_said(workspace: Workspace) -> None:
    """Unless they were asked for."""
    _write(workspace, n=12)
    rows = [
        people.answer(0, "yes", question="beard", vocabulary="yes_no@1"),
        people.answer(99, "yes", question="glasses", vocabulary="yes_no@1"),
    ]
    workspace.append_batch(rows)
    result, _ = _run(workspace, pictures=False)
    assert "glasses" in _note(result, "Not counted")
    with pytest.raises(UsageError, match="nobody answered glasses"):
        _run(workspace, attributes=["glasses"])
    with pytest.raises(UsageError, match="question"):
        _run(workspace, attributes=["height"])


def test_few_people_are_not_held_against_backgrounds(workspace: Workspace) -> None:
    """And it is said."""
    _write(workspace, n=12)
    result, found = _run(workspace)
    assert found.nuisances == []
    assert _note(result, "not held against background and camera")


def test_a_workspace_without_answers_has_nobody_to_count(workspace: Workspace) -> None:
    """The pictures alone say nothing of groups."""
    people.ingest(workspace, workspace.root, [people.sample(0)])
    result, found = _run(workspace, pictures=False)
    assert found.headcounts == []
    assert _note(result, "no groups to count")


def test_splits_and_composites_bound_the_audit(workspace: Workspace) -> None:
    """Composites show nobody new; a split that is not there is an error."""
    _write(workspace, n=12)
    made = Lineage(
        sample_id=people.sample_id(0), kind="composite", parent="x", background=None, box=None, recipe="{}"
    )
    workspace.write(tables.LINEAGE, [made])
    splits = [
        SplitRow(
            sample_id=people.sample_id(i), person_id=people.sample_id(i), split="train" if i < 6 else "test"
        )
        for i in range(12)
    ]
    workspace.write(tables.SPLITS, splits)
    assert _run(workspace, pictures=False, split="train")[1].n_people == 5
    assert _run(workspace, pictures=False, limit=3)[1].n_people == 3
    with pytest.raises(UsageError, match="expected a split"):
        _run(workspace, split="dev")


def test_nobody_at_all_is_an_error(workspace: Workspace) -> None:
    """There are no pictures to audit."""
    people.ingest(workspace, workspace.root, [dataclasses.replace(people.sample(0), status="failed")])
    with pytest.raises(UsageError, match="found none"):
        _run(workspace)


def test_unreadable_pictures_are_counted_and_too_many_stop(workspace: Workspace) -> None:
    """A failed picture is a row; the others are looked at."""
    _write(workspace)
    folder = workspace.root.parent / "pictures"
    (folder / "3.png").write_bytes(b"broken")
    result, found = _run(workspace)
    assert result.facts["n_failed"] == 1
    assert _test(found, "background").n_people == _N - 1
    for path in folder.glob("*.png"):
        path.write_bytes(b"broken")
    workspace.table_file(tables.FRAMINGS).unlink()
    with pytest.raises(TooManyFailuresError):
        _run(workspace)


def test_a_dry_run_writes_nothing(workspace: Workspace, tmp_path: Path) -> None:
    """It says how much there would be to do."""
    _write(workspace, n=12)
    result = composition.run(workspace, Settings(dry_run=True), Progress("quiet"))
    assert result.facts == {"n_samples": 12, "n_people": 12, "n_to_look_at": 12}
    template = tmp_path / "t.csv"
    composition.run(workspace, Settings(dry_run=True, reference_template=template), Progress("quiet"))
    assert not template.exists()
    assert not workspace.has(tables.FRAMINGS)
    assert workspace.run_files() == []


def test_files_of_an_earlier_audit_do_not_stay(workspace: Workspace) -> None:
    """Without pictures there is nothing to say of backgrounds any more."""
    _write(workspace)
    _run(workspace)
    folder = workspace.report_folder("composition")
    assert (folder / "nuisances.csv").is_file()
    _run(workspace, pictures=False)
    assert sorted(path.name for path in folder.glob("*.*")) == [
        "composition.json",
        "headcounts.csv",
        "needs.csv",
        "shopping.csv",
    ]


def test_hidden_groups_are_in_no_file(workspace: Workspace) -> None:
    """Three people who are 'another' among 45 are neither counted nor drawn."""
    _write(workspace)
    workspace.append_batch(
        [people.answer(i, "another", created_at="2024-01-01T00:00:00Z") for i in (0, 1, 2)]
    )
    result, found = _run(workspace)
    hidden = [group.group for group in found.headcounts[0].groups if group.n_people is None]
    assert "another" in hidden
    assert len(hidden) == 2
    folder = workspace.report_folder("composition")
    rows = list(csv.DictReader((folder / "headcounts.csv").read_text().splitlines()))
    assert {row["n_people"] for row in rows if row["group"] in hidden} == {""}
    assert _note(result, "Not shown")


def test_the_report_shows_the_audit_and_says_when_it_is_old(workspace: Workspace) -> None:
    """Its sentences, its figures, and the tables that changed since."""
    _write(workspace)
    _, found = _run(workspace)
    auditing.run(workspace, auditing.Settings(replicates=200, cross=1), Progress("quiet"))
    workspace.append_batch([people.answer(0, "male", created_at="2024-01-01T00:00:00Z")])
    report.run(workspace, report.Settings(), Progress("quiet"))
    page = (workspace.report_folder("audit") / "index.html").read_text()
    assert "Composition audit" in page
    assert "How well background and camera tell perceived gender" in page
    assert "Made before these changed: tables/annotations/" in page
    counted = facts.collect(workspace, {})
    assert counted.composition == found


def test_a_broken_audit_is_an_error_of_the_report(workspace: Workspace) -> None:
    """It says which command makes it again."""
    path = workspace.report_folder("composition") / "composition.json"
    tables.write_bytes(path, b"{}")
    with pytest.raises(DataError, match="datatools composition"):
        figures.audited(workspace)


def test_the_run_record_names_what_was_read_and_written(workspace: Workspace) -> None:
    """The result's file and the table among them."""
    _write(workspace, n=12)
    _run(workspace)
    record = json.loads(workspace.run_files()[-1].read_text())
    assert set(record["outputs"]) == {"tables/framings.parquet", "reports/composition/composition.json"}
    assert "tables/manifest.parquet" in record["inputs"]
    assert record["facts"]["attributes"] == ["perceived_gender"]
