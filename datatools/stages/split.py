"""Which pictures train, choose and test the student, so that nobody is in two splits?

Every picture of a person goes to one split. So does everybody joined by near-duplicate pictures: two
names for one photograph would leak it from train to test. The audit's groups (``stratify``) get their
share of each split. Composites are nobody new: they join the train split where their parents are in
it, and no split otherwise.

Example::

    datatools split --workspace ws --stratify perceived_gender perceived_age:age3@1 --seed 1
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from pydantic import Field

from datatools import duplicates, partition, selection, tables, vocab
from datatools.answers import latest
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import Sample, SplitRow, StageResult
from datatools.settings import PictureSettings
from datatools.workspace import Workspace

_DUPLICATE_CHECK = "near_duplicate"
_UNLABELLED = "unlabelled"
_MIXED = "mixed"  # as many answers for one value as for another
_LARGE_GROUP_FRAC = 0.1


class Settings(PictureSettings):
    """Settings of ``split``."""

    train_frac: float = Field(default=0.7, ge=0, le=1)
    """Share of people to train on."""

    val_frac: float = Field(default=0.1, ge=0, le=1)
    """Share of people to choose a checkpoint with."""

    test_frac: float = Field(default=0.2, ge=0, le=1)
    """Share of people to report on; nothing may be chosen with them."""

    stratify: tuple[str, ...] = ()
    """Questions whose groups get their share of each split, as QUESTION or QUESTION:VOCABULARY@VERSION."""

    test_sources: tuple[str, ...] = ()
    """Sources held out: all their people go to test, and the fractions hold for everybody else."""


def _composites_to_learn_from(
    workspace: Workspace, samples: Sequence[Sample], split_of: Mapping[str, str]
) -> list[Sample]:
    """Give the composites of which every part, person and background, comes from people who train."""
    known = {sample.sample_id: sample.person_id for sample in workspace.samples()}
    lineage = tables.index(workspace.rows_or_empty(tables.LINEAGE), "sample_id")

    def trains(sample: Sample) -> bool:
        made = lineage[sample.sample_id]
        is_drawn = made.background is None or made.background.startswith(selection.RENDERED_BACKGROUND)
        parts = [made.parent] if is_drawn else [made.parent, str(made.background)]
        return all(split_of.get(known.get(part, "")) == "train" for part in parts)

    return [sample for sample in samples if trains(sample)]


def _most_said(values: Counter[str]) -> str:
    ranked = values.most_common(2)
    if not ranked:
        return _UNLABELLED
    if len(ranked) == 2 and ranked[0][1] == ranked[1][1]:
        return _MIXED
    return ranked[0][0]


def _strata(
    workspace: Workspace, specs: Sequence[str], group_of: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """Give each group's most frequent answer to each question, by the group's name.

    ``group_of`` maps sample ids to groups.
    """
    answers = workspace.rows_or_empty(tables.ANNOTATIONS) if specs else []
    columns: list[dict[str, Counter[str]]] = []
    for spec in specs:
        axis = vocab.axis(spec)
        vocab.question(axis.question)
        counts: dict[str, Counter[str]] = defaultdict(Counter)
        asked = (row for row in answers if row.question == axis.question and row.sample_id in group_of)
        for (sample_id, _, _), said in latest(asked, axis).items():
            if not said.is_contradictory and not said.is_no_answer:
                counts[group_of[sample_id]][said.category] += 1
        if not counts:
            raise UsageError(
                f"expected answers to {axis.question} to stratify by, found none: run `datatools annotate "
                "import` first, or leave it out of --stratify"
            )
        columns.append(counts)
    names = set(group_of.values())
    return {name: tuple(_most_said(counts[name]) for counts in columns) for name in names}


def _groups(
    workspace: Workspace, samples: Sequence[Sample], settings: Settings, alike: Sequence[Sequence[str]]
) -> list[partition.Group]:
    by_id = {sample.sample_id: sample for sample in samples}
    links = [[sample.person_id] for sample in samples]
    links += [[by_id[sample_id].person_id for sample_id in cluster] for cluster in alike]
    root = partition.join(links)
    members: dict[str, list[Sample]] = defaultdict(list)
    for sample in samples:
        members[root[sample.person_id]].append(sample)
    strata = _strata(workspace, settings.stratify, {s.sample_id: root[s.person_id] for s in samples})
    return [
        partition.Group(
            people=tuple(sorted({sample.person_id for sample in group})),
            n_samples=len(group),
            stratum=strata[name],
            fixed="test" if any(sample.source in settings.test_sources for sample in group) else None,
        )
        for name, group in sorted(members.items())
    ]


def _facts(
    samples: Sequence[Sample],
    groups: Sequence[partition.Group],
    split_of: Mapping[str, str],
    alike: Sequence[Sequence[str]],
) -> dict[str, object]:
    balance: dict[str, Counter[str]] = defaultdict(Counter)
    for group in groups:
        for person in group.people:
            balance[" x ".join(group.stratum) or "everybody"][split_of[person]] += 1
    n_people, n_samples = Counter(split_of.values()), Counter(split_of[s.person_id] for s in samples)
    return {
        "n_people": {split: n_people[split] for split in partition.SPLITS},
        "n_samples": {split: n_samples[split] for split in partition.SPLITS},
        "n_people_by_stratum": {
            stratum: {split: counts[split] for split in partition.SPLITS}
            for stratum, counts in sorted(balance.items())
        },
        "n_near_duplicate_groups": len(alike),
        "n_people_joined": sum(len(group.people) for group in groups if len(group.people) > 1),
        "n_people_largest_group": max((len(group.people) for group in groups), default=0),
    }


def _notes(facts: Mapping[str, object], settings: Settings, n_people: int) -> list[str]:
    counts = facts["n_people"]
    assert isinstance(counts, dict)
    shares = ", ".join(f"{split} {counts[split]}" for split in partition.SPLITS)
    notes = [f"People in each split: {shares}. Nobody is in two."]
    for split in partition.SPLITS:
        if getattr(settings, f"{split}_frac") > 0 and not counts[split]:
            notes.append(f"The {split} split is empty: there are too few people for it.")
    largest = facts["n_people_largest_group"]
    assert isinstance(largest, int)
    if largest > 1 and largest > _LARGE_GROUP_FRAC * n_people:
        notes.append(
            f"Near-duplicate pictures join {largest} of {n_people} people into one group, which cannot "
            "be split: look at the near_duplicate findings."
        )
    return notes


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Split people into train, val and test, alike pictures kept together."""
    workspace.require()
    everything = workspace.samples(source=settings.only, limit=settings.limit)
    made = selection.composites(workspace)
    samples = [sample for sample in everything if sample.sample_id not in made]
    known = {sample.source for sample in samples}
    for source in settings.test_sources:
        if source not in known:
            raise UsageError(f"expected test sources among {sorted(known)}, got {source!r}")
    alike = duplicates.clusters(workspace, samples, progress)
    groups = _groups(workspace, samples, settings, alike)
    fractions = {split: float(getattr(settings, f"{split}_frac")) for split in partition.SPLITS}
    split_of = partition.deal(groups, fractions, settings.seed)
    facts = _facts(samples, groups, split_of, alike)
    notes = _notes(facts, settings, len(split_of))
    composed = [sample for sample in everything if sample.sample_id in made]
    extra = _composites_to_learn_from(workspace, composed, split_of)
    facts |= {"n_composites_train": len(extra), "n_composites_left_out": len(composed) - len(extra)}
    if composed:
        notes.append(
            f"{len(extra)} composites join the train split; {len(composed) - len(extra)} show a person or a "
            "background of somebody who does not train here, and were left out."
        )
    if settings.dry_run:
        return StageResult(stage="split", facts=facts, notes=[*notes, "Nothing was written."])
    reads = (tables.SOURCES, tables.MANIFEST, tables.LINEAGE, tables.OBSERVATIONS, tables.ANNOTATIONS)
    with workspace.run(
        "split", settings.model_dump(mode="json"), reads=reads, writes=(tables.SPLITS,)
    ) as record:
        workspace.write(
            tables.SPLITS,
            [
                SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=split_of[s.person_id])
                for s in (*samples, *extra)
            ],
        )
        record.facts |= facts
    return StageResult(stage="split", facts=facts, notes=notes)
