"""Whoever works, and however many: the workspace holds the same bytes."""

import os
import signal
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from datatools import crews, derive, images, tables
from datatools.crews.guarded import guarded
from datatools.crews.hire import hire
from datatools.crews.local import LocalCrew
from datatools.errors import DataError, ImageError, MissingExtraError
from datatools.masks import RGB
from datatools.pipeline import Item, Work
from datatools.progress import Progress
from datatools.readers import Entry
from datatools.readers._inspect import Inspector, Known
from datatools.records import Observation, Sample
from datatools.stages import (
    check,
    compose,
    crop,
    evaluate,
    ingest,
    landmarks,
    matting,
    measure,
    refine,
    segment,
)
from datatools.tables import Table
from datatools.workspace import Workspace
from tests import datasets
from tests.stages.made import with_faces, with_people

_N_PEOPLE = 4
_QUIET = Progress("quiet")
_TIMED: tuple[Table[object], ...] = (tables.MATTES, tables.ALPHAS, tables.SCORES)  # type: ignore[assignment]  # of any row


def _chain(root: Path, workers: int | None) -> Workspace:
    workspace = Workspace(root / "ws")
    workspace.create()
    folder = with_people(workspace, _N_PEOPLE)
    ingest.run(
        workspace,
        ingest.Settings(
            source=folder, reader="folder_masks", options={"mask_source": "human"}, workers=workers
        ),
        _QUIET,
    )
    landmarks.run(workspace, landmarks.Settings(workers=workers), _QUIET)
    with_faces(workspace)
    segment.run(workspace, segment.Settings(teachers=("grabcut",), workers=workers), _QUIET)
    refine.run(workspace, refine.Settings(maps=True, workers=workers), _QUIET)
    measure.run(workspace, measure.Settings(workers=workers), _QUIET)
    check.run(workspace, check.Settings(workers=workers), _QUIET)
    evaluate.run(workspace, evaluate.Settings(model="generated", workers=workers), _QUIET)
    matting.run(workspace, matting.Settings(accepted_only=False, workers=workers, limit=1), _QUIET)
    crop.run(workspace, crop.Settings(min_side_px=32, workers=workers), _QUIET)
    compose.run(workspace, compose.Settings(workers=workers, per_person=1, limit=2), _QUIET)
    return workspace


def _content(workspace: Workspace) -> dict[str, object]:
    """Give every file but the records of runs, tables with a clock's readings without these."""
    timed = {workspace.table_file(table): table for table in _TIMED}
    found: dict[str, object] = {}
    for path in sorted(workspace.root.rglob("*")):
        name = path.relative_to(workspace.root).as_posix()
        if path in timed:
            found[name] = [replace(row, seconds=None) for row in workspace.rows(timed[path])]  # type: ignore[type-var]  # records
        elif path.suffix == ".parquet" and path.stem == "made":
            found[name] = [replace(row, folder="") for row in workspace.rows(tables.MADE)]
        elif path.is_file() and not name.startswith(("runs/", ".")):
            found[name] = path.read_bytes()
    return found


def test_processes_make_the_same_bytes_as_threads(tmp_path: Path) -> None:
    """In every stage that goes over pictures."""
    here, shared = (_content(_chain(tmp_path / name, n)) for name, n in (("a", None), ("b", 2)))
    assert {name for name in here if name.endswith(".png")}
    assert here.keys() == shared.keys()
    unlike = [name for name in here if here[name] != shared[name]]
    # Parents of what lies in made/ hash its folder's path; sources hold the folder's own.
    assert [name for name in unlike if "made" not in name and "sources" not in name] == []


def _items(n: int) -> list[Item[int]]:
    return [Item(f"s{number:03d}", "v1", number) for number in range(n)]


def _row(item: Item[int], value: str, error: str | None = None) -> Observation:
    return Observation(
        sample_id=item.key,
        check="c",
        value=value,
        parents=item.parents,
        status="ok" if error is None else "failed",
        error=error,
    )


def _work(how: str) -> Work[int, str, str, Observation]:
    def read(number: int) -> str:
        if number == 17:
            if how == "kills":
                os.kill(os.getpid(), signal.SIGSEGV)
            raise DataError("seventeen is broken")
        return str(number)

    return Work(
        prepare=read,
        forward=lambda value: value,
        finish=lambda item, value: [_row(item, value)],
        failed=lambda item, error: _row(item, "null", error),
    )


def _derive(workspace: Workspace, n: int, how: str, workers: int) -> derive.Derived[Observation]:
    return derive.derive(
        workspace,
        tables.OBSERVATIONS,
        _items(n),
        partial(_work, how),
        key=lambda row: row.sample_id,
        label="test",
        progress=_QUIET,
        crew=LocalCrew(workers),
    )


def test_a_picture_that_kills_its_worker_is_a_failed_row(workspace: Workspace) -> None:
    """With the reason; all others have theirs."""
    result = _derive(workspace, 40, "kills", 2)
    assert (result.n_computed, result.n_failed) == (40, 1)
    (failed,) = (row for row in result.rows if row.status == "failed")
    assert (failed.sample_id, failed.error) == ("s017", "its worker died (signal 11, segmentation fault)")
    assert [row.value for row in result.rows if row.status == "ok"] == [
        str(number) for number in range(40) if number != 17
    ]


def test_a_table_of_many_pieces_is_as_one_written_at_once(tmp_path: Path) -> None:
    """However many rows become Arrow together."""
    workspace, straight = Workspace(tmp_path / "a"), Workspace(tmp_path / "b")
    _derive(workspace, 2500, "fails", 1)
    _derive(workspace, 2600, "fails", 2)
    straight.write(
        tables.OBSERVATIONS,
        [
            _row(item, str(item.subject)) if item.subject != 17 else _row(item, "null", "seventeen is broken")
            for item in _items(2600)
        ],
    )
    assert (
        workspace.table_file(tables.OBSERVATIONS).read_bytes()
        == straight.table_file(tables.OBSERVATIONS).read_bytes()
    )


def _die_of(path: Path) -> RGB:
    os.kill(os.getpid(), signal.SIGBUS)
    return images.read_rgb(path)


def test_a_guarded_call_survives_its_decoder(tmp_path: Path) -> None:
    """The error says what became of it; what the function raises itself comes through."""
    with pytest.raises(DataError, match=r"^the decoder died \(signal 7, bus error\)$"):
        guarded(_die_of, tmp_path / "a.png")
    with pytest.raises(ImageError, match=r"a\.png: there is no such file"):
        guarded(images.read_rgb, tmp_path / "a.png")


def test_an_engine_whose_package_is_missing_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """And which extra brings it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("ray", "joining"):  # another test may have imported them
        monkeypatch.delitem(sys.modules, f"datatools.crews.{name}", raising=False)
        monkeypatch.delattr(crews, name, raising=False)
    with pytest.raises(MissingExtraError, match=r"portrait-datatools\[scale\]"):
        hire("ray")


class _Fatal(Inspector):
    """Dies of pictures, or masks, with a 2 in their name."""

    def _size(self, file: Path, row: Sample, known: Known | None) -> tuple[int, int]:
        if file.parent.name == "images" and "2" in file.stem:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super()._size(file, row, known)


class _FatalMask(Inspector):
    def _with_mask(self, row: Sample, entry: Entry) -> Sample:
        if entry.mask is not None and "2" in entry.mask:
            os.kill(os.getpid(), signal.SIGSEGV)
        return super()._with_mask(row, entry)


def _ingest(workspace: Workspace, root: Path) -> list[Sample]:
    datasets.folder_masks(root)
    options = {"mask_source": "human"}
    ingest.run(workspace, ingest.Settings(source=root, reader="folder_masks", options=options), _QUIET)
    return sorted(workspace.rows(tables.MANIFEST), key=lambda row: row.path)


def test_a_picture_that_kills_its_decoder_is_a_failed_row(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run goes on, and the row says of what it died."""
    monkeypatch.setattr(ingest, "Inspector", _Fatal)
    rows = _ingest(workspace, tmp_path / "set")
    (failed,) = (row for row in rows if row.status == "failed")
    assert failed.error == (
        f"{Path(failed.path).name}: not readable as a picture: "
        "the decoder died (signal 11, segmentation fault)"
    )
    assert failed.sample_id == tables.sha256_file(tmp_path / "set" / failed.path)[:16]
    assert len(rows) > 1


def test_a_mask_that_kills_its_decoder_costs_the_mask(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its picture stays, with the reason."""
    monkeypatch.setattr(ingest, "Inspector", _FatalMask)
    rows = _ingest(workspace, tmp_path / "set")
    assert {row.status for row in rows} == {"ok"}
    (without,) = (row for row in rows if row.reference_mask is None)
    assert without.error == "mask not used: the decoder died (signal 11, segmentation fault)"
