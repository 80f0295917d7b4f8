"""How do answers travel to Label Studio and back?

Written: FILE.json, tasks to import; FILE-labeling.xml, the labeling configuration to paste. Read: the exports
JSON and JSON-MIN, with several annotators a task. A task's data keep the exact fields of every answer
that we wrote; a result that somebody changed in Label Studio is a new answer, with the time of that
change.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path
from typing import ClassVar

from datatools import sheets, tables, vocab
from datatools.errors import DataError
from datatools.exchange import Item, _label_studio_tasks
from datatools.exchange import _label_studio_results as results
from datatools.exchange._json import mapping, sequence, text
from datatools.exchange._label_studio_tasks import ASKED, NOTE, TOLD
from datatools.exchange._samples import named
from datatools.outside.structured import read_json
from datatools.sheets import FIELDS, SEVERAL, WAS, Cell, Rejected

_WHAT = "a list of Label Studio tasks (export as JSON or JSON-MIN)"
_CODE = "label_studio:"  # begins the annotator of whom only the user's number is known
_STRANGE = (
    "expected a control named after a question, with choices, a number or a rating; rename it in the "
    "labeling configuration and in the export"
)
_Json = Mapping[str, object]
_Texts = Mapping[str, str]


class LabelStudio:
    """Label Studio's tasks; options say who its users are, as ``--options.10 ann01``."""

    suffix: ClassVar[str] = ".json"
    shows_pictures: ClassVar[bool] = True

    def __init__(self, **users: str) -> None:
        self._users = users

    def matches(self, path: Path) -> bool:
        if path.suffix.lower() != ".json" or not path.is_file():
            return False
        with path.open("rb") as stream:
            return stream.read(64).removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"[")

    def write(self, path: Path, items: Sequence[Item]) -> None:
        tables.write_bytes(path.with_name(f"{path.stem}-labeling.xml"), _label_studio_tasks.config(items))
        text = json.dumps(_label_studio_tasks.tasks(items), indent=1, ensure_ascii=False)
        tables.write_bytes(path, text.encode() + b"\n")

    def read(self, path: Path) -> Iterator[Cell | Rejected]:
        found = read_json(path, _WHAT, mends=True)
        if not isinstance(found, list) or not all(isinstance(task, dict) for task in found):
            raise DataError(f"{path.name}: expected {_WHAT}")
        is_full = any("annotations" in task or "data" in task for task in found)
        tasks = found if is_full else [results.unfolded(row) for row in found]
        if not is_full and not any(task["annotations"] for task in tasks):
            raise DataError(
                f"{path.name}: expected {_WHAT}; got {len(found)} objects with no data, no annotations and "
                f"no key that is a question ({', '.join(sorted(vocab.questions()))})"
            )
        shared = {plan for plan, users in results.answered_plans(tasks).items() if len(users) > 1}
        taken: set[str] = set()  # the answers that results were found for
        for number, task in enumerate(tasks, 1):
            data = mapping(task.get("data"))
            yield from self._read_task(f"task {text(task.get('id')) or number}", task, data, shared, taken)

    def _read_task(
        self, where: str, task: _Json, data: _Json, shared: AbstractSet[str], taken: set[str]
    ) -> Iterator[Cell | Rejected]:
        sample = text(data.get("sample")) or named(results.picture(data))
        plans = [results.plain(mapping(plan)) for plan in sequence(data.get(ASKED))]
        told = {key: results.plain(mapping(fields)) for key, fields in mapping(data.get(TOLD)).items()}
        taken |= told.keys() & results.ids(task)
        answered: set[str] = set()
        both = [*sequence(task.get("annotations")), *sequence(task.get("predictions"))]
        for number, given in enumerate(map(mapping, both), 1):
            if given.get("was_cancelled") is True:  # the annotator skipped the task
                continue
            answers, note, strange = results.read(given, told)
            for name in strange:
                yield Rejected(where=where, sample=sample, question=name, value="", reason=_STRANGE)
            said = {question for question, _ in answers}
            for nth, ((question, key), values) in enumerate(answers.items(), 1):
                place = f"{where}, annotation {number}, answer {nth}"
                key = key or _same(told, taken, question, values)
                old = told.get(key, {})
                if _is_unchanged(old, values):
                    kept = {name: old[name] for name in (*FIELDS, WAS) if name in old}
                    yield from sheets.given(place, sample, question, values, kept)
                    continue
                answered.add(question)
                plan = next((plan for plan in plans if plan.get("question") == question), {})
                try:
                    fields = self._fields(given, plan, old, shared)
                except DataError as error:
                    value, reason = SEVERAL.join(values), str(error)
                    yield Rejected(where=place, sample=sample, question=question, value=value, reason=reason)
                    continue
                if old.get("created_at") != results.moment(given):  # else Label Studio did not change it
                    fields |= results.time(given, len(said))
                if note:
                    fields[NOTE] = note
                yield from sheets.given(place, sample, question, values, fields)
        for plan in plans:
            if plan.get("question") not in answered:
                fields = {name: plan[name] for name in FIELDS if plan.get(name)}
                yield from sheets.given(where, sample, plan.get("question", ""), (), fields)

    def _fields(self, given: _Json, plan: _Texts, old: _Texts, shared: AbstractSet[str]) -> dict[str, str]:
        """Give what the plan says of a new answer, and whose word it is.

        Raises:
            DataError: nobody can tell.
        """
        fields = {name: plan[name] for name in FIELDS if plan.get(name)}
        if "vocabulary" in old:
            fields["vocabulary"] = old["vocabulary"]
        user, planned = results.user(given), plan.get("annotator_id")
        if "model_version" in given:
            fields |= {"source": "model", "annotator_id": f"model:{text(given['model_version'])}"}
        elif user in self._users:
            fields["annotator_id"] = self._users[user]
        elif planned in shared:
            raise DataError(
                f"this sheet was made for {planned}, and several users answered it: say who each is, as "
                f"in --options.{user} {planned}"
            )
        elif user and planned is None:
            fields["annotator_id"] = f"{_CODE}{user}"
        elif planned is None:  # changed by nobody who is known: still the word of who gave it
            fields |= {name: old[name] for name in ("annotator_id", "source") if name in old}
        return fields


def _is_unchanged(old: _Texts, values: Sequence[str]) -> bool:
    return WAS in old and set(values) == set(old[WAS].split(SEVERAL))


def _same(told: Mapping[str, _Texts], taken: set[str], question: str, values: Sequence[str]) -> str:
    """Take the answer that says this, where an export (JSON-MIN) has lost the results' ids."""
    for key, old in told.items():
        if key not in taken and old.get("question") == question and _is_unchanged(old, values):
            taken.add(key)
            return key
    return ""


build = LabelStudio
