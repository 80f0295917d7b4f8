"""What lies in a model's folder, who may write there, and can the run that wrote it be gone on with?"""

import fcntl
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from datatools.errors import UsageError, WeightsError
from datatools.student.state import TrainingState, state_before
from datatools.tables import PART


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
    def state_before(self) -> Path:
        """Give the path of the state before the newest, which is gone when the run is done."""
        return state_before(self.state)

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

    @contextmanager
    def held(self) -> Iterator[None]:
        """Make the folder, and keep other processes from training in it.

        The lock goes with the process, however that ends. What a process that was killed had not finished
        writing is removed.

        Raises:
            UsageError: another process trains in it.
            OSError: the folder cannot be made or written to.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        handle = os.open(self.folder, os.O_RDONLY)
        try:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise UsageError(
                    f"another process is training in {self.folder}: wait until it is done, or pass another "
                    "--name"
                ) from error
            with tempfile.TemporaryFile(dir=self.folder):
                pass  # better to fail now than when the first epoch is to be kept
            for folder in (self.folder, self.pack):
                for part in folder.glob(f".*{PART}"):
                    part.unlink()
            yield
        finally:
            os.close(handle)

    def clear(self) -> None:
        """Remove what a run left; not the pack, whose name says what is in it."""
        for path in (self.model, self.state, self.state_before, self.card, self.card_json, self.history):
            path.unlink(missing_ok=True)
        shutil.rmtree(self.log, ignore_errors=True)

    def unfinished(
        self, new: TrainingState, *, restart: bool, say: Callable[[str], None]
    ) -> TrainingState | None:
        """Read the state of the run to go on with, which may be done; None where one must begin.

        Args:
            new: the state that the run would begin with: it knows the data, recipe and seed.
            restart: whether a run of another fingerprint, or a broken one, is to be thrown away.
            say: tells people what was decided about a broken state.

        Raises:
            UsageError: there is a model of other data or settings, or one without its state.
            WeightsError: the state is broken, and there is no whole one before it.
        """
        if not any(path.exists() for path in (self.state, self.state_before, self.model)):
            return None
        try:
            found = self._newest(say)
        except WeightsError as error:
            if restart:
                return None
            raise WeightsError(f"{error}; or pass --restart to begin anew, or another --name") from error
        if found is not None and found.fingerprint == new.fingerprint:
            return found
        if restart:
            return None
        raise UsageError(
            f"{self.folder} holds a model that this run cannot go on with, because it was trained on other "
            f"data or with other settings{_difference(found, new)}: pass --restart to throw it away, or "
            "another --name to keep both"
        )

    def _newest(self, say: Callable[[str], None]) -> TrainingState | None:
        if not self.state.exists() and not self.state_before.exists():
            return None
        try:
            return TrainingState.load(self.state)
        except (UsageError, WeightsError) as error:  # it is gone, or broken
            if not self.state_before.exists():
                raise
            found = TrainingState.load(self.state_before)
            say(f"{error}. Going on from the state before it instead: the weights come out the same")
            return found


def _difference(found: TrainingState | None, new: TrainingState) -> str:
    """Name what shaped one run and not the other."""
    known: Mapping[str, str] = {} if found is None else found.shaped_by
    names = [name for name, value in new.shaped_by.items() if known.get(name, value) != value]
    return f" ({', '.join(names)})" if names else ""
