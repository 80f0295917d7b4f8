"""What are an answer and a batch of answers, in JSON Schema? Made from the record and the vocabularies.

python annotations/schemas.py writes answer.schema.json and batch.schema.json beside itself.
"""

import json
from pathlib import Path

from pydantic import TypeAdapter

from datatools import vocab
from datatools.records import Annotation

DRAFT = "https://json-schema.org/draft/2020-12/schema"
FOLDER = Path(__file__).resolve().parent
WHAT = {
    "sample_id": "The first 16 hexadecimal digits of the SHA-256 of the picture's file.",
    "question": "What was asked; codebook.md has the words.",
    "value": "One value. An answer with several values is several rows that differ in it alone.",
    "annotator_id": "Whose word it is: a code, not a name; dataset:NAME where a data set does not say who.",
    "source": "What kind of word it is.",
    "vocabulary": "The list that the value is of, with its version.",
    "created_at": "When it was answered, in UTC; null where a data set does not say.",
    "lead_time_s": "How long it took, in seconds.",
    "presentation_order": "In which place of the annotator's own order it was asked.",
    "batch": "Where it was imported from.",
}
RULES: dict[str, dict[str, object]] = {
    "sample_id": {"pattern": "^[0-9a-f]{16}$"},
    "created_at": {"pattern": r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{6})?\+00:00$"},
    "lead_time_s": {"minimum": 0},
    "annotator_id": {"minLength": 1},
}


def answer() -> dict[str, object]:
    """Give the schema of one row."""
    made = TypeAdapter(Annotation).json_schema()
    properties: dict[str, dict[str, object]] = {}
    for name, found in made["properties"].items():
        kinds = [part["type"] for part in found.get("anyOf", [found])]
        kind = kinds[0] if len(kinds) == 1 else kinds
        properties[name] = {"description": WHAT[name], "type": kind, **RULES.get(name, {})}
    return {
        "$schema": DRAFT,
        "$id": "answer.schema.json",
        "title": "answer",
        "description": made["description"],
        "type": "object",
        "properties": properties,
        "required": made["required"],
        "additionalProperties": False,
        "oneOf": [_fit(name, key) for name, asked in vocab.questions().items() for key in asked.vocabularies],
    }


def _fit(name: str, key: str) -> dict[str, object]:
    """Say what fits together: a question, who may answer it, a vocabulary, its values."""
    asked, vocabulary = vocab.question(name), vocab.load(key)
    value: dict[str, object] = {"enum": list(vocabulary.values)}
    if vocabulary.level == "interval":
        numbers = map(str, range(vocabulary.minimum or 0, (vocabulary.maximum or 0) + 1))
        value = {"enum": [*numbers, *vocabulary.values]}
    return {
        "properties": {
            "question": {"const": name},
            "source": {"enum": sorted(asked.sources)},
            "vocabulary": {"const": key},
            "value": value,
        }
    }


def batch() -> dict[str, object]:
    """Give the schema of a batch: what was handed in at once."""
    return {
        "$schema": DRAFT,
        "$id": "batch.schema.json",
        "title": "batch",
        "description": "Answers that were handed in together; a workspace keeps them as Parquet.",
        "type": "array",
        "items": {"$ref": "answer.schema.json"},
        "minItems": 1,
        "uniqueItems": True,
    }


def text(schema: dict[str, object]) -> str:
    """Write a schema as its file holds it."""
    return json.dumps(schema, indent=1, ensure_ascii=False) + "\n"


def main() -> None:
    """Write both files."""
    for schema in (answer(), batch()):
        (FOLDER / str(schema["$id"])).write_text(text(schema), "utf-8")


if __name__ == "__main__":
    main()
