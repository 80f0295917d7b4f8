"""What lies in a model's folder, and can the run that wrote it be gone on with?"""

import shutil
from dataclasses import dataclass
from pathlib import Path

from datatools.errors import UsageError, WeightsError
from datatools.student.state import TrainingState


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """The folder WS/models/NAME."""

    folder: Path

    @property
    def model(self) -> Path:
        """Give the path of the weights to use."""
        return self.folder / "model.pt"

    @property
    def state(self) -> Path:
        """Give the path of what a stopped run goes on from."""
        return self.folder / "checkpoint.pt"

    @property
    def card(self) -> Path:
        """Give the path of the model card."""
        return self.folder / "card.md"

    @property
    def card_json(self) -> Path:
        """Give the path of the same card for programs."""
        return self.folder / "card.json"

    @property
    def history(self) -> Path:
        """Give the path of the table of epochs."""
        return self.folder / "history.csv"

    @property
    def log(self) -> Path:
        """Give the folder of TensorBoard's events."""
        return self.folder / "log"

    @property
    def pack(self) -> Path:
        """Give the folder of resized pictures.

        It goes when the run is done, so that no picture outlives its withdrawal.
        """
        return self.folder / "pack"

    def clear(self) -> None:
        """Remove what a run left; not the pack, whose name says what is in it."""
        for path in (self.model, self.state, self.card, self.card_json, self.history):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.log, ignore_errors=True)

    def unfinished(self, fingerprint: str, *, restart: bool) -> TrainingState | None:
        """Read the state of the run to go on with, which may be done; None where one must begin.

        Args:
            fingerprint: of the data, recipe and seed that are asked for.
            restart: whether a run of another fingerprint, or a broken one, is to be thrown away.

        Raises:
            UsageError: there is a model of other data or settings, or one without its state.
            WeightsError: the state is broken.
        """
        if not self.state.exists() and not self.model.exists():
            return None
        found: TrainingState | None = None
        try:
            if self.state.exists():
                found = TrainingState.load(self.state)
        except WeightsError:
            if not restart:
                raise
        if found is not None and found.fingerprint == fingerprint:
            return found
        if restart:
            return None
        raise UsageError(
            f"{self.folder} holds a model that this run cannot go on with, because it was trained on other "
            "data or with other settings: pass --restart to throw it away, or another --name to keep both"
        )
