"""How is a CSV file read whose columns the user names?

Options: ``image=COLUMN`` (required), ``mask``, ``person`` and ``split`` likewise; ``mask_source`` says who
made the masks; ``file`` names the CSV where the folder holds several. Every other option is a question:
``perceived_gender=COLUMN`` or ``perceived_race=COLUMN:utkface_race@1``.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path

from datatools import vocab
from datatools.errors import UsageError
from datatools.readers import Answer, AnswerSource, Entry
from datatools.readers._files import read_rows
from datatools.readers._mask_source import UNSTATED, stated


class Table:
    """A listing of pictures below the root; paths in it are relative to the root, or absolute inside it.

    An empty cell is no answer. A picture may stand on several rows, one for each answer.
    """

    licence = "unknown"

    def __init__(
        self,
        root: Path,
        *,
        image: str | None = None,
        mask: str | None = None,
        mask_source: str = UNSTATED,
        person: str | None = None,
        split: str | None = None,
        file: str | None = None,
        **questions: str,
    ) -> None:
        self._root = root
        self._image = image
        self._mask = mask
        self._mask_source = stated(mask_source)
        self._person = person
        self._split = split
        self._file = file
        self._questions = {name: _column(name, value) for name, value in questions.items()}

    def matches(self) -> bool:
        return False  # only the user knows the columns

    def entries(self) -> Iterator[Entry]:
        if self._image is None:
            raise UsageError("the reader table needs the column of the pictures: option image=COLUMN")
        columns = [self._image, *(column for column, _ in self._questions.values())]
        columns += [column for column in (self._mask, self._person, self._split) if column is not None]
        for row in read_rows(self._listing(), columns):
            path = self._below_root(row[self._image])
            mask = self._below_root(row[self._mask]) if self._mask is not None else ""
            yield Entry(
                path=path,
                mask=mask or None,
                mask_source=self._mask_source if mask else None,
                person_id=row[self._person] or None if self._person is not None else None,
                source_split=row[self._split] or None if self._split is not None else None,
                answers=tuple(self._answers(row)),
                problem=None if path else "the listing has a row without a picture",
            )

    def _listing(self) -> Path:
        if self._file is not None:
            return self._root / self._file
        found = sorted(self._root.glob("*.csv"))
        if len(found) != 1:
            raise UsageError(
                f"expected one CSV file in {self._root}, got {len(found)}: name it with the option file=NAME"
            )
        return found[0]

    def _below_root(self, cell: str) -> str:
        path = Path(cell)
        if path.is_absolute() and path.is_relative_to(self._root):
            return path.relative_to(self._root).as_posix()
        return cell

    def _answers(self, row: Mapping[str, str]) -> Iterator[Answer]:
        for question, (column, vocabulary) in self._questions.items():
            if row[column] != "":
                is_self_report = vocab.question(question).kind == "self_reported"
                source: AnswerSource = "self_report" if is_self_report else "dataset"
                yield Answer(
                    question=question,
                    value=row[column],
                    vocabulary=vocabulary,
                    source=source,
                    annotator_id=f"dataset:{self._root.name}",
                )


def _column(question: str, value: str) -> tuple[str, str]:
    """Split COLUMN or COLUMN:VOCABULARY; the question's first vocabulary is the default."""
    column, _, vocabulary = value.partition(":")
    return column, vocab.load(vocabulary or vocab.question(question).vocabularies[0]).key


build = Table
