"""Where does everything in a workspace lie on disk?"""

import re
from pathlib import Path, PurePosixPath
from typing import TypeVar

from datatools.errors import DataError, UsageError
from datatools.tables import Table

Row = TypeVar("Row")


def inside(root: Path, relative: str) -> Path:
    """Resolve a path from a table or manifest and make sure that it stays inside its root.

    Raises:
        DataError: the path is absolute, leaves the root by ``..`` or by a symbolic link, or is no path.
    """
    try:
        path = (root / PurePosixPath(relative)).resolve()
    except (ValueError, RuntimeError, OSError) as error:  # a zero byte, links in a circle
        raise DataError(f"expected a path below {root}, got {relative!r}: {error}") from error
    if not path.is_relative_to(root.resolve()):
        raise DataError(f"expected a path below {root}, got {relative!r}, which leaves it")
    return path


def file_name(name: str) -> str:
    """Turn any name (a model's, a teacher's) into one that is safe as a file name."""
    safe = re.sub(r"[^A-Za-z0-9._-]+", "_", name).strip("._")
    if not safe:
        raise UsageError(f"expected a name with a letter or digit, got {name!r}")
    return safe


class Paths:
    """A workspace's folder, and the names of what lies in it."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)

    @property
    def config_file(self) -> Path:
        """Give the path of the settings file."""
        return self.root / "datatools.toml"

    @property
    def withdrawal_file(self) -> Path:
        """Give the path of what is there while somebody is being withdrawn."""
        return self.root / ".withdrawal"

    @property
    def withdrawals_file(self) -> Path:
        """Give the path of the list of withdrawals."""
        return self.root / "withdrawals.json"

    def table_file(self, table: Table[Row]) -> Path:
        """Give the path of a table (annotations are a folder of batches instead)."""
        return self.root / "tables" / f"{table.name}.parquet"

    def matte_file(self, teacher: str, sample_id: str) -> Path:
        """Give the path of one teacher's matte of one sample."""
        return self.root / "mattes" / file_name(teacher) / f"{sample_id}.png"

    def mask_file(self, sample_id: str) -> Path:
        """Give the path of a sample's refined mask."""
        return self.root / "masks" / f"{sample_id}.png"

    def alpha_file(self, sample_id: str) -> Path:
        """Give the path of a sample's soft cut-out."""
        return self.root / "alpha" / f"{sample_id}.png"

    def made_folder(self, name: str) -> Path:
        """Give the folder of a set of pictures that were made of others."""
        return self.root / "made" / file_name(name)

    def incoming_folder(self, name: str) -> Path:
        """Give the folder of a source that was brought from elsewhere."""
        return self.root / "incoming" / file_name(name)

    def model_folder(self, name: str) -> Path:
        """Give the folder of a trained student."""
        return self.root / "models" / file_name(name)

    def trained_model(self, name: str) -> Path | None:
        """Give the weights of a student that was trained here under this name, or None."""
        if "/" in name or Path(name).suffix:  # a file's path, not a name
            return None
        path = self.model_folder(name) / "model.pt"
        return path if path.is_file() else None

    @property
    def fusion_file(self) -> Path:
        """Give the path of the fusion that was fitted here; `fusion fit` writes it."""
        return self.root / "fusion" / "learned.pt"

    def fused_file(self, sample_id: str) -> Path:
        """Give the path of the committee's fused matte of a sample."""
        return self.root / "fused" / f"{sample_id}.png"

    def disagreement_file(self, sample_id: str) -> Path:
        """Give the path of the map of where a sample's teachers disagree."""
        return self.root / "disagreement" / f"{sample_id}.png"

    def report_folder(self, name: str) -> Path:
        """Give the folder of a report."""
        return self.root / "reports" / file_name(name)

    def relative(self, path: Path) -> str:
        """Give a path of the workspace as the tables keep it: POSIX, below the root."""
        return path.relative_to(self.root).as_posix()

    def file(self, relative: str) -> Path:
        """Resolve a path that a table keeps. Raises DataError when it leaves the workspace."""
        return inside(self.root, relative)
