"""Is a sheet that is there already only what a killed run of the same command left?

A sheet may hold somebody's answers, so no command writes over one. While a sheet is written a hidden note
with the command's settings lies beside it, and is removed last: where it is found, the same command goes on.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from datatools import tables
from datatools.errors import UsageError


class NewSheet:
    """A sheet, or a folder with a page or data set to fill in, that this command is to write.

    ``settings`` say which command it is.
    """

    def __init__(self, path: Path, settings: str) -> None:
        self.path = path
        self._note = path.with_name(f".{path.name}.begun")
        self._settings = settings.encode()

    def check(self) -> None:
        """Raise UsageError when it is there and another command, or one that came to its end, wrote it."""
        if self.path.exists() and not self._was_begun():
            raise UsageError(
                f"{self.path} exists and may hold answers: import it and move it away, or give --sheet"
            )

    def _was_begun(self) -> bool:
        return self._note.is_file() and self._note.read_bytes() == self._settings

    @contextmanager
    def written(self) -> Iterator[bool]:
        """Hold the note while the block writes; give whether the sheet's file is whole and must stay.

        A folder is never whole: its files are written again, all the same.

        Raises:
            UsageError: somebody wrote it since it was looked for.
        """
        self.check()
        tables.write_bytes(self._note, self._settings)
        yield self.path.is_file()
        self._note.unlink(missing_ok=True)
