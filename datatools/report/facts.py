"""What does a report say about the data set itself, beside what the audit found?

Everything is counted from the workspace's tables; a stage that has not run leaves its part empty.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import BaseModel, ConfigDict

from datatools import selection, tables
from datatools.fairness.composition.composition_result import CompositionAudit
from datatools.fairness.composition.composition_told import sentences
from datatools.records import Sample
from datatools.report.categories import CategoryFacts, categories
from datatools.report.composition import audited
from datatools.report.parity import ParityFact, parity_facts
from datatools.report.provenance import RunFact, records, runs
from datatools.report.training import TrainingFact, trained_models
from datatools.workspace import Workspace

_MAX_REASONS = 12  # a thousand different messages say no more than the commonest twelve


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Step(_Frozen):
    """One step of the chain: how many pictures, and of how many people, came out of it."""

    step: str
    n_images: int
    n_people: int
    share: float | None = None  # of the pictures found, 0-1; None: none was found


class Reason(_Frozen):
    """Why pictures were lost, and how many."""

    where: str  # the stage or the check
    reason: str
    n_images: int
    share: float | None = None  # of the pictures with a mask, 0-1, where a check rejected them


class SourceFact(_Frozen):
    """One source: where it came from and under which licence."""

    source: str
    reader: str
    licence: str
    n_images: int
    n_people: int
    n_failed: int
    reference_masks: dict[str, int]  # mask_source to count


class SplitFact(_Frozen):
    """One split."""

    split: str
    n_images: int
    n_people: int


class ReportFacts(_Frozen):
    """Everything the page shows that is not in the AuditResult."""

    steps: list[Step]
    failures: list[Reason]  # unreadable files, and items that a stage could not work on
    rejections: list[Reason]  # one picture may fail several checks
    n_rejected: int | None  # None: check has not run
    n_reviewed: int  # pictures whose mask a person accepted or rejected
    sources: list[SourceFact]
    splits: list[SplitFact]
    parity: list[ParityFact]  # empty: check has not run, or nobody could be compared
    composition: CompositionAudit | None = None  # None: the stage composition has not run
    composition_told: list[str] = []  # what it found, as sentences
    composition_changed: list[str] = []  # tables that differ from those which it read
    categories: CategoryFacts = CategoryFacts()
    training: list[TrainingFact]
    runs: list[RunFact]
    changed_since: list[str]  # tables that differ from those which the audit read


def nothing() -> ReportFacts:
    """Give the facts of results that somebody brought: there is no workspace to count in."""
    return ReportFacts(
        steps=[],
        failures=[],
        rejections=[],
        n_rejected=None,
        n_reviewed=0,
        sources=[],
        splits=[],
        parity=[],
        training=[],
        runs=[],
        changed_since=[],
    )


def collect(workspace: Workspace, audit_inputs: Mapping[str, str]) -> ReportFacts:
    """Count what the workspace holds.

    Args:
        workspace: the workspace.
        audit_inputs: ``AuditResult.inputs``: file below the workspace to SHA-256.

    Raises:
        TableError: the workspace was never ingested into, or a table is broken.
        DataError: a run record, a training history or a composition audit cannot be read.
    """
    manifest = workspace.rows(tables.MANIFEST)
    readable = [row for row in manifest if row.status == "ok"]
    found = records(workspace)
    made_of = audited(workspace)
    return ReportFacts(
        steps=_steps(workspace, manifest, readable),
        failures=_failures(workspace, manifest),
        rejections=_rejections(workspace),
        n_rejected=_rejected(workspace),
        n_reviewed=len(selection.reviews(workspace.rows_or_empty(tables.ANNOTATIONS))),
        sources=_sources(workspace, manifest),
        splits=_splits(workspace),
        parity=parity_facts(workspace),
        composition=made_of,
        composition_told=[] if made_of is None else sentences(made_of),
        composition_changed=[] if made_of is None else _changed_or_new(workspace, made_of.inputs),
        categories=categories(workspace),
        training=trained_models(workspace, found),
        runs=runs(found),
        changed_since=_changed(workspace, audit_inputs),
    )


def _steps(workspace: Workspace, manifest: Sequence[Sample], readable: Sequence[Sample]) -> list[Step]:
    person_of = {row.sample_id: row.person_id for row in manifest}

    def step(name: str, sample_ids: Iterable[str]) -> Step:
        kept = [sample_id for sample_id in set(sample_ids) if sample_id in person_of]
        n_people = len({person_of[i] for i in kept})
        share = len(kept) / len(person_of) if person_of else None
        return Step(step=name, n_images=len(kept), n_people=n_people, share=share)

    found = [step("found", person_of), step("readable", (row.sample_id for row in readable))]
    if workspace.has(tables.LANDMARKS):
        faces = selection.faces(workspace)
        found.append(step("with a face", (name for name, seen in faces.items() if seen)))
    if workspace.has(tables.MATTES):
        mattes = workspace.rows(tables.MATTES)
        found.append(step("with a matte", (row.sample_id for row in mattes if row.status == "ok")))
    if workspace.has(tables.MASKS):
        masks = workspace.rows(tables.MASKS)
        found.append(step("with a mask", (row.sample_id for row in masks if row.status == "ok")))
    if workspace.has(tables.FINDINGS):
        found.append(step("accepted", selection.accepted(workspace)))
    return found


def _failures(workspace: Workspace, manifest: Sequence[Sample]) -> list[Reason]:
    counts: Counter[tuple[str, str]] = Counter()
    for sample in manifest:
        if sample.status == "failed" or sample.error is not None:
            # A readable picture has an error too where its mask or landmarks could not be used.
            where = "ingest" if sample.status == "failed" else "ingest, picture kept"
            # Messages begin with the file's name; without it alike ones fall together.
            name = sample.path.rpartition("/")[2]
            counts[where, (sample.error or "no reason given").removeprefix(f"{name}: ")] += 1
    for stage, rows in (
        ("landmarks", workspace.rows_or_empty(tables.LANDMARKS)),
        ("segment", workspace.rows_or_empty(tables.MATTES)),
        ("refine", workspace.rows_or_empty(tables.MASKS)),
        ("check", workspace.rows_or_empty(tables.OBSERVATIONS)),
        ("evaluate", workspace.rows_or_empty(tables.SCORES)),
    ):
        failed = {(row.sample_id, row.error or "no reason given") for row in rows if row.status == "failed"}
        counts.update((stage, reason) for _, reason in failed)
    return _commonest(counts)


def _rejected(workspace: Workspace) -> int | None:
    if not workspace.has(tables.FINDINGS):
        return None
    checked = {row.sample_id for row in workspace.rows(tables.FINDINGS)}
    return len(checked - selection.accepted(workspace))


def _rejections(workspace: Workspace) -> list[Reason]:
    findings = workspace.rows_or_empty(tables.FINDINGS)
    counts = Counter((row.check, "did not pass") for row in findings if not row.passed)
    masks = workspace.rows_or_empty(tables.MASKS)
    n_masks = sum(row.status == "ok" for row in masks)
    return _commonest(counts, n_masks)


def _commonest(counts: Counter[tuple[str, str]], total: int | None = None) -> list[Reason]:
    def reason(where: str, why: str, n: int) -> Reason:
        return Reason(where=where, reason=why, n_images=n, share=n / total if total else None)

    # Sorted by count, then by name, so that equal counts do not depend on the order of rows.
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    found = [reason(where, why, n) for (where, why), n in ordered[:_MAX_REASONS]]
    others = sum(n for _, n in ordered[_MAX_REASONS:])
    if others:
        found.append(reason("all stages", f"{len(ordered) - _MAX_REASONS} other reasons", others))
    return found


def _sources(workspace: Workspace, manifest: Sequence[Sample]) -> list[SourceFact]:
    found = []
    for row in sorted(workspace.rows(tables.SOURCES), key=lambda row: row.source):
        samples = [sample for sample in manifest if sample.source == row.source]
        readable = [sample for sample in samples if sample.status == "ok"]
        masks = Counter(s.mask_source for s in readable if s.reference_mask and s.mask_source)
        found.append(
            SourceFact(
                source=row.source,
                reader=row.reader,
                licence=row.licence,
                n_images=len(samples),
                n_people=len({sample.person_id for sample in readable}),
                n_failed=len(samples) - len(readable),
                reference_masks=dict(sorted(masks.items())),
            )
        )
    return found


def _splits(workspace: Workspace) -> list[SplitFact]:
    rows = workspace.rows_or_empty(tables.SPLITS)
    order = {"train": 0, "val": 1, "test": 2}
    names = sorted({row.split for row in rows}, key=lambda name: (order.get(name, 3), name))
    return [
        SplitFact(
            split=name,
            n_images=sum(row.split == name for row in rows),
            n_people=len({row.person_id for row in rows if row.split == name}),
        )
        for name in names
    ]


def _changed(workspace: Workspace, audit_inputs: Mapping[str, str]) -> list[str]:
    changed = []
    for name, sha256 in sorted(audit_inputs.items()):
        path = workspace.file(name)
        if not path.exists() or tables.sha256_file(path) != sha256:
            changed.append(name)
    return changed


def _changed_or_new(workspace: Workspace, inputs: Mapping[str, str]) -> list[str]:
    """Give the files that differ from those that were read, and the answers that came since."""
    batches = [workspace.relative(path) for path in workspace.batch_files()]
    return [*_changed(workspace, inputs), *(name for name in batches if name not in inputs)]
