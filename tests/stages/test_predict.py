"""Pictures, a video or a camera go in; masks, mattes, cut-outs or composites come out."""

import csv
import threading
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest
from PIL import Image

from datatools.errors import DataError, LockedError, UsageError
from datatools.images import read_mask, read_rgb
from datatools.locks import Locks
from datatools.owners import Owner
from datatools.progress import Progress
from datatools.stages import predict
from datatools.stages.predict import Settings
from datatools.video import Frames
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.unit.student.exports import save_export


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give an exported student."""
    return save_export(tmp_path_factory.mktemp("model") / "student.onnx")


@pytest.fixture
def people(tmp_path: Path) -> Path:
    """Give a folder of three pictures, one of them below another folder."""
    folder = tmp_path / "people"
    (folder / "more").mkdir(parents=True)
    for number, name in enumerate(("a.png", "b.png", "more/a.png")):
        Image.fromarray(draw_person(seed=number)[0]).save(folder / name)
    return folder


def clip(path: Path, n_frames: int = 4) -> Path:
    """Film a person; each frame another."""
    writer = cv2.VideoWriter(str(path), cv2.VideoWriter.fourcc(*"mp4v"), 10.0, (96, 128))
    for seed in range(n_frames):
        writer.write(cv2.cvtColor(draw_person(seed=seed)[0], cv2.COLOR_RGB2BGR))
    writer.release()
    return path


def settings(model: Path, source: Path | str, out: Path, **more: object) -> Settings:
    """Give settings."""
    return Settings.model_validate({"model": str(model), "source": str(source), "out": out, **more})


def rows(out: Path) -> list[dict[str, str]]:
    """Read predictions.csv."""
    with (out / "predictions.csv").open() as stream:
        return list(csv.DictReader(stream))


def test_a_folder_gives_every_kind_asked_for(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """In the size of each picture, under its whole name."""
    kinds = ["mask", "matte", "cutout", "composite"]
    out = tmp_path / "out"
    result = predict.run(workspace, settings(model, people, out, write=kinds, background="#00ff00"), quiet)
    assert (result.facts["n_pictures"], result.facts["n_failed"]) == (3, 0)
    assert [row["path"] for row in rows(out)] == ["a.png", "b.png", "more/a.png"]
    mask = read_mask(out / "masks" / "more" / "a.png.png").array
    assert mask.shape == (128, 96)
    with Image.open(out / "cutouts" / "a.png.png") as cutout:
        assert cutout.mode == "RGBA"
    matte = np.asarray(Image.open(out / "mattes" / "a.png.png"))
    composite = read_rgb(out / "composites" / "a.png.png")
    assert (composite[matte == 0] == [0, 255, 0]).all()


def test_running_again_does_what_is_missing(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """A file that is gone and a picture that changed; a half line of a kill is no row."""
    out = tmp_path / "out"
    first = settings(model, people, out)
    predict.run(workspace, first, quiet)
    before = (out / "predictions.csv").read_text().splitlines()
    (out / "masks" / "a.png.png").unlink()
    Image.fromarray(draw_person(seed=9)[0]).save(people / "b.png")
    with (out / "predictions.csv").open("a") as stream:
        stream.write("more/a.p")
    result = predict.run(workspace, first, quiet)
    assert result.facts["n_kept"] == 1
    after = (out / "predictions.csv").read_text().splitlines()
    assert len(after) == len(before)
    assert after[3] == before[3]
    assert (out / "masks" / "a.png.png").exists()


def test_two_runs_never_write_to_one_folder(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """The second is told who writes there; what a killed run held is taken over."""
    out = tmp_path / "out"
    locks = Locks(out / ".locks", None)
    there, go_on = threading.Event(), threading.Event()

    def other() -> None:
        with locks.hold(["predictions.csv"], "predict"):
            there.set()
            go_on.wait(60)

    thread = threading.Thread(target=other)
    thread.start()
    there.wait(60)
    with pytest.raises(LockedError, match=r"`datatools predict` .* is writing predictions\.csv"):
        predict.run(workspace, settings(model, people, out), quiet)
    go_on.set()
    thread.join()
    dead = replace(Owner.this("predict", "2026-01-01T00:00:00+00:00"), pid=2**22 + 1)
    (out / ".locks" / "predictions.csv.json").write_bytes(dead.to_bytes())
    assert predict.run(workspace, settings(model, people, out), quiet).facts["n_pictures"] == 3
    assert list((out / ".locks").iterdir()) == []


def test_a_file_is_no_folder_to_write_to(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """It is named, and stays."""
    (tmp_path / "out").write_text("mine")
    with pytest.raises(UsageError, match=r"expected a folder to write to, .*out is a file"):
        predict.run(workspace, settings(model, people, tmp_path / "out"), quiet)
    assert (tmp_path / "out").read_text() == "mine"


def test_a_broken_picture_is_a_row(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """The others are segmented."""
    (people / "b.png").write_bytes(b"cut off")
    result = predict.run(workspace, settings(model, people, tmp_path / "out"), quiet)
    assert result.facts["n_failed"] == 1
    assert [row["status"] for row in rows(tmp_path / "out")] == ["ok", "failed", "ok"]
    assert "b.png" in rows(tmp_path / "out")[1]["error"]


def test_no_readable_picture_is_an_error(
    workspace: Workspace, quiet: Progress, model: Path, tmp_path: Path
) -> None:
    """Something is wrong with the folder."""
    (tmp_path / "one.png").write_bytes(b"cut off")
    with pytest.raises(DataError, match="none of 1 pictures"):
        predict.run(workspace, settings(model, tmp_path / "one.png", tmp_path / "out"), quiet)


@pytest.mark.parametrize("background", ["blur", "picture"])
def test_one_picture_on_another_background(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path, background: str
) -> None:
    """Blurred, or of another size and cut to fit."""
    behind = tmp_path / "behind.png"
    Image.new("RGB", (50, 20), (1, 2, 3)).save(behind)
    given = settings(
        model,
        people / "a.png",
        tmp_path / "out",
        write=["composite", "matte"],
        background=str(behind) if background == "picture" else "blur",
    )
    predict.run(workspace, given, quiet)
    composite = read_rgb(tmp_path / "out" / "composites" / "a.png.png")
    matte = np.asarray(Image.open(tmp_path / "out" / "mattes" / "a.png.png"))
    assert composite.shape == (128, 96, 3)
    if background == "picture":
        assert (composite[matte == 0] == [1, 2, 3]).all()


def test_a_video_gives_videos(workspace: Workspace, quiet: Progress, model: Path, tmp_path: Path) -> None:
    """Of as many frames, the same rate and size."""
    film = clip(tmp_path / "film.mp4")
    given = settings(model, film, tmp_path / "out", write=["mask", "composite"])
    assert predict.run(workspace, given, quiet).facts["n_frames"] == 4
    assert sorted(path.name for path in (tmp_path / "out").glob("[!.]*")) == [
        "film-composite.mp4",
        "film-mask.mp4",
    ]
    frames = Frames(tmp_path / "out" / "film-mask.mp4")
    assert [frame.shape for frame in frames] == [(128, 96, 3)] * 4
    assert frames.fps == pytest.approx(10.0)
    frames.close()


def test_a_video_stops_at_the_limit(
    workspace: Workspace, quiet: Progress, model: Path, tmp_path: Path
) -> None:
    """A camera never ends by itself."""
    given = settings(model, clip(tmp_path / "film.mp4"), tmp_path / "out", limit=2)
    assert predict.run(workspace, given, quiet).facts["n_frames"] == 2


def test_a_video_that_is_none_is_named(
    workspace: Workspace, quiet: Progress, model: Path, tmp_path: Path
) -> None:
    """Nothing is left in the folder of results."""
    (tmp_path / "film.mp4").write_bytes(b"cut off")
    with pytest.raises(DataError, match="cannot be opened"):
        predict.run(workspace, settings(model, tmp_path / "film.mp4", tmp_path / "out"), quiet)
    assert not (tmp_path / "out").exists()


def test_a_camera_that_is_not_there_is_named(
    workspace: Workspace, quiet: Progress, model: Path, tmp_path: Path
) -> None:
    """By its number."""
    with pytest.raises(DataError, match="a camera of number 97"):
        predict.run(workspace, settings(model, "97", tmp_path / "out"), quiet)


@pytest.mark.parametrize(
    ("source", "more", "message"),
    [
        ("none", {}, "expected a picture, folder, video"),
        ("empty", {}, "expected pictures below"),
        ("97", {"write": ["cutout"]}, "no alpha"),
        ("people", {"background": "green"}, "expected a background"),
        ("people", {"model": "grabcut"}, "no landmarks"),
    ],
)
def test_what_does_not_fit_is_refused(
    workspace: Workspace,
    quiet: Progress,
    model: Path,
    people: Path,
    source: str,
    more: dict[str, object],
    message: str,
) -> None:
    """With what was expected."""
    (people.parent / "empty").mkdir()
    where = source if source.isdecimal() else str(people.parent / source)
    values = {"model": str(model), "source": where, "out": people.parent / "out", **more}
    with pytest.raises(UsageError, match=message):
        predict.run(workspace, Settings.model_validate(values), quiet)


def test_a_dry_run_writes_nothing(
    workspace: Workspace, quiet: Progress, model: Path, people: Path, tmp_path: Path
) -> None:
    """It counts."""
    result = predict.run(workspace, settings(model, people, tmp_path / "out", dry_run=True), quiet)
    assert result.facts == {"n_pictures": 3}
    assert not (tmp_path / "out").exists()
