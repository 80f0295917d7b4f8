"""Does verify compute a report again, and name the one thing that is not as it was?"""

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.images import write_mask
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import audit, evaluate, gallery, report, verify
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import reported
from tests.stages.people import answer


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Give a reported workspace that tests must leave as it is."""
    return reported.build(tmp_path_factory.mktemp("reported"))


@pytest.fixture
def copy(built: Workspace, tmp_path: Path) -> Workspace:
    """Give a copy of it, to change something there."""
    return reported.copied(built, tmp_path / "copy")


def _verify(workspace: Workspace, word: str = "audit", **settings: object) -> StageResult:
    values = {"report": word, "documents": False, **settings}
    return verify.run(workspace, verify.Settings.model_validate(values), Progress("quiet"))


def _told(result: StageResult) -> list[str]:
    """Give what differs, in the order it is told."""
    found = result.facts["differences"]
    assert isinstance(found, list)
    return [str(one["told"]) for one in found]


def _tree(workspace: Workspace) -> dict[str, str]:
    files = (path for path in workspace.root.rglob("*") if path.is_file())
    return {str(path): tables.sha256_file(path) for path in files}


def test_an_untouched_report_passes_and_nothing_is_written(built: Workspace) -> None:
    """Everything is compared: files, scores, pairs of masks, values and documents."""
    before = _tree(built)
    result = _verify(built, documents=True)
    assert (result.passed, _told(result), _tree(built) == before) == (True, [], True)
    folder = built.report_folder("audit")
    n_files = sum(path.is_file() for path in folder.rglob("*"))
    assert result.facts["n_documents"] == n_files - len(("audit.json", "report.json"))
    n_scores = 3 * reported.N_PEOPLE
    assert result.facts["n_scores_traced"] == n_scores
    assert result.facts["n_scores_counted"] == 2 * reported.N_PEOPLE  # one network keeps no masks
    assert result.facts["n_mask_pairs"] == reported.N_PEOPLE
    assert result.facts["stale"] == []
    assert any("Scores of tiny: it keeps no masks" in note for note in result.notes)


def test_deep_runs_networks_again(built: Workspace) -> None:
    """Then every score is counted, and nothing is left out."""
    result = _verify(built, deep=True)
    assert (result.passed, result.facts["n_scores_counted"], result.facts["not_made_again"]) == (
        True,
        3 * reported.N_PEOPLE,
        ["Documents were not rendered."],
    )


def _mask_pixel(copy: Workspace) -> str:
    row = copy.rows(tables.MASKS)[0]
    reported.flip(copy.file(row.path or ""))
    return f"{row.path}: has changed; run `datatools refine` again"


def _matte_pixel(copy: Workspace) -> str:
    row = copy.rows(tables.MATTES)[0]
    reported.flip(copy.file(row.path or ""))
    return f"{row.path}: has changed; run `datatools segment` again"


def _reference_pixel(copy: Workspace) -> str:
    sample = copy.samples()[3]
    path = copy.reference_file(sample)
    assert path is not None
    reported.flip(path)
    words = "against human masks: what it was counted from has changed"
    return f"score of tiny on {sample.sample_id} {words}: {path}"


def _picture(copy: Workspace) -> str:
    first, second = copy.samples()[:2]
    copy.image_file(first).write_bytes(copy.image_file(second).read_bytes())
    return f"picture {first.path}: has changed since ingest saw it"


def _score_count(copy: Workspace) -> str:
    rows = copy.rows(tables.SCORES)
    place = next(n for n, row in enumerate(rows) if row.model == "generated")
    row = rows[place]
    assert row.tp is not None
    rows[place] = dataclasses.replace(row, tp=row.tp + 1)
    copy.write(tables.SCORES, rows)
    return (
        f"score of generated on {row.sample_id} against human masks: the row or the mask has changed: "
        f"tp {row.tp + 1} kept, {row.tp} counted again"
    )


def _network(copy: Workspace) -> str:
    theirs, own = (copy.model_folder(name) / "model.pt" for name in ("kept", "tiny"))
    own.write_bytes(theirs.read_bytes())
    return f"scores of tiny: none of its {reported.N_PEOPLE} scores was made of what is there now"


def _mask_pair(copy: Workspace) -> str:
    rows = copy.rows(tables.MASK_PAIRS)
    row = rows[0]
    assert row.fn is not None
    rows[0] = dataclasses.replace(row, fn=row.fn + 2)
    copy.write(tables.MASK_PAIRS, rows)
    return (
        f"compared masks {row.sample_id}/human/generated: the row has changed: fn {row.fn + 2} kept, {row.fn}"
    )


def _error_grid(copy: Workspace) -> str:
    rows = copy.rows(tables.ERROR_GRIDS)
    place = next(n for n, row in enumerate(rows) if row.model == "generated")
    row = rows[place]
    changed = bytes([row.under[0] ^ 1]) + row.under[1:]
    rows[place] = dataclasses.replace(row, under=changed)
    copy.write(tables.ERROR_GRIDS, rows)
    return f"score of generated on {row.sample_id} against human masks: its grid of errors"


def _face(copy: Workspace) -> str:
    rows = copy.rows(tables.LANDMARKS)
    rows[5] = dataclasses.replace(rows[5], points=[value + 3 for value in rows[5].points or ()])
    copy.write(tables.LANDMARKS, rows)
    return f"score of kept on {rows[5].sample_id} against human masks: what it was counted from has changed"


def _annotation(copy: Workspace) -> str:
    (path,) = copy.batch_files()
    rows = copy.rows(tables.ANNOTATIONS)
    rows[0] = dataclasses.replace(rows[0], value="male" if rows[0].value == "female" else "female")
    tables.write(path, tables.ANNOTATIONS, rows)
    return f"tables/annotations/{path.name}: has changed since the audit read it"


def _report_number(copy: Workspace) -> str:
    path = copy.report_folder("audit") / "report.json"
    value = reported.first_number(path, "audit", "models", 0, "overall", "iou_fg_image", "value")
    reported.edit(path, f'"value": {value!r}', f'"value": {value + 1e-6!r}')
    return (
        f"report.json /audit/models/0/overall/iou_fg_image/value: kept {value + 1e-6!r}, made again {value!r}"
    )


def _audit_number(copy: Workspace) -> str:
    path = copy.report_folder("audit") / "audit.json"
    n_people = reported.N_PEOPLE
    reported.edit(path, f'"n_people": {n_people}', f'"n_people": {n_people + 1}')
    return f"audit.json /n_people: kept {n_people + 1}, made again {n_people}"


def _page_digit(copy: Workspace) -> str:
    path = copy.report_folder("audit") / "index.html"
    reported.edit(path, f"{reported.N_PEOPLE} pictures", f"{reported.N_PEOPLE + 1} pictures")
    return "index.html: line "


def _run_setting(copy: Workspace) -> str:
    path = reported.record(copy, "evaluate")
    reported.edit(path, '"seed": 0', '"seed": 7')
    return f"runs/{path.name} is not what it was"


def _audit_setting(copy: Workspace) -> str:
    path = reported.record(copy, "audit")
    reported.edit(path, '"margin": 0.01', '"margin": 0.02')
    words = "not the setting that audit.json keeps: kept 0.01, made again 0.02"
    return f"runs/{path.name}#/settings/margin: {words}"


@pytest.mark.parametrize(
    "change",
    [
        _mask_pixel,
        _reference_pixel,
        _score_count,
        _annotation,
        _report_number,
        _page_digit,
        _run_setting,
    ],
)
def test_one_change_is_caught_and_named(copy: Workspace, change: Callable[[Workspace], str]) -> None:
    """A pixel, a count, an answer, a number, a digit, a setting: the gate fails and says which."""
    expected = change(copy)
    result = _verify(copy, documents=change in (_report_number, _page_digit))
    assert not result.passed
    assert [told for told in _told(result) if expected in told], "\n".join(_told(result))


def test_each_of_several_changes_is_named(copy: Workspace) -> None:
    """One change does not hide another."""
    changes = (
        *(_matte_pixel, _picture, _network, _mask_pair, _error_grid, _face),
        *(_audit_number, _audit_setting),
    )
    expected = [change(copy) for change in changes]
    told = _told(_verify(copy))
    assert [one for one in expected if not any(one in words for words in told)] == [], "\n".join(told)


def test_a_lost_file_of_the_report_is_told(copy: Workspace) -> None:
    """A page that a run wrote and that is gone differs."""
    (copy.report_folder("audit") / "index.html").unlink()
    (lost,) = _told(_verify(copy, pictures=False))
    assert "reports/audit/index.html: is gone since report" in lost


def test_stale_inputs_are_named_with_the_stage_to_run(copy: Workspace, quiet: Progress) -> None:
    """Scores and answers that came after the audit are no forgery: the audit has to run again."""
    evaluate.run(copy, evaluate.Settings(model="generated", split=None, replicates=100, maps=True), quiet)
    rows = copy.rows(tables.SCORES)
    copy.write(tables.SCORES, [row for row in rows if row.model != "tiny"])
    evaluate.run(copy, evaluate.Settings(model="tiny", limit=4, replicates=100), quiet)
    copy.append_batch([dataclasses.replace(answer(0, "female"), annotator_id="late")])
    told = _told(_verify(copy, pictures=False))
    assert any(
        one.startswith("tables/scores.parquet: is stale: evaluate (run ") and "`datatools audit` again" in one
        for one in told
    )
    assert any("is stale: these answers came after the audit" in one for one in told)


def test_a_report_of_an_audit_that_was_made_again_is_stale(copy: Workspace, quiet: Progress) -> None:
    """One sentence, instead of every value that is another one."""
    again = audit.Settings(replicates=200, min_people=2, slices=0, codings=False, margin=0.02)
    audit.run(copy, again, quiet)
    (told,) = _told(_verify(copy, pictures=False))
    assert told.startswith("report.json and its documents are stale: audit (run ")


def test_results_of_other_stages_after_the_report_are_no_difference(copy: Workspace, quiet: Progress) -> None:
    """A second audit, reported, leaves the first report as it is; runs after it are not seen."""
    quick = audit.Settings(name="second", replicates=200, min_people=2, slices=0, codings=False, chain=False)
    audit.run(copy, quick, quiet)
    report.run(copy, report.Settings(name="second", with_images=True, max_gallery=1), quiet)
    assert _told(_verify(copy, pictures=False)) == []
    with_pictures = _verify(copy, "second", pictures=False, documents=True)
    assert (_told(with_pictures), with_pictures.facts["n_documents"] != 0) == ([], True)


def test_links_into_a_gallery_are_no_difference(copy: Workspace, quiet: Progress) -> None:
    """The record says where the gallery was."""
    gallery.run(copy, gallery.Settings(out=copy.root.parent / "shown"), quiet)
    report.run(copy, report.Settings(gallery=copy.root.parent / "shown"), quiet)
    found = _verify(copy, pictures=False, documents=True)
    assert (_told(found), found.facts["n_documents"] != 0) == ([], True)


def test_a_report_is_found_by_path_from_anywhere(built: Workspace, tmp_path: Path) -> None:
    """A folder or file in a workspace is about that workspace; a copy elsewhere about the given one."""
    folder = built.report_folder("audit")
    nowhere = Workspace(tmp_path / "none")
    assert _verify(nowhere, str(folder / "report.json"), pictures=False).passed
    away = tmp_path / "sent" / "audit"
    away.mkdir(parents=True)
    (away / "report.json").write_bytes((folder / "report.json").read_bytes())
    result = _verify(built, str(away), pictures=False)
    assert "reports/audit/audit.json: is gone since audit" in _told(result)[0]


def test_an_audit_without_a_report_is_verified_alone(copy: Workspace) -> None:
    """What was not written yet is said, and is no difference."""
    for name in ("report.json", "index.html"):
        (copy.report_folder("audit") / name).unlink()
    reported.record(copy, "report").unlink()
    result = _verify(copy, pictures=False)
    assert (result.passed, result.facts["n_documents"]) == (True, 0)
    assert any("no report.json yet" in note for note in result.notes)


def test_other_versions_are_told_beside_differences(copy: Workspace) -> None:
    """Other packages may be why numbers differ; where none does they are a remark."""
    folder = copy.report_folder("audit")
    text = (folder / "audit.json").read_text()
    values = json.loads(text)
    values["versions"]["numpy"] = "1.0"
    (folder / "audit.json").write_text(json.dumps(values))
    for path in (folder / "report.json", reported.record(copy, "report")):
        path.unlink()
    result = _verify(copy, pictures=False)
    assert any("numpy 1.0 then" in note and "may be why" in note for note in result.notes)


def test_a_setting_that_this_workspace_no_longer_takes_is_told(copy: Workspace) -> None:
    """An audit that cannot be made again differs; the rest is still compared."""
    (path,) = copy.batch_files()
    path.unlink()
    folder = copy.report_folder("audit")
    values = json.loads((folder / "audit.json").read_text())
    values["settings"]["attributes"] = ["perceived_gender"]
    (folder / "audit.json").write_text(json.dumps(values))
    told = _told(_verify(copy, pictures=False))
    assert any("cannot be made again with its settings" in one for one in told)


def test_masks_that_are_gone_and_networks_that_are_not_here_are_told(copy: Workspace) -> None:
    """A reference mask that the manifest lost, a mask file, a network: each is said, none stops the rest."""
    rows = copy.rows(tables.MANIFEST)
    copy.write(
        tables.MANIFEST, [dataclasses.replace(rows[0], reference_mask=None, mask_source=None), *rows[1:]]
    )
    copy.mask_file(rows[1].sample_id).unlink()
    (copy.model_folder("tiny") / "model.pt").unlink()
    result = _verify(copy)
    told = _told(result)
    assert any("there is no human mask of this picture any more" in one for one in told)
    assert any(f"masks/{rows[1].sample_id}.png: is gone" in one for one in told)
    assert any("what it was made with is not here" in note for note in result.notes)


def test_the_first_samples_alone_are_looked_at_when_asked(built: Workspace) -> None:
    """What was passed over is said."""
    result = _verify(built, limit=3)
    assert (result.passed, result.facts["n_scores_traced"]) == (True, 9)
    assert any(f"{reported.N_PEOPLE - 3} samples were not looked at" in note for note in result.notes)


def test_a_dry_run_computes_nothing(built: Workspace) -> None:
    """It says what would be computed."""
    result = _verify(built, dry_run=True)
    assert (result.passed, list(result.facts)) == (True, ["report"])


def test_what_is_no_report_is_refused(built: Workspace, copy: Workspace, quiet: Progress) -> None:
    """An unknown name, a broken file, and a flag without a report."""
    with pytest.raises(UsageError, match="expected an audit's name"):
        _verify(built, "nothing")
    with pytest.raises(UsageError, match="--deep is about"):
        verify.run(built, verify.Settings(deep=True), quiet)
    path = copy.report_folder("audit") / "report.json"
    path.write_text("{}")
    with pytest.raises(DataError, match="is not a report of this version"):
        _verify(copy)
    path.unlink()
    reported.edit(copy.report_folder("audit") / "audit.json", '"margin": 0.01', '"margins": 0.01')
    with pytest.raises(DataError, match="settings that an audit of this version keeps"):
        _verify(copy)


def _brought(folder: Path, **settings: object) -> Path:
    """Audit and report a table of scores that somebody brought; give the report's folder."""
    rng = np.random.default_rng(0)
    rows = [
        f"{n}.jpg,p{n},{('woman', 'man')[n % 2]},{0.9 + 0.03 * (n % 2) + 0.01 * rng.random():.4f}"
        for n in range(30)
    ]
    folder.mkdir(exist_ok=True)
    (folder / "scores.csv").write_text("\n".join(["image_id,person_id,gender,iou", *rows]))
    values = {
        "scores": folder / "scores.csv",
        "out": folder / "out",
        "replicates": 300,
        "slices": 0,
        **settings,
    }
    quiet = Progress("quiet")
    audit.run(Workspace(folder / "none"), audit.Settings.model_validate(values), quiet)
    settings_of_report = report.Settings(audit=folder / "out" / "audit.json", title="Brought")
    report.run(Workspace(folder / "none"), settings_of_report, quiet)
    return folder / "out"


def test_results_that_somebody_brought_are_computed_again(tmp_path: Path) -> None:
    """From the same table; a score in it that is another one is named by what it changes."""
    folder = _brought(tmp_path / "mine")
    nowhere = Workspace(tmp_path / "none")
    result = _verify(nowhere, str(folder), documents=True)
    assert (_told(result), result.passed, (tmp_path / "none").exists()) == ([], True, False)
    reported.edit(folder.parent / "scores.csv", "woman,0.90", "woman,0.80")
    told = _told(_verify(nowhere, str(folder / "report.json")))
    assert told[0] == f"{folder.parent / 'scores.csv'}: is not the file that the audit read; " + (
        "run `datatools audit` again"
    )
    assert any("/models/0/attributes/0/groups/" in one for one in told)


def test_a_table_that_moved_is_found_beside_the_report(tmp_path: Path) -> None:
    """Reports are sent with their table; without it there is nothing to compute from."""
    folder = _brought(tmp_path / "mine")
    away = tmp_path / "away"
    folder.rename(away)
    table = (tmp_path / "mine" / "scores.csv").rename(away / "scores.csv")
    assert _told(_verify(Workspace(tmp_path / "none"), str(away))) == []
    table.unlink()
    told = _told(_verify(Workspace(tmp_path / "none"), str(away)))
    assert "scores.csv: is gone, it was brought with --scores" in told[0]
    assert "cannot be made again with its settings" in told[1]


def test_folders_of_masks_are_scored_again(tmp_path: Path) -> None:
    """Their hashes are not kept, which is said; a pixel shows in the numbers."""
    for name in ("pred", "ref"):
        (tmp_path / name).mkdir()
        for number in range(8):
            write_mask(tmp_path / name / f"{number}.png", draw_person(seed=number)[1])
    folder = _brought(tmp_path / "masks", scores=None, pred=tmp_path / "pred", ref=tmp_path / "ref")
    nowhere = Workspace(tmp_path / "none")
    result = _verify(nowhere, str(folder))
    assert result.passed
    assert sum("their hashes are not kept" in note for note in result.notes) == 2
    reported.flip(tmp_path / "pred" / "3.png")
    assert any("/models/0/overall/" in one for one in _told(_verify(nowhere, str(folder))))
