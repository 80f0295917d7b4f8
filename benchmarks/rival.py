"""Does our training beat the authors' published loop at equal data and equal wall-clock on this machine?

    python benchmarks/rival.py --authors ext_portrait_segmentation --data eg1800 --minutes 12 --every 3

``--authors`` is a copy of their public code (clovaai/ext_portrait_segmentation), ``--data`` EG1800 with its
index.csv. Both learn from the same pictures and choose by the same others, which neither learns from; the
test part (sha256("factory/" + id) below 0.26) is left out of both. Each loop has the machine to itself, one
after the other, or with ``--side-by-side`` one core each at the same time. Both are scored at the same
marks by datatools' own foreground IoU per picture, at the pictures' full size.

Theirs runs as published: their augmentation, their workers (``--authors-workers``), batch 60 and 40, two
stages, their validation after each epoch. 300 + 300 epochs are out of reach, so both stages are shortened
alike, the halvings of the learning rate with them, until they fill the time (``--authors-epochs``; found by
timing each of them for a minute where not given). Their means and deviations are computed before the clock
starts; our packing of the pictures counts. Theirs is kept at the very mark, ours is the last state that
lies on the disk then.
"""

import argparse
import csv
import hashlib
import importlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import torch
from rival_score import judge_ours, judge_theirs, table
from rival_theirs import put_in_place

from datatools import tables
from datatools.records import SplitRow
from datatools.student.threads import n_cores
from datatools.workspace import Workspace

_TEST_FRAC = 0.26
_N_HELD_OUT = 150
_STAGE_TIMING_S = 60.0
_FOLDER = Path(__file__).resolve().parent


def chance(salt: str, name: str) -> float:
    """Give a number in [0, 1) that depends on the name alone."""
    return int(hashlib.sha256(f"{salt}/{name}".encode()).hexdigest()[:8], 16) / 2**32


def parted(data: Path) -> tuple[list[dict[str, str]], list[dict[str, str]]]:
    """Give the rows of index.csv to learn from, and those held out; no test picture is among them."""
    with (data / "index.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if chance("factory", row["id"]) >= _TEST_FRAC]
    held_frac = _N_HELD_OUT / len(rows)
    held_out = [row for row in rows if chance("rival", row["id"]) < held_frac]
    return [row for row in rows if row not in held_out], held_out


def link(path: Path, target: Path) -> None:
    """Put a link where there is none."""
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.is_symlink():
        path.symlink_to(target)


def lay_out_theirs(data: Path, work: Path, train: list[dict[str, str]], val: list[dict[str, str]]) -> None:
    """Lay the pictures out as their loader wants them."""
    folder = work / "theirs" / "data" / "Portrait"
    for row in (*train, *val):
        link(folder / "images_data_crop" / f"{int(row['id']):05d}.jpg", (data / row["image"]).resolve())
        link(folder / "GT_png" / f"{int(row['id']):05d}_mask.png", (data / row["mask"]).resolve())
    for name, rows in (("train", train), ("val", val)):
        (folder / f"{name}.txt").write_text("".join(f"{row['id']}\n" for row in rows))


def lay_out_ours(data: Path, work: Path, train: list[dict[str, str]], val: list[dict[str, str]]) -> None:
    """Ingest the pictures into a workspace, and part them."""
    source, workspace = work / "ours" / "data", Workspace(work / "ours" / "ws")
    if workspace.has(tables.SPLITS):
        return
    source.mkdir(parents=True, exist_ok=True)
    with (source / "index.csv").open("w") as stream:
        writer = csv.DictWriter(stream, list(train[0]))
        writer.writeheader()
        writer.writerows([*train, *val])
    for row in (*train, *val):
        for name in ("image", "mask"):
            (source / row[name]).parent.mkdir(exist_ok=True)
            shutil.copyfile(data / row[name], source / row[name])  # a link would lead out of the source
    command = [sys.executable, "-m", "datatools", "ingest", "--quiet", "--workspace", str(workspace.root)]
    subprocess.run([*command, "--source", str(source)], check=True)
    held_out = {Path(row["image"]).name for row in val}
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(
                sample_id=sample.sample_id,
                person_id=sample.person_id,
                split="val" if Path(sample.path).name in held_out else "train",
            )
            for sample in workspace.samples()
        ],
    )


def theirs_command(arguments: argparse.Namespace, name: str, epochs: int, marks_s: list[float]) -> list[str]:
    """Write their settings and give the command that runs them; the name ``whole`` leaves out stage 1."""
    folder = arguments.work.resolve() / "theirs" / name
    shutil.rmtree(folder, ignore_errors=True)
    for part in ("result", "logs"):
        (folder / part).mkdir(parents=True)
    settings = json.loads((arguments.authors / "setting" / "ExtremeC3Net.json").read_text())
    settings["train_config"] |= {"epochs": epochs}
    settings["data_config"] |= {
        "cash": str(folder.parent / "means.p"),
        "data_dir": str(folder.parent / "data"),
        "num_work": arguments.authors_workers,
        "Aug_dataset": False,
    }
    if name == "whole":
        settings["train_config"] |= {"Model": "Stage2_ExtremeC3Net", "stage1_W": None, "num_classes": 1}
        batch = settings["train_config"]["dnc_batch"]
        settings["data_config"] |= {"Enc": False, "scaleIn": 1, "batch_size": batch}
    (folder / "settings.json").write_text(json.dumps(settings))
    command = [sys.executable, "-W", "ignore", str(_FOLDER / "rival_theirs.py")]
    command += ["--authors", str(arguments.authors), "--config", str(folder / "settings.json")]
    command += ["--keep", str(folder / "kept"), "--threads", str(arguments.authors_threads)]
    command += ["--marks-s", *(str(mark) for mark in marks_s)]
    return command + (["--whole-only"] if name == "whole" else [])


def start(command: list[str], log: Path, threads: int, cores: set[int] | None) -> "subprocess.Popen[bytes]":
    """Start a loop; its output goes to a file."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads), "RIVAL_STARTED": str(time.time())}
    log.parent.mkdir(parents=True, exist_ok=True)

    def pin() -> None:
        if cores is not None:
            os.sched_setaffinity(0, cores)

    with log.open("wb") as stream:
        return subprocess.Popen(
            command, stdout=stream, stderr=subprocess.STDOUT, env=environment, preexec_fn=pin
        )


def shortened(arguments: argparse.Namespace, n_train: int) -> int:
    """Time each of their stages for a minute; give the epochs of each that fill the time."""
    work, seconds = arguments.work, 0.0
    for name in ("coarse", "whole"):
        # The first mark comes with the first step: what is before it is no training.
        command = theirs_command(arguments, name, 300, [0.001, _STAGE_TIMING_S])
        process = start(command, work / f"theirs-{name}.log", arguments.authors_threads, None)
        if process.wait():
            raise SystemExit(f"their {name} stage failed: see {work / f'theirs-{name}.log'}")
        first, last = (torch.load(p) for p in sorted((work / "theirs" / name / "kept").iterdir()))
        rate = (last["n_seen"] - first["n_seen"]) / (last["elapsed_s"] - first["elapsed_s"])
        print(f"their {name} stage: {rate:.2f} training pictures/s", flush=True)
        seconds += n_train / rate
    n_epochs = arguments.minutes * 60 / (seconds * 1.1)  # a tenth for their validation
    return max(3, round(n_epochs))


def run_theirs(
    arguments: argparse.Namespace, marks_s: list[float], epochs: int, cores: set[int] | None
) -> "subprocess.Popen[bytes]":
    """Start their loop."""
    command = theirs_command(arguments, "loop", epochs, marks_s)
    return start(command, arguments.work / "theirs.log", arguments.authors_threads, cores)


def ours_command(arguments: argparse.Namespace, name: str) -> list[str]:
    """Give our command."""
    command = [sys.executable, "-m", "datatools", "train", "--workspace", str(arguments.work / "ours" / "ws")]
    command += ["--name", name, "--recipe", arguments.recipe]
    if arguments.epochs is not None:
        command += ["--epochs-whole", str(arguments.epochs)]
    return command


def watch_ours(arguments: argparse.Namespace, marks_s: list[float], cores: set[int] | None) -> None:
    """Run our loop, and keep the newest state at each mark."""
    folder = arguments.work / "ours" / "ws" / "models" / "rival"
    kept = arguments.work / "ours" / "kept"
    for old in (folder, kept):
        shutil.rmtree(old, ignore_errors=True)
    kept.mkdir(parents=True)
    started = time.monotonic()
    (kept / "started").write_text(str(time.time()))
    process = start(ours_command(arguments, "rival"), arguments.work / "ours.log", n_cores(), cores)
    for number, mark_s in enumerate(marks_s, start=1):
        while time.monotonic() - started < mark_s and process.poll() is None:
            time.sleep(0.05)
        if (folder / "checkpoint.pt").exists():
            shutil.copy2(folder / "checkpoint.pt", kept / f"{number:02d}.pt")
        print(f"ours, mark {number}: {time.monotonic() - started:.0f} s", flush=True)
    process.terminate()
    code = process.wait()
    if code not in {0, -signal.SIGTERM}:
        raise SystemExit(f"our loop ended with {code}: see {arguments.work / 'ours.log'}")


def main() -> None:
    """Run both and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--authors", type=Path, required=True, help="a copy of their code")
    parser.add_argument("--data", type=Path, required=True, help="EG1800 with index.csv")
    parser.add_argument("--work", type=Path, default=Path("rival"), help="where everything is written")
    parser.add_argument("--minutes", type=float, default=12.0)
    parser.add_argument("--every", type=float, default=3.0, help="minutes between two marks")
    parser.add_argument("--recipe", default="short", help="ours")
    parser.add_argument("--epochs", type=int, help="of our whole network, instead of the recipe's")
    parser.add_argument("--authors-epochs", type=int, help="of each of their stages")
    parser.add_argument("--authors-threads", type=int, default=1, help="torch's, in their loop")
    parser.add_argument("--authors-workers", type=int, default=1, help="processes that load their pictures")
    parser.add_argument("--side-by-side", action="store_true", help="at the same time, one core each")
    parser.add_argument("--only", choices=("theirs", "ours", "table"), help="a part of the comparison")
    arguments = parser.parse_args()
    train, val = parted(arguments.data)
    print(f"{len(train)} pictures to learn from, {len(val)} held out", flush=True)
    lay_out_theirs(arguments.data, arguments.work, train, val)
    lay_out_ours(arguments.data, arguments.work, train, val)
    n_marks = round(arguments.minutes / arguments.every)
    marks_s = [60 * arguments.every * (number + 1) for number in range(n_marks)]
    print(f"load of this machine before: {os.getloadavg()[0]:.2f}", flush=True)
    cores = sorted(os.sched_getaffinity(0))
    pins = ({cores[0]}, {cores[-1]}) if arguments.side_by_side else (None, None)
    process = None
    if arguments.only in {None, "theirs"}:
        if not (arguments.work / "theirs" / "means.p").exists():
            command = theirs_command(arguments, "coarse", 300, [0.001])
            start(command, arguments.work / "theirs-means.log", arguments.authors_threads, None).wait()
        epochs = arguments.authors_epochs or shortened(arguments, len(train))
        print(f"their loop: {epochs} + {epochs} epochs", flush=True)
        process = run_theirs(arguments, marks_s, epochs, pins[0])
        if not arguments.side_by_side and process.wait():
            raise SystemExit(f"their loop failed: see {arguments.work / 'theirs.log'}")
    if arguments.only in {None, "ours"}:
        watch_ours(arguments, marks_s, pins[1])
    if process is not None and process.wait():
        raise SystemExit(f"their loop failed: see {arguments.work / 'theirs.log'}")
    print(f"load of this machine after: {os.getloadavg()[0]:.2f}", flush=True)
    if arguments.only in {None, "table"}:
        put_in_place(arguments.authors.resolve())
        authors = importlib.import_module("models.extremeC3")
        files = [
            {path.stem: path for path in (arguments.work / name / "kept").glob("*.pt")}
            for name in ("theirs/loop", "ours")
        ]
        marks = sorted(files[0].keys() & files[1].keys())  # before our first state there is none to score
        theirs = [judge_theirs(files[0][mark], authors, arguments.data, val) for mark in marks]
        started = float((arguments.work / "ours" / "kept" / "started").read_text())
        recipe = arguments.recipe
        ours = [judge_ours(files[1][mark], recipe, started, arguments.data, val) for mark in marks]
        table([marks_s[int(mark) - 1] for mark in marks], theirs, ours)


if __name__ == "__main__":
    main()
