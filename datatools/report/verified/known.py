"""What do a workspace's scores stand on now: which network, masks, faces and splits?"""

import dataclasses
from collections.abc import Mapping, Sequence
from pathlib import Path

from datatools import selection, tables
from datatools.fairness.chain.mask_pairs import GENERATED
from datatools.fairness.maps.keeping import key_of
from datatools.fairness.scoring import Model, Pair, load_model
from datatools.records import Sample, Score
from datatools.report.provenance import RunRecord
from datatools.selection import Target
from datatools.workspace import Workspace


class Known:
    """What is known of the pictures now."""

    def __init__(self, workspace: Workspace, records: Sequence[RunRecord]) -> None:
        self.workspace = workspace
        self.samples: dict[str, Sample] = tables.index(workspace.samples(), "sample_id")
        self.splits = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
        self.faces = selection.faces(workspace)
        self.grids = {key_of(row): row for row in workspace.rows_or_empty(tables.ERROR_GRIDS)}
        self.masks = tables.index(workspace.rows_or_empty(tables.MASKS), "sample_id")
        self.mattes = {
            (row.teacher, row.sample_id): workspace.file(row.path)
            for row in workspace.rows_or_empty(tables.MATTES)
            if row.path is not None
        }
        has_findings = workspace.has(tables.FINDINGS) and workspace.has(tables.MASKS)
        self.generated: Mapping[str, Target] = (
            selection.training_targets(workspace, "generated") if has_findings else {}
        )
        self.word_of = {
            str(record.facts.get("model")): str(record.settings.get("model"))
            for record in records
            if record.stage == "evaluate"
        }

    def model(self, name: str) -> Model:
        """Load what a model's scores were made with, by the words of the run that made them.

        Raises:
            DatatoolsError: it is not here, or cannot be read.
        """
        if name == GENERATED:
            return Model(GENERATED, GENERATED, needs_faces=False, predict=None)
        word = self.word_of.get(name, name)
        return dataclasses.replace(load_model(str(self.workspace.trained_model(word) or word)), name=name)

    def pair(self, row: Score, prediction: Path | None) -> Pair | None:
        """Give a score's picture and reference mask as they are now; None where there is no such mask."""
        sample = self.samples.get(row.sample_id)
        target = None if sample is None else self._reference(sample, row.reference_source)
        if sample is None or target is None:
            return None
        mask = self.masks.get(row.sample_id) if row.model == GENERATED else None
        return Pair(
            sample_id=row.sample_id,
            person_id=sample.person_id,
            split=self.splits.get(row.sample_id),
            image=self.workspace.image_file(sample),
            reference=target,
            prediction=prediction,
            faces=self.faces.get(row.sample_id),
            problem=mask.error if mask is not None and mask.path is None else None,
        )

    def _reference(self, sample: Sample, source: str) -> Target | None:
        given = selection.reference_target(self.workspace, sample)
        for target in (given, self.generated.get(sample.sample_id)):
            if target is not None and target.mask_source == source:
                return target
        return None

    def prediction(self, name: str, sample_id: str) -> Path | None:
        """Give the mask or matte that a model left in the workspace, whether or not it is still there."""
        if name != GENERATED:
            return self.mattes.get((name, sample_id))
        row = self.masks.get(sample_id)
        return None if row is None or row.path is None else self.workspace.file(row.path)
