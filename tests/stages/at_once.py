"""Run verbs at the same moment in processes of their own, and annotate with several, killed at random.

``python -m tests.stages.at_once runs FOLDER ROUNDS SEED`` lets two processes at a time run the same verb, or
different ones, on one workspace; ``... answers FOLDER KILLS SEED`` lets eight annotators answer and import
their sheets while they are killed. In a process of its own: children are forked from it, so that they need
no imports. What happened is printed as JSON.
"""

import json
import os
import random
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

from datatools import cli, tables
from datatools.progress import Progress
from datatools.stages import annotate_import, check, measure, refine, segment, split, verify  # for children
from datatools.workspace import Workspace
from tests.stages import made
from tests.stages.people import answer

_QUIET = Progress("quiet")
_N_ANNOTATORS = 8
_N_BATCHES = 6  # of each annotator
_LONGEST_S = 0.4  # until an annotator is killed

# Verbs that write one table, and verbs that write another one; with settings that make them work anew.
_SAME: tuple[tuple[str, ...], ...] = (
    ("split", "--seed"),
    ("check", "--seed"),
    ("refine", "--rules"),
    ("measure",),
)


def forked(work: Callable[[], int]) -> int:
    """Do something in a child, once a line is let go; give the child's number."""
    child = os.fork()
    if not child:
        os._exit(work())
    return child


def ended(child: int) -> int:
    """Wait for a child; give its exit code, below 0 if it was killed."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def together(arguments: Sequence[Sequence[str]], errors: Path) -> list[int]:
    """Run command lines that begin at the same moment; give their exit codes."""
    reading, writing = os.pipe()

    def work(line: Sequence[str]) -> int:
        os.close(writing)
        os.read(reading, 1)  # ends for all when the parent closes its end
        with errors.open("a") as stream:
            os.dup2(stream.fileno(), 2)
            return cli.main(list(line))

    children = [forked(lambda line=line: work(line)) for line in arguments]  # type: ignore[misc]  # mypy infers no default of a lambda
    os.close(writing)
    codes = [ended(child) for child in children]
    os.close(reading)
    return codes


def runs(folder: Path, n_rounds: int, rng: random.Random) -> dict[str, object]:
    """Let pairs of processes run verbs at once; each is done or refused, and the workspace stays whole."""
    workspace, alone = (_segmented(folder / name) for name in ("disturbed", "alone"))
    counts: Counter[str] = Counter()
    for number in range(n_rounds):
        lines = [_line(workspace, rng.choice(_SAME), number) for _ in range(2)]
        if number % 2:
            lines[1] = [*lines[0]]
        codes = together(lines, folder / "errors")
        kind = "same" if number % 2 or lines[0][0] == lines[1][0] else "different"
        for code in codes:
            counts[f"{kind} {'done' if code in (0, 1) else 'refused' if code == 2 else code}"] += 1
        counts[f"{kind} nobody done"] += all(code not in (0, 1) for code in codes)
    found = verify.run(workspace, verify.Settings(), _QUIET)
    for each in (workspace, alone):
        _finish(each)
    told = (folder / "errors").read_text().splitlines()
    return {
        "counts": dict(counts),
        "whole": found.passed,
        "troubles": [found.facts["changed"], found.facts["troubles"]],
        "locks": len(workspace.locks.held()),
        "differing": _differing(workspace, alone),
        "other_errors": [line for line in told if "nothing was done" not in line],
    }


def _segmented(folder: Path) -> Workspace:
    folder.mkdir()
    workspace = Workspace(folder / "ws")
    made.with_people(workspace, 3)
    made.with_faces(workspace)
    segment.run(workspace, segment.Settings(teachers=["grabcut"]), _QUIET)
    refine.run(workspace, refine.Settings(), _QUIET)
    return workspace


def _finish(workspace: Workspace) -> None:
    """Run each verb once more, alone and with one setting."""
    refine.run(workspace, refine.Settings(), _QUIET)
    measure.run(workspace, measure.Settings(), _QUIET)
    check.run(workspace, check.Settings(), _QUIET)
    split.run(workspace, split.Settings(), _QUIET)


def _differing(one: Workspace, other: Workspace) -> list[str]:
    """Give the tables and masks that two workspaces do not have alike; mattes hold a clock's reading."""
    found = []
    for path in sorted(other.root.rglob("*")):
        name = path.relative_to(other.root)
        if path.suffix not in {".parquet", ".png"} or path.stem in {"mattes", "sources"}:
            continue
        if (one.root / name).read_bytes() != path.read_bytes():
            found.append(name.as_posix())
    return found


def _line(workspace: Workspace, verb: Sequence[str], number: int) -> list[str]:
    name, *flags = verb
    values = {"--seed": [str(number)], "--rules": ["fill_holes"] if number % 4 < 2 else ["face_component"]}
    given = [word for flag in flags for word in (flag, *values[flag])]
    return [name, "--workspace", str(workspace.root), "--quiet", *given]


def answers(folder: Path, n_kills: int, rng: random.Random) -> dict[str, object]:
    """Let eight annotators answer at once while they are killed; nothing acknowledged may be missing."""
    workspace = Workspace(folder / "ws")
    made.with_people(workspace, _N_BATCHES)
    ids = [row.sample_id for row in workspace.samples()]
    children = {forked(_annotator(workspace, folder, number, ids)): number for number in range(_N_ANNOTATORS)}
    died = 0
    while children:
        if died < n_kills:
            time.sleep(rng.uniform(0, _LONGEST_S))
            victim = rng.choice(sorted(children))
            os.kill(victim, signal.SIGKILL)
        else:
            victim = next(iter(children))
        number, code = children.pop(victim), ended(victim)
        died += code == -signal.SIGKILL
        if code != 0:
            children[forked(_annotator(workspace, folder, number, ids))] = number
    rows = workspace.rows(tables.ANNOTATIONS)
    given = Counter((row.sample_id, row.question, row.annotator_id) for row in rows)
    acknowledged = {
        tuple(line.split())
        for path in folder.glob("*.acknowledged")
        for line in path.read_text().splitlines()
    }
    return {
        "died": died,
        "n_acknowledged": len(acknowledged),
        "n_lost": len(acknowledged - given.keys()),
        "n_twice": sum(n > 1 for n in given.values()),
        "n_answers": len(given),
        "whole": verify.run(workspace, verify.Settings(repair=True, browser=False), _QUIET).passed,
    }


def _annotator(workspace: Workspace, folder: Path, number: int, ids: Sequence[str]) -> Callable[[], int]:
    """Give what an annotator does: half of them answer in batches, half import a sheet."""
    name = f"ann{number:02d}"

    def acknowledge(sample_id: str) -> None:
        with (folder / f"{name}.acknowledged").open("a") as stream:
            stream.write(f"{sample_id} perceived_gender {name}\n")

    def in_batches() -> int:
        for place, sample_id in enumerate(ids):
            row = answer(place, "female", annotator_id=name, created_at="2026-01-01T00:00:00+00:00")
            workspace.append_batch([replace(row, sample_id=sample_id)])
            acknowledge(sample_id)
        return 0

    def by_sheet() -> int:
        sheet = folder / f"{name}.csv"
        lines = [f"{sample_id},perceived_gender,female,{name}" for sample_id in ids]
        sheet.write_text("\n".join(["sample,question,value,annotator_id", *lines]) + "\n")
        annotate_import.run(workspace, annotate_import.Settings(sheet=sheet), _QUIET)
        for sample_id in ids:
            acknowledge(sample_id)
        return 0

    return in_batches if number % 2 else by_sheet


def main() -> None:
    """Do one of the two; print what happened."""
    what, folder, times, seed = sys.argv[1:]
    do = {"runs": runs, "answers": answers}[what]
    print(json.dumps(do(Path(folder), int(times), random.Random(int(seed)))))


if __name__ == "__main__":
    main()
