"""Workspaces with real pictures in them, for the stages that read pictures."""

from pathlib import Path

from PIL import Image

from datatools import tables
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.portraits import rendered
from tests.stages import people


def ingest_drawn(workspace: Workspace, n_people: int, *, faces: tuple[int, ...] = ()) -> Path:
    """Write pictures of drawn people, and of rendered ones where dlib is to find a face; give the folder.

    Picture N shows rendered portrait ``faces[N]`` where there is one, else a drawing without a face.
    """
    folder = workspace.root.parent / "pictures"
    folder.mkdir()
    samples = []
    for number in range(n_people):
        picture = rendered(faces[number]).image if number < len(faces) else draw_person(seed=number)[0]
        path = folder / f"{number}.png"
        Image.fromarray(picture).save(path)
        samples.append(people.sample(number, path=path.name))
    people.ingest(workspace, folder, samples)
    return folder


def table_bytes(workspace: Workspace, table: "tables.Table[tables.Row]") -> bytes:
    """Give a table's file."""
    return workspace.table_file(table).read_bytes()
