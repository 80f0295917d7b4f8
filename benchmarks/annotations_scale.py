"""Do a million answers go in, and come out as statistics, within a minute and 2 GiB each?

Writes a workspace whose manifest lists 200,000 pictures (there are none: no step opens one) of 40,000
people, and a label sheet with the answers of five simulated annotators to one question. Then runs the
command line, each step in a process of its own, and prints its seconds and its peak memory as shares of
the limits: 60 s and 2 GiB. Leave the machine alone meanwhile, or look at the seconds of a core.

Example::

    python benchmarks/annotations_scale.py --n-samples 200000
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from datatools import sheets, tables, vocab
from datatools.records import Sample, Source
from datatools.workspace import Workspace

QUESTION = "perceived_race"
N_ANNOTATORS = 5
PICTURES_EACH = 5  # of a person
LIMIT_S = 60.0
LIMIT_GIB = 2.0
RIGHT_FRAC = 0.8  # how often an annotator says what most would say

_COLUMNS = tuple(name for name in sheets.SHEET_COLUMNS if name not in {"picture", "asks", "allowed", "note"})


def sample(number: int) -> Sample:
    """Give a readable sample that lies nowhere."""
    return Sample(
        sample_id=f"{number * 2654435761 % 2**64:016x}",
        path=f"images/{number:06d}.jpg",
        width_px=512,
        height_px=512,
        source="simulated",
        licence="none: there are no pictures",
        person_id=f"simulated/{number // PICTURES_EACH}",
        reference_mask=None,
        mask_source=None,
        mask_encoding=None,
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def write_sheet(path: Path, samples: list[Sample], rng: np.random.Generator) -> int:
    """Write every annotator's answer about every sample; give their number."""
    vocabulary = vocab.load(vocab.question(QUESTION).vocabularies[0])
    words = vocabulary.groups
    truth = rng.integers(len(words), size=len(samples))
    rows = []
    for annotator in range(N_ANNOTATORS):
        is_right = rng.random(len(samples)) < RIGHT_FRAC
        said = np.where(is_right, truth, rng.integers(len(words), size=len(samples)))
        order = rng.permutation(len(samples))
        taken_s = rng.gamma(2.0, 2.0, len(samples))
        for place, index in enumerate(order):
            minute, second = divmod(place, 60)
            hour, minute = divmod(minute, 60)
            cells = {
                "presentation_order": str(place + 1),
                "sample": samples[index].sample_id,
                "question": QUESTION,
                "value": words[said[index]],
                "annotator_id": f"ann{annotator:02d}",
                "source": "annotator",
                "vocabulary": vocabulary.key,
                "created_at": f"2024-01-{1 + hour // 24:02d}T{hour % 24:02d}:{minute:02d}:{second:02d}+00:00",
                "lead_time_s": f"{taken_s[place]:.1f}",
            }
            rows.append([cells[name] for name in _COLUMNS])
    path.write_bytes(sheets.to_csv(_COLUMNS, rows))
    return len(rows)


def timed(arguments: list[str]) -> tuple[float, float, float]:
    """Run the command line; give its seconds, those of its processor, and its peak memory in GiB.

    Raises:
        SystemExit: the command failed.
    """
    started = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-m", "datatools", *arguments])
    _, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(arguments)} ended with {process.returncode}")
    return time.perf_counter() - started, usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 2**20


def main() -> None:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--n-samples", type=int, default=200_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        workspace, sheet = Workspace(Path(folder) / "ws"), Path(folder) / "answers.csv"
        workspace.create()
        samples = [sample(number) for number in range(options.n_samples)]
        workspace.write(
            tables.SOURCES, [Source(source="simulated", root=folder, reader="folder", licence="none")]
        )
        workspace.write(tables.MANIFEST, samples)
        n_answers = write_sheet(sheet, samples, np.random.default_rng(options.seed))
        print(f"{n_answers} answers about {len(samples)} pictures, {sheet.stat().st_size / 2**20:.0f} MiB")
        here = ["--workspace", str(workspace.root), "--quiet"]
        steps = {
            "annotate import": ["annotate", "import", "--sheet", str(sheet)],
            "annotate import again": ["annotate", "import", "--sheet", str(sheet)],
            "composition": ["composition", "--attributes", QUESTION, "--no-pictures"],
            "annotate agree": ["annotate", "agree"],
            "annotate consensus": ["annotate", "consensus"],
        }
        for name, step in steps.items():
            elapsed_s, cpu_s, peak_gib = timed([*step, *here])
            print(
                f"{name}: {elapsed_s:.1f} s ({elapsed_s / LIMIT_S:.2f} of the limit), "
                f"{cpu_s:.1f} s of a core, {peak_gib:.2f} GiB ({peak_gib / LIMIT_GIB:.2f} of the limit)",
                flush=True,
            )


if __name__ == "__main__":
    main()
