"""A Ray cluster leaves the same bytes as this machine's processes, whoever is killed meanwhile."""

import contextlib
import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import psutil
import pytest
from PIL import Image

import datatools.crews
from datatools import tables
from datatools.crews.hire import hire
from datatools.derive import Item, Work, derive
from datatools.errors import MissingExtraError
from datatools.progress import Advance, Progress
from datatools.records import Observation
from datatools.stages import ingest, landmarks, measure, segment
from datatools.workspace import Workspace
from tests.portraits import rendered
from tests.stages.made import with_faces, with_people
from tests.unit.teachers.networks import write_card, write_onnx, write_tflite

TABLE = tables.OBSERVATIONS
N_PICTURES = 6


@pytest.fixture(scope="module", autouse=True)
def cluster() -> Iterator[None]:
    """Let the first test that needs a cluster start it, and end it when all are done."""
    joining = pytest.importorskip("datatools.crews.joining", reason="Ray is in the extra `scale`")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("RAY_ADDRESS", raising=False)
        yield
    joining.leave()


class Killer(Progress):
    """Kills one actor of the cluster after the first picture."""

    def __init__(self) -> None:
        super().__init__("quiet")
        self.killed: list[int] = []

    @contextmanager
    def bar(self, label: str, total: int) -> Iterator[Advance]:
        """Look at every step."""

        def advance() -> None:
            if not self.killed:
                self.killed = actors()[:1]
                os.kill(self.killed[0], signal.SIGKILL)

        yield advance


def actors() -> list[int]:
    """Give the process ids of the pool's actors."""
    found = []
    for process in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if process.name().startswith("ray::Worker"):
                found.append(process.pid)
    return found


def portraits(folder: Path) -> Path:
    """Write portraits with faces that dlib finds, and a file that is no picture."""
    folder.mkdir()
    for number in range(N_PICTURES):
        Image.fromarray(rendered(number).image).save(folder / f"{number}.png")
    (folder / "broken.png").write_bytes(b"no picture")
    return folder


def tables_of(workspace: Workspace) -> dict[str, bytes]:
    """Give each table's file."""
    return {file.name: file.read_bytes() for file in (workspace.root / "tables").glob("*.parquet")}


@pytest.mark.slow
def test_three_stages_leave_the_same_bytes_though_an_actor_is_killed(
    tmp_path: Path, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also with a workspace that is named from the folder that one is in."""
    portraits(tmp_path / "pictures")
    monkeypatch.chdir(tmp_path)
    killer = Killer()
    for engine, progress in (("local", quiet), ("ray", killer)):
        workspace = Workspace(engine)
        crew = {"engine": engine, "workers": 2}
        ingest.run(workspace, ingest.Settings(source=Path("pictures"), **crew), quiet)
        landmarks.run(workspace, landmarks.Settings(**crew), quiet)
        measure.run(workspace, measure.Settings(**crew), progress)
    assert len(killer.killed) == 1
    assert tables_of(Workspace("ray")) == tables_of(Workspace("local"))


def cards(folder: Path) -> tuple[str, ...]:
    """Write two tiny networks, of the runtime with threads of its own and of the one without."""
    weights, bias = [[20.0, 0.0, 0.0]], [-8.0]
    for name, write in (("onnx", write_onnx), ("tflite", write_tflite)):
        (folder / name).mkdir()
        write(folder / name / f"net.{name}", weights, bias)
    layout = {"onnx": "NCHW", "tflite": "NHWC"}
    return tuple(
        str(
            write_card(
                folder / name,
                f"net.{name}",
                name=f'"tiny-{name}"',
                format=f'"{name}"',
                input_layout=f'"{layout[name]}"',
            )
        )
        for name in layout
    )


@pytest.mark.slow
def test_a_committee_proposes_the_same_mattes(tmp_path: Path, quiet: Progress) -> None:
    """Teachers that need faces, with threads of their own and without; seconds alone differ."""
    teachers = ("grabcut", *cards(tmp_path))
    found = {}
    for engine, workers in (("local", None), ("ray", 2)):
        (tmp_path / engine).mkdir()
        workspace = Workspace(tmp_path / engine / "ws")
        workspace.create()
        with_people(workspace, 4)
        with_faces(workspace)
        segment.run(workspace, segment.Settings(teachers=teachers, engine=engine, workers=workers), quiet)
        rows = [replace(row, seconds=None) for row in workspace.rows(tables.MATTES)]
        files = {
            file.relative_to(workspace.root): file.read_bytes()
            for file in workspace.root.glob("mattes/*/*.png")
        }
        found[engine] = (rows, files)
    assert [row.error for row in found["local"][0]] == [None] * 12
    assert found["ray"] == found["local"]


def numbers(deadly: int) -> Work[int, int, int, Observation]:
    """Give a work that writes numbers down and dies of one."""

    def row(item: Item[int], value: str, error: str | None) -> Observation:
        return Observation(
            sample_id=item.key,
            check="c",
            value=value,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    def forward(number: int) -> int:
        if number == deadly:
            os.kill(os.getpid(), signal.SIGSEGV)
        return number

    return Work(
        prepare=lambda number: number,
        forward=forward,
        finish=lambda item, number: [row(item, str(number), None)],
        failed=lambda item, error: row(item, "null", error),
    )


def test_a_picture_that_kills_is_one_failed_row(tmp_path: Path, quiet: Progress) -> None:
    """The row is the local crew's; the others are as if nothing had happened."""
    items = [Item(f"s{number:02d}", "v1", number) for number in range(12)]
    found = {}
    for engine in ("local", "ray"):
        workspace = Workspace(tmp_path / engine)
        workspace.create()
        derive(
            workspace,
            TABLE,
            items,
            partial(numbers, 5),
            key=lambda row: row.sample_id,
            label="test",
            progress=quiet,
            crew=hire(engine, 2),
        )
        found[engine] = workspace.rows(TABLE)
    failed = [(row.sample_id, row.error) for row in found["ray"] if row.status == "failed"]
    assert failed == [("s05", "its worker died (signal 11, segmentation fault)")]
    assert found["ray"] == found["local"]


def test_without_ray_the_extra_is_named(
    workspace: Workspace, tmp_path: Path, quiet: Progress, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sentence has the command that installs it."""
    monkeypatch.setitem(sys.modules, "ray", None)
    for name in ("datatools.crews.ray", "datatools.crews.joining"):
        monkeypatch.delitem(sys.modules, name, raising=False)
        monkeypatch.delattr(datatools.crews, name.rpartition(".")[2], raising=False)
    with pytest.raises(MissingExtraError, match=r"pip install 'portrait-datatools\[scale\]'"):
        ingest.run(workspace, ingest.Settings(source=portraits(tmp_path / "p"), engine="ray"), quiet)
