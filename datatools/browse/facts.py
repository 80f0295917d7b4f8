"""What do the tables say of some samples, row by row?

Read once for all samples that changed; then each sample's labels are a look-up.
"""

from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from datatools import selection, tables
from datatools.browse.errors_shown import Kept
from datatools.browse.fields import Outline, is_kept, slug
from datatools.checks import near_duplicate
from datatools.exchange.fiftyone import PREFIX
from datatools.masks import Face
from datatools.records import Annotation, ConsensusRow, Finding, MaskRow, MatteRow, Sample
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """By sample; labels by the name of their field."""

    faces: Mapping[str, list[Face]]
    mattes: Mapping[str, dict[str, MatteRow]]
    masks: Mapping[str, MaskRow]
    findings: Mapping[str, list[Finding]]
    answers: Mapping[str, dict[str, list[Annotation]]]
    consensus: Mapping[str, dict[str, list[ConsensusRow]]]
    reviews: Mapping[str, Annotation]
    splits: Mapping[str, str]
    errors: Mapping[str, dict[str, Kept]]
    accepted: frozenset[str] | None  # None: check has not run


def read(workspace: Workspace, samples: Collection[Sample], outline: Outline) -> Facts:
    """Read the rows about these samples.

    Raises:
        TableError: a table is broken.
        DataError: a path in a table leaves its folder.
    """
    by_id = {sample.sample_id: sample for sample in samples}
    mattes: dict[str, dict[str, MatteRow]] = defaultdict(dict)
    for matte in workspace.rows_about(tables.MATTES, by_id):
        if matte.path is not None:
            mattes[matte.sample_id][outline.mattes[matte.teacher]] = matte
    judged = workspace.rows_about(tables.FINDINGS, by_id)
    findings: dict[str, list[Finding]] = defaultdict(list)
    for finding in judged:
        findings[finding.sample_id].append(finding)
    said = workspace.rows_about(tables.ANNOTATIONS, by_id)
    answers: dict[str, dict[str, list[Annotation]]] = defaultdict(lambda: defaultdict(list))
    for answer in said:
        answers[answer.sample_id][f"{PREFIX}{slug(answer.question)}"].append(answer)
    consensus: dict[str, dict[str, list[ConsensusRow]]] = defaultdict(lambda: defaultdict(list))
    for row in workspace.rows_about(tables.CONSENSUS, by_id):
        consensus[row.sample_id][slug(f"consensus_{row.question}")].append(row)
    masks = tables.index(workspace.rows_about(tables.MASKS, by_id), "sample_id")
    has_findings = workspace.has(tables.FINDINGS)
    return Facts(
        faces=selection.faces_of(workspace.rows_about(tables.LANDMARKS, by_id)),
        mattes=mattes,
        masks=masks,
        findings=findings,
        answers=answers,
        consensus=consensus,
        reviews=selection.last_reviews(said),
        splits={row.sample_id: row.split for row in workspace.rows_about(tables.SPLITS, by_id)},
        errors=_errors(workspace, by_id, outline, masks, mattes),
        accepted=frozenset(selection.accepted_of(judged, said)) if has_findings else None,
    )


def cluster(findings: Collection[Finding]) -> str | None:
    """Name a sample's cluster of near-duplicates by the picture that stays; None where it is alone."""
    for row in findings:
        if row.check == near_duplicate.NearDuplicate.name:
            if not row.passed and row.detail is not None:
                return near_duplicate.kept_instead(row.detail)
            return row.sample_id if row.score is not None and row.score > 1 else None
    return None


def _errors(
    workspace: Workspace,
    samples: Mapping[str, Sample],
    outline: Outline,
    masks: Mapping[str, MaskRow],
    mattes: Mapping[str, dict[str, MatteRow]],
) -> dict[str, dict[str, Kept]]:
    """Find the scored masks that are in the workspace, with what they were scored against."""
    found: dict[str, dict[str, Kept]] = defaultdict(dict)
    pairs = {(one.model, one.reference_source): one.errors for one in outline.scored}
    has_masks = workspace.has(tables.MASKS)
    columns = ("sample_id", "model", "reference_source", "status", "fp", "fn", "parents")
    scores = workspace.frame_or_empty(tables.SCORES, columns)
    models = [name for name in scores["model"].unique() if is_kept(name, outline.mattes, has_masks=has_masks)]
    scores = scores[(scores["status"] == "ok") & scores["model"].isin(models)]
    scores = scores[selection.among(scores["sample_id"], samples)]
    for sample_id, model, source, _, fp, fn, parents in scores.itertuples(index=False, name=None):
        sample = samples[sample_id]
        is_matte = model in outline.mattes
        mask = mattes.get(sample_id, {}).get(outline.mattes[model]) if is_matte else masks.get(sample_id)
        if mask is None or mask.path is None:
            continue
        if sample.mask_source == source:
            reference = workspace.reference_file(sample)
        else:
            made = masks.get(sample_id)
            is_scored_on = made is not None and made.mask_source == source
            reference = workspace.file(made.path) if is_scored_on and made and made.path else None
        if reference is not None:
            found[sample_id][pairs[model, source]] = Kept(
                sample_id=sample_id,
                model=model,
                reference_source=source,
                mask=workspace.file(mask.path),
                is_matte=is_matte,
                reference=reference,
                n_over=int(fp),
                n_under=int(fn),
                parents=f"{mask.sha256} {parents}",
            )
    return found
