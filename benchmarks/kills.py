"""Does a command that was killed, or met a broken disk, end with the bytes of one that was left alone?

    python benchmarks/kills.py --kills 200 --faults 200 --full-disks 70

Takes every verb that writes, from the first rendered picture to a withdrawal. Each command is
killed at random moments (one kill in four is a power cut: what was not synced is lost or zeros), its disk
answers with errors at random, and a real small file system is full or read-only under it. Then it runs to its
end, and all is compared: files byte for byte, tables but for the column ``seconds``, run records but for
their clocks. Prints a line for each verb, and every difference. Full disks want a Linux that lets a process
mount a file system of its own (``unshare``); without one, that column is empty.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(_ROOT))

from tests.faults.disk import ALONE, may_mount  # noqa: E402  # the path comes first

Trial = dict[str, object]


def trials(folder: Path, how: list[str], seed: int, *, alone: bool) -> Iterator[Trial]:
    """Disturb commands in a process of its own; give what came of each as it comes."""
    before = ALONE if alone else ()
    command = [*before, sys.executable, "-m", "tests.faults", str(folder), *how, "--seed", str(seed)]
    environment = os.environ | {"OMP_NUM_THREADS": "1"}
    with subprocess.Popen(command, cwd=_ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            yield json.loads(line)
    if process.returncode not in (0, 1):
        raise SystemExit(f"the harness itself ended with {process.returncode}")


def main() -> None:
    """Disturb, and print a table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=200, help="that hit")
    parser.add_argument("--repairs", type=int, default=30, help="kills that hit, with a repair behind them")
    parser.add_argument("--faults", type=int, default=200, help="commands on a disk that errs at random")
    parser.add_argument("--full-disks", type=int, default=70, help="commands on a real disk that is full")
    parser.add_argument("--clocks", type=int, default=35, help="commands under a clock that jumps")
    parser.add_argument("--stalls", type=int, default=10, help="commands on a drive that stalls for 2 s")
    parser.add_argument("--seed", type=int, default=0)
    asked = parser.parse_args()
    how = [
        f"killed={asked.kills}",
        f"mended={asked.repairs}",
        f"faulty={asked.faults}",
        f"clocked={asked.clocks}",
        f"stalled={asked.stalls}",
    ]
    alone = asked.full_disks > 0 and may_mount()
    if alone:
        how.append(f"filled={asked.full_disks}")
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    with tempfile.TemporaryDirectory() as folder:
        for trial in trials(Path(folder) / "stand", how, asked.seed, alone=alone):
            count = counts[str(trial["step"])]
            count[str(trial["how"])] += 1
            count["kills"] += int(str(trial.get("n_kills", 0)))
            count["refused"] += int(str(trial.get("n_refused", 0)))
            count["left over"] += len(_list(trial.get("left_over")))
            if wrong := _list(trial["wrong"]):
                count["wrong"] += 1
                print(f"{trial['step']}, {trial.get('what')}: {'; '.join(map(str, wrong))}", file=sys.stderr)
            print(".", end="", file=sys.stderr, flush=True)
    print(table(counts))
    sys.exit(any(count["wrong"] for count in counts.values()))


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def table(counts: dict[str, Counter[str]]) -> str:
    """Give the counts as a Markdown table, the sums last."""
    total: Counter[str] = sum(counts.values(), Counter())
    columns = ("kills", "mended", "faulty", "filled", "clocked", "stalled", "refused", "left over", "wrong")
    heads = (
        "kills",
        "repairs",
        "faults",
        "full",
        "clocks",
        "stalls",
        "refused",
        "hidden files left",
        "not the same",
    )
    lines = [f"| verb | {' | '.join(heads)} |", f"|---|{'--:|' * len(heads)}"]
    for name, count in [*sorted(counts.items()), ("all", total)]:
        lines.append(f"| {name} | {' | '.join(str(count[column]) for column in columns)} |")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
