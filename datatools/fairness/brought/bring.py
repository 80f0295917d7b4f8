"""How do results that somebody else made become what an audit is made of?

A table of per-picture results of any model, the result files of FHIBE, or two folders of masks; with a
table of groups, or the groups beside the scores. People stay the units: say which column names them, or
every picture counts as another person.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePath

import numpy as np
import pandas as pd

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.audit import Scope
from datatools.fairness.brought import bring_groups, fhibe, foreign_sheet
from datatools.fairness.brought.bring_metrics import Measure, are_of_areas, chosen
from datatools.fairness.brought.bring_people import joined, of_pictures
from datatools.fairness.brought.bring_rows import Named, distinct, few, named
from datatools.fairness.brought.foreign_sheet import Sheet
from datatools.fairness.brought.mask_folders import score_folders
from datatools.progress import Progress
from datatools.records import Score

UNSTATED = "unstated"  # who made the reference masks, where nobody says so: a score is agreement then
ANSWERED_BY = ("self_report", "annotator", "dataset", "model", "measured")
_SOURCES = (None, "human", "rendered", "keyed", UNSTATED)
_OURS = frozenset(Score.__dataclass_fields__)  # columns of our own scores table are no attributes


@dataclass(frozen=True, slots=True, kw_only=True)
class Stated:
    """What the user says of the files; None: what the columns' names suggest."""

    id: str | None = None  # column of the picture's name, in both tables
    person: str | None = None  # column of the person
    model: str | None = None  # column of the model; for masks the model's name
    metrics: Sequence[str] | None = (
        None  # columns, COLUMN/100 for per cent, or metrics of ours of pixel counts
    )
    attributes: Sequence[str] | None = None  # columns, COLUMN:EDGE,EDGE for numbers
    reference_source: str | None = None  # human, rendered, keyed or model:NAME
    answered_by: str = "dataset"

    def __post_init__(self) -> None:
        source = self.reference_source
        if source not in _SOURCES and not re.fullmatch("model:.+", source or UNSTATED):
            raise UsageError(
                f"expected a reference source among human, rendered, keyed and model:NAME, got {source!r}"
            )
        if self.answered_by not in ANSWERED_BY:
            raise UsageError(f"expected answered_by among {', '.join(ANSWERED_BY)}, got {self.answered_by!r}")


def scope(
    *,
    scores: Path | None = None,
    groups: Path | None = None,
    pred: Path | None = None,
    ref: Path | None = None,
    stated: Stated,
    progress: Progress,
) -> Scope:
    """Read what somebody brought: either a table of scores, or two folders of masks.

    Args:
        scores: a table (.csv, .tsv, .xlsx, .parquet), or a result file of FHIBE (.json).
        groups: a table with a row for each picture or person; with FHIBE's results its metadata.
        pred: a folder of masks that a model made.
        ref: the folder of masks to hold them against.
        stated: what the user says of them.
        progress: shows the masks.

    Raises:
        UsageError: not one of the two, or a column, metric or attribute that does not exist.
        DataError: a file cannot be read, or does not hold what it should.
    """
    if (scores is None) == (pred is None) or (pred is None) != (ref is None):
        raise UsageError("expected either --scores FILE, or --pred FOLDER and --ref FOLDER")
    if scores is not None and scores.suffix.lower() == ".json":
        people = None if groups is None else fhibe.people(groups)
        if stated.attributes is None and people is not None:
            stated = replace(stated, attributes=fhibe.default_attributes(people))
        return scope_of_scores(fhibe.results(scores), people, stated)
    given = None if groups is None else foreign_sheet.read(groups)
    if scores is not None:
        return scope_of_scores(foreign_sheet.read(scores), given, stated)
    assert pred is not None
    assert ref is not None
    name, areas_only = stated.model or pred.resolve().name, are_of_areas(stated.metrics)
    masks = score_folders(pred, ref, name, progress, areas_only=areas_only)
    found = scope_of_scores(masks.sheet, given, replace(stated, model=None, id=stated.id if given else None))
    return replace(found, notes=[*masks.notes, *found.notes])


def hashes(*files: Path | None) -> dict[str, str]:
    """Give the SHA-256 of each file by its name, for the result; folders have none."""
    return {path.name: tables.sha256_file(path) for path in files if path is not None and path.is_file()}


def scope_of_scores(scores: Sheet, groups: Sheet | None, stated: Stated) -> Scope:
    """Put per-picture results of any model, and perhaps groups, into an audit's scope.

    Args:
        scores: a row for each picture and model.
        groups: a row for each picture or person; None: the attributes are columns of ``scores``.
        stated: what the user says of them.

    Raises:
        UsageError: a column that was named does not exist, or cannot be what it is said to be.
        DataError: two rows for one picture differ, a cell is no number, or the tables share no name.
    """
    notes: list[str] = []
    at = named(scores, stated.id, stated.person, notes)
    about = at if groups is None else named(groups, stated.id, stated.person, notes)
    for column in (stated.id, stated.person):
        if column is not None and all(sheet.find(column) is None for sheet in (at.sheet, about.sheet)):
            raise UsageError(
                f"expected a column of {scores.name}, got {column!r}: it has "
                f"{', '.join(scores.frame.columns)}"
            )
    frame, measures, used = _scored(at, stated, notes, holds_groups=groups is None)
    frame = frame.assign(person_id=of_pictures(frame, at, about, notes))
    frame = _once(scores, frame, measures, notes)
    # A table of groups is about people alone: its "model" may be a camera's.
    no_attributes = about.columns | (used | _OURS if groups is None else frozenset())
    columns = [name for name in about.sheet.frame.columns if name not in no_attributes]
    person = joined(frame, at, about, stated.attributes, columns, notes)
    axes, told = bring_groups.axes(about.sheet, person, stated.attributes, columns, stated.answered_by)
    return Scope(
        person_of=dict(zip(frame["sample_id"], frame["person_id"], strict=True)),
        scores=frame.drop(columns=["picture", "key", "person_key"]).reset_index(drop=True),
        axes=axes,
        checked=frozenset(),
        accepted=None,
        n_unreadable=0,
        notes=[*notes, *told],
        metrics=[measure.metric for measure in measures],
    )


def _scored(
    at: Named, stated: Stated, notes: list[str], *, holds_groups: bool
) -> tuple[pd.DataFrame, list[Measure], frozenset[str]]:
    """Give the rows of scores, their metrics, and the columns that are something already."""
    sheet = at.sheet
    model, split, source = (
        sheet.find(name) for name in (stated.model or "model", "split", "reference_source")
    )
    if stated.model is not None and model is None:
        raise UsageError(
            f"expected a column that names the model in {sheet.name}, got {stated.model!r}: it has "
            f"{', '.join(sheet.frame.columns)}"
        )
    taken = at.columns | {name for name in (model, split, source) if name is not None}
    measures, told = chosen(sheet, stated.metrics, taken, holds_groups=holds_groups)
    notes += told
    sources: pd.Series | str = stated.reference_source or UNSTATED
    if stated.reference_source is None and source is not None:
        sources = sheet.text(source).fillna(UNSTATED).map(_source)
    elif sources == UNSTATED:
        notes.append(
            "Nobody said who made the reference masks, so scores are called agreement. If people drew them, "
            "say --reference-source human; if they were rendered, --reference-source rendered."
        )
    frame = pd.DataFrame(
        {
            "picture": at.picture,
            "key": at.picture_key,
            "person_key": at.person_key,
            "model": PurePath(sheet.name).stem if model is None else sheet.text(model),
            "reference_source": sources,
            "split": None if split is None else sheet.text(split),
            "status": np.where(measures[0].is_defined, "ok", "failed"),
        },
        index=sheet.frame.index,
    )
    for measure in measures:
        frame = frame.assign(**measure.columns)
        if not measure.is_defined.all():
            n_absent = int((~measure.is_defined).sum())
            notes.append(
                f"Without a number for {measure.metric.name}, and left out of it: {_rows(n_absent)}."
            )
    is_named = frame["key"].notna() & frame["model"].notna()
    if not is_named.any():
        raise DataError(
            f"{sheet.name}: expected rows that name a picture and a model, found none; say which columns do "
            "with --id-column and --model-column"
        )
    if not is_named.all():
        places = [f"row {sheet.row(int(place))}" for place in frame.index[~is_named]]
        notes.append(f"Left out, since they name no picture or no model: {few(places)} of {sheet.name}.")
    used = taken | frozenset(name for measure in measures for name in measure.read)
    return frame[is_named], measures, used


def _source(said: str) -> str:
    """Give who made a mask in our own words, where these are ours in other writing."""
    return said.casefold() if said.casefold() in _SOURCES else said


def _once(scores: Sheet, frame: pd.DataFrame, measures: Sequence[Measure], notes: list[str]) -> pd.DataFrame:
    """Name every sample, and give each sample's score by each model once."""
    # A picture of several people is a sample of each.
    n_people = frame.groupby("key")["person_id"].transform("nunique")
    both = frame["picture"] + " / " + frame["person_id"]
    frame = frame.assign(sample_id=frame["picture"].where(n_people == 1, both))
    values = list(dict.fromkeys(name for measure in measures for name in measure.columns))
    found = distinct(scores, frame, ["sample_id", "model", "reference_source"], values, "picture and model")
    if len(found) < len(frame):
        notes.append(
            f"Counted once, since they repeat another row of {scores.name}: {_rows(len(frame) - len(found))}."
        )
    return found


def _rows(n: int) -> str:
    return "1 row" if n == 1 else f"{n:,} rows"
