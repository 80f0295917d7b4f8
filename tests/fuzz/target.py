"""What is fuzzed: a parser, files that it takes, and how such files are broken."""

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from datatools.errors import DatatoolsError

Form = Literal["bytes", "csv", "gzip", "json", "png", "tar", "text", "toml", "xml", "zip"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One parser."""

    name: str
    suffix: str  # of the file it is given
    form: Form  # how its files are built, so that a broken one still passes the first checks
    seeds: Callable[[Path], list[bytes]]  # made by our own code in an empty folder
    parse: Callable[[Path], object]  # reads the file to its end; a DatatoolsError is a result
    needs_folder: bool = False  # reads what ``seeds`` left in its folder
    share: int = 4  # of the inputs of a long run; a slow one has less

    def feed(self, data: bytes, folder: Path) -> str | None:
        """Give a file to the parser; the sentence with which it was refused, or None."""
        path = folder / f"input{self.suffix}"
        path.write_bytes(data)
        with warnings.catch_warnings():
            # A warning refuses nothing; that none is printed in vain is for other tests.
            warnings.simplefilter("ignore")
            try:
                self.parse(path)
            except DatatoolsError as error:
                return str(error)
        return None
