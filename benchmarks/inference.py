"""How much does flushing denormal numbers save in the student's inference?

    python benchmarks/inference.py --weights extremec3net_official.pth --picture portrait.jpg

One picture through the network alone, one thread, eager PyTorch, median of 20; the peer is the same
network in the same run without flushing.
"""

import argparse
import statistics
import time
from contextlib import nullcontext
from pathlib import Path

import torch

from datatools.images import read_rgb
from datatools.student import checkpoint
from datatools.student.threads import flushed_denormals, torch_threads

_RUNS = 20


def main() -> None:
    """Print both times, their ratio, and the largest difference of the logits."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--picture", type=Path, required=True)
    arguments = parser.parse_args()
    student = checkpoint.load(arguments.weights)
    batch = student.preprocessing.prepare(read_rgb(arguments.picture))
    seconds, logits = [], []
    for flushed in (nullcontext(), flushed_denormals()):
        with torch.inference_mode(), torch_threads(1), flushed:
            student.network(batch)  # warm-up
            times = []
            for _ in range(_RUNS):
                started = time.perf_counter()
                logit = student.network(batch)
                times.append(time.perf_counter() - started)
        seconds.append(statistics.median(times))
        logits.append(logit)
    print(f"plain {seconds[0]:.4f} s, flushed {seconds[1]:.4f} s, ratio {seconds[0] / seconds[1]:.1f}")
    print(f"largest difference of a logit: {float((logits[0] - logits[1]).abs().max()):.2e}")


if __name__ == "__main__":
    main()
