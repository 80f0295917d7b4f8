"""How is a TorchScript network run?

``torch.jit.load`` builds whatever program the file holds: unlike weights, it is code, if of a small
language. A card must therefore state its SHA-256, and naming a card means trusting who wrote it.
"""

import warnings
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from datatools.errors import WeightsError
from datatools.student.threads import flushed_denormals, torch_threads
from datatools.teachers._card import NetworkCard
from datatools.teachers._runtime import Floats

_GPU_BATCH = 8


class TorchScriptRuntime:
    """A TorchScript network, on a GPU where there is one."""

    def __init__(self, path: Path, card: NetworkCard) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self.batch_size = _GPU_BATCH if self._device.type == "cuda" else 1
        self.is_concurrent = self._device.type == "cpu"
        self._card = card
        with warnings.catch_warnings():
            # torch wants new networks to be exported otherwise; files that exist are as they are.
            warnings.simplefilter("ignore", DeprecationWarning)
            self._network = torch.jit.load(path, map_location=self._device).eval()  # type: ignore[no-untyped-call]

    def run(self, batch: Floats) -> Floats:
        with torch.inference_mode(), torch_threads(1), flushed_denormals():
            output = self._pick(self._network(torch.from_numpy(batch).to(self._device)))
            return np.asarray(output.float().cpu().numpy(), np.float32)

    def _pick(self, outputs: object) -> Tensor:
        """Give the card's output: one of a dict by its name, of several by its number, or the only one."""
        wanted = self._card.output.name
        if isinstance(outputs, Tensor) and wanted is None:
            return outputs
        named: dict[str, object] = {}
        if isinstance(outputs, dict):
            named = {str(name): value for name, value in outputs.items()}
        elif isinstance(outputs, list | tuple):
            named = {str(number): value for number, value in enumerate(outputs)}
        chosen = named.get(wanted if wanted is not None else next(iter(named), ""))
        if not isinstance(chosen, Tensor):
            raise WeightsError(
                f"the card of {self._card.name} expects the output {wanted!r}; the network gives "
                f"{sorted(named) or type(outputs).__name__}"
            )
        return chosen
