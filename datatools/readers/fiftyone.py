"""How is a FiftyOne data set read: one exported to a folder, one in the database, or one of the zoo?

The source is the folder that holds the pictures. Without options it is an exported FiftyOneDataset, and
FiftyOne is not needed. ``dataset=NAME`` takes the samples from FiftyOne's database instead (``view=NAME``:
those of a saved view), ``zoo=NAME`` or ``zoo=NAME:SPLIT`` downloads one of the zoo into the folder first.

Fields: ``mask`` (a Segmentation or a Heatmap whose masks are files), ``mask_source``, ``person``, ``split``.
Every other option is a question: ``perceived_gender=FIELD`` or ``perceived_race=FIELD:utkface_race@1``.
"""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from datatools import vocab
from datatools.errors import DataError, UsageError
from datatools.outside.structured import read_json
from datatools.readers import Answer, AnswerSource, Entry
from datatools.readers._mask_source import UNSTATED, stated

_SAMPLES, _ABOUT = "samples.json", "metadata.json"
# The fields of what ``datatools browse --export`` writes; elsewhere they are not there, and nothing is taken.
_MASK, _PERSON, _SPLIT = "reference_mask", "person_id", "split"
_SPLIT_TAGS = ("train", "training", "val", "validation", "test", "testing")
_BACKGROUND = frozenset({"background", "(background)", "other", "none", ""})
_LABELS = "fiftyone.utils.labels"  # where FiftyOne's functions on masks are

_Json = Mapping[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """What a FiftyOne data set holds, as FiftyOne writes it into JSON."""

    name: str
    media_type: str
    samples: list[_Json]
    mask_targets: _Json  # what the values of a field's masks mean, by field
    default_mask_targets: _Json  # of the fields that have none of their own


class FiftyOne:
    """Any FiftyOne data set of pictures.

    Nobody is assumed to have drawn the masks: a label that says who (``mask_source``) or the option does,
    otherwise scores against them are agreement.
    """

    def __init__(
        self,
        root: Path,
        *,
        dataset: str | None = None,
        view: str | None = None,
        zoo: str | None = None,
        mask: str = _MASK,
        mask_source: str | None = None,
        person: str = _PERSON,
        split: str = _SPLIT,
        **questions: str,
    ) -> None:
        if (dataset is not None and zoo is not None) or (view is not None and dataset is None):
            raise UsageError("expected the option dataset, perhaps with view, or the option zoo")
        self._root = root.resolve()
        self._dataset, self._view, self._zoo = dataset, view, zoo
        self._mask, self._person, self._split = mask, person, split
        self._mask_source = None if mask_source is None else stated(mask_source)
        self._questions = {name: _asked(name, value) for name, value in questions.items()}

    @property
    def licence(self) -> str:
        """Give the licences that the samples name in a field ``licence``."""
        found = {str(sample["licence"]) for sample in self._listing.samples if sample.get("licence")}
        return "; ".join(sorted(found)) or "unknown"

    def matches(self) -> bool:
        return all((self._root / name).is_file() for name in (_SAMPLES, _ABOUT))

    def entries(self) -> Iterator[Entry]:
        listing = self._listing
        if listing.media_type not in {"image", "None"}:
            raise DataError(
                f"{listing.name}: expected a data set of pictures, got {listing.media_type}: select its "
                "pictures in FiftyOne (select_group_slices, to_frames), clone them and read the clone"
            )
        known = {name for sample in listing.samples for name in sample}
        fields = {self._mask, self._person, self._split, *(field for field, _ in self._questions.values())}
        unknown = sorted(fields - known - {_MASK, _PERSON, _SPLIT})
        if unknown:
            raise UsageError(
                f"{listing.name}: no sample has the field {', '.join(unknown)}; expected one of "
                f"{', '.join(sorted(known))}"
            )
        self._require_one_class(listing)
        for number, sample in enumerate(listing.samples, 1):
            yield self._entry(number, sample, listing.name)

    @cached_property
    def _listing(self) -> Listing:
        if self._dataset is None and self._zoo is None:
            return _of_folder(self._root)
        from datatools.readers import _fiftyone_database  # needs FiftyOne, which takes seconds to load

        if self._dataset is not None:
            return _fiftyone_database.of_dataset(self._dataset, self._view)
        return _fiftyone_database.of_zoo(str(self._zoo), self._root)

    def _require_one_class(self, listing: Listing) -> None:
        """Refuse masks of several classes: in a reference mask each of them would be the person."""
        if not any(self._mask in sample for sample in listing.samples):
            return
        targets = _mapping(listing.mask_targets.get(self._mask)) or listing.default_mask_targets
        names = {str(name) for value, name in targets.items() if str(value) != "0"}
        classes = sorted(name for name in names if name.lower() not in _BACKGROUND)
        if len(classes) > 1:
            raise UsageError(
                f"{listing.name}: expected masks of the person alone in {self._mask}, got {len(classes)} "
                f"classes ({', '.join(classes[:5])} ...): keep one with {_LABELS}.transform_segmentations("
                f"dataset, {self._mask!r}, {{VALUE: 255}}, output_dir=..., update_mask_targets=True)"
            )

    def _entry(self, number: int, sample: _Json, name: str) -> Entry:
        given = str(sample.get("filepath") or "")
        path = self._below(given) if given else None
        if path is None:
            outside = f"its file lies outside {self._root}: give a --source that holds all pictures"
            return Entry(path=given or f"sample {number}", problem=outside if given else "it names no file")
        mask, made_by, problem = self._mask_of(sample)
        person = sample.get(self._person)
        return Entry(
            path=path,
            mask=mask,
            mask_source=made_by,
            person_id=None if person is None else str(person),
            source_split=self._split_of(sample),
            answers=tuple(self._answers(sample, name)),
            problem=problem,
        )

    def _below(self, file: str) -> str | None:
        """Give a path below the root; None where the file lies elsewhere."""
        if "\0" in file:
            return None
        path = os.path.normpath(self._root / file)
        for found in (Path(path), Path(os.path.realpath(path))):
            if found.is_relative_to(self._root):
                return found.relative_to(self._root).as_posix()
        return None

    def _mask_of(self, sample: _Json) -> tuple[str | None, str | None, str | None]:
        """Give a sample's mask, who made it, and why there is none although there is a label."""
        label = _mapping(sample.get(self._mask))
        if not label:
            return None, None, None
        file = label.get("mask_path") or label.get("map_path")
        if not file:
            is_flat = str(label.get("_cls")) in {"Segmentation", "Heatmap"}
            export = f"{_LABELS}.export_segmentations(dataset, {self._mask!r}, FOLDER)"
            render = f"{_LABELS}.objects_to_segmentations(dataset, {self._mask!r}, FIELD, output_dir=FOLDER)"
            way = export if is_flat else render
            return None, None, f"mask not used: expected one that is a file; write the masks with {way}"
        mask = self._below(str(file))
        if mask is None:
            return None, None, f"mask not used: it lies outside {self._root}"
        return mask, self._mask_source or _who(label.get("mask_source")), None

    def _split_of(self, sample: _Json) -> str | None:
        found = sample.get(self._split)
        if found is not None:
            return str(found)
        tags = sample.get("tags")
        told = [str(tag) for tag in tags] if isinstance(tags, list) else []
        return next((tag for tag in told if tag.lower() in _SPLIT_TAGS), None)

    def _answers(self, sample: _Json, name: str) -> Iterator[Answer]:
        for question, (field, vocabulary) in self._questions.items():
            is_self_report = vocab.question(question).kind == "self_reported"
            source: AnswerSource = "self_report" if is_self_report else "dataset"
            for value in _values(sample.get(field)):
                yield Answer(
                    question=question,
                    value=value,
                    vocabulary=vocabulary,
                    source=source,
                    annotator_id=f"dataset:{name}",
                )


def _of_folder(root: Path) -> Listing:
    """Read what FiftyOne exported as a FiftyOneDataset."""
    about = _json(root / _ABOUT)
    samples = _json(root / _SAMPLES).get("samples")
    if not isinstance(samples, list) or not all(isinstance(sample, dict) for sample in samples):
        raise DataError(f"{root / _SAMPLES}: expected a list of samples, as FiftyOne exports them")
    return Listing(
        name=root.name,
        media_type=str(about.get("media_type")),
        samples=samples,
        mask_targets=_mapping(about.get("mask_targets")),
        default_mask_targets=_mapping(about.get("default_mask_targets")),
    )


def _json(path: Path) -> _Json:
    if not path.is_file():
        raise DataError(
            f"expected {path}: export with dataset.export(FOLDER, fiftyone.types.FiftyOneDataset), or name a "
            "data set of FiftyOne's database with the option dataset=NAME"
        )
    return _mapping(read_json(path, "what FiftyOne exports"))


def _mapping(found: object) -> _Json:
    return found if isinstance(found, dict) else {}


def _who(found: object) -> str:
    """Give who made a mask, as its label says; what is no mask source says nothing."""
    if isinstance(found, str) and found.startswith("composite:"):
        return found
    try:
        return stated(str(found))
    except UsageError:
        return UNSTATED


def _values(found: object) -> list[str]:
    """Give the words of a field: of a label, of several, or of a plain value."""
    if isinstance(found, dict):
        listed = found.get("classifications")
        labels = [_mapping(one) for one in listed] if isinstance(listed, list) else [_mapping(found)]
        return [str(label["label"]) for label in labels if label.get("label") is not None]
    if isinstance(found, list):
        return [word for one in found for word in _values(one)]
    if isinstance(found, bool):
        return ["yes" if found else "no"]
    if isinstance(found, float):
        return [f"{found:.15g}"]
    return [] if found is None else [str(found)]


def _asked(question: str, value: str) -> tuple[str, str]:
    """Split FIELD or FIELD:VOCABULARY; the question's first vocabulary is the default."""
    field, _, vocabulary = value.partition(":")
    return field, vocab.load(vocabulary or vocab.question(question).vocabularies[0]).key


build = FiftyOne
