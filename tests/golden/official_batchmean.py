"""Write official_batchmean.json: what the authors' own validation prints for masks that code draws.

Run once beside a checkout of the authors' published code (github clovaai/ext_portrait_segmentation), which
neither the tests nor the package need::

    python -m tests.golden.official_batchmean CHECKOUT
"""

import contextlib
import io
import json
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
from numpy.typing import NDArray

Pair = tuple[NDArray[np.bool_], NDArray[np.bool_]]  # prediction and reference (H, W)

CASES = ((1, 7, 3), (2, 40, 40), (3, 41, 40), (4, 12, 5), (5, 9, 1))  # seed, pictures, batch size
_SHAPE = (48, 40)


def pairs(seed: int, n_images: int) -> list[Pair]:
    """Draw pairs of masks from whole numbers alone; of every five one is empty on one side or both."""
    rng = np.random.default_rng(seed)
    found = []
    for number in range(n_images):
        pred, ref = _person(rng), _person(rng)
        if number % 5 == 3:
            pred = np.zeros_like(pred)
        if number % 10 == 8:
            pred, ref = np.zeros_like(pred), np.zeros_like(ref)
        found.append((pred, ref))
    return found


def _person(rng: np.random.Generator) -> NDArray[np.bool_]:
    y, x = np.ogrid[: _SHAPE[0], : _SHAPE[1]]
    row, column, radius, wide, top = (
        int(rng.integers(*ends)) for ends in ((12, 20), (14, 26), (5, 11), (8, 18), (24, 34))
    )
    head = (y - row) ** 2 + (x - column) ** 2 <= radius**2
    body = (y >= top) & (np.abs(x - column) <= wide)
    return np.asarray(head | body, np.bool_)


def main(checkout: str) -> None:
    """Run the authors' validation loop on every case."""
    import torch

    sys.path.insert(0, checkout)
    sys.modules.setdefault("torchvision", ModuleType("torchvision"))  # imported there, and not used
    from etc.help_function import val_edge  # type: ignore[import-not-found]  # the authors'

    torch.Tensor.cuda = lambda tensor: tensor  # type: ignore[method-assign,assignment,misc]  # their loop wants a GPU

    class Given(torch.nn.Module):
        def forward(self, mask: torch.Tensor) -> torch.Tensor:
            return mask - 0.5  # a logit above 0 where the mask is

    found = []
    for seed, n_images, batch_size in CASES:
        drawn = pairs(seed, n_images)
        preds, refs = (
            torch.from_numpy(np.stack(masks).astype(np.float32))[:, None]
            for masks in zip(*drawn, strict=True)
        )
        batches = [
            (
                preds[at : at + batch_size],
                refs[at : at + batch_size].long(),
                refs[at : at + batch_size].long(),
            )
            for at in range(0, n_images, batch_size)
        ]
        with contextlib.redirect_stdout(io.StringIO()):
            *_, score = val_edge(1, batches, Given(), lambda output, target: output.mean(), True)
        found.append({"seed": seed, "n_images": n_images, "batch_size": batch_size, "score": float(score)})
    Path(__file__).with_suffix(".json").write_text(json.dumps(found, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
