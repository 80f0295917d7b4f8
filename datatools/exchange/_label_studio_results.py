"""What does an annotation or a prediction in Label Studio's exports say?"""

from collections import defaultdict
from collections.abc import Container, Mapping, Sequence

from datatools import vocab
from datatools.exchange._json import mapping, sequence, text
from datatools.exchange._label_studio_tasks import ASKED, NO_ANSWER, NOTE

Json = Mapping[str, object]
_PICTURE_KEYS = ("image", "img", "picture", "photo", "url")


def plain(fields: Json) -> dict[str, str]:
    """Give fields as text."""
    return {name: text(value) for name, value in fields.items()}


def unfolded(row: Json) -> dict[str, object]:
    """Give a row of JSON-MIN, where data and answers stand side by side, as a task."""
    found = [
        {"from_name": name, "value": value if isinstance(value, dict) else {"choices": [value]}}
        for name, values in row.items()
        if name == NOTE or name.removesuffix(NO_ANSWER) in vocab.questions()
        for value in (values if isinstance(values, list) else [values])
    ]
    annotation = {
        "completed_by": row.get("annotator"),
        "result": found,
        **{name: row.get(name) for name in ("created_at", "updated_at", "lead_time")},
    }
    return {"id": row.get("id"), "data": row, "annotations": [annotation] if found else []}


def picture(data: Json) -> str:
    """Give the picture that a task shows: under a usual key, else the first text."""
    likely = (data.get(key) for key in (*_PICTURE_KEYS, *data))
    return next((value for value in likely if isinstance(value, str)), "")


def user(annotation: Json) -> str:
    """Give a user's number, or their address where the export holds no number; empty: nobody."""
    by = annotation.get("completed_by")
    if isinstance(by, dict):
        return text(by.get("id")) or text(by.get("email"))
    return text(by)


def answered_plans(tasks: Sequence[Json]) -> dict[str, set[str]]:
    """Give, for every annotator whom a sheet was made for, the users who answered it."""
    found: dict[str, set[str]] = defaultdict(set)
    for task in tasks:
        planned = {
            text(mapping(plan).get("annotator_id")) for plan in sequence(mapping(task.get("data")).get(ASKED))
        }
        users = {
            user(mapping(given))
            for given in sequence(task.get("annotations"))
            if mapping(given).get("was_cancelled") is not True
        }
        for annotator_id in planned:
            found[annotator_id] |= users - {""}
    return found


def ids(task: Json) -> set[str]:
    """Give the ids of all results of a task."""
    both = [*sequence(task.get("annotations")), *sequence(task.get("predictions"))]
    found = (sequence(mapping(given).get("result")) for given in both)
    return {text(mapping(result).get("id")) for listed in found for result in listed}


def read(given: Json, told: Container[str]) -> tuple[dict[tuple[str, str], list[str]], str, list[str]]:
    """Give the values by question and by the id of the answer that was told, the note, and strange controls.

    Args:
        given: an annotation or a prediction.
        told: the ids of results that we wrote; the others' ids say nothing and are left empty.
    """
    answers: dict[tuple[str, str], list[str]] = {}
    notes: list[str] = []
    strange: list[str] = []
    for item in sequence(given.get("result")):
        result = mapping(item)
        name = text(result.get("from_name"))
        value = mapping(result.get("value"))
        values = [text(word) for key in ("choices", "text") for word in sequence(value.get(key))]
        values += [text(value[key]) for key in ("number", "rating") if key in value]
        question = name.removesuffix(NO_ANSWER)
        if name == NOTE:
            notes += values
        elif question in vocab.questions():
            result_id = text(result.get("id"))
            if values:  # else a choice taken back: the question waits again
                answers.setdefault((question, result_id if result_id in told else ""), []).extend(values)
        else:
            strange.append(name or text(result.get("type")))
    return answers, "\n".join(notes), strange


def moment(given: Json) -> str:
    """Give when an annotation was last changed; empty where the export does not say."""
    return text(given.get("updated_at")) or text(given.get("created_at"))


def time(given: Json, n_questions: int) -> dict[str, str]:
    """Say when, and how long an answer took: a task's time is that of all its questions together."""
    found = {"created_at": moment(given)}
    lead_time = given.get("lead_time")
    if isinstance(lead_time, int | float):
        found["lead_time_s"] = repr(lead_time / n_questions)
    return {name: value for name, value in found.items() if value}
