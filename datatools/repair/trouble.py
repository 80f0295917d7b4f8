"""What is a trouble, and where does what cannot be read go?"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from datatools.tables import sha256_bytes
from datatools.workspace import Workspace

BROKEN = ".broken"  # the folder of what was set aside


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """One thing that is half done or broken."""

    where: str  # a path below the workspace
    told: str  # what is wrong with it, as the end of a sentence that begins with its path
    remedy: str  # what mending does, as in "removed"; without one, what a person has to do
    mend: Callable[[], None] | None = None
    # What the workspace holds no longer after it, though a run record says so: paths as records have them.
    set_aside: tuple[str, ...] = ()

    def sentence(self, *, is_done: bool) -> str:
        """Say what is wrong and what was, or would be, or has to be done."""
        would = "" if is_done or self.mend is None else "would be "
        return f"{self.where}: {self.told}; {would}{self.remedy}"


def set_aside(workspace: Workspace, path: Path) -> None:
    """Move a file or a folder out of the way, under a name that nothing else there has."""
    name = workspace.relative(path)
    target = workspace.root / BROKEN / name
    target.parent.mkdir(parents=True, exist_ok=True)
    number = 0
    while target.exists():
        number += 1
        target = target.with_name(f"{path.stem}-{number}{path.suffix}")
    path.rename(target)


def names_of(paths: list[str], shown: int = 3) -> str:
    """Name some of many."""
    more = f" and {len(paths) - shown:,} more" if len(paths) > shown else ""
    return ", ".join(paths[:shown]) + more


def is_batch_name(path: Path) -> bool:
    """Say whether a batch is named by its content, as all that we write are."""
    return len(path.stem) == 16 and set(path.stem) <= set("0123456789abcdef")


def content_name(data: bytes) -> str:
    """Give the name that a batch of these bytes has."""
    return sha256_bytes(data)[:16]
