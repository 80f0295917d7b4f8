"""How does bringing a workspace into FiftyOne compare with a bare add_samples of the same fields?

Writes a workspace of 10,000 rendered portraits of 224 px (a few are drawn, the others are copies under
different bytes) with masks, mattes, faces, measurements, findings, answers of three people to three questions
and scores. Then, each with a database of its own:

1. a fresh process syncs it, syncs again with nothing changed, and syncs after one picture's mask changed: the
   seconds, and the peak memory (limit 1 GiB);
2. another one syncs it and adds the same samples, as FiftyOne objects made beforehand, by
   ``dataset.add_samples``, in turns: the ratio of the seconds (limit 1.3). Error maps are made each time.
   Adding is slow and takes a time for each sample that does not depend on how many there are, so a part of
   the samples is added, and the seconds are scaled up.

Example::

    python benchmarks/browse_sync.py --n-samples 10000
"""

import argparse
import functools
import json
import os
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np

from datatools import images, tables
from datatools.masks import Mask, Matte
from datatools.metrics._counts import count
from datatools.progress import Progress
from datatools.records import (
    Annotation,
    Finding,
    LandmarkRow,
    MaskRow,
    MatteRow,
    Measurement,
    Sample,
    Score,
    Source,
    SplitRow,
)
from datatools.synthetic.identity import sample_identity
from datatools.synthetic.portrait import render
from datatools.synthetic.scene import sample_scene
from datatools.workspace import Workspace

N_DRAWN = 8
SIDE_PX = 224
PICTURES_EACH = 4  # of a person
LIMIT_RATIO = 1.3
LIMIT_GIB = 1.0
_QUESTIONS = {"perceived_gender": "gender@1", "hair": "hair@1", "glasses": "yes_no@1"}
_VALUES: dict[str, tuple[str, str]] = {
    "gender@1": ("female", "male"),
    "hair@1": ("short", "long"),
    "yes_no@1": ("yes", "no"),
}
_CHECKS = ("corrupt", "no_face", "several_faces", "mask_area", "ragged_edge", "face_cut", "area_outlier")
_MEASURED = ("ita_deg", "face_frac", "yaw_deg", "pitch_deg", "roll_deg", "luminance", "blur", "contrast")
_OURS, _MODELS = "p", ("generated", "student")


def write_workspace(root: Path, n_samples: int, rng: np.random.Generator) -> Workspace:
    """Write pictures and every table as the stages would."""
    workspace = Workspace(root / "ws")
    workspace.create()
    pictures = root / "pictures"
    for name in ("images", "masks"):
        (pictures / name).mkdir(parents=True)
    for folder in (workspace.mask_file("x").parent, workspace.matte_file("selfie", "x").parent):
        folder.mkdir(parents=True)
    drawn = [_draw(root / f"{number}", number, rng) for number in range(N_DRAWN)]
    ids = [f"{number * 0x9E3779B97F4A7C15 % 2**64:016x}" for number in range(1, n_samples + 1)]
    for number, sample_id in enumerate(ids):
        source, _, _ = drawn[number % N_DRAWN]
        # Bytes after the end of a JPEG change its hash, not its picture.
        (pictures / "images" / f"{number:05d}.jpg").write_bytes(
            (source / "image.jpg").read_bytes() + f"{number}".encode()
        )
        shutil.copyfile(source / "reference.png", pictures / "masks" / f"{number:05d}.png")
        shutil.copyfile(source / "mask.png", workspace.mask_file(sample_id))
        shutil.copyfile(source / "matte.png", workspace.matte_file("selfie", sample_id))
    _write_tables(workspace, pictures, ids, [(points, counts) for _, points, counts in drawn], rng)
    return workspace


def _draw(folder: Path, seed: int, rng: np.random.Generator) -> tuple[Path, list[float], dict[str, int]]:
    """Draw one portrait with a mask that errs a little; give its folder, face and counts."""
    folder.mkdir(parents=True)
    person = render(sample_identity(rng, monk_tone=1 + seed), sample_scene(rng, SIDE_PX, SIDE_PX + 1))
    wrong = Mask(np.roll(person.mask.array, 3, axis=1))
    (folder / "image.jpg").write_bytes(images.to_jpeg(person.image))
    images.write_mask(folder / "reference.png", person.mask)
    images.write_mask(folder / "mask.png", wrong)
    images.write_matte(folder / "matte.png", Matte(wrong.array.astype(np.float32)))
    points = [float(value) for value in person.faces[0].points.ravel()]
    return folder, points, asdict(count(wrong, person.mask))


def _write_tables(
    workspace: Workspace,
    pictures: Path,
    ids: list[str],
    drawn: list[tuple[list[float], dict[str, int]]],
    rng: np.random.Generator,
) -> None:
    n = len(ids)
    people = {sample_id: f"rendered:{number // PICTURES_EACH}" for number, sample_id in enumerate(ids)}
    source = Source(source="rendered", root=str(pictures), reader="folder", licence="CC0")
    workspace.write(tables.SOURCES, [source])
    workspace.write(tables.MANIFEST, [_sample(number, name, people[name]) for number, name in enumerate(ids)])
    workspace.write(tables.LANDMARKS, [_face(name, drawn[i % N_DRAWN][0]) for i, name in enumerate(ids)])
    splits = ("train", "train", "val", "test")
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(sample_id=name, person_id=people[name], split=splits[i // PICTURES_EACH % 4])
            for i, name in enumerate(ids)
        ],
    )
    workspace.write(
        tables.MASKS,
        [
            MaskRow(
                sample_id=name,
                path=f"masks/{name}.png",
                rules_applied=["fill_holes"],
                mask_source="model:selfie",
                sha256="0" * 64,
                parents=_OURS,
                status="ok",
                error=None,
            )
            for name in ids
        ],
    )
    workspace.write(
        tables.MATTES,
        [
            MatteRow(
                sample_id=name,
                teacher="selfie",
                path=f"mattes/selfie/{name}.png",
                seconds=0.1,
                sha256="0" * 64,
                parents=_OURS,
                status="ok",
                error=None,
            )
            for name in ids
        ],
    )
    values = rng.normal(size=(n, len(_MEASURED)))
    workspace.write(
        tables.MEASUREMENTS,
        [
            Measurement(sample_id=name, name=what, value=float(values[i, j]), measured_by="measure")
            for i, name in enumerate(ids)
            for j, what in enumerate(_MEASURED)
        ],
    )
    passed = rng.random((n, len(_CHECKS))) > 0.02
    workspace.write(
        tables.FINDINGS,
        [
            Finding(
                sample_id=name,
                check=check,
                score=float(passed[i, j]),
                passed=bool(passed[i, j]),
                detail=None if passed[i, j] else "it was drawn by lot",
            )
            for i, name in enumerate(ids)
            for j, check in enumerate(_CHECKS)
        ],
    )
    workspace.write(
        tables.SCORES,
        [
            _score(name, people[name], model, drawn[i % N_DRAWN][1])
            for i, name in enumerate(ids)
            for model in _MODELS
        ],
    )
    workspace.append_batch(_answers(ids, rng))


def _sample(number: int, name: str, person: str) -> Sample:
    return Sample(
        sample_id=name,
        path=f"images/{number:05d}.jpg",
        width_px=SIDE_PX,
        height_px=SIDE_PX,
        source="rendered",
        licence="CC0",
        person_id=person,
        reference_mask=f"masks/{number:05d}.png",
        mask_source="rendered",
        mask_encoding="binary255",
        source_split=None,
        aliases=[],
        status="ok",
        error=None,
    )


def _face(name: str, points: list[float]) -> LandmarkRow:
    return LandmarkRow(
        sample_id=name,
        scheme="ibug68",
        points=points,
        detector="dlib68",
        score=1.5,
        face=0,
        n_faces=1,
        box=[60.0, 40.0, 160.0, 150.0],
        is_cut=False,
        parents=_OURS,
        status="ok",
        error=None,
    )


def _score(name: str, person: str, model: str, counts: dict[str, int]) -> Score:
    return Score(
        sample_id=name,
        person_id=person,
        model=model,
        reference_source="rendered",
        split=None,
        seconds=0.01,
        parents=_OURS,
        status="ok",
        error=None,
        **counts,
    )


def _answers(ids: list[str], rng: np.random.Generator) -> list[Annotation]:
    drawn = rng.random((len(ids), len(_QUESTIONS), 3)) < 0.3
    return [
        Annotation(
            sample_id=name,
            question=question,
            value=_VALUES[vocabulary][int(drawn[i, j, k])],
            annotator_id=f"ann{k}",
            source="annotator",
            vocabulary=vocabulary,
            created_at="2024-06-01T09:00:00+00:00",
            lead_time_s=2.0,
            presentation_order=i,
            batch="drawn",
        )
        for i, name in enumerate(ids)
        for j, (question, vocabulary) in enumerate(_QUESTIONS.items())
        for k in range(3)
    ]


# -- measuring -------------------------------------------------------------------------------------


def sync_alone(workspace: Workspace) -> dict[str, float]:
    """Sync for the first time, again, and after one change; seconds, and peak memory in GiB."""
    from datatools.browse import sync

    quiet, name = Progress("quiet"), sync.default_name(workspace)
    seconds = {"first_s": _timed(lambda: sync.build_dataset(workspace, name, quiet))}
    seconds["unchanged_s"] = _timed(lambda: sync.build_dataset(workspace, name, quiet))
    first, *others = workspace.rows(tables.MASKS)
    workspace.write(tables.MASKS, [replace(first, rules_applied=[]), *others])
    seconds["one_changed_s"] = _timed(lambda: sync.build_dataset(workspace, name, quiet))
    peak_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return {**seconds, "peak_gib": peak_kib / 2**20}


def in_turns(workspace: Workspace, rounds: int, n_bare: int) -> dict[str, float]:
    """Sync, and add the same samples by add_samples; seconds of each, the fastest of the rounds."""
    from datatools.browse import errors_shown, sync
    from datatools.database import engine

    fo, quiet = engine.load(), Progress("quiet")
    name, ours, bare = sync.default_name(workspace), [], []
    for _ in range(rounds):
        shutil.rmtree(errors_shown.folder(workspace), ignore_errors=True)
        ours.append(_timed(lambda: sync.build_dataset(workspace, name, quiet)))
        dataset = fo.load_dataset(name)
        n_samples = len(dataset)
        copies = [sample.copy() for sample in dataset.limit(n_bare)]
        other = fo.Dataset()
        add = functools.partial(other.add_samples, copies, progress=False)
        bare.append(_timed(add) * n_samples / len(copies))
        other.delete()
        dataset.delete()
    return {"sync_s": min(ours), "add_samples_s": min(bare)}


def _timed(work: Callable[[], object]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def main() -> None:
    """Print the seconds, the memory, and the ratio."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--n-samples", type=int, default=10_000)
    parser.add_argument("--rounds", type=int, default=1, help="of sync and add_samples, in turns")
    parser.add_argument("--n-bare", type=int, default=2000, help="samples that are added bare, scaled up")
    parser.add_argument("--only", choices=("alone", "turns"), help=argparse.SUPPRESS)
    parser.add_argument("--workspace", type=Path, help=argparse.SUPPRESS)
    options = parser.parse_args()
    n_bare = min(options.n_bare, options.n_samples)
    if options.only is not None:
        workspace = Workspace(options.workspace)
        alone = options.only == "alone"
        print(json.dumps(sync_alone(workspace) if alone else in_turns(workspace, options.rounds, n_bare)))
        return
    with tempfile.TemporaryDirectory() as folder:
        workspace = write_workspace(Path(folder), options.n_samples, np.random.default_rng(0))
        print(f"{options.n_samples} samples written", flush=True)
        for only in ("alone", "turns"):
            command = [sys.executable, __file__, "--only", only, "--workspace", str(workspace.root)]
            command += ["--rounds", str(options.rounds), "--n-bare", str(n_bare)]
            database = Path(folder) / only
            database.mkdir()
            there = os.environ | {"FIFTYONE_DATABASE_DIR": str(database), "FIFTYONE_DO_NOT_TRACK": "true"}
            done = subprocess.run(command, env=there, check=True, stdout=subprocess.PIPE, text=True)
            found = json.loads(done.stdout.splitlines()[-1])
            print("\n".join(_told(found)), flush=True)


def _told(found: dict[str, float]) -> list[str]:
    if "peak_gib" in found:
        seconds = (found["first_s"], found["unchanged_s"], found["one_changed_s"])
        return [
            "sync: {:.1f} s at first, {:.2f} s with nothing and {:.2f} s with one sample changed".format(
                *seconds
            ),
            f"its peak memory: {found['peak_gib']:.2f} GiB, limit {LIMIT_GIB:g}",
        ]
    ratio = found["sync_s"] / found["add_samples_s"]
    return [
        f"sync {found['sync_s']:.1f} s, add_samples of the same fields {found['add_samples_s']:.1f} s",
        f"ratio: {ratio:.3f}, limit {LIMIT_RATIO:g}",
    ]


if __name__ == "__main__":
    main()
