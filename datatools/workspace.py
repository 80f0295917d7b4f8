"""What do the stages meet as: tables, batches of answers, files, and records of runs?

The workspace is the contract between stages: tables, pictures of mattes and masks, models, reports,
and one run record per finished stage, written last.
"""

from collections.abc import Iterable, Iterator, Sequence, Set
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

import pyarrow as pa

from datatools import batches, columns, parts, runs, tables, telemetry
from datatools.columns import Where, Words
from datatools.errors import DataError, TableError, UsageError
from datatools.locks import EVERYTHING, Locks
from datatools.paths import Paths
from datatools.paths import file_name as file_name
from datatools.paths import inside as inside
from datatools.records import Annotation, Sample
from datatools.runs import Run as Run
from datatools.tables import Table
from datatools.versions import recorded_versions as recorded_versions

if TYPE_CHECKING:
    import pandas as pd

Row = TypeVar("Row")


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


class Workspace(Paths):
    """A folder that holds everything about one data set; see the module's page in docs."""

    def __init__(self, root: Path | str) -> None:
        super().__init__(root)
        self._sources: dict[str, Path] | None = None
        self._seen: runs.Seen | None = None  # of a stage that is getting ready

    def _source_root(self, source: str) -> Path:
        if self._sources is None or source not in self._sources:
            self._sources = {row.source: Path(row.root) for row in self.rows(tables.SOURCES)}
        if source not in self._sources:
            raise DataError(f"source {source!r} is not in {self.table_file(tables.SOURCES)}")
        return self._sources[source]

    def image_file(self, sample: Sample) -> Path:
        """Give the path of a sample's picture. Raises DataError when it leaves its source."""
        return self.source_file(sample.source, sample.path)

    def source_file(self, source: str, path: str) -> Path:
        """Resolve a path that a table keeps of a source. Raises DataError when it leaves the source."""
        return inside(self._source_root(source), path)

    def reference_file(self, sample: Sample) -> Path | None:
        """Give the path of a sample's reference mask, or None where it has none."""
        if sample.reference_mask is None:
            return None
        return self.source_file(sample.source, sample.reference_mask)

    # -- tables --------------------------------------------------------------------------------

    def has(self, table: Table[Row]) -> bool:
        """Say whether a table was written."""
        if table is tables.ANNOTATIONS:
            return any(self.batch_files())
        return parts.exists(self._noted(table))

    def rows(self, table: Table[Row]) -> list[Row]:
        """Read a table. Raises TableError when it is missing or broken."""
        if table is tables.ANNOTATIONS:
            return _once_each(tables.records_of(self.annotations(), table), table)
        return tables.read(self._noted(table), table)

    def rows_about(self, table: Table[Row], sample_ids: Iterable[str]) -> list[Row]:
        """Read a table's rows about some samples; none where it was not written yet."""
        if table is tables.ANNOTATIONS:
            return _once_each(tables.records_of(tables.about(self.annotations(), sample_ids), table), table)
        return tables.read_about(self._noted(table), table, sample_ids) if self.has(table) else []

    def rows_or_empty(self, table: Table[Row]) -> list[Row]:
        """Read a table, or give no rows where it was not written yet."""
        return self.rows(table) if self.has(table) else []

    def pieces(
        self,
        table: Table[Row],
        names: Sequence[str],
        *,
        where: Where | None = None,
        encoded: Words = (),
        at_once: int | None = None,
    ) -> Iterator[pa.Table]:
        """Read columns in pieces, as ``columns.batches``; none of a table that was not written yet."""
        if table is tables.ANNOTATIONS:  # what two batches hold comes twice
            yield from batches.pieces(self.annotations_folder, names, where, encoded)
        elif self.has(table):
            path = self._noted(table)
            yield from columns.batches(path, table, names, where=where, encoded=encoded, at_once=at_once)

    def columns(
        self, table: Table[Row], names: Sequence[str], *, where: Where | None = None, encoded: Words = ()
    ) -> pa.Table:
        """Read columns as ``pieces`` does, as one table."""
        return columns.joined(table, names, encoded, self.pieces(table, names, where=where, encoded=encoded))

    def frame(self, table: Table[Row], columns: Sequence[str] | None = None) -> "pd.DataFrame":
        """Read a table, or some columns of it, as a pandas frame."""
        if table is tables.ANNOTATIONS:
            every = cast("pd.DataFrame", tables.to_arrow(table, self.rows(table)).to_pandas())
            return every if columns is None else every[list(columns)]
        return tables.frame(self._noted(table), table, columns)

    def frame_or_empty(self, table: Table[Row], columns: Sequence[str]) -> "pd.DataFrame":
        """Read columns of a table as a pandas frame, of no rows where it was not written yet."""
        if self.has(table):
            return self.frame(table, columns)
        return cast("pd.DataFrame", tables.schema(table).empty_table().select(list(columns)).to_pandas())

    def write(self, table: Table[Row], rows: Iterable[Row]) -> None:
        """Write a table whole, atomically. Annotations go through ``append_batch``.

        Raises:
            TableError: two rows have the same key, or a value is not of its field's type.
            LockedError: the lock on it that this process took was broken meanwhile.
        """
        self.write_arrow(table, tables.to_arrow(table, rows))

    def write_arrow(self, table: Table[Row], rows: pa.Table) -> None:
        """Write a table whole, as ``tables.to_arrow`` or ``tables.sorted_arrow`` gives it.

        Raises:
            LockedError: the lock on it that this process took was broken meanwhile.
        """
        self.locks.require(table.name)
        tables.write_arrow(self.table_file(table), rows)
        if self._seen is not None:
            self._seen.forget(self.table_file(table))

    def write_file(self, table: Table[Row], data: BinaryIO) -> None:
        """Write a table whole, as the bytes of its file.

        Raises:
            LockedError: as ``write_arrow``.
        """
        self.locks.require(table.name)
        tables.write_file(self.table_file(table), data)
        if self._seen is not None:
            self._seen.forget(self.table_file(table))

    def _noted(self, table: Table[Row]) -> Path:
        """Give a table's path, and remember which file it is now."""
        path = self.table_file(table)
        if self._seen is not None:
            self._seen.note(path)
        return path

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
        """Keep annotations as a new batch; when this returns, nothing but a withdrawal takes them away again.

        Raises:
            UsageError: somebody is being withdrawn: an answer about them must not come in behind the broom.
        """
        return self.append_rows(tables.to_arrow(tables.ANNOTATIONS, rows))

    def append_rows(self, rows: pa.Table) -> Path:
        """Do as ``append_batch`` with a table as ``tables.sorted_arrow`` gives it."""
        self._require_no_withdrawal()
        # A withdrawal keeps its intent before it looks for files: either it sees this one, or this sees it.
        return batches.append(self.annotations_folder, rows, confirm=self._require_no_withdrawal)

    # -- runs ----------------------------------------------------------------------------------

    def run_files(self) -> list[Path]:
        """Give the run records, oldest first."""
        return runs.files(self.root / "runs")

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
        self._require_no_withdrawal()
        self._seen = runs.Seen()
        self._seen.note(self.withdrawals_file)

    def _require_no_withdrawal(self) -> None:
        if self.withdrawal_file.exists():
            raise UsageError(
                f"a withdrawal from {self.root} was interrupted: run `datatools withdraw --workspace "
                f"{self.root}` to complete it, before anything is computed from what is half gone"
            )

    @property
    def locks(self) -> Locks:
        """Give the locks of the runs that are under way."""
        return Locks(self.root / ".locks", f"datatools verify --workspace {self.root} --repair")

    @contextmanager
    def locked(self, verb: str, writes: Sequence[object], *, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other runs from writing tables, or files with all that is in their folders.

        ``run`` does so by itself; this is for what a stage reads first to write it anew, and for folders
        that are not the workspace's.

        Raises:
            LockedError: another run is writing one of them, also after ``wait_s`` seconds.
        """
        self.create()
        with self.locks.hold(runs.lock_names(self.root, writes), verb, wait_s=wait_s):
            yield

    @contextmanager
    def alone(self, verb: str) -> Iterator[None]:
        """Keep every other run from writing anything.

        Raises:
            LockedError: another run is under way.
        """
        with self.locks.hold([EVERYTHING], verb):
            yield

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

        ``reads`` and ``writes`` hold tables, and paths of files in the workspace. Nobody else writes the
        same meanwhile.

        The record is written last, so its presence means that the stage finished.

        Raises:
            LockedError: another run is writing one of them, wrote a table that this stage had read, or took
                this run for dead; or somebody was withdrawn since the stage began.
            UsageError: somebody is being withdrawn.
        """
        with telemetry.span("run", stage=stage) as told, self.locked(stage, writes):
            if not self.locks.is_ours(EVERYTHING):
                self._require_no_withdrawal()  # it may have begun since the stage looked
            if self._seen is not None:
                self._seen.require_same()
                self._seen = None
            recorder = runs.Recorder(stage, settings, self.hashes(reads), self.root / "runs")
            yield recorder.run
            for name in runs.lock_names(self.root, writes):
                self.locks.require(name)
            recorder.write(self.hashes(writes))
            told["number"] = recorder.run.number

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
                if parts.exists(path):  # one name for a table, whatever files hold it
                    found[self.relative(path)] = parts.sha256(path)
            else:
                raise TableError(f"a run reads and writes tables and files; got {item!r}")
        return found
