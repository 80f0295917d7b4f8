"""Workspaces with people, masks and faces, to make new pictures of."""

from pathlib import Path

import numpy as np
from PIL import Image

from datatools import tables
from datatools.masks import Mask
from datatools.progress import Progress
from datatools.records import LandmarkRow
from datatools.stages import ingest
from datatools.workspace import Workspace
from tests.pictures import draw_person

WIDTH_PX, HEIGHT_PX = 300, 400


def with_people(workspace: Workspace, n_people: int, *, name: str = "people", room_px: int = 0) -> Path:
    """Ingest drawn people of 300 x 400 px with masks that count as human; give their folder.

    ``room_px`` columns of empty background stand beside each.
    """
    folder = workspace.root.parent / name
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    for number in range(n_people):
        aside = 0.4 + 0.2 * (number % 7) / 6
        picture, mask = draw_person(
            width_px=WIDTH_PX, height_px=HEIGHT_PX, seed=1000 * len(name) + number, centre_frac=aside
        )
        room = np.random.default_rng(number).integers(60, 160, (HEIGHT_PX, room_px, 3))
        picture = np.hstack([picture, room.astype(np.uint8)])
        mask = Mask(np.hstack([mask.array, np.zeros((HEIGHT_PX, room_px), bool)]))
        Image.fromarray(picture).save(folder / "images" / f"{number:03d}.png")
        Image.fromarray(mask.array.astype(np.uint8) * 255).save(folder / "masks" / f"{number:03d}.png")
    settings = ingest.Settings(source=folder, reader="folder_masks", options={"mask_source": "human"})
    ingest.run(workspace, settings, Progress("quiet"))
    return folder


def with_faces(workspace: Workspace, *, faceless: int = 0, n_faces: int = 1) -> None:
    """Write the face that each drawing has; the first ``faceless`` samples have none."""
    rows = []
    for place, sample in enumerate(workspace.samples()):
        n_here = 0 if place < faceless else n_faces
        mask = np.asarray(Image.open(workspace.reference_file(sample) or "")) > 0
        middle = float(np.flatnonzero(mask[160]).mean())
        for face in range(max(1, n_here)):
            box = [middle - 35.0, 130.0, middle + 35.0, 215.0]
            rows.append(
                LandmarkRow(
                    sample_id=sample.sample_id,
                    scheme="ibug68",
                    points=None,
                    detector="dlib68",
                    score=1.0,
                    face=face if n_here else None,
                    n_faces=n_here,
                    box=box if n_here else None,
                    is_cut=False if n_here else None,
                    parents="",
                    status="ok",
                    error=None,
                )
            )
    workspace.write(tables.LANDMARKS, rows)
