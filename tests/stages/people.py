"""Workspaces with a manifest and no pictures, for the stages that read tables alone."""

from collections.abc import Sequence
from pathlib import Path

from datatools import tables
from datatools.records import Annotation, Sample, Source
from datatools.workspace import Workspace


def sample_id(number: int) -> str:
    """Give the id of the sample of that number."""
    return f"{number:016x}"


def sample(number: int, *, path: str | None = None, source: str = "set", person: str | None = None) -> Sample:
    """Give a readable sample; without ``person`` nobody knows who it is."""
    return Sample(
        sample_id=sample_id(number),
        path=path or f"{number}.jpg",
        width_px=96,
        height_px=96,
        source=source,
        licence="own",
        person_id=sample_id(number) if person is None else f"{source}/{person}",
        reference_mask=None,
        mask_source=None,
        mask_encoding=None,
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def ingest(workspace: Workspace, root: Path, samples: Sequence[Sample], *, reader: str = "folder") -> None:
    """Write the tables that ingest writes."""
    names = sorted({row.source for row in samples})
    workspace.write(
        tables.SOURCES,
        [Source(source=name, root=str(root), reader=reader, licence="own") for name in names],
    )
    workspace.write(tables.MANIFEST, samples)


def answer(
    number: int,
    value: str,
    *,
    annotator_id: str = "ann01",
    question: str = "perceived_gender",
    vocabulary: str = "gender@1",
    created_at: str | None = None,
) -> Annotation:
    """Give an annotator's answer about the sample of that number."""
    return Annotation(
        sample_id=sample_id(number),
        question=question,
        value=value,
        annotator_id=annotator_id,
        source="annotator",
        vocabulary=vocabulary,
        created_at=created_at,
        lead_time_s=None,
        presentation_order=None,
        batch="test",
    )
