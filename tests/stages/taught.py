"""A workspace of thirteen people that a small student learns from."""

from pathlib import Path

from datatools import tables
from datatools.images import write_mask
from datatools.records import Finding, MaskRow, Sample, Source, SplitRow
from datatools.stages.train import Settings
from datatools.workspace import Workspace
from tests.pictures import draw_person, write_people

N_PEOPLE = 13  # nine to learn from, three to choose by, one for the test
TINY: dict[str, int] = {"size_px": 32, "epochs_coarse": 1, "epochs_whole": 1, "batch": 4, "workers": 2}


def settings(**changes: object) -> Settings:
    """Give settings of a run of four steps."""
    return Settings.model_validate(TINY | changes)


def split_of(number: int) -> str:
    """Say which split a person is in."""
    return "train" if number < 9 else "val" if number < 12 else "test"


def sample(folder: Path, number: int, mask_source: str | None) -> Sample:
    """Describe one of the people that ``write_people`` wrote."""
    path = folder / "images" / f"{number:03d}.png"
    return Sample(
        sample_id=tables.sha256_file(path)[:16],
        path=f"images/{path.name}",
        width_px=96,
        height_px=128,
        source="people",
        licence="CC0-1.0",
        person_id=f"people:{number}",
        reference_mask=None if mask_source is None else f"masks/{path.name}",
        mask_source=mask_source,
        mask_encoding=None if mask_source is None else "binary255",
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def fill(workspace: Workspace, folder: Path, *, mask_source: str | None = "rendered") -> list[Sample]:
    """Put thirteen people, with their splits, into the workspace's tables."""
    write_people(folder, N_PEOPLE)
    samples = [sample(folder, number, mask_source) for number in range(N_PEOPLE)]
    splits = [
        SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=split_of(n))
        for n, s in enumerate(samples)
    ]
    source = Source(source="people", root=str(folder), reader="folder_masks", licence="CC0-1.0")
    workspace.write(tables.SOURCES, [source])
    workspace.write(tables.MANIFEST, samples)
    workspace.write(tables.SPLITS, splits)
    return samples


def add_generated(workspace: Workspace, samples: list[Sample]) -> None:
    """Add accepted masks that a teacher made."""
    rows, findings = [], []
    for number, each in enumerate(samples):
        path = workspace.mask_file(each.sample_id)
        write_mask(path, draw_person(seed=number)[1])
        rows.append(
            MaskRow(
                sample_id=each.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256=None,
                parents="p",
                status="ok",
                error=None,
            )
        )
        findings.append(
            Finding(sample_id=each.sample_id, check="mask_area", score=None, passed=True, detail=None)
        )
    workspace.write(tables.MASKS, rows)
    workspace.write(tables.FINDINGS, findings)
