"""Which tasks and which labeling configuration show the questions in Label Studio?"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from urllib.parse import quote
from xml.etree import ElementTree

from datatools import tables, vocab
from datatools.exchange import Item
from datatools.exchange._items import texts

ASKED = "asked"  # in a task's data: the questions that wait for an answer
TOLD = "told"  # in a task's data, which Label Studio never changes: the fields of each answer, by result
NO_ANSWER = "-no_answer"  # ends the name of the control that takes the no-answers of a number
NOTE = "note"
_LOCAL_FILES = "/data/local-files/?d="  # below LABEL_STUDIO_LOCAL_FILES_DOCUMENT_ROOT, the sheet's folder


def tasks(items: Iterable[Item]) -> list[dict[str, object]]:
    """Give a task for every picture, with the answers that there are and the questions that wait."""
    by_view: dict[tuple[str, str], list[Item]] = defaultdict(list)
    for item in items:
        by_view[item.sample_id, item.picture or ""].append(item)
    return [_task(sample, picture, asked) for (sample, picture), asked in by_view.items()]


def _task(sample: str, picture: str, items: Sequence[Item]) -> dict[str, object]:
    waiting = [{"question": item.question, **texts(item)} for item in items if not item.values]
    said = [item for item in items if item.values]
    return {
        "data": {
            "image": f"{_LOCAL_FILES}{quote(picture)}" if picture else "",
            "sample": sample,
            ASKED: waiting,
            TOLD: {_id(item): {"question": item.question, **texts(item)} for item in said},
        },
        "annotations": [
            {
                "result": [_result(item) for item in group],
                "was_cancelled": False,
                "ground_truth": False,
                "created_at": group[0].created_at,
                "updated_at": group[0].created_at,
                "lead_time": None if (lead := group[0].lead_time_s) is None else lead * len(group),
            }
            for group in _together(item for item in said if item.source != "model")
        ],
        "predictions": [
            {
                "model_version": group[0].annotator_id.removeprefix("model:"),
                "result": [_result(item) for item in group],
            }
            for group in _together(item for item in said if item.source == "model")
        ],
    }


def _together(items: Iterable[Item]) -> list[list[Item]]:
    """Join answers of one annotator at one moment: Label Studio shows them as one annotation."""
    groups: dict[tuple[object, ...], list[Item]] = {}
    times: dict[tuple[object, ...], int] = defaultdict(int)
    for item in items:
        who = (item.annotator_id, item.created_at, item.lead_time_s)
        nth = times[(*who, item.question)]  # a control holds one answer of an annotation
        times[(*who, item.question)] += 1
        groups.setdefault((*who, nth), []).append(item)
    return list(groups.values())


def _result(item: Item) -> dict[str, object]:
    is_number = vocab.load(item.vocabulary).minimum is not None
    value: dict[str, object] = {"choices": list(item.values)}
    name, kind = item.question, "choices"
    if is_number and item.values[0] in vocab.NO_ANSWERS:
        name += NO_ANSWER
    elif is_number:
        kind, value = "number", {"number": int(item.values[0])}
    return {
        "id": _id(item),
        "from_name": name,
        "to_name": "image",
        "type": kind,
        "origin": "manual",
        "value": value,
    }


def _id(item: Item) -> str:
    return tables.fingerprint(item.sample_id, item.question, sorted(texts(item).items()))[:10]


def config(items: Iterable[Item]) -> bytes:
    """Give the XML to paste under Settings, Labeling Interface: a control for each question."""
    view = ElementTree.Element("View")
    ElementTree.SubElement(view, "Image", name="image", value="$image", zoom="true")
    for question, key in {item.question: item.vocabulary for item in items}.items():
        asked, known = vocab.question(question), vocab.load(key)
        ElementTree.SubElement(view, "Header", value=asked.text)
        name = question
        if known.minimum is not None:
            limits = {"min": str(known.minimum), "max": str(known.maximum), "step": "1"}
            ElementTree.SubElement(view, "Number", {"name": name, "toName": "image", **limits})
            name += NO_ANSWER
        choice = "multiple" if asked.several else "single"
        choices = ElementTree.SubElement(view, "Choices", name=name, toName="image", choice=choice)
        for word, meaning in known.definitions.items():
            ElementTree.SubElement(choices, "Choice", value=word, hint=meaning)
    ElementTree.SubElement(view, "Header", value="Was anything odd?")
    ElementTree.SubElement(view, "TextArea", name=NOTE, toName="image", maxSubmissions="1")
    ElementTree.indent(view)
    text: bytes = ElementTree.tostring(view, encoding="utf-8", xml_declaration=True)
    return text + b"\n"
