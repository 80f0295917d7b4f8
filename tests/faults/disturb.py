"""Does a command that was killed, or met a broken disk, end as one that nobody disturbed?"""

import random
import re
import signal
from dataclasses import dataclass, field

from tests.faults.compare import compare
from tests.faults.disk import SmallDisk
from tests.faults.harness import Ended, Passage, Stand
from tests.faults.journey import Step
from tests.faults.plan import Kind

_BY_CLOCK = 0.2  # share of kills
_POWER = 0.25  # share of kills by which unsynced bytes are lost
_MOST_IN_A_ROW = 3
FAULTS: tuple[Kind, ...] = ("fail", "fail", "full", "read-only", "short", "interrupt")
_REFUSED, _DATA_ERROR = 2, 3  # exit codes
_WHAT_TO_DO = "give the same command again"
_NAMES_A_FILE = re.compile(r"\[Errno \d+\] .+: '.+'")


@dataclass(slots=True, kw_only=True)
class Trial:
    """What was done to one step, and what came of it."""

    step: str
    what: list[str] = field(default_factory=list)  # in order
    n_kills: int = 0  # that hit
    n_refused: int = 0  # commands that ended with an error because of the disk
    wrong: list[str] = field(default_factory=list)
    left_over: list[str] = field(default_factory=list)


def killed(stand: Stand, passage: Passage, rng: random.Random) -> Trial:
    """Kill a step up to three times in a row, let it end, and compare."""
    trial = Trial(step=passage.step.name)
    _kill(stand, passage, rng, trial)
    _ended(stand, passage, trial)
    return trial


def mended(stand: Stand, passage: Passage, rng: random.Random) -> Trial:
    """Kill a step, let ``verify --repair`` mend the workspace, let the step end, and compare."""
    trial = Trial(step=passage.step.name)
    _kill(stand, passage, rng, trial)
    root = stand.place / passage.step.workspace
    if (root / "tables").is_dir():
        arguments = ("verify", "--repair", "--no-browser", "--workspace", passage.step.workspace)
        ended = stand.run(Step("verify", arguments))
        if ended.code not in (0, 1) or "Traceback" in ended.said:
            trial.wrong.append(f"the repair ended with {ended.code}: {ended.said}")
        trial.wrong += [f"{path} is left after the repair" for path in root.rglob("*.part")]
    _ended(stand, passage, trial)
    return trial


def _kill(stand: Stand, passage: Passage, rng: random.Random, trial: Trial) -> None:
    stand.restore(passage.before)
    for number in range(rng.randint(1, _MOST_IN_A_ROW)):
        kind: Kind = "power" if rng.random() < _POWER else "kill"
        if rng.random() < _BY_CLOCK:
            seconds = rng.uniform(0, passage.elapsed_s)
            trial.what.append(f"killed after {seconds:.3f} s")
            ended = stand.run(passage.step, kill_s=seconds)
        else:
            at = rng.randint(1, max(1, passage.n_events // (number + 1)))
            trial.what.append(f"{kind} at event {at}")
            ended = stand.run(passage.step, kind, at=at, seed=rng.randrange(1000))
        trial.n_kills += ended.code == -signal.SIGKILL
        if "Traceback" in ended.said:
            trial.wrong.append(ended.said)
        if ended.code != -signal.SIGKILL:
            return


def faulty(stand: Stand, passage: Passage, rng: random.Random) -> Trial:
    """Let a disk fail under a step, let it end on a good one, and compare."""
    trial = Trial(step=passage.step.name)
    stand.restore(passage.before)
    kind = rng.choice(FAULTS)
    at = rng.randint(1, max(1, passage.n_events))
    # One operation, or each with a chance: the first failure is met by clean-up that may fail as well.
    until, rate = (at, 1.0) if kind == "fail" and rng.random() < 0.5 else (None, rng.choice((0.02, 0.2, 1.0)))
    seed = rng.randrange(1000)
    trial.what.append(f"{kind} from event {at} to {until}, rate {rate}, seed {seed}")
    ended = stand.run(passage.step, kind, at=at, until=until, rate=rate, seed=seed)
    _refusal(trial, passage, ended)
    _ended(stand, passage, trial)
    return trial


def filled(stand: Stand, passage: Passage, rng: random.Random, disk: SmallDisk) -> Trial:
    """Let a real disk fill up, or become read-only, under a step; mend it, let it end, and compare."""
    trial = Trial(step=passage.step.name)
    stand.restore(passage.before)
    if rng.random() < 0.2:
        trial.what.append("read-only file system")
        disk.read_only(True)
        ended = stand.run(passage.step)
        disk.read_only(False)
    else:
        free = rng.randrange(1 + max(4096, passage.grows_by))
        trial.what.append(f"{free} bytes free")
        disk.fill(free)
        ended = stand.run(passage.step)
        disk.empty()
    _refusal(trial, passage, ended)
    _ended(stand, passage, trial)
    return trial


def clocked(stand: Stand, passage: Passage, rng: random.Random) -> Trial:
    """Set the clock back by a day, or forward by a year, before or in a step, and compare."""
    trial = Trial(step=passage.step.name)
    stand.restore(passage.before)
    at, seconds = rng.choice((0, rng.randint(1, max(1, passage.n_events)))), rng.choice((-86_400.0, 3.2e7))
    trial.what.append(f"clock set by {seconds:.0f} s at event {at}")
    ended = stand.run(passage.step, "clock", at=at, seconds=seconds)
    _refusal(trial, passage, ended)
    trial.wrong += compare(passage.after, stand.place).differences
    return trial


def stalled(stand: Stand, passage: Passage, rng: random.Random) -> Trial:
    """Let one operation of the disk take two seconds, kill the step meanwhile or not, and compare."""
    trial = Trial(step=passage.step.name)
    stand.restore(passage.before)
    at = rng.randint(1, max(1, passage.n_events))
    by_s = passage.elapsed_s + 1.0 if rng.random() < 0.5 else None
    trial.what.append(f"event {at} takes 2 s, " + ("killed meanwhile" if by_s else "left alone"))
    ended = stand.run(passage.step, "stall", at=at, seconds=2.0, kill_s=by_s)
    trial.n_kills += ended.code == -signal.SIGKILL
    if by_s is None:
        _refusal(trial, passage, ended)
    _ended(stand, passage, trial)
    return trial


def _refusal(trial: Trial, passage: Passage, ended: Ended) -> None:
    """Judge how a command ended that a disk has refused something."""
    if ended.code == _DATA_ERROR:
        trial.n_refused += 1
        if not _NAMES_A_FILE.search(ended.said) or _WHAT_TO_DO not in ended.said:
            trial.wrong.append(f"says too little: {ended.said}")
    elif ended.code != passage.code:
        trial.wrong.append(f"ended with {ended.code}: {ended.said}")
    if "Traceback" in ended.said or "Exception ignored" in ended.said:
        trial.wrong.append(ended.said)


def _ended(stand: Stand, passage: Passage, trial: Trial) -> None:
    """Run the step undisturbed, unless it came to its end, and compare what is there then."""
    ended = stand.run(passage.step)
    found = compare(passage.after, stand.place)
    trial.wrong += found.differences
    trial.left_over = found.left_over
    # What was done to the end may be refused a second time: a sheet is there, a person is gone.
    if ended.code != passage.code and (found.differences or ended.code != _REFUSED):
        trial.wrong.append(f"then ended with {ended.code}: {ended.said}")
