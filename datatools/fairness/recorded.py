"""Which audit do recorded settings ask for, and what does it find when it is made again?

The settings of the stage audit are kept in every result. Those that shape its numbers are read here, from
the stage or from a result, so that an audit and its repetition are one computation.
"""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from datatools.errors import DataError
from datatools.fairness import scoping
from datatools.fairness.audit import Question, Scope, audit
from datatools.fairness.brought import bring
from datatools.fairness.result import AuditResult
from datatools.fairness.sections import Also
from datatools.fairness.statistics.inference import Rules
from datatools.progress import Progress
from datatools.settings import explain
from datatools.workspace import Workspace

NOTHING = "none"  # in the place of confounders
_PLAIN_METRIC = "iou_fg_image"


class Asked(BaseModel):
    """The settings of an audit that shape its numbers; the stage's ``Settings`` say what each one means."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    name: str
    attributes: list[str] | None
    cross: int
    metrics: list[str] | None
    models: list[str] | None
    baseline: str | None
    adjust: list[str] | None
    slices: int
    codings: bool
    chain: bool
    split: str | None
    exclude: list[str]
    margin: float
    alpha: float
    contrasts: Literal["rest", "both"]
    correction: Literal["holm", "bh"]
    replicates: int
    min_people: int
    seed: int
    only: str | None
    limit: int | None
    samples: str | None = None  # audits of older versions keep none
    scores: Path | None
    groups: Path | None
    pred: Path | None
    ref: Path | None
    id_column: str | None
    person_column: str | None
    model_column: str | None
    reference_source: str | None
    answered_by: Literal["self_report", "annotator", "dataset", "model", "measured"]

    @property
    def is_brought(self) -> bool:
        """Say whether somebody brought the results; otherwise they are a workspace's."""
        return self.scores is not None or self.pred is not None

    @property
    def wanted(self) -> scoping.Wanted:
        """Give what of a workspace is under audit."""
        return scoping.Wanted(
            attributes=self.attributes,
            models=self.models,
            split=self.split,
            exclude=self.exclude,
            source=self.only,
            limit=self.limit,
            listed=self.samples,
        )

    @property
    def question(self) -> Question:
        """Give what is compared, and how."""
        return Question(
            name=self.name,
            cross=self.cross,
            metrics=self.metrics or [_PLAIN_METRIC],
            rules=Rules(margin=self.margin, alpha=self.alpha, correction=self.correction),
            min_people=self.min_people,
            n_replicates=self.replicates,
            seed=self.seed,
            contrasts=self.contrasts,
            also=Also(
                adjust=[] if self.adjust == [NOTHING] else self.adjust,
                slice_depth=self.slices,
                baseline=self.baseline,
                codings=self.codings,
            ),
        )


def asked(settings: Mapping[str, object]) -> Asked:
    """Read settings as an audit keeps them.

    Raises:
        DataError: one is missing, or is not what this version takes.
    """
    try:
        return Asked.model_validate(settings)
    except ValidationError as error:
        raise DataError(
            f"expected the settings that an audit of this version keeps; {explain(error)}: run "
            "`datatools audit` again"
        ) from error


def scope_of_brought(wanted: Asked, progress: Progress) -> Scope:
    """Read the results that somebody brought, from the paths in the settings.

    Raises:
        UsageError, DataError: as ``bring.scope``.
    """
    stated = bring.Stated(
        id=wanted.id_column,
        person=wanted.person_column,
        model=wanted.model_column,
        metrics=wanted.metrics,
        attributes=wanted.attributes,
        reference_source=wanted.reference_source,
        answered_by=wanted.answered_by,
    )
    scope = bring.scope(
        scores=wanted.scores,
        groups=wanted.groups,
        pred=wanted.pred,
        ref=wanted.ref,
        stated=stated,
        progress=progress,
    )
    return dataclasses.replace(scope, scores=scoping.of_models(scope.scores, wanted.models))


def scope_of(workspace: Workspace, wanted: Asked, progress: Progress, *, lean: bool = False) -> Scope:
    """Read what is under audit: of the workspace, or what somebody brought.

    Args:
        workspace: whose tables are read.
        wanted: the settings, read.
        progress: shows the reading of masks that somebody brought.
        lean: read only those counts of scores that the metrics asked for are computed of.

    Raises:
        UsageError, DataError: as ``scoping.scope_of`` and ``bring.scope``.
    """
    if wanted.is_brought:
        return scope_of_brought(wanted, progress)
    return scoping.scope_of(workspace, wanted.wanted, wanted.question.metrics if lean else None)


def made(
    workspace: Workspace,
    scope: Scope,
    wanted: Asked,
    *,
    settings: Mapping[str, object],
    inputs: Mapping[str, str],
    versions: Mapping[str, str],
    progress: Progress,
) -> AuditResult:
    """Make the audit that settings ask for.

    Args:
        workspace: whose tables are read; masks that no table compares yet are compared now. Of results that
            somebody brought it is not looked at.
        scope: of ``scope_of``.
        wanted: the settings, read.
        settings: the settings, kept in the result.
        inputs: table file to SHA-256, kept in the result.
        versions: of the packages, kept in the result.
        progress: shows the steps.

    Raises:
        UsageError: a metric, confounder or baseline that does not exist.
        TooManyFailuresError: most masks to compare cannot be read.
    """
    evidence = None
    if not wanted.is_brought:
        evidence = scoping.evidence_of(
            workspace,
            scope,
            wanted.wanted,
            wanted.seed,
            progress,
            chain=wanted.chain,
            codings=wanted.codings,
        )
    return audit(
        scope,
        wanted.question,
        evidence=evidence,
        settings=settings,
        inputs=inputs,
        versions=versions,
        progress=progress,
    )
