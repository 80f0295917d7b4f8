"""What in a workspace is a person's, and by which words is it mentioned?

Their samples are those that the manifest gives them, and every picture that was made of these: crops,
composites that show them, and composites before a background that was taken from their picture.
"""

import glob
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

import pyarrow as pa
import pyarrow.compute as pc

from datatools import tables
from datatools.errors import UsageError
from datatools.records import AlphaRow, MaskRow, MatteRow, Sample
from datatools.withdrawal import galleries, handed_on
from datatools.workspace import Workspace

_SHARDS_READER = "webdataset"
_MIN_NAME = 4  # shorter words, or words without a digit or without a letter, mean other things too


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """All that a withdrawal has to know, before it removes where it knows it from."""

    people: list[str]  # person_ids that must not be found any more; empty where a sample alone goes
    words: list[str]  # what their source calls them, where that can mean nobody else
    samples: list[str]
    hashes: list[str]  # SHA-256 of files that show them, 64 hex digits, and sample ids
    files: list[str]  # absolute: their files in the workspace, and what the toolkit made of them elsewhere
    listed: dict[str, list[str]]  # by folder, absolute: what its listings call them and their pictures
    outside: list[str]  # absolute: their files in sources that lie elsewhere
    counts: dict[str, int]
    shards: list[str] = field(default_factory=list)  # addresses of shards that may hold them


def trace(workspace: Workspace, *, person: str | None, sample: str | None) -> Trace | None:
    """Find what belongs to a person, or to one sample; None where nothing does.

    Raises:
        TableError: nothing was ingested, or a table is broken.
    """
    manifest = workspace.rows(tables.MANIFEST)
    first = {row.sample_id for row in manifest if row.person_id == person or row.sample_id == sample}
    if not first:
        return None
    samples = _with_made(workspace, first)
    rows = [row for row in manifest if row.sample_id in samples]
    made = [
        row
        for row in workspace.rows_or_empty(tables.MADE)
        if row.sample_id in samples or row.background in samples
    ]
    people = _people(manifest, samples, person)
    files = _files(workspace, rows)
    stems = _stems(manifest, samples)
    files = sorted({*files, *_namesakes(workspace, stems)})
    root = workspace.root.resolve()
    names = [(row.folder, name) for row in made for name in (row.image, row.mask) if name]
    made_files = {(Path(folder) / name).resolve() for folder, name in names}
    beside = _beside(workspace, files)  # not hashed: a label of one letter is that of many
    everything = {*files, *beside}
    ours = {path for path in everything if path.is_relative_to(root)} | made_files
    in_shards, shards = handed_on.holding(workspace, samples)
    theirs, others = _kept_hashes(workspace, samples)
    hashes = theirs | {tables.sha256_file(path) for path in (*files, *made_files) if path.is_file()}
    hashes -= others  # two empty masks have the same bytes, and say nothing of anybody
    return Trace(
        people=people,
        words=_words(manifest, people),
        samples=sorted(samples),
        hashes=sorted(hashes | samples),
        files=sorted(map(str, {*ours, *in_shards})),
        listed=_listed(workspace, stems, people),
        outside=sorted(str(path) for path in everything - ours),
        counts=_counts(workspace, samples, rows, len(made)),
        shards=shards,
    )


def find(workspace: Workspace, *, person: str | None, sample: str | None) -> Trace:
    """Do as ``trace``.

    Raises:
        UsageError: nobody here has this name.
    """
    found = trace(workspace, person=person, sample=sample)
    if found is None:
        wanted = f"the person {person!r}" if person is not None else f"the sample {sample!r}"
        raise UsageError(
            f"expected a person_id or sample_id of the manifest, {wanted} is not in it: nothing was removed "
            "(a person_id is written SOURCE:NAME, as `datatools browse` and the manifest show it)"
        )
    return found


def pattern(found: Trace) -> re.Pattern[str]:
    """Give what finds a mention in a text: whole words only, so that p1 is not found in p12."""
    words = sorted({*found.people, *found.words, *found.hashes}, key=len, reverse=True)
    return re.compile(r"(?<![A-Za-z0-9])(?:" + "|".join(map(re.escape, words)) + r")(?![A-Za-z0-9])")


def _words(manifest: Sequence[Sample], people: Sequence[str]) -> list[str]:
    """Give the sources' own names of people, where nothing and nobody else is called so.

    42 or `white` may mean anything, and p0001 somebody else in another source.
    """
    others = {row.person_id.partition(":")[2] for row in manifest if row.person_id not in set(people)}
    names = {person.partition(":")[2] for person in people} - others
    return sorted(name for name in names if len(name) >= _MIN_NAME and _is_telling(name))


def _is_telling(name: str) -> bool:
    return any(c.isdigit() for c in name) and any(c.isalpha() for c in name)


def _with_made(workspace: Workspace, first: set[str]) -> set[str]:
    """Add the samples that were made of these, again and again until there are no more."""
    found = set(first)
    lineage = workspace.rows_or_empty(tables.LINEAGE)
    while True:
        more = {row.sample_id for row in lineage if row.parent in found or row.background in found} - found
        if not more:
            return found
        found |= more


def _people(manifest: Sequence[Sample], samples: set[str], person: str | None) -> list[str]:
    """Give the person_ids that nobody's picture has once the samples are gone."""
    staying = {row.person_id for row in manifest if row.sample_id not in samples}
    asked = {person} if person is not None else set()
    leaving = {row.person_id for row in manifest if row.sample_id in samples}
    # Whoever stands before a withdrawn background is a person of their own, and may have had one picture.
    return sorted((leaving | asked) - staying)


def _files(workspace: Workspace, rows: Iterable[Sample]) -> list[Path]:
    """Give the files in the sources that hold these samples: pictures, copies, masks."""
    roots = {row.source: Path(row.root) for row in workspace.rows(tables.SOURCES)}
    found: set[Path] = set()
    for row in rows:
        for name in (row.path, row.reference_mask, *row.aliases):
            if name is not None:
                source, _, path = name.partition(":")
                root, below = (roots[source], path) if path and source in roots else (roots[row.source], name)
                found.add(root.resolve() / PurePosixPath(below))
    return sorted(found)


def _beside(workspace: Workspace, pictures: Iterable[Path]) -> set[Path]:
    """Give what else a sample of unpacked shards has: KEY.json, KEY.txt; other shards have the same names."""
    roots = [
        Path(row.root).resolve() for row in workspace.rows(tables.SOURCES) if row.reader == _SHARDS_READER
    ]
    return {
        path
        for picture in pictures
        if any(picture.is_relative_to(root) for root in roots)
        for path in picture.parent.glob(f"{glob.escape(picture.name.partition('.')[0])}.*")
    }


def _stems(manifest: Sequence[Sample], samples: set[str]) -> dict[str, set[str]]:
    """Give, by source, the names of their pictures without folder and suffix, where no other's is the same.

    Landmarks, twins and rows of a listing go by such names: ID.npy beside ID.jpg.
    """
    theirs: dict[str, set[str]] = {}
    others: dict[str, set[str]] = {}
    for row in manifest:
        found = theirs if row.sample_id in samples else others
        for name in (row.path, *row.aliases):
            source, _, path = name.rpartition(":")
            found.setdefault(source or row.source, set()).add(PurePosixPath(path).stem)
    return {source: names - others.get(source, set()) for source, names in theirs.items()}


def _namesakes(workspace: Workspace, stems: Mapping[str, set[str]]) -> list[Path]:
    """Give the files of the sources that have the names of their pictures."""
    found: list[Path] = []
    for source in workspace.rows(tables.SOURCES):
        if wanted := stems.get(source.source):
            root = Path(source.root).resolve()
            found += [path for path in root.rglob("*") if path.stem in wanted and path.is_file()]
    return found


def _listed(
    workspace: Workspace, stems: Mapping[str, set[str]], people: Sequence[str]
) -> dict[str, list[str]]:
    """Give the folders whose listings name the people, with the names that each may use.

    These are the sources in the workspace, and the folders of made pictures and galleries wherever they lie.
    """
    root = workspace.root.resolve()
    found: dict[str, set[str]] = {}
    for source in workspace.rows(tables.SOURCES):
        folder = Path(source.root).resolve()
        if folder.is_relative_to(root) and folder != root:
            own = [person.partition(":")[2] for person in people if person.startswith(f"{source.source}:")]
            found.setdefault(str(folder), set()).update(own, stems.get(source.source, ()))
    for made in workspace.rows_or_empty(tables.MADE):
        found.setdefault(str(Path(made.folder).resolve()), set())
    for gallery in filter(galleries.is_one, galleries.known(workspace)):
        found.setdefault(str(gallery), set())
    return {folder: sorted(names) for folder, names in sorted(found.items())}


def _kept_hashes(workspace: Workspace, samples: set[str]) -> tuple[set[str], set[str]]:
    """Give the SHA-256 that tables keep of files made of the samples, and those of files made of others."""
    rows: list[MatteRow | MaskRow | AlphaRow] = [
        *workspace.rows_or_empty(tables.MATTES),
        *workspace.rows_or_empty(tables.MASKS),
        *workspace.rows_or_empty(tables.ALPHAS),
    ]
    theirs, others = set[str](), set[str]()
    for row in rows:
        if row.sha256 is not None:
            (theirs if row.sample_id in samples else others).add(row.sha256)
    return theirs, others


def _n_answers(workspace: Workspace, samples: set[str]) -> int:
    if not workspace.has(tables.ANNOTATIONS):
        return 0
    asked = workspace.annotations()["sample_id"].combine_chunks().cast(pa.string())
    return int(pc.sum(pc.is_in(asked, value_set=pa.array(sorted(samples), pa.string()))).as_py() or 0)


def _counts(workspace: Workspace, samples: set[str], rows: Sequence[Sample], n_made: int) -> dict[str, int]:
    """Count by kind what a withdrawal removes, for the tombstone."""

    def count(found: Iterable[str]) -> int:
        return sum(sample_id in samples for sample_id in found)

    kinds: Counter[str] = Counter(pictures=len(rows), made_pictures=n_made)
    kinds["reference_masks"] = sum(row.reference_mask is not None for row in rows)
    kinds["mattes"] = count(row.sample_id for row in workspace.rows_or_empty(tables.MATTES))
    kinds["masks"] = count(row.sample_id for row in workspace.rows_or_empty(tables.MASKS))
    kinds["cut_outs"] = count(row.sample_id for row in workspace.rows_or_empty(tables.ALPHAS))
    kinds["answers"] = _n_answers(workspace, samples)
    kinds["scores"] = count(row.sample_id for row in workspace.rows_or_empty(tables.SCORES))
    return dict(sorted(kinds.items()))
