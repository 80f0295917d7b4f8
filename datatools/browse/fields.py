"""Which fields has a workspace's data set, and of which kind is each?

They are the toolkit's own: a sync overwrites them. Every other field is the user's, and stays as it is.
"""

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from datatools import tables
from datatools.exchange.fiftyone import PREFIX
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import pandas as pd

    from datatools.browse.numbers import Numbers

GENERATED = "mask"
REFERENCE = "reference_mask"
SYNCED = "synced"  # what a sample was made from and when: see marks.py

Kind = Literal[
    "text",
    "number",
    "count",
    "flag",
    "texts",
    "heatmap",
    "segmentation",
    "errors",
    "faces",
    "landmarks",
    "findings",
    "answers",
    "consensus",
    "review",
]

_ALWAYS: Mapping[str, Kind] = {
    "sample_id": "text",
    "person_id": "text",
    "source": "text",
    "licence": "text",
    "review": "review",  # before the first one too: people give them in the App
    SYNCED: "text",
}
_OF_TABLE: Mapping[str, Mapping[str, Kind]] = {
    tables.SPLITS.name: {"split": "text"},
    tables.MASKS.name: {GENERATED: "segmentation", "rules_applied": "texts"},
    tables.LANDMARKS.name: {"faces": "faces", "landmarks": "landmarks", "n_faces": "count"},
    tables.FINDINGS.name: {"is_accepted": "flag", "findings": "findings", "near_duplicate": "text"},
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """One model's scores against one kind of reference, and how its fields are named."""

    model: str
    reference_source: str
    is_accuracy: bool
    metrics: list[str]  # those that have a value for some picture; a field is PREFIX_METRIC
    prefix: str
    errors: str  # the field of its error maps, where its masks are kept


@dataclass(frozen=True, slots=True, kw_only=True)
class Outline:
    """What there is to see in a workspace, by name."""

    kinds: Mapping[str, Kind]  # of the toolkit's fields
    scored: list[Scored]
    errors: list[str]  # fields of error maps
    mattes: Mapping[str, str]  # fields of the teachers' mattes, by teacher
    questions: list[str]
    consensus: list[str]  # questions with one
    checks: list[str]

    def to_info(self) -> dict[str, object]:
        """Give it as FiftyOne keeps it, for those who need no table then."""
        models = [
            {
                "model": one.model,
                "reference_source": one.reference_source,
                "reading": "accuracy" if one.is_accuracy else "agreement",
                "prefix": one.prefix,
                "metrics": one.metrics,
                "errors": one.errors if one.errors in self.errors else None,
            }
            for one in self.scored
        ]
        return {
            "models": models,
            "teachers": sorted(self.mattes),
            "questions": self.questions,
            "consensus": self.consensus,
            "checks": self.checks,
            "fields": sorted(self.kinds),
        }


def slug(name: str) -> str:
    """Turn a name into a field name: letters, digits and underscores, a letter first."""
    safe = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_").lower()
    return safe if safe[:1].isalpha() else f"f_{safe}"


def field_names(names: Iterable[str]) -> dict[str, str]:
    """Name a field for each of several names; those that would share one are told apart."""
    of_name = {name: slug(name) for name in names}
    n_of = Counter(of_name.values())
    return {
        name: field if n_of[field] == 1 else f"{field}_{tables.fingerprint(name)[:6]}"
        for name, field in of_name.items()
    }


def outline(workspace: Workspace, numbers: "Numbers", *, has_references: bool) -> Outline:
    """Say which fields the tables make.

    Raises:
        TableError: a table is broken.
    """
    mattes = workspace.frame_or_empty(tables.MATTES, ("teacher", "path"))
    teachers = _different(mattes.dropna(subset="path")["teacher"])
    of_teacher = field_names(f"matte_{name}" for name in teachers)
    asked = workspace.annotations()["question"].unique().to_pylist()
    consensus = _different(workspace.frame_or_empty(tables.CONSENSUS, ("question",))["question"])
    checks = _different(workspace.frame_or_empty(tables.FINDINGS, ("check",))["check"])
    has_masks = workspace.has(tables.MASKS)
    errors = [one.errors for one in numbers.scored if is_kept(one.model, teachers, has_masks=has_masks)]
    kinds: dict[str, Kind] = dict(_ALWAYS)
    for name, of_table in _OF_TABLE.items():
        if (workspace.root / "tables" / f"{name}.parquet").exists():
            kinds |= of_table
    if has_references:
        kinds |= {REFERENCE: "segmentation", "reference_error": "text"}
    kinds |= dict.fromkeys(of_teacher.values(), "heatmap")
    kinds |= dict.fromkeys(errors, "errors")
    kinds |= {f"{PREFIX}{slug(name)}": "answers" for name in asked}
    kinds |= {slug(f"consensus_{name}"): "consensus" for name in consensus}
    kinds |= dict.fromkeys(numbers.columns, "number")
    return Outline(
        kinds=kinds,
        scored=numbers.scored,
        errors=errors,
        mattes={name: of_teacher[f"matte_{name}"] for name in teachers},
        questions=sorted(asked),
        consensus=consensus,
        checks=checks,
    )


def is_kept(model: str, teachers: Collection[str], *, has_masks: bool) -> bool:
    """Say whether a scored model's masks lie in the workspace: the refined ones, or a teacher's mattes."""
    return model in teachers or (model == "generated" and has_masks)


def _different(column: "pd.Series[str]") -> list[str]:
    return sorted(map(str, column.unique()))
