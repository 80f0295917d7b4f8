"""How near does the graph runtime come to the network's bare convolutions?

    python benchmarks/graph.py --picture portrait.jpg

Robust Video Matting on one picture, one thread, median of 20; the limit is the time of its convolutions
alone, on the same tensors in the same run, interleaved.
"""

import argparse
import statistics
import time
from pathlib import Path

import cv2
import numpy as np
import torch
from torch import Tensor

from datatools.images import read_rgb
from datatools.student.threads import flushed_denormals, torch_threads
from datatools.teachers._card import packaged_card
from datatools.teachers._tfjs import TfjsRuntime
from datatools.teachers._tfjs_trace import Function, Plan
from datatools.teachers._weights import weights_file

_RUNS = 20


def convolutions(plan: Plan, batch: Tensor) -> list[tuple[Function, list[Tensor]]]:
    """Give the plan's convolutions with what each of them reads."""
    slots = dict(plan.constants) | {plan.first: batch}
    found = []
    for step, _ in plan.steps:
        reads = [slots[slot] for slot in step.reads]
        slots[step.slot] = step.function(*reads)
        if "_convolutions" in step.function.__module__ and len(reads) > 1:  # a picture and a kernel
            found.append((step.function, reads))
    return found


def main() -> None:
    """Print both times and their ratio."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--picture", type=Path, required=True)
    image = read_rgb(parser.parse_args().picture)
    card = packaged_card("rvm")
    runtime = TfjsRuntime(weights_file("rvm"), card)
    size = card.input.size(image.shape[1], image.shape[0])
    pixels = cv2.resize(image, size, interpolation=cv2.INTER_AREA)
    batch = torch.from_numpy(np.asarray(pixels[None], np.float32) / np.float32(255))
    whole: list[float] = []
    bare: list[float] = []
    with torch.inference_mode(), torch_threads(1), flushed_denormals():
        plan = runtime.plan(tuple(batch.shape))
        calls = convolutions(plan, batch)
        for _ in range(_RUNS):
            started = time.perf_counter()
            plan.run(batch)
            whole.append(time.perf_counter() - started)
            started = time.perf_counter()
            for function, reads in calls:
                function(*reads)
            bare.append(time.perf_counter() - started)
    times = statistics.median(whole), statistics.median(bare)
    print(f"{len(plan.steps)} calls, {len(calls)} of them convolutions, {size[0]} x {size[1]} px")
    print(f"whole {times[0]:.4f} s, convolutions {times[1]:.4f} s, ratio {times[0] / times[1]:.2f}")


if __name__ == "__main__":
    main()
