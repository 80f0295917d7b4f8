"""What do the tables say that no single row does: places in the queue, sets that meet, cells that are thin?

Values of samples that views filter and sort by, computed once for all of them.
"""

import json
from collections import defaultdict
from collections.abc import Collection

from pydantic import ValidationError

from datatools import tables
from datatools.errors import DataError
from datatools.fairness.composition import members
from datatools.fairness.composition.composition_result import CompositionAudit
from datatools.fairness.composition.composition_scope import (
    people_of,
    pictures_of,
    singles_of,
    twins_of,
)
from datatools.fairness.composition.headcount import hidden_groups
from datatools.fairness.composition.labelled import crossed
from datatools.fairness.who.groups import group_name
from datatools.quality.waiting import waiting
from datatools.records import Sample
from datatools.report import newest, words
from datatools.workspace import Workspace

_UNSURE = "teacher_unsure"


def queue(workspace: Workspace, sample_ids: Collection[str]) -> dict[str, int]:
    """Give the places, from 1, of the masks that a look may change something about.

    Raises:
        UsageError: check has not run, or refine has run since.
        DataError: the quality model, or its curve of reviews, is none.
        TableError: a table is missing or broken.
    """
    if not (workspace.has(tables.FINDINGS) and workspace.has(tables.MASKS)):
        return {}
    places = [place.sample_id for place in waiting(workspace, sample_ids).places if place.gain > 0]
    return {sample_id: number for number, sample_id in enumerate(places, 1)}


def teachers_apart(workspace: Workspace) -> dict[str, float]:
    """Give 1 - IoU of the two teachers that agree least, where several looked, as the check saw it."""
    found = {}
    for row in workspace.rows_or_empty(tables.OBSERVATIONS):
        if row.check == _UNSURE and row.status == "ok":
            seen = json.loads(row.value)
            if seen is not None and seen["disagreement"] > 0:
                found[row.sample_id] = float(seen["disagreement"])
    return found


def across_splits(workspace: Workspace, samples: Collection[Sample]) -> dict[str, str]:
    """Name the splits that a picture's near-duplicates are in, where they are in several.

    Raises:
        DataError: a finding of near_duplicate is broken.
    """
    splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
    inside: dict[str, set[str]] = defaultdict(set)
    twins = twins_of(workspace) or {}
    clusters = {sample.sample_id: twins.get(sample.sample_id, sample.sample_id) for sample in samples}
    for sample_id, cluster in clusters.items():
        if sample_id in splits:
            inside[cluster].add(splits[sample_id])
    return {
        sample_id: " + ".join(sorted(inside[cluster]))
        for sample_id, cluster in clusters.items()
        if len(inside[cluster]) > 1
    }


def _composition(workspace: Workspace) -> CompositionAudit | None:
    path = newest.composition(workspace)
    if path is None:
        return None
    try:
        return CompositionAudit.model_validate_json(path.read_bytes())
    except ValidationError as error:
        raise DataError(
            f"{path}: expected a composition audit of this version; run `datatools composition` again"
        ) from error


def thin_cells(workspace: Workspace) -> dict[str, list[str]]:
    """Name the crossings with too few people that each sample's person is in, and how many lack.

    Without crossings, the groups. Those that are too small to show are not named.

    Raises:
        UsageError: what the audit asked for is not there any more.
        DataError: the latest composition audit is broken, or of another version.
    """
    result = _composition(workspace)
    if result is None:
        return {}
    wanted = members.asked(result.settings)
    pictures = pictures_of(
        workspace, source=wanted.only, split=wanted.split, exclude=wanted.exclude, limit=wanted.limit
    )
    people = people_of(pictures)
    singles, _ = singles_of(workspace, wanted.attributes, people, wanted.min_people)
    labels = [*singles, *crossed(singles, wanted.cross)]
    hidden = hidden_groups(labels, wanted.min_people)
    lacking = {(need.attribute, need.group): need.n_to_collect for need in result.shopping.needs}
    thin = {(head.attribute, group) for head in result.headcounts for group in head.thin}
    is_crossed = any(words.CROSSING in attribute for attribute, _ in thin)
    of_person: dict[int, list[str]] = defaultdict(list)
    for label in labels:
        if (len(label.attributes) > 1) != is_crossed:
            continue
        group_of = label.axis(people).group_of
        for number, person in enumerate(people.ids):
            levels = group_of.get(person)
            if levels is None or levels in hidden[label.attributes]:
                continue
            group = group_name(levels)
            if (label.name, group) in thin:
                n = lacking.get((label.name, group))
                more = "" if not n else f", {n} to collect"
                of_person[number].append(f"{words.whom(label.name, group)}{more}")
    return {
        sample_id: of_person[number]
        for sample_id, number in zip(people.samples.to_pylist(), people.person.tolist(), strict=True)
        if number in of_person
    }
