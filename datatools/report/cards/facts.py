"""What is there to say about a data set, counted once from the workspace?"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence

import numpy as np

from datatools import selection, tables
from datatools.errors import UsageError
from datatools.fairness.composition.composition_result import Headcount
from datatools.fairness.composition.composition_scope import singles_of
from datatools.fairness.composition.headcount import headcount, hidden_groups
from datatools.fairness.composition.labelled import everybody
from datatools.fairness.result import AuditResult
from datatools.records import Sample
from datatools.report import facts as report_facts
from datatools.report import newest, parity, rebuilt, summary
from datatools.report.cards.card_result import (
    AuditFact,
    CardFacts,
    MaskFact,
    RuleFact,
    SharedFact,
    TableFact,
    TeacherFact,
)
from datatools.report.cards.questions_asked import agreements, asked, combined, older
from datatools.report.facts import ReportFacts
from datatools.report.provenance import RunRecord, records
from datatools.workspace import Workspace

# Runs that look, or write cards: the state that a card describes is older than they are.
_NOT_OF_THE_DATA = frozenset({"report", "browse", "show", "verify", "doctor", "card", "card_data"})


def collect(
    workspace: Workspace,
    *,
    audit: str | None,
    min_people: int,
    seed: int,
    tables_beside: Sequence[TableFact],
    shared: Sequence[SharedFact] = (),
) -> CardFacts:
    """Count what a card says.

    Args:
        workspace: the data set.
        audit: whose findings are told, WS/reports/NAME; None: the latest.
        min_people: groups of fewer people are not shown.
        seed: of what is resampled.
        tables_beside: the tables that lie beside the card.
        shared: the pictures and masks that lie beside it.

    Raises:
        UsageError: there is no audit of that name.
        TableError: the workspace was never ingested into, or a table is broken.
        DataError: a run record, an audit or another result cannot be read.
    """
    manifest = workspace.rows(tables.MANIFEST)
    made = Counter(row.kind for row in workspace.rows_or_empty(tables.LINEAGE))
    composites = selection.composites(workspace)
    counted = [row for row in manifest if row.status == "ok" and row.sample_id not in composites]
    runs = records(workspace)
    found = _audit(workspace, audit)
    left_out = _left_out(found, runs, min_people)
    report = report_facts.collect(workspace, {} if found is None else found.inputs)
    days = [run.started_at[:10] for run in runs if run.stage not in _NOT_OF_THE_DATA]
    sizes = [(row.width_px, row.height_px) for row in counted if row.width_px and row.height_px]
    widths, heights = [width for width, _ in sizes], [height for _, height in sizes]
    return CardFacts(
        min_people=min_people,
        first_day=min(days, default=None),
        last_day=max(days, default=None),
        n_files=len(manifest),
        n_failed=sum(row.status == "failed" for row in manifest),
        n_images=len(counted),
        n_people=len({row.person_id for row in counted}),
        n_named=len({row.person_id for row in counted if row.person_id != row.sample_id}),
        n_aliases=sum(len(row.aliases) for row in counted),
        n_made=dict(sorted(made.items())),
        sizes_px=[min(widths), max(widths), min(heights), max(heights)] if sizes else [],
        masks=_masks(workspace, counted),
        teachers=_teachers(workspace),
        rules=_rules(workspace),
        questions=asked(workspace, counted, min_people),
        agreement=agreements(workspace),
        consensus=combined(workspace),
        older=older(workspace, runs),
        composition=_composition(workspace, counted, min_people, seed),
        audit=None if found is None or "audit" in left_out else _told(found, report),
        parity=[] if "check" in left_out else parity.gaps_that_stand(report.parity),
        left_out=list(left_out.values()),
        report=report,
        tables=list(tables_beside),
        shared=list(shared),
    )


# -- the audit -------------------------------------------------------------------------------------


def _audit(workspace: Workspace, name: str | None) -> AuditResult | None:
    if name is None:
        return newest.audit(workspace)
    path = workspace.report_folder(name) / rebuilt.AUDIT_FILE
    if not path.is_file():
        raise UsageError(
            f"expected an audit at {path}, which is not there: run `datatools audit --name {name}`"
        )
    return rebuilt.read_audit(path)


def _left_out(audit: AuditResult | None, runs: Sequence[RunRecord], min_people: int) -> dict[str, str]:
    """Say by its verb which result shows groups that this card must not show, and what makes it again."""
    checked = next((run.settings for run in reversed(runs) if run.stage == "check"), {})
    shown = {"audit": {} if audit is None else audit.settings, "check": checked}
    return {
        verb: f"What {verb} found is left out, for it shows groups of {least} people: run `datatools {verb} "
        f"--min-people {min_people}` for it."
        for verb, settings in shown.items()
        if isinstance(least := settings.get("min_people", min_people), int) and least < min_people
    }


def _told(audit: AuditResult, facts: ReportFacts) -> AuditFact:
    told = summary.summarise(audit, facts)
    return AuditFact(
        name=audit.name,
        headline=told.headline,
        found=told.can_say,
        open=told.cannot_say,
        notes=audit.notes,
        n_comparisons=audit.n_comparisons,
    )


# -- masks -----------------------------------------------------------------------------------------


def _masks(workspace: Workspace, samples: Sequence[Sample]) -> list[MaskFact]:
    """Count masks by who made them; those that came with the data first."""
    person_of = {row.sample_id: row.person_id for row in samples}
    given = defaultdict(set)
    for row in samples:
        if row.reference_mask is not None and row.mask_source is not None:
            given[row.mask_source].add(row.sample_id)
    generated = defaultdict(set)
    for mask in workspace.rows_or_empty(tables.MASKS):
        if mask.status == "ok" and mask.sample_id in person_of:
            generated[mask.mask_source].add(mask.sample_id)
    return [
        *(_mask(maker, "with the data", ids, person_of) for maker, ids in sorted(given.items())),
        *(_mask(maker, "generated", ids, person_of) for maker, ids in sorted(generated.items())),
    ]


def _mask(maker: str, origin: str, ids: Iterable[str], person_of: Mapping[str, str]) -> MaskFact:
    chosen = list(ids)
    return MaskFact.model_validate(
        {
            "maker": maker,
            "origin": origin,
            "n_images": len(chosen),
            "n_people": len({person_of[sample_id] for sample_id in chosen}),
        }
    )


def _teachers(workspace: Workspace) -> list[TeacherFact]:
    by_status = Counter((row.teacher, row.status) for row in workspace.rows_or_empty(tables.MATTES))
    return [
        TeacherFact(teacher=name, n_images=by_status[name, "ok"], n_failed=by_status[name, "failed"])
        for name in sorted({name for name, _ in by_status})
    ]


def _rules(workspace: Workspace) -> list[RuleFact]:
    masks = workspace.rows_or_empty(tables.MASKS)
    counts = Counter(rule for row in masks for rule in set(row.rules_applied))
    return [RuleFact(rule=rule, n_images=n) for rule, n in sorted(counts.items())]


# -- people ----------------------------------------------------------------------------------------


def _composition(
    workspace: Workspace, samples: Sequence[Sample], min_people: int, seed: int
) -> list[Headcount]:
    """Count the people of every question and every band of measurements, small groups withheld."""
    if not samples:
        return []
    people = everybody({row.sample_id: row.person_id for row in samples})
    labels, _ = singles_of(workspace, None, people, min_people)
    hidden = hidden_groups(labels, min_people)
    rng = np.random.default_rng(seed)
    return [headcount(label, people, hidden[label.attributes], 0, rng) for label in labels]
