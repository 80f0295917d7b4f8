"""A workspace in which one person has left traces of every kind, and a search that misses none."""

import re
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import openpyxl
import pyarrow.parquet as pq
from PIL import Image

from datatools import tables
from datatools.progress import Progress
from datatools.stages import (
    annotate_export,
    annotate_import,
    audit,
    check,
    compose,
    crop,
    evaluate,
    ingest,
    matting,
    measure,
    refine,
    report,
    segment,
    split,
)
from datatools.workspace import Workspace
from tests.pictures import draw_person
from tests.stages import made

N_PEOPLE = 4
PERSON = "people:p0002"
_QUIET = Progress("quiet")
_FORMATS = ("csv", "xlsx", "label_studio", "cvat", "fiftyone", "hf")


def write_people(folder: Path) -> None:
    """Write two pictures with masks of each person, and a listing that names them; no two are alike."""
    for kind in ("images", "masks"):
        (folder / kind).mkdir(parents=True)
    lines = ["image,mask,person,gender"]
    for number in range(2 * N_PEOPLE):
        aside = 0.3 + 0.4 * number / (2 * N_PEOPLE)
        picture, mask = draw_person(
            width_px=made.WIDTH_PX, height_px=made.HEIGHT_PX, seed=number, centre_frac=aside
        )
        Image.fromarray(picture).save(folder / "images" / f"{number:03d}.png")
        Image.fromarray(mask.array.astype(np.uint8) * 255).save(folder / "masks" / f"{number:03d}.png")
        gender = "female" if number % 4 < 2 else "male"
        lines.append(f"images/{number:03d}.png,masks/{number:03d}.png,p{number // 2:04d},{gender}")
    (folder / "people.csv").write_text("\n".join(lines) + "\n")


def build(root: Path, source: Path) -> Workspace:
    """Run every stage that leaves files over the people of a folder, inside or outside the workspace."""
    workspace = Workspace(root)
    write_people(source)
    columns = {"image": "image", "mask": "mask", "person": "person", "mask_source": "human"}
    options = columns | {"perceived_gender": "gender"}
    ingest.run(
        workspace, ingest.Settings(source=source, name="people", reader="table", options=options), _QUIET
    )
    annotate_import.run(workspace, annotate_import.Settings(from_source="people", options=options), _QUIET)
    made.with_faces(workspace)
    segment.run(workspace, segment.Settings(teachers=["grabcut"]), _QUIET)
    refine.run(workspace, refine.Settings(), _QUIET)
    check.run(workspace, check.Settings(), _QUIET)
    crop.run(workspace, crop.Settings(min_side_px=64), _QUIET)
    compose.run(workspace, compose.Settings(per_person=1, backgrounds="rendered"), _QUIET)
    ingest.run(workspace, ingest.Settings(source=workspace.made_folder("composites")), _QUIET)
    matting.run(workspace, matting.Settings(), _QUIET)
    measure.run(workspace, measure.Settings(), _QUIET)
    asked = {"annotator_id": "ann01", "questions": ["perceived_age_band"]}
    answered = [{"answers": True, "format": name} for name in _FORMATS]
    for wanted in (asked, {**asked, "html": True}, *answered):
        annotate_export.run(workspace, annotate_export.Settings.model_validate(wanted), _QUIET)
    split.run(workspace, split.Settings(), _QUIET)
    evaluate.run(workspace, evaluate.Settings(model="generated", replicates=100), _QUIET)
    audit.run(workspace, audit.Settings(replicates=200), _QUIET)
    report.run(workspace, report.Settings(with_images=True), _QUIET)
    _leave_odd_files(workspace)
    return workspace


def _leave_odd_files(workspace: Workspace) -> None:
    """Leave what people and killed runs leave: workbooks, notes, journals, packs, weights."""
    mine, other = (
        next(row for row in workspace.samples() if (row.person_id == PERSON) is is_mine)
        for is_mine in (True, False)
    )
    book = openpyxl.Workbook()
    sheet = book.worksheets[0]
    for cells in (["sample", "value"], [mine.sample_id, "old"], [other.sample_id, "young"]):
        sheet.append(cells)
    book.save(workspace.root / "sheets" / "filled.xlsx")
    (workspace.root / "notes.md").write_text(f"{mine.sample_id} looks good, {other.sample_id} too\n")
    lines = [f'{{"key": "{row.sample_id}", "rows": []}}\n' for row in (mine, other)]
    (workspace.root / "tables" / ".masks.journal").write_text("".join(lines))
    (workspace.root / "tables" / ".masks.parquet.77.part").write_bytes(b"half a table")
    pack = workspace.model_folder("student") / "pack"
    pack.mkdir(parents=True)
    (pack / "pack-1.npy").write_bytes(b"pixels")
    (workspace.model_folder("student") / "model.pt").write_bytes(b"weights")
    copies = workspace.root / "copies"
    copies.mkdir()
    (copies / "renamed.png").write_bytes(workspace.image_file(mine).read_bytes())


def words(workspace: Workspace) -> list[str]:
    """Give what must not be found any more: the person's id and name, sample ids, SHA-256 of their files."""
    rows = [row for row in workspace.rows(tables.MANIFEST) if row.person_id == PERSON]
    ids = {row.sample_id for row in rows}
    found = {PERSON, PERSON.partition(":")[2], *ids}
    files = [workspace.image_file(row) for row in rows]
    files += [path for row in rows if (path := workspace.reference_file(row)) is not None]
    files += [path for path in workspace.root.rglob("*") if path.is_file() and _starts(path, ids)]
    return sorted(found | {tables.sha256_file(path) for path in files})


def _starts(path: Path, ids: set[str]) -> bool:
    return path.name[:16] in ids


def mentions(root: Path, wanted: Sequence[str]) -> list[str]:
    """Give the files below a folder that hold a word: in their name, bytes, cells, or as their own hash."""
    pattern = re.compile("|".join(map(re.escape, wanted)))
    found = []
    for path in sorted(root.rglob("*")):
        name = path.relative_to(root).as_posix()
        texts = [name]
        if path.is_file():
            content = path.read_bytes()
            texts += [content.decode("latin-1"), tables.sha256_bytes(content)]
        if path.suffix == ".parquet":
            table = pq.read_table(path)
            texts += [str(table.to_pylist()), str(table.schema.metadata)]
        if path.suffix == ".xlsx":
            sheet = openpyxl.load_workbook(path).worksheets[0]
            texts.append(str(list(sheet.values)))
        if any(pattern.search(text) for text in texts):
            found.append(name)
    return found
