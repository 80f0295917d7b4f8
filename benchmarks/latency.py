"""How long does one portrait take, in which runtime, and is the mask still the same?

    python benchmarks/latency.py --weights extremec3net_official.pth --pictures portraits/ \
        --calibration others/ --markdown table.md

The network alone, batch 1, one thread, at its own size; the peer is the published network run eagerly in
PyTorch as it is. Each contestant has a process of its own, because the way a processor treats denormal
numbers belongs to threads and outlives a session; they take turns, one picture each, so that a busy
machine slows all of them. Share of equal pixels and IoU: against the masks of the peer.
"""

import argparse
import csv
import os
import selectors
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from datatools import images
from datatools.errors import DatatoolsError
from datatools.student import checkpoint, export
from datatools.student.engines import TorchEngine, open_engine
from datatools.student.fold import fold
from datatools.student.quantise import quantise

Floats = NDArray[np.float32]
_WARM_UP = 3
_PATIENCE_S = 180  # for a process to load and to answer

# name: which engine, with which file
CONTESTANTS = {
    "PyTorch eager, published network": ("eager", ""),
    "PyTorch eager, denormals flushed": ("torch", ""),
    "PyTorch eager, folded": ("folded", ""),
    "onnxruntime, denormals kept": ("kept", "plain.onnx"),
    "onnxruntime": ("onnxruntime", "plain.onnx"),
    "onnxruntime, folded": ("onnxruntime", "maximum.onnx"),
    "onnxruntime, int8": ("onnxruntime", "int8.onnx"),
    "OpenVINO": ("openvino", "plain.onnx"),
    "OpenVINO, folded": ("openvino", "prelu.onnx"),
}


@dataclass(frozen=True, slots=True)
class Row:
    """What was measured of one contestant."""

    name: str
    median_ms: float
    ratio: float  # how many times as fast as the first
    same_frac: float  # pixels whose mask is the first's
    iou: float  # with the first's mask, mean over pictures
    max_diff: float  # of a logit


def _runner(engine: str, file: Path, weights: Path) -> Callable[[Floats], Floats]:
    """Give what turns one input into logits."""
    student = checkpoint.load(weights)
    if engine == "eager":
        torch.set_num_threads(1)

        def eager(batch: Floats) -> Floats:
            with torch.inference_mode():
                return np.asarray(student.network(torch.from_numpy(batch)).numpy())

        return eager
    if engine == "kept":
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        session = onnxruntime.InferenceSession(file, options, providers=["CPUExecutionProvider"])
        name = session.get_inputs()[0].name
        return lambda batch: np.asarray(session.run(None, {name: batch})[0])
    if engine in {"torch", "folded"}:
        return TorchEngine(fold(student.network) if engine == "folded" else student.network).run
    return open_engine(file, "openvino" if engine == "openvino" else "onnxruntime").run


def contend(engine: str, file: Path, weights: Path, inputs: Path, outputs: Path) -> None:
    """Answer all inputs once, then time one of them for every line on standard input."""
    run = _runner(engine, file, weights)
    batches = np.load(inputs)[:, None]  # (n, 1, 3, S, S)
    np.save(outputs, np.concatenate([run(batch) for batch in batches]))
    print("ready", flush=True)
    for line in sys.stdin:
        batch = batches[int(line) % len(batches)]
        started = time.perf_counter()
        run(batch)
        print(time.perf_counter() - started, flush=True)


class Contestant:
    """A process that runs one engine."""

    def __init__(self, name: str, folder: Path, weights: Path) -> None:
        engine, file = CONTESTANTS[name]
        self.name = name
        self.outputs = folder / f"out-{abs(hash(name))}.npy"
        command = [sys.executable, __file__, "--engine", engine, "--file", str(folder / file)]
        command += ["--weights", str(weights), "--inputs", str(folder / "inputs.npy")]
        command += ["--outputs", str(self.outputs)]
        one_thread = {**os.environ, "OMP_NUM_THREADS": "1"}
        self._process = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, bufsize=1, env=one_thread
        )
        self.seconds: list[float] = []

    def is_ready(self) -> bool:
        """Wait until it has answered every input; say whether it did."""
        return self._answer() == "ready"

    def take_turn(self, number: int) -> None:
        """Time one input."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{number}\n")
        self._process.stdin.flush()
        self.seconds.append(float(self._answer()))

    def _answer(self) -> str:
        """Read its next line; an empty one where it gave none in time."""
        assert self._process.stdout is not None
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            if not selector.select(_PATIENCE_S):
                self._process.kill()
                return ""
        return self._process.stdout.readline().strip()

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.stdout.close()


def write_files(folder: Path, student: checkpoint.Student, calibration: Sequence[Path]) -> None:
    """Export the network in every form that is measured."""
    about = export.facts(student, "tensor", "float32")
    plain = export.to_onnx(student.network, student.preprocessing.size_px)
    export.save_onnx(folder / "plain.onnx", plain, about)
    for activation in ("prelu", "maximum"):
        export.save_onnx(folder / f"{activation}.onnx", export.folded_onnx(student, activation), about)
    if calibration:
        model = quantise(export.folded_onnx(student, "prelu"), list(_inputs(student, calibration)[:, None]))
        export.save_onnx(folder / "int8.onnx", model, export.facts(student, "tensor", "int8"))


def _inputs(student: checkpoint.Student, pictures: Sequence[Path]) -> Floats:
    """Preprocess pictures; (n, 3, S, S)."""
    ready = [student.preprocessing.prepare(images.read_rgb(picture)).numpy() for picture in pictures]
    return np.ascontiguousarray(np.concatenate(ready))


def _row(contestant: Contestant, first: Contestant) -> Row:
    ours, theirs = np.load(contestant.outputs), np.load(first.outputs)
    mask, reference = ours > 0, theirs > 0
    axes = (1, 2, 3)
    iou = (mask & reference).sum(axes) / np.maximum((mask | reference).sum(axes), 1)
    return Row(
        contestant.name,
        1e3 * statistics.median(contestant.seconds),
        statistics.median(first.seconds) / statistics.median(contestant.seconds),
        float((mask == reference).mean()),
        float(iou.mean()),
        float(np.abs(ours - theirs).max()),
    )


def _pictures(folder: Path | None, limit: int) -> list[Path]:
    if folder is None:
        return []
    found = sorted(path for path in folder.rglob("*") if path.suffix.lower() in images.SUFFIXES)
    return found[:limit]


def measure(arguments: argparse.Namespace) -> list[Row]:
    """Run the contest."""
    student = checkpoint.load(arguments.weights)
    rows: list[Row] = []
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        write_files(folder, student, _pictures(arguments.calibration, arguments.n_calibration))
        np.save(folder / "inputs.npy", _inputs(student, _pictures(arguments.pictures, arguments.limit)))
        contestants: list[Contestant] = []
        try:
            for name, (_, file) in CONTESTANTS.items():
                if file and not (folder / file).exists():
                    continue
                contestant = Contestant(name, folder, arguments.weights)
                if contestant.is_ready():
                    contestants.append(contestant)
                else:
                    print(f"{name}: no answer within {_PATIENCE_S} s; left out", file=sys.stderr)
                    contestant.close()
            for number in range(arguments.runs + _WARM_UP):
                for contestant in contestants:
                    contestant.take_turn(number)
            for contestant in contestants:
                del contestant.seconds[:_WARM_UP]
            rows = [_row(contestant, contestants[0]) for contestant in contestants]
        finally:
            for contestant in contestants:
                contestant.close()
    return rows


def table(rows: Sequence[Row]) -> str:
    """Tell the rows in Markdown."""
    flushed = next(row.median_ms for row in rows if row.name == "PyTorch eager, denormals flushed")
    lines = [
        "| runtime | ms a picture | times as fast as eager | as eager flushed | same pixels | IoU | logit |",
        "|---|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {row.name} | {row.median_ms:.1f} | {row.ratio:.1f} | {flushed / row.median_ms:.1f} "
        f"| {100 * row.same_frac:.4f}% | {row.iou:.4f} | {row.max_diff:.0e} |"
        for row in rows
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--weights", type=Path, required=True)
    parser.add_argument("--pictures", type=Path, help="folder of pictures to time and compare on")
    parser.add_argument("--limit", type=int, default=100, help="of those")
    parser.add_argument("--calibration", type=Path, help="folder of other pictures, for int8")
    parser.add_argument("--n-calibration", type=int, default=24)
    parser.add_argument("--runs", type=int, default=100, help="turns of each contestant")
    parser.add_argument("--markdown", type=Path, help="write the table here too")
    parser.add_argument("--csv", type=Path, help="write the rows here too")
    for hidden in ("--engine", "--file", "--inputs", "--outputs"):
        parser.add_argument(hidden, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.engine:
        inputs, outputs = Path(arguments.inputs), Path(arguments.outputs)
        try:
            contend(arguments.engine, Path(arguments.file), arguments.weights, inputs, outputs)
        except DatatoolsError as error:
            print(error, file=sys.stderr)
        return
    if arguments.pictures is None:
        parser.error("--pictures is needed")
    rows = measure(arguments)
    print(table(rows))
    if arguments.markdown is not None:
        arguments.markdown.write_text(table(rows))
    if arguments.csv is not None:
        with arguments.csv.open("w", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(Row.__slots__)
            writer.writerows([[getattr(row, name) for name in Row.__slots__] for row in rows])


if __name__ == "__main__":
    main()
