"""How do answers travel to CVAT and back, as tags of whole images?

Written: FILE.xml, annotations in "CVAT for images 1.1"; FILE-labels.json, the labels to paste as Raw when
the task is made. Read: such a file, or the ZIP or the folder it lies in. A tag whose label is no
question may have attributes that are. CVAT keeps neither time nor annotator of a tag: where the record
does not say, the task's assignee is the annotator.
"""

import contextlib
import io
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, ClassVar
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

from datatools import sheets, tables, vocab
from datatools.errors import DataError
from datatools.exchange import Item, _cvat_labels
from datatools.exchange._cvat_labels import NOTE, OPEN, RECORD, VALUE
from datatools.exchange._items import texts
from datatools.exchange._json import mapping, text
from datatools.exchange._samples import named
from datatools.outside.archives import opened
from datatools.outside.markup import UNWRITABLE, refuse_declarations
from datatools.outside.structured import json_of
from datatools.sheets import FIELDS, SEVERAL, Cell, Rejected

_WHAT = "annotations in CVAT for images 1.1 (XML, or the ZIP it comes in)"
_FILE = "annotations.xml"
_SHAPES = frozenset({"box", "polygon", "polyline", "points", "ellipse", "cuboid", "mask", "skeleton"})
_CHECKED = {"true": "yes", "false": "no"}  # what CVAT writes for a checkbox


class Cvat:
    """CVAT's tags; options say who its users are, as ``--options.USERNAME ann01``."""

    suffix: ClassVar[str] = ".xml"
    shows_pictures: ClassVar[bool] = True

    def __init__(self, **users: str) -> None:
        self._users = users

    def matches(self, path: Path) -> bool:
        if path.is_dir():
            return (path / _FILE).is_file()
        return path.suffix.lower() in {".xml", ".zip"}

    def write(self, path: Path, items: Sequence[Item]) -> None:
        labels = _cvat_labels.labels(items)
        definitions = [
            {
                "name": name,
                "type": "tag",
                "attributes": [
                    {
                        "name": attribute.name,
                        "input_type": attribute.input_type,
                        "mutable": False,
                        "values": list(attribute.values) or [""],
                        "default_value": attribute.default,
                    }
                    for attribute in attributes
                ],
            }
            for name, attributes in labels.items()
        ]
        data = json.dumps(definitions, indent=1, ensure_ascii=False).encode() + b"\n"
        tables.write_bytes(path.with_name(f"{path.stem}-labels.json"), data)
        stream = io.BytesIO()
        tree = ElementTree.ElementTree(_document(items, labels))
        ElementTree.indent(tree)
        tree.write(stream, encoding="utf-8", xml_declaration=True)
        tables.write_bytes(path, stream.getvalue() + b"\n")

    def read(self, path: Path) -> Iterator[Cell | Rejected]:
        with _document_of(path) as stream:
            refuse_declarations(stream, path.name)
        with _document_of(path) as stream:
            try:
                # Safe: nothing can be declared in it (refuse_declarations).
                events = ElementTree.iterparse(stream, events=("start", "end"))  # noqa: S314
                yield from self._images(path.name, events)
            except ElementTree.ParseError as error:
                raise DataError(f"{path.name}: expected {_WHAT}: {error}") from error

    def _images(self, name: str, events: Iterator[tuple[str, Element]]) -> Iterator[Cell | Rejected]:
        _, root = next(events)
        if root.tag != "annotations":
            raise DataError(f"{name}: expected {_WHAT}, got XML that begins with <{root.tag}>")
        assignee = None
        for event, element in events:
            if event == "start":
                continue
            if element.tag == "track":
                raise DataError(f"{name}: expected {_WHAT}, got the tracks of a video")
            if element.tag == "meta":
                assignee = element.findtext("./*/assignee/username") or None
            elif element.tag == "image":
                who = None if assignee is None else self._users.get(assignee, f"cvat:{assignee}")
                yield from _answers(element, {} if who is None else {"annotator_id": who})
                root.clear()  # images that were read


@contextlib.contextmanager
def _document_of(path: Path) -> Iterator[IO[bytes]]:
    if path.suffix.lower() == ".zip":
        with opened(path, _WHAT) as archive:
            if _FILE not in archive.namelist():
                raise DataError(f"{path.name}: expected {_FILE} in the ZIP file of CVAT for images 1.1")
            with archive.open(_FILE) as stream:
                yield stream
        return
    file = path / _FILE if path.is_dir() else path
    try:
        stream = file.open("rb")
    except OSError as error:
        raise DataError(f"expected {_WHAT} at {file}: {error}") from error
    with stream:
        yield stream


def _document(items: Sequence[Item], labels: Mapping[str, Sequence[_cvat_labels.Attribute]]) -> Element:
    root = Element("annotations")
    SubElement(root, "version").text = "1.1"
    task = SubElement(SubElement(root, "meta"), "task")
    listed = SubElement(task, "labels")
    for name, attributes in labels.items():
        label = SubElement(listed, "label")
        SubElement(label, "name").text = name
        SubElement(label, "type").text = "tag"
        described = SubElement(label, "attributes")
        for attribute in attributes:
            entry = SubElement(described, "attribute")
            SubElement(entry, "name").text = attribute.name
            SubElement(entry, "mutable").text = "False"
            SubElement(entry, "input_type").text = attribute.input_type
            SubElement(entry, "default_value").text = attribute.default
            SubElement(entry, "values").text = "\n".join(attribute.values)
    images: dict[str, Element] = {}
    for item in items:
        # CVAT calls an uploaded picture by its bare name.
        name = PurePosixPath(item.picture or f"{item.sample_id}.jpg").name
        if name not in images:
            size = (str(item.width_px or 0), str(item.height_px or 0))
            images[name] = SubElement(
                root, "image", id=str(len(images)), name=name, width=size[0], height=size[1]
            )
        record = json.dumps(texts(item) | {"sample": item.sample_id}, sort_keys=True)
        for value in item.values or (OPEN,):
            said = _cvat_labels.label(item.question, item.vocabulary)
            tag = SubElement(images[name], "tag", label=said, source="manual")
            for key, content in ((VALUE, value), (NOTE, _writable(item.note)), (RECORD, record)):
                SubElement(tag, "attribute", name=key).text = content
    return root


def _writable(note: str) -> str:
    return UNWRITABLE.sub("\N{REPLACEMENT CHARACTER}", note)


def _answers(image: Element, fields: Mapping[str, str]) -> Iterator[Cell | Rejected]:
    """Give an image's answers: tags of one label and record are the values of one."""
    picture = image.get("name", "")
    where = f"image {picture!r}"
    values: dict[tuple[str, str, str, str], list[str]] = {}
    for element in image:
        given = {entry.get("name", ""): entry.text or "" for entry in element.iterfind("attribute")}
        label = element.get("label", "")
        question = label.partition(":")[0]
        asked = [name for name in given if name in vocab.questions()]
        made = {**fields, "source": "model"} if element.get("source") == "auto" else fields
        if element.tag == "tag" and question in vocab.questions() and VALUE in given:
            key = (label, given.get(RECORD, ""), given.get(NOTE, ""), made.get("source", ""))
            values.setdefault(key, []).append(given[VALUE])
        elif element.tag == "tag" and asked:
            for name in asked:
                said = [_CHECKED.get(word, word) for word in given[name].split(SEVERAL)]
                yield from sheets.given(where, named(picture), name, said, made)
        elif element.tag == "tag" or (element.tag in _SHAPES and (asked or question in vocab.questions())):
            yield Rejected(
                where=where,
                sample=named(picture),
                question=label,
                value="",
                reason=f"expected a tag of the image whose label is a question with an attribute {VALUE}, or "
                f"that has attributes named after questions; got a {element.tag} of {label!r}",
            )
    for number, ((label, record, note, source), said) in enumerate(values.items(), 1):
        question, _, vocabulary = label.partition(":")
        kept = _kept(record, note)
        usual = {name: word for name, word in (("vocabulary", vocabulary), ("source", source)) if word}
        known = {name: kept[name] for name in (*FIELDS, sheets.WAS) if kept.get(name)}
        yield from sheets.given(
            f"{where}, answer {number}",
            kept.get("sample") or named(picture),
            question,
            [] if said == [OPEN] else said,
            {**fields, **usual, **known},
        )


def _kept(record: str, note: str) -> dict[str, str]:
    """Give the fields that a tag's record keeps, with the note as it stands now."""
    try:
        found = json_of(record or "{}", "record", "the fields of an answer", mends=True)
        kept = {name: text(value) for name, value in mapping(found).items()}
    except DataError:
        kept = {}  # somebody wrote into it: the answer stands, its old fields do not
    return kept if note == _writable(kept.get(NOTE, "")) else {**kept, NOTE: note}


build = Cvat
