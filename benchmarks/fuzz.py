"""Does any of a million broken files make a parser of ours fail in another way than by an error of ours?

Limit: none of at least 1,000,000 inputs, over every parser of what comes from outside, ends in an exception
that is not ours, takes more than 5 s of the processor or 1 GiB of memory, ends the process, runs or fetches
anything, or touches a file outside of its folder. Inputs are made by atheris, which keeps those that reach
new code of ours, and by changes that keep a file's structure whole; each parser runs in its own process.
Go on after an interruption with the same command; what is found lies in FOLDER/PARSER/found.

    pip install 'portrait-datatools[fuzz]'
    python benchmarks/fuzz.py --folder FOLDER            # about half an hour of one core
    python benchmarks/fuzz.py --folder FOLDER --only moment --inputs 5000
"""

import argparse
import hashlib
import mmap
import os
import random
import re
import resource
import signal
import struct
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path

import atheris

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
os.environ["OMP_NUM_THREADS"] = "1"

with atheris.instrument_imports(include=["datatools"], enable_loader_override=False):
    from tests.fuzz.mutations import mutated
    from tests.fuzz.target import Target
    from tests.fuzz.targets import TARGETS
    from tests.fuzz.watch import ForbiddenError, watched

_MOST_S = 5.0
_MOST_BYTES = 1 << 30
_MOST_RESTARTS = 20
_HUNG_S = 120  # of the clock, on a machine that others use too
_PAGE = 4096
_COUNTS = struct.Struct("<6Q")  # inputs, refused, microseconds, the slowest, KiB at the start, KiB at most


@dataclass(slots=True)
class Counts:
    """What became of the inputs of one parser, kept in a file that outlasts the process."""

    n_inputs: int = 0
    n_refused: int = 0
    n_microseconds: int = 0
    n_slowest: int = 0
    n_kib_first: int = 0
    n_kib: int = 0

    @staticmethod
    def read(path: Path) -> "Counts":
        """Give what is kept, zeros where nothing is."""
        return Counts(*_COUNTS.unpack_from(path.read_bytes())) if path.exists() else Counts()

    def write(self, into: mmap.mmap) -> None:
        """Keep it: memory that is mapped survives the death of its process."""
        values = (self.n_inputs, self.n_refused, self.n_microseconds, self.n_slowest, self.n_kib_first)
        _COUNTS.pack_into(into, 0, *values, self.n_kib)


def _place(folder: Path, name: str) -> Path:
    return folder / re.sub(r"[^A-Za-z0-9]+", "-", name).strip("-")


# -- the process of one parser ---------------------------------------------------------------------


def fuzz(target: Target, place: Path, n_inputs: int, seed: int) -> None:
    """Give inputs to one parser; ends the process."""
    work, corpus, found = (place / part for part in ("work", "corpus", "found"))
    for part in (work, corpus, found):
        part.mkdir(parents=True, exist_ok=True)
    seeds = target.seeds(work)
    for data in seeds:
        (corpus / hashlib.sha1(data).hexdigest()).write_bytes(data)
    counts_file = place / "counts"
    counts = Counts.read(counts_file)
    counts_file.write_bytes(counts_file.read_bytes() if counts_file.exists() else bytes(_PAGE))
    with counts_file.open("r+b") as stream:
        kept = mmap.mmap(stream.fileno(), _PAGE)

    def keep(data: bytes, what: str, told: str) -> None:
        key = hashlib.sha1(what.encode()).hexdigest()[:12]
        if not (found / f"{key}.txt").exists():
            (found / f"{key}.bin").write_bytes(data)
            (found / f"{key}.txt").write_text(f"{what}\n\n{told}\n")

    def one(data: bytes) -> None:
        start = time.process_time()
        try:
            with watched(work):
                counts.n_refused += target.feed(data, work) is not None
        except (Exception, ForbiddenError) as error:
            keep(data, _where(error), traceback.format_exc())
        elapsed_s = time.process_time() - start
        if elapsed_s > _MOST_S:
            keep(data, f"slow: {elapsed_s:.1f} s", "")
        counts.n_inputs += 1
        counts.n_microseconds += round(elapsed_s * 1e6)
        counts.n_slowest = max(counts.n_slowest, round(elapsed_s * 1e6))
        if counts.n_inputs % 64 == 0:
            counts.n_kib = max(counts.n_kib, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)
        counts.write(kept)

    def broken(data: bytes, max_size: int, lot: int) -> bytes:
        rng = random.Random(lot)
        if rng.random() < 0.4:
            return bytes(atheris.Mutate(data, max_size))
        # Half of the others begin with a whole file: most that atheris keeps are broken already.
        return mutated(data if rng.random() < 0.5 else rng.choice(seeds), target.form, rng)[:max_size]

    for path in corpus.iterdir():
        target.feed(path.read_bytes(), work)  # so that what is loaded late is loaded
    counts.n_kib_first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    n_pages = int(Path("/proc/self/statm").read_text().split()[0])
    resource.setrlimit(resource.RLIMIT_AS, (n_pages * resource.getpagesize() + _MOST_BYTES,) * 2)
    options = [f"-runs={n_inputs}", f"-seed={seed + 1}", "-max_len=65536", "-len_control=0", "-verbosity=0"]
    options += [f"-timeout={_HUNG_S}", "-rss_limit_mb=0", f"-artifact_prefix={found}/died-", str(corpus)]
    atheris.Setup([sys.argv[0], *options], one, custom_mutator=broken)
    atheris.Fuzz()


def _where(error: BaseException) -> str:
    """Say what was raised, and by which line of ours."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if f"{ROOT}/datatools" in frame.filename] or frames[-1:]
    return f"{type(error).__name__} at {Path(ours[-1].filename).name}:{ours[-1].lineno} {ours[-1].line}"


# -- all of them ---------------------------------------------------------------------------------


def run(target: Target, place: Path, n_inputs: int) -> Counts:
    """Let one parser have its inputs, in as many processes as it takes."""
    for attempt in range(_MOST_RESTARTS):
        done = Counts.read(place / "counts")
        if done.n_inputs >= n_inputs:
            break
        place.mkdir(parents=True, exist_ok=True)
        # A copy of this process: what is imported takes longer than many a parser's share.
        child = os.fork()
        if child == 0:
            log = os.open(place / "log", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
            os.dup2(log, 1)
            os.dup2(log, 2)
            fuzz(target, place, n_inputs - done.n_inputs, done.n_inputs + attempt)
        code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if code:
            (place / "found").mkdir(exist_ok=True)
            (place / "found" / f"died-{attempt}.txt").write_text(_death(code))
    return Counts.read(place / "counts")


def _death(code: int) -> str:
    return f"died of {signal.Signals(-code).name}\n" if code < 0 else f"ended with {code}\n"


def main() -> None:
    """Fuzz every parser, and print what became of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--folder", type=Path, required=True)
    parser.add_argument("--inputs", type=int, default=1_100_000, help="of all parsers together")
    parser.add_argument("--only", nargs="*", help="these parsers alone")
    given = parser.parse_args()
    chosen = [target for target in TARGETS.values() if not given.only or target.name in given.only]
    n_shares = sum(target.share for target in chosen)
    print("| parser | inputs | a second | refused, % | slowest, s | MiB more | found |")
    print("|---|---|---|---|---|---|---|", flush=True)
    n_all = n_found_all = 0
    for target in chosen:
        place = _place(given.folder.resolve(), target.name)
        counts = run(target, place, -(-given.inputs * target.share // n_shares))
        n_found = len(list((place / "found").glob("*.txt")))
        n, seconds = max(counts.n_inputs, 1), max(counts.n_microseconds / 1e6, 1e-6)
        figures = (
            f"{counts.n_inputs:,} | {n / seconds:,.0f} | {100 * counts.n_refused / n:.0f} | "
            f"{counts.n_slowest / 1e6:.2f} | {max(0, counts.n_kib - counts.n_kib_first) >> 10}"
        )
        print(f"| {target.name} | {figures} | {n_found} |", flush=True)
        n_all, n_found_all = n_all + counts.n_inputs, n_found_all + n_found
    print(f"| **all {len(chosen)}** | **{n_all:,}** | | | | | **{n_found_all}** |")
    sys.exit(n_found_all > 0 or n_all < given.inputs)


if __name__ == "__main__":
    main()
