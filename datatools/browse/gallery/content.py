"""What does a gallery's page know of its pictures? Columns of facts, by which they are filtered and sorted.

Names are those of the FiftyOne data set. Groups are those of an audit: a person has one group of an
attribute, in all pictures.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pydantic import BaseModel, ValidationError

from datatools import lists, tables, vocab
from datatools.browse.facts import Facts
from datatools.browse.gallery.drawn import Drawn
from datatools.browse.numbers import Numbers
from datatools.errors import DataError
from datatools.exchange._items import of_rows
from datatools.exchange.fiftyone import PREFIX
from datatools.fairness.who.axes import axes_of
from datatools.fairness.who.groups import BINNED, Axis, group_name, is_of_consensus
from datatools.outside.structured import read_json
from datatools.records import Sample
from datatools.selection import REVIEW_QUESTION
from datatools.settings import explain
from datatools.workspace import Workspace

_DIGITS = 6  # significant ones of a number: more than anybody reads, and half the bytes
_NOBODY = -1  # the code of a sample that a facet says nothing about
UNCHECKED = "not checked"
_REVIEW = f"{PREFIX}{REVIEW_QUESTION}"  # is of a mask, not of a person, and stands by itself

Json = dict[str, object]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facet:
    """One thing by which pictures are told apart; a picture has several of its values, one or none."""

    key: str  # as in an address: split, group ...
    name: str | None  # of the attribute or question, where the key has several
    title: str
    note: str | None  # who says so
    of: Sequence[Sequence[str]]  # by sample
    order: Sequence[str] = ()  # of values, where there is one; the others follow

    def to_json(self) -> Json:
        """Give the values once, and by sample their places."""
        used = {value for values in self.of for value in values}
        ranked = dict.fromkeys(value for value in self.order if value in used)
        shown = [*ranked, *sorted(used - ranked.keys())]
        place = {value: number for number, value in enumerate(shown)}
        codes = [[place[value] for value in dict.fromkeys(values)] for values in self.of]
        is_single = all(len(each) <= 1 for each in codes)
        plain: Sequence[object] = [each[0] if each else _NOBODY for each in codes] if is_single else codes
        return {"key": self.key, "name": self.name, "title": self.title, "note": self.note} | {
            "values": shown,
            "of": plain,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """What a gallery shows, and what is known of it."""

    workspace: Workspace
    samples: Sequence[Sample]
    facts: Facts
    numbers: Numbers  # of these samples, in this order
    drawn: Mapping[str, Drawn]
    attributes: Sequence[str] | None  # beside those that audits used; None: every answered question
    answers: bool  # whether what people said of people is in the page


def content(shown: Shown) -> Json:
    """Give all that the page holds, as JSON.

    Raises:
        UsageError: an attribute that nobody answered or measured.
        TableError: a table is broken.
        DataError: an answer is not of its vocabulary.
    """
    samples = shown.samples
    people = sorted({sample.person_id for sample in samples})
    person = {name: number for number, name in enumerate(people)}
    drawn = [shown.drawn[sample.sample_id] for sample in samples]
    sets = sorted({tuple(one.planes) for one in drawn})
    facets = [facet for facet in _facets(shown) if any(facet.of)]
    return {
        "ids": [sample.sample_id for sample in samples],
        "people": people,
        "person": [person[sample.person_id] for sample in samples],
        "size": [[one.width_px, one.height_px] for one in drawn],
        "plane_sets": sets,
        "planes": [sets.index(tuple(one.planes)) for one in drawn],
        "facets": [facet.to_json() for facet in facets],
        "numbers": [{"name": name, "of": values} for name, values in _numbers(shown)],
        "details": [_details(shown, sample, one) for sample, one in zip(samples, drawn, strict=True)],
    }


def licences(samples: Sequence[Sample]) -> list[tuple[str, int]]:
    """Count the pictures under each licence."""
    found = [sample.licence for sample in samples]
    return [(name, found.count(name)) for name in sorted(set(found))]


def _facets(shown: Shown) -> Iterator[Facet]:
    """Give the facets in the order in which they stand on the page."""
    samples, facts = shown.samples, shown.facts
    ids = [sample.sample_id for sample in samples]
    yield _one(
        "verdict", "Verdict", [_verdict(facts, name) for name in ids], ("accepted", "rejected", UNCHECKED)
    )
    failed = [[row.check for row in facts.findings.get(name, ()) if not row.passed] for name in ids]
    yield Facet(key="reason", name=None, title="Failed check", note=None, of=failed)
    reviews = [facts.reviews[name].value if name in facts.reviews else None for name in ids]
    yield _one("review", "Last review", reviews)
    yield _one("split", "Split", [facts.splits.get(name) for name in ids], ("train", "val", "test"))
    yield from _groups(shown)
    if shown.answers:
        yield from _answers(shown, ids)
        yield from _consensus(shown, ids)
    yield from _lists(shown.workspace, ids)
    yield _one("source", "Source", [sample.source for sample in samples])
    yield _one("reference", "Reference mask made by", [sample.mask_source for sample in samples])
    yield _one("licence", "Licence", [sample.licence for sample in samples])


def _one(key: str, title: str, values: Iterable[str | None], order: Sequence[str] = ()) -> Facet:
    of = [[] if value is None else [value] for value in values]
    return Facet(key=key, name=None, title=title, note=None, of=of, order=order)


def _verdict(facts: Facts, sample_id: str) -> str:
    if facts.accepted is None or sample_id not in facts.findings:
        return UNCHECKED
    return "accepted" if sample_id in facts.accepted else "rejected"


def _groups(shown: Shown) -> Iterator[Facet]:
    for axis in _axes(shown):
        groups = [axis.group_of.get(sample.person_id) for sample in shown.samples]
        yield Facet(
            key="group",
            name=axis.name,
            title=axis.name,
            note=f"stated by: {', '.join(axis.answered_by)}",
            of=[[] if levels is None else [group_name(levels)] for levels in groups],
            order=[group_name(levels) for levels in axis.levels],
        )


def _axes(shown: Shown) -> list[Axis]:
    """Give the axes that were asked for and, where none were, those of questions and of audits."""
    person_of = {sample.sample_id: sample.person_id for sample in shown.samples}
    if shown.attributes is not None:
        wanted = [spec for spec in shown.attributes if shown.answers or BINNED.fullmatch(spec)]
        return axes_of(shown.workspace, wanted, person_of)[0]
    found = axes_of(shown.workspace, None, person_of)[0] if shown.answers else []
    names = {axis.name for axis in found}
    for spec in _audited(shown.workspace):
        if (shown.answers or BINNED.fullmatch(spec)) and (spec.partition(":")[0] not in names):
            found += [
                axis for axis in axes_of(shown.workspace, [spec], person_of)[0] if axis.name not in names
            ]
            names.update(axis.name for axis in found)
    return found


def _audited(workspace: Workspace) -> list[str]:
    """Give the attributes that this workspace's audits were asked for, as far as there is data for them."""
    asked: set[str] = set()
    for path in sorted((workspace.root / "reports").glob("*/audit.json")):
        asked.update(asked_in(path))
    measured = set(workspace.frame_or_empty(tables.MEASUREMENTS, ("name",))["name"].astype(str).unique())
    answered = set(workspace.annotations()["question"].unique().to_pylist())
    return [spec for spec in sorted(asked) if _has_data(spec, measured, answered)]


def asked_in(audit: Path) -> list[str]:
    """Give the attributes that an audit of any version was asked for.

    Raises:
        DataError: the file is no audit.
    """
    try:
        return _Audit.model_validate(read_json(audit, "an audit")).settings.attributes or []
    except ValidationError as error:
        raise DataError(f"{audit} is no audit ({explain(error)}): run `datatools audit` again") from error


class _Asked(BaseModel):
    attributes: list[str] | None = None


class _Audit(BaseModel):
    settings: _Asked = _Asked()


def _has_data(spec: str, measured: set[str], answered: set[str]) -> bool:
    binned = BINNED.fullmatch(spec)
    if binned is not None:
        return binned["name"] in measured
    return spec.partition(":")[0] in answered and not is_of_consensus(spec)


def _answers(shown: Shown, ids: Sequence[str]) -> Iterator[Facet]:
    """Give what was answered in each picture, with who it was: the same word of two sources is two values."""
    names = {name for said in shown.facts.answers.values() for name in said}
    for name in sorted(names - {_REVIEW}):
        of = [
            [
                f"{vocab.together(item.values)} ({item.source})"
                for item in of_rows(shown.facts.answers.get(sample_id, {}).get(name, ()))
            ]
            for sample_id in ids
        ]
        title = name.removeprefix(PREFIX)
        yield Facet(
            key="answer", name=title, title=f"{title}, as answered", note="who said so, in brackets", of=of
        )


def _consensus(shown: Shown, ids: Sequence[str]) -> Iterator[Facet]:
    names = sorted({name for found in shown.facts.consensus.values() for name in found})
    for name in names:
        rows = [shown.facts.consensus.get(sample_id, {}).get(name, ()) for sample_id in ids]
        title = name.removeprefix("consensus_")
        yield Facet(
            key="consensus",
            name=title,
            title=f"{title}, consensus",
            note="the most probable value",
            of=[[row.value for row in each] for each in rows],
        )


def _lists(workspace: Workspace, ids: Sequence[str]) -> Iterator[Facet]:
    names = sorted(path.stem for path in (workspace.root / "samples").glob("*.csv"))
    chosen = [(name, lists.read(workspace, name)) for name in names]
    of = [[name for name, members in chosen if sample_id in members] for sample_id in ids]
    yield Facet(key="list", name=None, title="List", note=None, of=of)


def _numbers(shown: Shown) -> Iterator[tuple[str, list[float | None]]]:
    for name, column in shown.numbers.columns.items():
        if shown.answers or not name.startswith("agreement_") or _is_metric(shown, name):
            yield name, [float(f"{x:.{_DIGITS}g}") if np.isfinite(x) else None for x in column.tolist()]


def _is_metric(shown: Shown, name: str) -> bool:
    """Say whether a number is a model's agreement with masks, not that of people with each other."""
    return any(name.startswith(f"{one.prefix}_") for one in shown.numbers.scored)


def _details(shown: Shown, sample: Sample, drawn: Drawn) -> Json:
    """Give what is only read in the large view; what is not known has no entry."""
    facts, sample_id = shown.facts, sample.sample_id
    mask = facts.masks.get(sample_id)
    review = facts.reviews.get(sample_id)
    findings = facts.findings.get(sample_id, ())
    told: Json = {
        "picture_px": [sample.width_px, sample.height_px],
        "error": drawn.error,
        "mask_source": None if mask is None else mask.mask_source,
        "rules": [] if mask is None else list(mask.rules_applied),
        "failed": [[row.check, row.detail or ""] for row in findings if not row.passed],
        "review": None if review is None else [review.value, review.annotator_id],
    }
    if shown.answers:
        told["answers"] = [
            [name.removeprefix(PREFIX), vocab.together(item.values), item.source, item.annotator_id]
            for name, rows in sorted(facts.answers.get(sample_id, {}).items())
            if name != _REVIEW
            for item in of_rows(rows)
        ]
        told["consensus"] = [
            [name.removeprefix("consensus_"), row.value, round(row.probability, 3), row.n_annotators]
            for name, rows in sorted(facts.consensus.get(sample_id, {}).items())
            for row in rows
        ]
    return {name: value for name, value in told.items() if value not in (None, [])}
