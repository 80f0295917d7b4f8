"""Paths stay inside, batches are append-only, and a run record is written last."""

import json
import threading
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from datatools import tables
from datatools.errors import DataError, LockedError, TableError, UsageError
from datatools.paths import file_name, inside
from datatools.records import Measurement, SplitRow
from datatools.versions import recorded_versions
from datatools.workspace import Workspace
from tests.stages.people import answer, ingest, sample, sample_id


@pytest.mark.parametrize("relative", ["..", "../x", "a/../../x", "/etc/passwd", "a/./../..", "a\0b"])
def test_a_path_that_leaves_its_root_is_refused(tmp_path: Path, relative: str) -> None:
    """By dots, by being absolute, or by being no path."""
    root = tmp_path / "root"
    root.mkdir()
    with pytest.raises(DataError, match="expected a path below"):
        inside(root, relative)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.text(st.sampled_from("ab./\\~ \0\n"), max_size=12))
def test_whatever_the_text_a_path_stays_inside_or_is_refused(tmp_path: Path, relative: str) -> None:
    """No spelling gets out."""
    try:
        path = inside(tmp_path, relative)
    except DataError:
        return
    assert path.is_relative_to(tmp_path.resolve())


def test_a_symbolic_link_out_of_the_root_is_refused(tmp_path: Path) -> None:
    """A data set's archive may hold one."""
    root = tmp_path / "root"
    root.mkdir()
    (root / "out").symlink_to(tmp_path)
    with pytest.raises(DataError, match="leaves it"):
        inside(root, "out/secret.png")


def test_symbolic_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    """They lead nowhere."""
    (tmp_path / "a").symlink_to(tmp_path / "b")
    (tmp_path / "b").symlink_to(tmp_path / "a")
    with pytest.raises(DataError, match="expected a path below"):
        inside(tmp_path, "a/x")


def test_a_symbolic_link_within_the_root_is_followed(tmp_path: Path) -> None:
    """Data sets use them for their own files."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert inside(tmp_path, "link/x.png") == (tmp_path / "real" / "x.png").resolve()


def test_a_root_that_is_a_link_itself_is_fine(tmp_path: Path) -> None:
    """The user chose it."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "real")
    assert inside(tmp_path / "link", "x.png") == (tmp_path / "real" / "x.png").resolve()


@pytest.mark.parametrize(
    ("name", "safe"), [("selfie", "selfie"), ("model:a/b c", "model_a_b_c"), ("../x", "x"), ("..a..", "a")]
)
def test_any_name_becomes_a_file_name(name: str, safe: str) -> None:
    """No separators, no leading dots."""
    assert file_name(name) == safe


@pytest.mark.parametrize("name", ["", "..", "///", "漢"])
def test_a_name_without_letters_is_refused(name: str) -> None:
    """Nothing would be left of it."""
    with pytest.raises(UsageError, match="a letter or digit"):
        file_name(name)


def test_paths_lie_where_the_design_says(workspace: Workspace) -> None:
    """Stages find each other's files by these."""
    root = workspace.root
    assert workspace.config_file == root / "datatools.toml"
    assert workspace.table_file(tables.MANIFEST) == root / "tables" / "manifest.parquet"
    assert workspace.matte_file("my net", "ab") == root / "mattes" / "my_net" / "ab.png"
    assert workspace.mask_file("ab") == root / "masks" / "ab.png"
    assert workspace.model_folder("m") == root / "models" / "m"
    assert workspace.report_folder("r") == root / "reports" / "r"
    assert workspace.relative(root / "masks" / "ab.png") == "masks/ab.png"
    assert workspace.file("masks/ab.png") == (root / "masks" / "ab.png").resolve()


def test_a_samples_files_lie_below_its_source(workspace: Workspace, tmp_path: Path) -> None:
    """A sample without a reference mask has none."""
    ingest(workspace, tmp_path, [sample(1)])
    assert workspace.image_file(sample(1)) == (tmp_path / "1.jpg").resolve()
    assert workspace.reference_file(sample(1)) is None


def test_a_sample_of_an_unknown_source_is_refused(workspace: Workspace, tmp_path: Path) -> None:
    """Its root is not known."""
    ingest(workspace, tmp_path, [sample(1)])
    with pytest.raises(DataError, match="source 'other' is not in"):
        workspace.image_file(sample(1, source="other"))


def test_a_source_ingested_later_is_found(workspace: Workspace, tmp_path: Path) -> None:
    """The same workspace object sees it."""
    ingest(workspace, tmp_path, [sample(1)])
    workspace.image_file(sample(1))
    ingest(workspace, tmp_path, [sample(1), sample(2, source="later")])
    assert workspace.image_file(sample(2, source="later")) == (tmp_path / "2.jpg").resolve()


def test_samples_are_the_readable_ones_of_a_source(workspace: Workspace, tmp_path: Path) -> None:
    """In the order of their ids, up to a limit."""
    ingest(workspace, tmp_path, [sample(3), sample(1), sample(2, source="other")])
    assert [row.sample_id for row in workspace.samples()] == [sample_id(n) for n in (1, 2, 3)]
    assert [row.sample_id for row in workspace.samples(source="set", limit=1)] == [sample_id(1)]
    with pytest.raises(UsageError, match=r"among \['other', 'set'\], got 'sat'"):
        workspace.samples(source="sat")


def test_a_table_is_there_once_written(workspace: Workspace) -> None:
    """Before that it has no rows where none are fine, and an error where they are needed."""
    row = Measurement(sample_id="a", name="blur", value=1.0, measured_by="x")
    assert not workspace.has(tables.MEASUREMENTS)
    assert workspace.rows_or_empty(tables.MEASUREMENTS) == []
    with pytest.raises(TableError, match="no table measurements"):
        workspace.rows(tables.MEASUREMENTS)
    workspace.write(tables.MEASUREMENTS, [row])
    assert workspace.rows(tables.MEASUREMENTS) == [row]
    assert workspace.frame(tables.MEASUREMENTS)["value"].tolist() == [1.0]


def test_a_batch_is_named_by_its_content(workspace: Workspace) -> None:
    """The same answers are the same file; other answers are another, and nothing is overwritten."""
    first = workspace.append_batch([answer(1, "male"), answer(2, "female")])
    again = workspace.append_batch([answer(2, "female"), answer(1, "male")])
    other = workspace.append_batch([answer(3, "male")])
    assert first == again != other
    assert workspace.batch_files() == sorted([first, other])
    assert len(workspace.rows(tables.ANNOTATIONS)) == 3
    assert len(workspace.frame(tables.ANNOTATIONS)) == 3


def test_a_batch_that_cannot_be_written_leaves_nothing(workspace: Workspace) -> None:
    """Two answers for one key are refused before anything is kept."""
    with pytest.raises(TableError, match="came twice"):
        workspace.append_batch([answer(1, "male"), answer(1, "male")])
    assert not workspace.has(tables.ANNOTATIONS)
    assert list((workspace.root / "tables").iterdir()) == []


def test_a_run_record_says_what_was_done(workspace: Workspace) -> None:
    """Settings, hashes of inputs and outputs, facts and versions."""
    row = Measurement(sample_id="a", name="blur", value=1.0, measured_by="x")
    workspace.append_batch([answer(1, "male")])
    note = workspace.root / "reports" / "note.txt"
    reads, writes = (tables.ANNOTATIONS, tables.MANIFEST), (tables.MEASUREMENTS, note)
    with workspace.run("measure", {"seed": 1}, reads=reads, writes=writes) as run:
        workspace.write(tables.MEASUREMENTS, [row])
        tables.write_bytes(note, b"x")
        run.facts["n"] = 1
        assert workspace.run_files() == []
    (path,) = workspace.run_files()
    record = json.loads(path.read_text())
    assert path.name == "0001-measure.json"
    assert record["settings"] == {"seed": 1}
    assert record["facts"] == {"n": 1}
    assert list(record["inputs"]) == [workspace.relative(workspace.batch_files()[0])]
    assert record["outputs"] == {
        "tables/measurements.parquet": tables.sha256_file(workspace.table_file(tables.MEASUREMENTS)),
        "reports/note.txt": tables.sha256_bytes(b"x"),
    }
    assert record["versions"] == recorded_versions()


def test_a_run_that_fails_leaves_no_record(workspace: Workspace) -> None:
    """The record's presence means that the stage finished."""
    with pytest.raises(DataError), workspace.run("measure", {}):
        raise DataError("broken")
    assert workspace.run_files() == []


def test_runs_are_numbered_in_their_order(workspace: Workspace) -> None:
    """Whatever their stage."""
    for stage in ("ingest", "check", "ingest"):
        with workspace.run(stage, {}):
            pass
    assert [path.name for path in workspace.run_files()] == [
        "0001-ingest.json",
        "0002-check.json",
        "0003-ingest.json",
    ]


def test_two_runs_at_once_keep_both_records(workspace: Workspace) -> None:
    """Both began when there was none; the second to finish takes the next number."""
    with workspace.run("ingest", {"who": "a"}), workspace.run("ingest", {"who": "b"}):
        pass
    assert [path.name for path in workspace.run_files()] == ["0001-ingest.json", "0002-ingest.json"]
    found = [json.loads(path.read_text())["settings"]["who"] for path in workspace.run_files()]
    assert found == ["b", "a"]


def test_a_run_reads_and_writes_tables_and_files_alone(workspace: Workspace) -> None:
    """Anything else is a mistake in a stage."""
    with pytest.raises(TableError, match="got 'manifest'"), workspace.run("x", {}, reads=("manifest",)):
        pass


def test_a_folder_is_no_workspace_until_created(tmp_path: Path) -> None:
    """The error names the command that makes one."""
    workspace = Workspace(tmp_path / "ws")
    with pytest.raises(UsageError, match="run `datatools ingest"):
        workspace.require()
    workspace.create()
    workspace.require()


def test_a_file_is_no_workspace(tmp_path: Path) -> None:
    """It is not replaced."""
    (tmp_path / "ws").write_text("mine")
    with pytest.raises(UsageError, match="is a file"):
        Workspace(tmp_path / "ws").create()


def test_columns_of_a_table_that_was_never_written_have_no_rows(workspace: Workspace) -> None:
    """Whoever reads frames need not ask first whether there is a table."""
    empty = workspace.frame_or_empty(tables.SPLITS, ("sample_id", "split"))
    assert (len(empty), list(empty.columns)) == (0, ["sample_id", "split"])


def test_only_the_columns_asked_for_are_read(workspace: Workspace) -> None:
    """Of annotations, too, which are several files."""
    workspace.write(tables.SPLITS, [SplitRow(sample_id="s", person_id="p", split="test")])
    assert workspace.frame(tables.SPLITS, ("split",)).to_dict("list") == {"split": ["test"]}
    workspace.append_batch([answer(1, "female")])
    assert workspace.frame(tables.ANNOTATIONS, ("value",)).to_dict("list") == {"value": ["female"]}


def test_the_rows_about_some_samples_are_those_of_the_whole_table(workspace: Workspace) -> None:
    """In its order, an answer that is in two batches once; a table that was never written has none."""
    rows = [SplitRow(sample_id=name, person_id=name, split="test") for name in "abc"]
    assert workspace.rows_about(tables.SPLITS, ["a"]) == []
    workspace.write(tables.SPLITS, rows)
    workspace.append_batch([answer(1, "female")])
    workspace.append_batch([answer(1, "female"), answer(2, "male")])
    assert workspace.rows_about(tables.SPLITS, ["c", "x", "a"]) == [rows[0], rows[2]]
    assert [row.value for row in workspace.rows_about(tables.ANNOTATIONS, [sample_id(1)])] == ["female"]


def test_a_run_says_what_it_took_of_the_machine(workspace: Workspace) -> None:
    """Time, processors and memory, its children's too; bytes where the system tells."""
    with workspace.run("measure", {}, writes=(tables.MEASUREMENTS,)):
        workspace.write(tables.MEASUREMENTS, [])
    (path,) = workspace.run_files()
    used = json.loads(path.read_text())["resources"]
    assert {"wall_s", "cpu_s", "cpu_children_s", "peak_rss_bytes", "peak_rss_children_bytes"} <= used.keys()
    assert used["peak_rss_bytes"] > 10_000_000
    assert used["wall_s"] >= 0
    assert used.get("written_bytes", 10**6) > 500


def test_runs_are_ordered_by_their_numbers(workspace: Workspace) -> None:
    """Run 10000 comes after run 9999, whatever clocks and letters say."""
    for name in ("10000-show.json", "9999-check.json", "0002-ingest.json", "x-y.json"):
        (workspace.root / "runs" / name).write_text("{}")
    assert [path.name for path in workspace.run_files()] == [
        "0002-ingest.json",
        "9999-check.json",
        "10000-show.json",
    ]
    with workspace.run("check", {}):
        pass
    assert workspace.run_files()[-1].name == "10001-check.json"


def test_a_table_that_a_run_writes_is_locked(workspace: Workspace) -> None:
    """Another one writes another table; answers need no lock; the lock goes with the run."""
    other = Workspace(workspace.root)

    def attempt(*writes: object) -> str:
        found: list[str] = []

        def work() -> None:
            try:
                with other.run("split", {}, writes=writes):
                    found.append("done")
            except LockedError as error:
                found.append(str(error))

        thread = threading.Thread(target=work)
        thread.start()
        thread.join()
        return found[0]

    report = workspace.report_folder("audit")
    with workspace.run("split", {}, writes=(tables.SPLITS, tables.ANNOTATIONS, report / "audit.json")):
        assert "is writing splits, so nothing was done" in attempt(tables.SPLITS)
        assert "is writing reports.audit" in attempt(report / "figures" / "1.svg")
        assert attempt(tables.ANNOTATIONS, tables.SCORES, workspace.fusion_file) == "done"
    assert attempt(tables.SPLITS) == "done"
    assert workspace.locks.held() == []


def test_a_folder_outside_is_locked_by_its_place(workspace: Workspace, tmp_path: Path) -> None:
    """However it is written; a very long name is shortened."""
    long = workspace.report_folder("n" * 200) / "x.json"
    with workspace.locked(
        "gallery", [tmp_path / "a" / ".." / "out", long, workspace.root / "galleries.json"]
    ):
        names = [lock.name for lock in workspace.locks.held()]
    assert [name.partition(".")[0] for name in names] == ["galleries", "outside", "reports"]
    assert names[0] == "galleries.json"
    assert len(names[2]) < 150
    with workspace.locked("gallery", [tmp_path / "out"]):
        assert [lock.name for lock in workspace.locks.held()] == [names[1]]


def test_what_a_stage_read_must_be_there_still_when_it_begins(workspace: Workspace) -> None:
    """Another run wrote the table meanwhile: the record would name what the stage did not work by."""
    workspace.write(tables.SPLITS, [SplitRow(sample_id="s", person_id="p", split="test")])
    workspace.require()
    workspace.rows(tables.SPLITS)
    assert not workspace.has(tables.MATTES)
    Workspace(workspace.root).write(tables.SPLITS, [])
    with pytest.raises(LockedError, match=r"wrote .*splits\.parquet while this one was getting ready"):
        workspace.run("check", {}).__enter__()
    workspace.require()
    workspace.rows(tables.SPLITS)
    workspace.write(tables.SPLITS, [])  # its own
    with workspace.run("check", {}):
        pass
    assert len(workspace.run_files()) == 1


def test_nothing_runs_while_somebody_is_being_withdrawn(workspace: Workspace) -> None:
    """Nor is an answer taken: it would come in behind the broom."""
    first = workspace.append_batch([answer(1, "male")])
    workspace.withdrawal_file.write_text("{}")
    with pytest.raises(UsageError, match="a withdrawal"), workspace.run("check", {}):
        pass
    with pytest.raises(UsageError, match="a withdrawal"):
        workspace.append_batch([answer(2, "male")])
    assert workspace.batch_files() == [first]


def test_an_answer_that_meets_a_withdrawal_is_not_kept(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began while the batch was written; a batch that was there before is the withdrawal's to clean."""
    rows = tables.to_arrow(tables.ANNOTATIONS, [answer(1, "male")])
    write = tables.write_bytes

    def begins(path: Path, data: bytes) -> None:
        write(path, data)
        workspace.withdrawal_file.write_text("{}")

    monkeypatch.setattr(tables, "write_bytes", begins)
    with pytest.raises(UsageError, match="a withdrawal"):
        workspace.append_rows(rows)
    assert workspace.batch_files() == []
    workspace.withdrawal_file.unlink()
    write(workspace.annotations_folder / f"{tables.sha256_bytes(tables.to_bytes(rows))[:16]}.parquet", b"x")
    with pytest.raises(UsageError, match="a withdrawal"):
        workspace.append_rows(rows)
    assert len(workspace.batch_files()) == 1


def test_a_stage_that_began_before_a_withdrawal_does_not_go_on(workspace: Workspace) -> None:
    """It may have read about somebody who is gone by now."""
    workspace.require()
    workspace.withdrawals_file.write_text("{}")
    with pytest.raises(LockedError, match=r"wrote .*withdrawals\.json while this one was getting ready"):
        workspace.run("segment", {}).__enter__()


def test_a_run_whose_lock_was_broken_writes_neither_table_nor_record(workspace: Workspace) -> None:
    """Somebody took it for dead, and may be writing by now."""

    def go_on() -> None:
        with workspace.run("split", {}, writes=(tables.SPLITS,)):
            (own,) = workspace.locks.held()
            workspace.locks.break_open(own)
            with pytest.raises(LockedError, match="lock on splits was broken"):
                workspace.write(tables.SPLITS, [])

    with pytest.raises(LockedError, match="lock on splits was broken"):
        go_on()
    assert not workspace.has(tables.SPLITS)
    assert workspace.run_files() == []
