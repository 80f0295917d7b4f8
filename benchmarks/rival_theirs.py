"""How does the authors' training loop run on a CPU, unchanged, with its weights kept at set times?

Run by rival.py in a process of its own:

    python benchmarks/rival_theirs.py --authors FOLDER --config FILE --keep FOLDER --marks-s 60 120 180

Nothing of their code is edited. What it expects of 2019's packages is put in place around it: torchvision,
which the training of ExtremeC3Net imports and does not use, is an empty module; ``numpy.int`` is ``int``;
a schedule's first step is epoch 0, as it was then; ``.cuda()`` gives the tensor itself, and one GPU is said
to be there, because without one their validation never computes what it returns.
"""

import argparse
import os
import sys
import time
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.utils.data import DataLoader

_STAND_INS = (
    "torchvision",
    "torchvision.datasets",
    "torchvision.transforms",
    "torchvision.transforms.functional",
    "torchvision.utils",
    "models.SINet",  # their other network, which needs more of torchvision
)


def put_in_place(authors: Path) -> None:
    """Let their modules be imported."""
    sys.path.insert(0, str(authors))
    for name in _STAND_INS:
        module: Any = types.ModuleType(name)
        sys.modules[name] = module
        parent, _, last = name.rpartition(".")
        if parent in sys.modules:
            setattr(sys.modules[parent], last, module)
    transforms: Any = sys.modules["torchvision.transforms"]
    transforms.Pad = None
    old: Any = np
    old.int = int
    cpu: Any = torch
    cpu.Tensor.cuda = lambda self, *_, **__: self
    cpu.nn.Module.cuda = lambda self, *_, **__: self
    cpu.cuda.device_count = lambda: 1
    step = cpu.optim.lr_scheduler.MultiStepLR.step

    def step_of_2018(scheduler: Any) -> None:
        """Begin with epoch 0, as torch 0.4 did; today the first call would already be epoch 1."""
        scheduler.n_calls = getattr(scheduler, "n_calls", 0) + 1
        if scheduler.n_calls != 2:  # the first is the scheduler's own, when it is made
            step(scheduler)

    cpu.optim.lr_scheduler.MultiStepLR.step = step_of_2018


class Keeper:
    """Counts the pictures they train on, and keeps their network at the marks."""

    def __init__(self, folder: Path, marks_s: list[float], started: float, scope: dict[str, Any]) -> None:
        self.folder, self.marks_s, self.started, self.scope = folder, marks_s, started, scope
        self.n_seen = self.n_kept = self.n_in_batch = 0

    def watch(self) -> None:
        """Look on at each batch that is loaded and each step that is taken."""
        iterate, step = DataLoader.__iter__, torch.optim.Adam.step
        keeper = self

        def watched_iterate(loader: DataLoader[Any]) -> Iterator[Any]:
            for batch in iterate(loader):
                keeper.n_in_batch = len(batch[0])
                yield batch

        def watched_step(optimizer: torch.optim.Adam, *given: Any, **named: Any) -> Any:
            result = step(optimizer, *given, **named)
            keeper.n_seen += keeper.n_in_batch
            keeper.look()
            return result

        patched: Any = DataLoader
        patched.__iter__ = watched_iterate
        patched = torch.optim.Adam
        patched.step = watched_step

    def look(self) -> None:
        """Keep the network where a mark has passed; end the process after the last."""
        elapsed_s = time.monotonic() - self.started
        while self.n_kept < len(self.marks_s) and elapsed_s >= self.marks_s[self.n_kept]:
            self.n_kept += 1
            self.keep(self.folder / f"{self.n_kept:02d}.pt", elapsed_s)
        if self.n_kept == len(self.marks_s):
            sys.stdout.flush()
            os._exit(0)  # their workers wait for pictures to be taken

    def finish(self) -> None:
        """Keep what they ended with, for the marks that are left."""
        for number in range(self.n_kept, len(self.marks_s)):
            self.keep(self.folder / f"{number + 1:02d}.pt", time.monotonic() - self.started)

    def keep(self, path: Path, elapsed_s: float) -> None:
        """Write the network as it is now."""
        network, data = self.scope["model"], self.scope["data"]
        values = {
            "network": type(network).__name__,
            "state": network.state_dict(),
            "mean": [float(value) for value in data["mean"]],
            "std": [float(value) for value in data["std"]],
            "n_seen": self.n_seen,
            "elapsed_s": elapsed_s,
        }
        torch.save(values, path)


def main() -> None:
    """Run their main.py until the last mark."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--authors", type=Path, required=True)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--keep", type=Path, required=True)
    parser.add_argument("--marks-s", type=float, nargs="+", required=True)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--whole-only", action="store_true", help="leave out their first stage")
    arguments = parser.parse_args()
    started = time.monotonic() - (time.time() - float(os.environ.get("RIVAL_STARTED", time.time())))
    authors, config = arguments.authors.resolve(), arguments.config.resolve()
    torch.set_num_threads(arguments.threads)
    put_in_place(authors)
    scope: dict[str, Any] = {"__name__": "__main__"}
    keep = arguments.keep.resolve()
    keep.mkdir(parents=True, exist_ok=True)
    keeper = Keeper(keep, arguments.marks_s, started, scope)
    keeper.watch()
    os.chdir(config.parent)
    sys.argv = ["main.py", "-c", str(config), *(["-d", "yes"] if arguments.whole_only else [])]
    exec(compile((authors / "main.py").read_text(), "main.py", "exec"), scope)  # that is the task
    keeper.finish()


if __name__ == "__main__":
    main()
