"""``refine --ablate`` measures the rules and makes no mask."""

import dataclasses

from PIL import Image

from datatools import tables
from datatools.progress import Progress
from datatools.stages.refine import Settings, run
from datatools.workspace import Workspace
from tests.stages import people
from tests.stages.test_refine import ingest_people, truth


def _with_references(workspace: Workspace, sources: list[str | None]) -> None:
    folder = ingest_people(workspace, len(sources))
    samples = []
    for number, source in enumerate(sources):
        Image.fromarray(truth(number).array).save(folder / f"{number}-mask.png")
        sample = people.sample(number, path=f"{number}.png")
        reference = None if source is None else f"{number}-mask.png"
        samples.append(dataclasses.replace(sample, reference_mask=reference, mask_source=source))
    people.ingest(workspace, folder, samples)


def test_only_accurate_references_are_measured_on(workspace: Workspace, quiet: Progress) -> None:
    """Human and rendered ones; a model's mask or none tells nothing about truth."""
    _with_references(workspace, ["human", "rendered", "model:other", None])
    settings = Settings(ablate=True, rules=("face_seed", "edge_colour"))
    result = run(workspace, settings, quiet)
    assert result.facts["n_images"] == 2
    assert any(note.startswith("edge_colour, left out: IoU +") for note in result.notes)
    assert not workspace.has(tables.MASKS)
    assert (workspace.report_folder("ablation") / "ablation.csv").is_file()


def test_a_dry_run_says_on_how_many_pictures(workspace: Workspace, quiet: Progress) -> None:
    """And measures nothing."""
    _with_references(workspace, ["human", None])
    result = run(workspace, Settings(ablate=True, dry_run=True), quiet)
    assert result.notes == [f"Would measure {len(Settings().rules)} rules on 1 pictures."]
    assert not workspace.run_files()
