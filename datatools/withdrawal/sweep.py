"""How is every file of a workspace rid of a person?

Tables, listings, records and sheets lose the rows and entries about them and keep the rest. What cannot be
edited goes: their pictures, pages that show pictures (a picture in a page has no name to tell it by), PDFs
(nothing in them can be searched), packs of training pictures, archives and binary files that name them,
leftovers of runs that were killed.
"""

import json
import re
import shutil
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from datatools import tables
from datatools.errors import DataError
from datatools.outside.structured import read_json
from datatools.progress import Progress
from datatools.withdrawal import _archive, _parquet, _sheet
from datatools.withdrawal._text import CLEANERS, clean_listing
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.trace import pattern
from datatools.workspace import Workspace

_PAGES = frozenset({".html", ".htm"})
_PHOTOGRAPHS = frozenset({".jpeg", ".jpg"})  # in a report these are people
_ARCHIVES = frozenset({".zip", ".npz"})
_RASTER = re.compile(rb"data:image/(?:jpeg|png|webp|gif)")
_PACK = "pack"  # a folder of resized training pictures in a model's folder
_QUALITY = PurePosixPath("models/quality")  # its examples are features of masks, person by nameless person


@dataclass(slots=True)
class Swept:
    """What a sweep did, in numbers that name nobody."""

    n_rewritten: int = 0
    n_removed: int = 0
    n_by_suffix: Counter[str] = field(default_factory=Counter)  # of the removed


class Sweep:
    """One pass over a workspace; a second pass finds nothing to do."""

    def __init__(self, workspace: Workspace, intent: Intent, ledger: Ledger) -> None:
        self._root = workspace.root.resolve()
        self._workspace = workspace
        self._ledger = ledger
        trace = intent.trace
        self._trace = trace
        self._mention = pattern(trace)
        self._bytes = re.compile(self._mention.pattern.encode())
        self._hashes = frozenset(trace.hashes)
        self._listed = {Path(root): frozenset(names) for root, names in trace.listed.items()}
        self._own = {ledger.intent_file.resolve(), ledger.list_file.resolve()}
        self.done = Swept()

    def run(self, progress: Progress) -> Swept:
        """Go over the workspace and over the folders of made pictures elsewhere."""
        for name in self._trace.files:
            self._remove(Path(name))
        for pack in sorted(self._root.glob(f"models/*/{_PACK}")):
            self._ledger.touch(pack)
            shutil.rmtree(pack, ignore_errors=True)
        files = list(self._files())
        with progress.bar("withdraw", len(files)) as advance:
            for path in files:
                self._clean(path)
                advance()
        for folder in sorted(self._root.rglob("*"), reverse=True):
            if folder.is_dir() and not folder.is_symlink() and self._mention.search(folder.name):
                shutil.rmtree(folder)
        return self.done

    def _files(self) -> Iterator[Path]:
        elsewhere = [root for root in self._listed if not root.is_relative_to(self._root)]
        for root in (self._root, *elsewhere):
            for path in sorted(root.rglob("*")):
                if (path.is_file() or path.is_symlink()) and path not in self._own:
                    yield path

    # -- one file ------------------------------------------------------------------------------

    def _clean(self, path: Path) -> None:
        relative = self._below(path)
        if path.is_symlink():
            if self._mention.search(relative):
                self._remove(path)
            return
        if self._must_go(path, relative):
            self._remove(path)
        elif path.suffix == ".parquet":
            self._clean_table(path)
        elif path.suffix == ".xlsx":
            self._replace(path, _sheet.scrubbed(path, self._mention))
        elif path.suffix in CLEANERS:
            self._clean_text(path)
        elif path.suffix in _ARCHIVES:
            if _archive.mentions(path, self._bytes, self._hashes):
                self._remove(path)
        else:
            content = path.read_bytes()
            if tables.sha256_bytes(content) in self._hashes or self._bytes.search(content):
                self._remove(path)

    def _must_go(self, path: Path, relative: str) -> bool:
        """Say whether a file goes whole, by its name or kind."""
        if self._mention.search(relative) or path.name.endswith(".part"):
            return True
        if path.suffix in _PAGES:
            page = path.read_bytes()
            return _RASTER.search(page) is not None or self._bytes.search(page) is not None
        if PurePosixPath(relative).parent == _QUALITY or path.suffix == ".pdf":
            return True
        if path.suffix in _PHOTOGRAPHS and PurePosixPath(relative).parts[0] == "reports":
            return True
        return path.stem in self._names(path)

    def _clean_table(self, path: Path) -> None:
        is_ours = path.is_relative_to(self._root / "tables")
        table = _parquet.scrubbed(path, self._mention, is_ours=is_ours)
        if table is None:
            return
        if path.parent != self._root / "tables" / "annotations":
            self._replace(path, tables.to_bytes(table))
            return
        if table.num_rows:  # a batch is named by its content; both names are there for a moment
            data = tables.to_bytes(table)
            self._replace(path.with_name(f"{tables.sha256_bytes(data)[:16]}.parquet"), data)
        self._remove(path)

    def _clean_text(self, path: Path) -> None:
        before = path.read_bytes()
        text = before.decode("utf-8", errors="surrogateescape")
        names = self._names(path)
        if names and path.suffix == ".csv":
            text = clean_listing(text, self._mention, names)
        elif self._mention.search(text):
            text = CLEANERS[path.suffix](text, self._mention)
        after = text.encode("utf-8", errors="surrogateescape")
        self._replace(path, None if after == before else after)

    def _replace(self, path: Path, data: bytes | None) -> None:
        if data is None:
            return
        if not data:
            self._remove(path)
            return
        self._ledger.touch(path)
        tables.write_bytes(path, data)
        self.done.n_rewritten += 1

    def _remove(self, path: Path) -> None:
        if path.exists() or path.is_symlink():
            self._ledger.touch(path)
            path.unlink()
            self.done.n_removed += 1
            self.done.n_by_suffix[path.suffix] += 1

    def _below(self, path: Path) -> str:
        for root in (self._root, *self._listed):
            if path.is_relative_to(root):
                return path.relative_to(root).as_posix()
        return path.name

    def _names(self, path: Path) -> frozenset[str]:
        """Give what the listings beside a file call the person and their pictures."""
        found = [names for root, names in self._listed.items() if path.is_relative_to(root)]
        return frozenset().union(*found)

    # -- the records of earlier runs ------------------------------------------------------------

    def amend_records(self) -> None:
        """Take what is gone out of the outputs of earlier runs: `verify` must not miss it."""
        gone = {name for name in self._ledger.touched() if not (self._root / name).exists()}
        for path in self._workspace.run_files():
            record = read_json(path, "a run record")
            outputs = record.get("outputs") if isinstance(record, dict) else None
            if not isinstance(record, dict) or not isinstance(outputs, dict):
                raise DataError(f"{path}: expected a run record with outputs: restore it or remove it")
            if not gone.isdisjoint(outputs):
                record["outputs"] = {name: sha for name, sha in outputs.items() if name not in gone}
                text = json.dumps(record, indent=1, sort_keys=True)
                tables.write_bytes(path, text.encode() + b"\n")
