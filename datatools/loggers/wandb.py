"""Weights & Biases' curves of a run: kept offline in the model's folder unless WANDB_MODE says otherwise.

``wandb sync WS/models/NAME/log/wandb/offline-run-*`` sends them; nothing else does.
"""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path

# Read when the package is imported: a crash is reported to nobody.
os.environ.setdefault("WANDB_ERROR_REPORTING", "false")

import wandb  # after what it reads

from datatools import tables
from datatools.loggers import curves
from datatools.student.state import EpochRow

_PROJECT = "datatools"


class WandB:
    """One W&B run, which goes on under its id after a stop."""

    name = "wandb"

    def __init__(self, folder: Path, run: str, settings: Mapping[str, object], n_epochs_done: int) -> None:
        log = folder / "log"
        kept = log / "wandb-run"
        if not (n_epochs_done and kept.exists()):
            tables.write_bytes(kept, secrets.token_hex(4).encode())
        self._run = wandb.init(
            project=_PROJECT,
            name=run,
            id=kept.read_text("utf-8"),
            resume="allow",
            dir=log,
            mode=os.environ.get("WANDB_MODE", "offline"),
            config=dict(settings),
            # Nothing about the machine, its code or its screen goes along.
            settings=wandb.Settings(
                silent=True,
                console="off",
                disable_git=True,
                save_code=False,
                x_disable_meta=True,
                x_disable_stats=True,
            ),
        )

    def epoch(self, row: EpochRow) -> None:
        self._run.log(curves(row), step=row.epoch)

    def close(self) -> None:
        self._run.finish()


build = WandB
