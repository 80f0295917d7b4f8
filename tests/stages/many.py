"""Workspaces of very many pictures that are rows alone, and what a stage needs of memory for them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from functools import partial
from typing import TypeVar

import numpy as np
import pyarrow as pa

from datatools import lists, plugins, tables
from datatools.fairness.pairing import workspace_pairs
from datatools.fairness.scoring import Model, parents_of
from datatools.metrics._zones import ZONES
from datatools.quality.features import NAMES
from datatools.selection import faces_fingerprint
from datatools.workspace import Workspace

PICTURES_EACH = 2  # of a person
TEACHER = "selfie"
_NUMBERS = ("face_ita_deg", "picture_lightness", "back_light", "hair_below_chin", "face_yaw_deg")

_MEASURED = """
import sys
from datatools.progress import Progress
from datatools.stages import {verb}
from datatools.workspace import Workspace

settings = {verb}.Settings.model_validate_json(sys.argv[2])
result = {verb}.run(Workspace(sys.argv[1]), settings, Progress("quiet"))
with open("/proc/self/status") as status:
    print(next(line.split()[1] for line in status if line.startswith("VmHWM:")))
"""

# On busy cores Arrow's threads overlap, and its pool and their arenas keep some 30 MiB that were freed.
_WHAT_IS_KEPT = {"ARROW_DEFAULT_MEMORY_POOL": "system", "MALLOC_ARENA_MAX": "1"}

Row = TypeVar("Row")


def peak_kib(workspace: Workspace, verb: str, **settings: object) -> int:
    """Give the highest resident memory of a process of its own that runs a stage."""
    code = _MEASURED.format(verb=verb)
    done = subprocess.run(
        [sys.executable, "-c", code, str(workspace.root), json.dumps(settings)],
        check=True,
        capture_output=True,
        text=True,
        env=os.environ | _WHAT_IS_KEPT,
    )
    return int(done.stdout)


def _write(workspace: Workspace, table: tables.Table[Row], n: int, **columns: object) -> None:
    """Write ``n`` rows: a column is a list, one value for all rows, or absent."""
    found = {}
    for field in tables.schema(table):
        value = columns.get(field.name)
        if isinstance(value, list):
            found[field.name] = pa.array(value, field.type)
        elif value is None:
            found[field.name] = pa.nulls(n, field.type)
        else:
            found[field.name] = pa.repeat(pa.scalar(value, field.type), n)
    workspace.write_arrow(table, tables.sorted_arrow(table, pa.table(found)))


def ingested(workspace: Workspace, n: int, *, mask_source: str | None = None) -> list[str]:
    """Write what ingest and refine leave of ``n`` pictures, without any file; give the samples' ids."""
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(n)]
    people = [f"set/{number // PICTURES_EACH}" for number in range(n)]
    paths = [f"{number}.png" for number in range(n)]
    _write(
        workspace, tables.SOURCES, 1, source="set", root=str(workspace.root), reader="folder", licence="own"
    )
    _write(
        workspace,
        tables.MANIFEST,
        n,
        sample_id=ids,
        path=paths,
        person_id=people,
        source="set",
        licence="own",
        reference_mask=None if mask_source is None else paths,
        mask_source=mask_source,
        aliases=[[] for _ in ids],
        status="ok",
    )
    _write(
        workspace,
        tables.MASKS,
        n,
        sample_id=ids,
        path=[f"masks/{one}.png" for one in ids],
        rules_applied=[[] for _ in ids],
        mask_source=f"model:{TEACHER}",
        sha256=ids,
        parents="p",
        status="ok",
    )
    workspace.write(tables.LANDMARKS, [])
    return ids


def measured(workspace: Workspace, ids: Sequence[str], rng: np.random.Generator) -> None:
    """Write numbers that the parity between bands is told by."""
    n = len(ids) * len(_NUMBERS)
    _write(
        workspace,
        tables.MEASUREMENTS,
        n,
        sample_id=list(ids) * len(_NUMBERS),
        name=np.repeat(_NUMBERS, len(ids)).tolist(),
        value=rng.uniform(-60, 60, n).tolist(),
        measured_by="measure",
    )


def observed(
    workspace: Workspace, ids: Sequence[str], checks: Sequence[str], rng: np.random.Generator
) -> None:
    """Write what the stage check saw in the pictures of ``ingested``; some are near duplicates."""
    built = [plugins.build("checks", name) for name in checks]
    looks = sorted(check.fingerprint for check in built)
    nobody = faces_fingerprint([])
    parents = [tables.fingerprint((one, [], []), nobody, looks) for one in ids]
    rows: list[tuple[str, str, str, str]] = []
    twin = rng.bytes(32).hex()
    for place, (one, fresh) in enumerate(zip(ids, parents, strict=True)):
        low, high = rng.random(2).round(6).tolist()
        twin = twin if place % 100 == 1 else rng.bytes(32).hex()
        seen = {
            "corrupt": {"side_px": 512.0, "contrast": 60 * low},
            "no_face": 1.0,
            "several_faces": low / 2,
            "teacher_unsure": {"unsure_frac": low / 8, "disagreement": high / 3},
            "near_duplicate": [twin, str(int(1e6 * high))],
            "expected_iou": dict.fromkeys(NAMES, low),
            "reference_iou": 1 - low / 5,
        }
        for name in (*checks, "reference_iou"):
            rows.append((one, name, json.dumps(seen.get(name, low / 4)), fresh))
    names = ("sample_id", "check", "value", "parents")
    columns = dict(zip(names, map(list, zip(*rows, strict=True)), strict=True))
    _write(workspace, tables.OBSERVATIONS, len(rows), status="ok", **columns)


def scored(workspace: Workspace, rng: np.random.Generator) -> None:
    """Write scores of the refined masks of ``ingested``, with reference masks, as evaluate keeps them."""
    model = Model("generated", "generated", needs_faces=False, predict=None)
    samples = partial(lists.each, workspace, source=None, listed=None, limit=None)
    pairs = list(
        workspace_pairs(workspace, samples, is_generated=True, reference="given", split=None, limit=None)
    )
    n = len(pairs)
    counts = {
        field.name: rng.integers(1, 10_000, n).tolist()
        for field in tables.schema(tables.SCORES)
        if field.type == pa.int64() and not field.name.endswith(ZONES)
    }
    _write(
        workspace,
        tables.SCORES,
        n,
        sample_id=[pair.sample_id for pair in pairs],
        person_id=[pair.person_id for pair in pairs],
        model=model.name,
        reference_source=[pair.reference.mask_source for pair in pairs],
        parents=[parents_of(model, pair) for pair in pairs],
        status="ok",
        **counts,
    )
