"""Where does everything lie on disk, and which run made it?

The workspace is the contract between stages: tables, pictures of mattes and masks, models, reports,
and one run record per finished stage, written last.
"""

import json
import re
import time
from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, TypeVar, cast

import pyarrow as pa

from datatools import batches, tables
from datatools.errors import DataError, TableError, UsageError
from datatools.records import Annotation, Sample
from datatools.tables import Table
from datatools.versions import recorded_versions as recorded_versions

if TYPE_CHECKING:
    import pandas as pd

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


def require_source(source: str, known: Set[str]) -> None:
    """Raise UsageError when no sample is of this source."""
    if source not in known:
        raise UsageError(f"expected a source among {sorted(known)}, got {source!r}")


def _once_each(rows: Iterable[Row], table: Table[Row]) -> list[Row]:
    """Leave one of several rows of a key: two writers at once may both append the same answer."""
    unique: dict[tuple[object, ...], Row] = {}
    for row in rows:
        unique.setdefault(tuple(getattr(row, name) for name in table.key), row)
    return list(unique.values())


@dataclass(slots=True)
class Run:
    """A stage's run while it is under way; ``facts`` go into its record."""

    stage: str
    number: int
    facts: dict[str, object] = field(default_factory=dict)


class Workspace:
    """A folder that holds everything about one data set; see the module's page in docs."""

    def __init__(self, root: Path | str) -> None:
        self.root = Path(root)
        self._sources: dict[str, Path] | None = None

    # -- paths ---------------------------------------------------------------------------------

    @property
    def config_file(self) -> Path:
        """Give the path of the settings file."""
        return self.root / "datatools.toml"

    @property
    def withdrawal_file(self) -> Path:
        """Give the path of what is there while somebody is being withdrawn."""
        return self.root / ".withdrawal"

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

    def _source_root(self, source: str) -> Path:
        if self._sources is None or source not in self._sources:
            self._sources = {row.source: Path(row.root) for row in self.rows(tables.SOURCES)}
        if source not in self._sources:
            raise DataError(f"source {source!r} is not in {self.table_file(tables.SOURCES)}")
        return self._sources[source]

    def image_file(self, sample: Sample) -> Path:
        """Give the path of a sample's picture. Raises DataError when it leaves its source."""
        return inside(self._source_root(sample.source), sample.path)

    def reference_file(self, sample: Sample) -> Path | None:
        """Give the path of a sample's reference mask, or None where it has none."""
        if sample.reference_mask is None:
            return None
        return inside(self._source_root(sample.source), sample.reference_mask)

    # -- tables --------------------------------------------------------------------------------

    def has(self, table: Table[Row]) -> bool:
        """Say whether a table was written."""
        if table is tables.ANNOTATIONS:
            return any(self.batch_files())
        return self.table_file(table).exists()

    def rows(self, table: Table[Row]) -> list[Row]:
        """Read a table. Raises TableError when it is missing or broken."""
        if table is tables.ANNOTATIONS:
            return _once_each(tables.records_of(self.annotations(), table), table)
        return tables.read(self.table_file(table), table)

    def rows_about(self, table: Table[Row], sample_ids: Iterable[str]) -> list[Row]:
        """Read a table's rows about some samples; none where it was not written yet."""
        if table is tables.ANNOTATIONS:
            return _once_each(tables.records_of(tables.about(self.annotations(), sample_ids), table), table)
        return tables.read_about(self.table_file(table), table, sample_ids) if self.has(table) else []

    def rows_or_empty(self, table: Table[Row]) -> list[Row]:
        """Read a table, or give no rows where it was not written yet."""
        return self.rows(table) if self.has(table) else []

    def frame(self, table: Table[Row], columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Read a table, or some columns of it, as a pandas frame."""
        if table is tables.ANNOTATIONS:
            every = cast("pd.DataFrame", tables.to_arrow(table, self.rows(table)).to_pandas())
            return every if columns is None else every[list(columns)]
        return tables.frame(self.table_file(table), table, columns)

    def frame_or_empty(self, table: Table[Row], columns: Sequence[str]) -> "pd.DataFrame":
        """Read columns of a table as a pandas frame, of no rows where it was not written yet."""
        if self.has(table):
            return self.frame(table, columns)
        return cast("pd.DataFrame", tables.schema(table).empty_table().select(list(columns)).to_pandas())

    def write(self, table: Table[Row], rows: Iterable[Row]) -> None:
        """Write a table whole, atomically. Annotations go through ``append_batch``."""
        tables.write(self.table_file(table), table, rows)

    def samples(self, *, source: str | None = None, limit: int | None = None) -> list[Sample]:
        """Give the readable samples in the order of their ids, perhaps of one source alone.

        Raises:
            UsageError: no such source.
        """
        rows = self.rows(tables.MANIFEST)
        if source is not None:
            require_source(source, {row.source for row in rows})
            rows = [row for row in rows if row.source == source]
        return [row for row in rows if row.status == "ok"][:limit]

    @property
    def annotations_folder(self) -> Path:
        """Give the folder of the annotation batches."""
        return self.root / "tables" / "annotations"

    def batch_files(self) -> list[Path]:
        """Give the annotation batches, in the order of their names."""
        return batches.files(self.annotations_folder)

    def annotations(self) -> pa.Table:
        """Read every batch as one Arrow table, text dictionary-encoded; no rows where there is none.

        What two batches hold stands here twice; ``rows`` and ``answers.columns`` count it once.
        """
        return batches.read(self.annotations_folder)

    def append_batch(self, rows: Iterable[Annotation]) -> Path:
        """Keep annotations as a new batch; when this returns, nothing takes them away again."""
        return batches.append(self.annotations_folder, tables.to_arrow(tables.ANNOTATIONS, rows))

    # -- runs ----------------------------------------------------------------------------------

    def run_files(self) -> list[Path]:
        """Give the run records, oldest first."""
        return sorted((self.root / "runs").glob("[0-9]*-*.json"))

    def create(self) -> None:
        """Make the workspace's folders. Raises UsageError when the path is a file."""
        if self.root.exists() and not self.root.is_dir():
            raise UsageError(f"expected a folder for the workspace, {self.root} is a file")
        for name in ("tables", "runs"):
            (self.root / name).mkdir(parents=True, exist_ok=True)

    def require(self) -> None:
        """Raise UsageError when this is no workspace yet, or somebody's withdrawal was interrupted."""
        if not (self.root / "tables").is_dir():
            raise UsageError(
                f"{self.root} is no workspace yet: run `datatools ingest --workspace {self.root} "
                "--source FOLDER` first"
            )
        if self.withdrawal_file.exists():
            raise UsageError(
                f"a withdrawal from {self.root} was interrupted: run `datatools withdraw --workspace "
                f"{self.root}` to complete it, before anything is computed from what is half gone"
            )

    @contextmanager
    def run(
        self,
        stage: str,
        settings: dict[str, object],
        *,
        reads: Sequence[object] = (),
        writes: Sequence[object] = (),
    ) -> Iterator[Run]:
        """Record a stage's run: settings, hashes of what was read and written, versions, time.

        ``reads`` and ``writes`` hold tables, and paths of files in the workspace.

        The record is written last, so its presence means that the stage finished.
        """
        self.create()
        started, clock = datetime.now(UTC), time.monotonic()
        inputs = self.hashes(reads)
        numbers = [int(path.name.split("-")[0]) for path in self.run_files()]
        run = Run(stage=stage, number=max(numbers, default=0) + 1)
        yield run
        record = {
            "stage": stage,
            "settings": settings,
            "inputs": inputs,
            "outputs": self.hashes(writes),
            "facts": run.facts,
            "started_at": started.isoformat(timespec="seconds"),
            "elapsed_s": round(time.monotonic() - clock, 3),
            "versions": recorded_versions(),
        }
        text = json.dumps(record, indent=1, sort_keys=True, default=str)
        # Another process may have taken the number meanwhile.
        while not tables.write_new(
            self.root / "runs" / f"{run.number:04d}-{stage}.json", text.encode() + b"\n"
        ):
            run.number += 1

    def hashes(self, which: Sequence[object]) -> dict[str, str]:
        """Give the SHA-256 of tables and files, those that are there, by their path in the workspace."""
        found: dict[str, str] = {}
        for item in which:
            if isinstance(item, Path):
                if item.exists():
                    found[self.relative(item)] = tables.sha256_file(item)
            elif item is tables.ANNOTATIONS:
                found |= {self.relative(p): tables.sha256_file(p) for p in self.batch_files()}
            elif isinstance(item, Table):
                path = self.table_file(item)
                if path.exists():
                    found[self.relative(path)] = tables.sha256_file(path)
            else:
                raise TableError(f"a run reads and writes tables and files; got {item!r}")
        return found
