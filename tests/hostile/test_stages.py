"""Whole stages over hostile folders: nothing stops them, nothing is run, no name forges their output."""

import csv
import os
import re
import subprocess
import unicodedata
from collections.abc import Iterator
from pathlib import Path

import pytest

from datatools import cli, tables
from datatools.outside import formulas
from datatools.progress import Progress
from datatools.records import Sample
from datatools.stages import ingest, predict
from datatools.workspace import Workspace
from tests import datasets
from tests.hostile import corpus
from tests.hostile.case import OK, Case
from tests.hostile.fatal import FATAL, FatalInspector
from tests.hostile.pngs import file, head, pixels
from tests.unit.student.exports import save_export

_N_SOUND = 260  # pictures beside the corpus: of a folder with mostly failures, ingest makes an error


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """Give a folder that is removed however deep it is."""
    made = tmp_path / "set"
    made.mkdir()
    yield made
    subprocess.run(["rm", "-rf", str(made)], check=True)


def _rows(workspace: Workspace) -> dict[str, Sample]:
    rows = workspace.rows(tables.MANIFEST)
    return {row.path: row for row in rows} | {alias: row for row in rows for alias in row.aliases}


def _is_as_expected(case: Case, row: Sample) -> bool:
    if row.status == "ok" and row.error is None:
        return OK in case.expected.split("|")
    return re.search(case.expected, str(row.error)) is not None


def test_ingest_gives_every_picture_of_the_corpus_its_row(
    workspace: Workspace, quiet: Progress, folder: Path
) -> None:
    """In workers, in one run: each has the reason that the corpus states."""
    cases = [case for case in corpus.CASES if case.way == "picture" and not case.is_large]
    for case in cases:
        case.write(folder / case.name)
    for number in range(_N_SOUND):
        (folder / f"sound {number}.png").write_bytes(file(head(1 + number, 1), pixels(1 + number, 1)))
    ingest.run(workspace, ingest.Settings(source=folder), quiet)
    rows = _rows(workspace)
    assert len(rows) == len(cases) + _N_SOUND
    assert [
        (case.name, rows[case.name].error) for case in cases if not _is_as_expected(case, rows[case.name])
    ] == []


def test_a_decoder_that_dies_costs_one_picture_or_one_mask(
    workspace: Workspace, quiet: Progress, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A segmentation fault while a file is decoded becomes that file's reason."""
    for number in range(6):
        datasets.write_picture(folder / f"images/{number}.png", number, folder / f"masks/{number}.png")
    (folder / "images" / "2.png").write_bytes(FATAL)
    (folder / "masks" / "4.png").write_bytes(FATAL + b", as a mask")
    monkeypatch.setattr(ingest, "Inspector", FatalInspector)
    ingest.run(workspace, ingest.Settings(source=folder, reader="folder_masks", workers=2), quiet)
    rows = _rows(workspace)
    assert [row.status for _, row in sorted(rows.items())] == ["ok", "ok", "failed", "ok", "ok", "ok"]
    assert "the decoder died (signal 11" in str(rows["images/2.png"].error)
    assert "mask not used: the decoder died (signal 11" in str(rows["images/4.png"].error)
    assert rows["images/3.png"].reference_mask == "masks/3.png"


def _write_named(folder: Path, *names: str) -> None:
    for number, name in enumerate(names):
        datasets.write_picture(folder / "first.png", number)
        (folder / "first.png").rename(os.fsdecode(os.fsencode(folder) + b"/" + os.fsencode(name)))


def test_predict_goes_through_whatever_lies_in_a_folder(
    workspace: Workspace, quiet: Progress, folder: Path, tmp_path: Path
) -> None:
    """Pipes, circles, one pixel, threads, names of every kind: each has a line, and no line is a formula."""
    _write_named(folder, "=1+1.png", "@me.png", "caf\udce9.png", "a\nb.png", "n" * 251 + ".png")
    (folder / "pixel.png").write_bytes(file(head(1, 1), pixels(1, 1)))
    (folder / "thread.png").write_bytes(file(head(1, 30_000), pixels(1, 30_000)))
    (folder / "ribbon.png").write_bytes(file(head(30_000, 1), pixels(30_000, 1)))
    (folder / "giant.png").write_bytes(file(head(10_000, 10_000), pixels()))
    (folder / "up").symlink_to(folder)
    (folder / "ring.png").symlink_to("ring.png")
    os.mkfifo(folder / "pipe.png")
    given = {
        "model": str(save_export(tmp_path / "student.onnx")),
        "source": str(folder),
        "out": tmp_path / "out",
    }
    for _ in range(2):  # what the table says is read back
        result = predict.run(workspace, predict.Settings.model_validate(given), quiet)
        with (tmp_path / "out" / "predictions.csv").open(encoding="utf-8", newline="") as stream:
            lines = list(csv.DictReader(stream))
        status = {formulas.plain(line["path"]): line["status"] for line in lines}
        assert status == {
            "=1+1.png": "ok",
            "@me.png": "ok",
            "a\\x0ab.png": "failed",
            "caf\\xe9.png": "failed",
            "giant.png": "failed",
            "n" * 251 + ".png": "failed",
            "pipe.png": "failed",
            "pixel.png": "ok",
            "ribbon.png": "ok",
            "ring.png": "failed",
            "thread.png": "ok",
        }
        assert not [line for line in lines if line["path"].startswith(("=", "+", "-", "@"))]
    assert result.facts["n_kept"] == 5


def test_no_name_forges_what_is_printed(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """No control character of a name reaches the terminal, and no name begins a line of its own."""
    _write_named(
        folder, "\x1b[2J\x1b]0;owned\x07.png", "a\nRead 9 pictures.png", "a\u202egnp.png", "sound.png"
    )
    command = ["ingest", "--source", str(folder), "--workspace", str(tmp_path / "ws")]
    assert cli.main(command) == 0
    printed = capsys.readouterr()
    for line in (printed.out + printed.err).splitlines():
        assert not [
            letter for letter in line if unicodedata.category(letter) in {"Cc", "Cf", "Cs", "Zl", "Zp"}
        ]
        assert not line.startswith("Read 9")


def test_no_error_forges_what_is_printed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """An error quotes a file's words, too."""
    (tmp_path / "samples.json").write_text('{"samples": [{"filepath": "a.png"}]}')
    (tmp_path / "metadata.json").write_text('{"media_type": "\\u001b[2Jvideo"}')
    command = ["ingest", "--source", str(tmp_path), "--workspace", str(tmp_path / "ws")]
    assert cli.main(command) == 3
    assert "\\x1b[2Jvideo" in capsys.readouterr().err
