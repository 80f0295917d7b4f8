"""Which pictures, masks and facts do the samples of WebDataset shards hold, once they are unpacked?

Files whose names are equal up to the first dot are one sample: ``KEY.jpg`` (or .png, .webp ...) is the
picture, ``KEY.reference.png`` a mask that came with the data, ``KEY.mask.png`` or ``KEY.seg.png`` a mask,
``KEY.json`` what is known. Of its fields these are read: person_id, licence, split, mask.source,
reference.source, source, answers; ``datatools shards`` writes them.
"""

import os
from collections.abc import Iterator, Mapping
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import cast, get_args

from datatools import images
from datatools.errors import DataError, UsageError
from datatools.outside import regular
from datatools.outside.names import shown
from datatools.outside.structured import json_of, read_json
from datatools.readers import Answer, AnswerSource, Entry
from datatools.readers._files import walk
from datatools.readers._mask_source import UNSTATED, stated
from datatools.remote.addresses import key_of
from datatools.remote.places import NOTE
from datatools.workspace import inside

_REFERENCE, _MASKS = "reference.png", ("mask.png", "seg.png")
_FACTS = "json"
_UNREAD = {"cls", "txt"}
_SUFFIXES = images.SUFFIXES | images.UNREAD_SUFFIXES
_MAX_JSON_BYTES = 4 << 20  # of one sample, with all its answers
_MAX_ANSWERS, _MAX_CHARACTERS = 1000, 200
_LOOKED_AT = 300  # files, to recognise the set
_COMPOSITE = "composite:"


class WebDataset:
    """Unpacked shards; ``mask_source`` says who made masks of which the JSON does not say it."""

    def __init__(self, root: Path, mask_source: str = UNSTATED) -> None:
        self._root = root
        self._mask_source = stated(mask_source)

    @property
    def licence(self) -> str:
        """Give the licences that the samples state."""
        stated_ones = {entry.licence or "unknown" for entry in self.entries()}
        return "; ".join(sorted(stated_ones)) or "unknown"

    def matches(self) -> bool:
        return is_brought_shards(self._root) or self._has_facts_beside_pictures()

    def _has_facts_beside_pictures(self) -> bool:
        """Look at some files: beside the first pictures lies their JSON."""
        waiting, n_seen, n_pictures = [self._root], 0, 0
        while waiting:
            try:
                found = os.scandir(waiting.pop())
            except OSError:
                continue
            with found:
                for entry in found:
                    n_seen += 1
                    if n_seen > _LOOKED_AT:
                        return n_pictures > 0
                    if entry.is_dir(follow_symlinks=False):
                        waiting.append(Path(entry.path))
                    elif _is_picture(_extension(entry.name)):
                        n_pictures += 1
                        if not Path(f"{key_of(entry.path)}.{_FACTS}").is_file():
                            return False
        return n_pictures > 0

    def entries(self) -> Iterator[Entry]:
        """Give every sample that has a picture, and every mask or JSON without one as a problem."""
        for key, together in groupby(walk(self._root), lambda found: key_of(found.path)):
            files: dict[str, str] = {}
            for found in together:
                if found.problem is not None:
                    yield Entry(path=found.path, problem=found.problem)
                else:
                    files[_extension(found.path)] = found.path
            if (entry := self._entry(key, files)) is not None:
                yield entry

    def _entry(self, key: str, files: Mapping[str, str]) -> Entry | None:
        pictures = [one for one in files if _is_picture(one)]
        mask = next((name for name in (_REFERENCE, *_MASKS) if name in files), None)
        if not pictures:
            if mask is None:
                return None  # a listing, a note
            return Entry(path=key, problem=f"{files[mask]} is a mask without a picture of the same name")
        facts, remarks = self._facts(files)
        # A mask is often written as KEY.png beside KEY.jpg, and so is a second picture.
        first = min(pictures, key=lambda one: (one == "png", one))
        remarks += [f".{one} is not read: a mask's name is KEY.mask.png" for one in pictures if one != first]
        remarks += [f".{one} is not read" for one in files if one in _UNREAD]
        answers, more = _answers(facts)
        remarks += more
        return Entry(
            path=files[first],
            person_id=self._person(facts),
            mask=None if mask is None else files[mask],
            mask_source=None if mask is None else self._source_of(facts, mask),
            source_split=_text(facts, "split"),
            licence=_text(facts, "licence"),
            answers=answers,
            problem="; ".join(remarks) or None,
        )

    def _facts(self, files: Mapping[str, str]) -> tuple[Mapping[str, object], list[str]]:
        """Give what a sample's JSON says, and what is wrong with it."""
        if _FACTS not in files:
            return {}, []
        try:
            data = regular.read(inside(self._root, files[_FACTS]), _MAX_JSON_BYTES)
            found = json_of(data, f".{_FACTS}", "facts about a picture", mends=True)
        except (DataError, OSError) as error:
            return {}, [f"its JSON is not used: {error}"]
        if not isinstance(found, dict):
            return {}, ["its JSON is not used: expected an object"]
        return found, []

    def _person(self, facts: Mapping[str, object]) -> str | None:
        person = _text(facts, "person_id")
        if person is None or person == _text(facts, "sample_id"):
            return None  # nobody knows who it is
        # The manifest puts the source's name before it again; of another source's people it stays.
        return person.removeprefix(f"{self._root.name}:") or None

    def _source_of(self, facts: Mapping[str, object], mask: str) -> str:
        block = facts.get("reference" if mask == _REFERENCE else "mask")
        named = _text(block, "source") if isinstance(block, dict) else None
        if named is not None and named.startswith(_COMPOSITE):
            return named
        try:
            return self._mask_source if named is None else stated(named)
        except UsageError:
            return self._mask_source


def is_brought_shards(root: Path) -> bool:
    """Say whether a folder holds shards that ``ingest`` brought and unpacked."""
    if not (root / NOTE).is_file():
        return False
    try:
        found = read_json(root / NOTE, "the note of where a source is from")
    except DataError:
        return False
    return isinstance(found, dict) and found.get("kind") == "shards"


def _extension(path: str) -> str:
    """Give all behind the first dot of a name, in small letters."""
    return PurePosixPath(path).name.partition(".")[2].lower()


def _is_picture(extension: str) -> bool:
    return f".{extension}" in _SUFFIXES


def _text(facts: Mapping[str, object], name: str) -> str | None:
    """Give a field that is a word or a whole number, as one plain line; None for everything else."""
    value = facts.get(name)
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > _MAX_CHARACTERS:
        return None
    return value if shown(value) == value else None


def _answers(facts: Mapping[str, object]) -> tuple[tuple[Answer, ...], list[str]]:
    """Give the answers of a sample's JSON, and a remark where some are none."""
    given = facts.get("answers")
    if given is None:
        return (), []
    if not isinstance(given, list) or len(given) > _MAX_ANSWERS:
        return (), [f"its answers are not read: expected a list of at most {_MAX_ANSWERS}"]
    read = [_values(one) for one in given]
    wrong = sum(not values for values in read)
    remarks = [f"{wrong} of its {len(given)} answers are not read: a field is missing"] if wrong else []
    return tuple(answer for values in read for answer in values), remarks


def _values(given: object) -> list[Answer]:
    """Give one answer, once for each of its values; nothing where a field is missing."""
    if not isinstance(given, dict):
        return []
    question, vocabulary = _text(given, "question"), _text(given, "vocabulary")
    annotator, source = _text(given, "annotator_id"), _text(given, "source")
    several = given.get("values", [given.get("value")])
    values = [_text({"value": one}, "value") for one in several] if isinstance(several, list) else []
    if question is None or vocabulary is None or annotator is None or source not in get_args(AnswerSource):
        return []
    if None in values:
        return []
    return [
        Answer(
            question=question,
            value=str(value),
            vocabulary=vocabulary,
            source=cast("AnswerSource", source),
            annotator_id=annotator,
            created_at=_text(given, "created_at"),
        )
        for value in values
    ]


build = WebDataset
