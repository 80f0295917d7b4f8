"""Answers as the statistics take them, without a workspace on disk."""

from collections.abc import Mapping, Sequence

import pandas as pd

from datatools import answers, vocab
from datatools.fairness.labels.coded import Coded, code
from datatools.records import Annotation

_TEXT = ("sample_id", "question", "annotator_id", "value", "vocabulary", "source", "created_at")


def frame(rows: Sequence[Annotation], axis: vocab.Axis) -> pd.DataFrame:
    """Give what ``answers.columns`` would give for these rows."""
    said = answers.latest([row for row in rows if row.question == axis.question], axis)
    found = pd.DataFrame(
        [
            {
                "sample_id": sample_id,
                "question": question,
                "annotator_id": annotator_id,
                "value": answered.category or None,
                "vocabulary": answered.vocabulary,
                "source": answered.source,
                "created_at": answered.created_at,
                "lead_time_s": answered.lead_time_s,
                "presentation_order": answered.presentation_order,
            }
            for (sample_id, question, annotator_id), answered in sorted(said.items())
        ],
        columns=[*_TEXT, "lead_time_s", "presentation_order"],
    )
    return found.astype(dict.fromkeys(_TEXT, "category")).astype(
        {"lead_time_s": float, "presentation_order": float}
    )


def coded(rows: Sequence[Annotation], spec: str, vocabulary: str, person_of: Mapping[str, str]) -> Coded:
    """Give the answers to one question as numbers."""
    axis = vocab.axis(spec)
    return code(frame(rows, axis), axis.question, vocabulary, person_of)
