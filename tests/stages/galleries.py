"""A workspace with everything that a gallery shows, and what stands on a gallery's page."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

from datatools import lists, tables
from datatools.progress import Progress
from datatools.records import LandmarkRow, Measurement, SplitRow, StageResult
from datatools.stages import evaluate, gallery
from datatools.workspace import Workspace
from tests.pictures import face_points
from tests.stages import people
from tests.stages.judged import checked

N = 8  # pictures, of two of each person
HOSTILE = '"><img src=x onerror=alert(1)></script><script>alert(2)</script>'
_DAMAGE = (0.0, 0.05, 0.3, 0.1, 0.0, 0.2, 0.0, 0.15)


def fill(workspace: Workspace) -> Workspace:
    """Write pictures with references, damaged masks with scores, landmarks, answers, splits, a list."""
    checked(workspace, _DAMAGE, rejected=(2, 5))
    samples = [
        replace(row, person_id=f"set:p{number // 2}", width_px=96, height_px=128, mask_encoding="binary255")
        for number, row in enumerate(workspace.rows(tables.MANIFEST))
    ]
    workspace.write(tables.MANIFEST, samples)
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(
                sample_id=row.sample_id, person_id=row.person_id, split="test" if number < 4 else "train"
            )
            for number, row in enumerate(samples)
        ],
    )
    workspace.write(
        tables.LANDMARKS,
        [
            LandmarkRow(
                sample_id=row.sample_id,
                scheme="ibug68",
                points=[float(x) for x in face_points().points.ravel()],
                detector="dlib68",
                score=1.0,
                face=0,
                n_faces=1,
                box=[30.0, 30.0, 66.0, 72.0],
                is_cut=False,
                parents="p",
                status="ok",
                error=None,
            )
            for row in samples
        ],
    )
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(
                sample_id=row.sample_id, name="ita_deg", value=10.0 * number + 1 / 3, measured_by="measure"
            )
            for number, row in enumerate(samples)
        ],
    )
    said = [people.answer(number, ("female", "male")[number // 2 % 2]) for number in range(N)]
    said += [people.answer(number, "male", annotator_id="ann02") for number in (2, 3)]
    workspace.append_batch(said)
    lists.keep(workspace, [samples[0].sample_id])
    evaluate.run(workspace, evaluate.Settings(model="generated", replicates=100), Progress("quiet"))
    return workspace


def write(workspace: Workspace, out: Path, **settings: object) -> StageResult:
    """Run the stage."""
    wanted = gallery.Settings.model_validate({"out": out, **settings})
    return gallery.run(workspace, wanted, Progress("quiet"))


def facts(out: Path) -> dict[str, Any]:  # JSON
    """Give what the page holds."""
    text = (out / "index.html").read_text("utf-8")
    held = text.partition('<script type="application/json" id="data">')[2].partition("</script>")[0]
    return dict(json.loads(held))


def facet(out: Path, key: str, name: str | None = None) -> dict[str, Any]:  # JSON
    """Give one facet of the page."""
    (found,) = [one for one in facts(out)["facets"] if (one["key"], one["name"]) == (key, name)]
    return dict(found)


def files(out: Path) -> dict[str, bytes]:
    """Give every file of a gallery by its path."""
    return {path.relative_to(out).as_posix(): path.read_bytes() for path in out.rglob("*") if path.is_file()}
