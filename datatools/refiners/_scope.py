"""Which pictures are refined, from which mattes and faces?"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from datatools import streams, tables
from datatools.errors import UsageError
from datatools.masks import Face
from datatools.pipeline import Item
from datatools.records import MatteRow, Sample
from datatools.selection import faces_fingerprint, faces_of
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True)
class Subject:
    """A sample, its mattes sorted by teacher, and its faces, largest first."""

    sample: Sample
    mattes: list[MatteRow]
    faces: list[Face]


def require_teachers(workspace: Workspace, wanted: Sequence[str]) -> None:
    """Raise UsageError where nobody of a wanted name has a matte."""
    if not workspace.has(tables.MATTES):
        workspace.rows(tables.MATTES)  # which says what to do
    column = workspace.columns(tables.MATTES, ("teacher",), encoded=("teacher",))["teacher"]
    known = sorted(column.unique().to_pylist())
    for name in wanted:
        if name not in known:
            raise UsageError(
                f"expected teachers with mattes ({', '.join(known) or 'there are none'}), got {name!r}: run "
                f"`datatools segment --teachers {name}` first"
            )


@dataclass(slots=True)
class Scope:
    """The samples that were gone over, and those that could not be refined as they should be."""

    n_px: int = 0  # of those with a matte
    n_left: int = 0  # without a matte
    n_unseen: int = 0  # nobody looked for faces

    def sentences(self) -> list[str]:
        """Say what was left out, and what to do."""
        notes = []
        if self.n_left:
            notes.append(
                f"{self.n_left} pictures have no matte yet and were left out: run `datatools segment`."
            )
        if self.n_unseen:
            notes.append(
                f"No finder looked at {self.n_unseen} pictures: the face rules took them as faceless. Run "
                "`datatools landmarks` first to use them."
            )
        return notes


def items_of(
    workspace: Workspace, samples: Iterable[Sample], teachers: Sequence[str], recipe: str, scope: Scope
) -> Iterator[Item[Subject]]:
    """Give each sample that has a matte of these teachers, of any where none is named."""
    mattes = streams.Alongside(workspace, tables.MATTES)
    landmarks = streams.Alongside(workspace, tables.LANDMARKS)
    for sample in samples:
        key = sample.sample_id
        wanted = [row for row in mattes.of(key) if not teachers or row.teacher in teachers]
        if not wanted:
            scope.n_left += 1
            continue
        seen = faces_of(landmarks.of(key))
        scope.n_unseen += key not in seen
        scope.n_px += (sample.width_px or 0) * (sample.height_px or 0)
        rows, found = sorted(wanted, key=lambda row: row.teacher), seen.get(key, [])
        inputs = [(row.teacher, row.sha256, row.error) for row in rows]
        parents = tables.fingerprint(inputs, faces_fingerprint(found), recipe)
        yield Item(key, parents, Subject(sample, rows, found))
