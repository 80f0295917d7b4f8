"""How long do the panels of the FiftyOne plug-in take to open, and a click to find its pictures?

Writes a workspace of 10,000 pictures' tables (no pictures: the panels read none), audits it, makes a data
set of as many samples, and times, with a database of its own and without a browser, each panel's first
opening, which loads its code, and later events. The limit of an opening is 3 s. The seconds of CPU say what
it takes where other programs keep the machine busy.

Example::

    python benchmarks/browse_panels.py --n-samples 10000
"""

import argparse
import os
import tempfile
import time
from pathlib import Path

import numpy as np

from datatools import tables
from datatools.progress import Progress
from datatools.records import Annotation, Sample, Score, Source
from datatools.stages import audit
from datatools.workspace import Workspace

LIMIT_S = 3.0
_AREA_PX = 10_000
_PICTURES_EACH = 2  # of a person
_ANSWERS = {
    ("perceived_gender", "gender@1"): ("female", "male"),
    ("perceived_age_band", "fairface_age@1"): ("20-29", "30-39", "40-49", "50-59", "60-69", "70+"),
}


def fill(workspace: Workspace, n_samples: int, seed: int) -> None:
    """Write the tables of people of known groups and made-up scores of two models, and audit them."""
    rng = np.random.default_rng(seed)
    workspace.create()
    root = str(workspace.root)
    workspace.write(tables.SOURCES, [Source(source="made", root=root, reader="folder", licence="own")])
    samples = [
        Sample(
            sample_id=f"{number:016x}",
            path=f"{number}.png",
            width_px=224,
            height_px=224,
            source="made",
            licence="own",
            person_id=f"made/p{number // _PICTURES_EACH}",
            reference_mask=None,
            mask_source=None,
            mask_encoding=None,
            source_split=None,
            aliases=[],
            status="ok",
            error=None,
        )
        for number in range(n_samples)
    ]
    workspace.write(tables.MANIFEST, samples)
    workspace.append_batch(
        Annotation(
            sample_id=sample.sample_id,
            question=question,
            value=values[number // _PICTURES_EACH % len(values)],
            annotator_id="a1",
            source="annotator",
            vocabulary=vocabulary,
            created_at=None,
            lead_time_s=None,
            presentation_order=None,
            batch="b",
        )
        for (question, vocabulary), values in _ANSWERS.items()
        for number, sample in enumerate(samples)
    )
    tp = rng.integers(8_000, _AREA_PX, (2, n_samples))
    workspace.write(
        tables.SCORES,
        [
            _score(sample, model, int(tp[place, number]))
            for place, model in enumerate(("student", "other"))
            for number, sample in enumerate(samples)
        ],
    )
    settings = audit.Settings(
        replicates=200, chain=False, codings=False, slices=0, metrics=["iou_fg_image", "under_frac"]
    )
    audit.run(workspace, settings, Progress("quiet"))


def _score(sample: Sample, model: str, tp: int) -> Score:
    edges = dict.fromkeys(
        ("band_tp", "band_union", "edge_pred", "edge_pred_hit", "edge_ref", "edge_ref_hit"), 100
    )
    return Score(
        sample_id=sample.sample_id,
        person_id=sample.person_id,
        model=model,
        reference_source="rendered",
        split=None,
        tp=tp,
        fp=0,
        fn=_AREA_PX - tp,
        tn=_AREA_PX,
        band_px=3,
        edge_tolerance_px=3,
        fp_band=0,
        fn_band=0,
        seconds=None,
        parents="",
        status="ok",
        error=None,
        **edges,
    )


def measure(n_samples: int, seed: int) -> dict[str, tuple[float, float]]:
    """Give the seconds of each event, and those of CPU, the first opening of each panel first."""
    with tempfile.TemporaryDirectory() as folder:
        os.environ["FIFTYONE_DATABASE_DIR"] = str(Path(folder) / "database")
        os.environ["FIFTYONE_PLUGINS_DIR"] = str(Path(folder) / "plugins")
        from datatools.browse import installing
        from datatools.database import engine

        workspace = Workspace(Path(folder) / "ws")
        fill(workspace, n_samples, seed)
        fo = engine.load()
        installing.install()
        dataset = fo.Dataset()
        try:
            dataset.info = {"datatools": {"workspace": str(workspace.root)}}
            dataset.save()
            # Held by nobody: FiftyOne reloads every sample that somebody holds, at every event.
            dataset.add_samples(
                (fo.Sample(filepath=f"{n}.png", sample_id=f"{n:016x}") for n in range(n_samples)),
                progress=False,
            )
            return {
                f"{panel}: {name}": _seconds(dataset, panel, method)
                for panel in ("audit_panel", "composition_panel")
                for name, method in (("open", "on_load"), ("open again", "on_load"), ("click", "on_row"))
            }
        finally:
            dataset.delete()


def _seconds(dataset: object, panel: str, method: str) -> tuple[float, float]:
    """Send one event as the App does, and wait for all that it asks the App to do."""
    from fiftyone.operators import execute_operator

    from datatools.browse import installing

    params = {"panel_id": "p", "panel_state": {}, "__method__": method, "row": 1}
    started, busy = time.perf_counter(), time.process_time()
    execute_operator(f"{installing.NAME}/{panel}", {"dataset": dataset, "params": params})
    return time.perf_counter() - started, time.process_time() - busy


def main() -> None:
    """Print each time, and the slowest opening's ratio to the limit."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--n-samples", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    found = measure(arguments.n_samples, arguments.seed)
    for name, (seconds, busy) in found.items():
        print(f"{name}: {seconds:.2f} s, {busy:.2f} s of CPU")
    slowest = max(seconds for name, (seconds, _) in found.items() if name.endswith("open"))
    print(
        f"slowest opening on {arguments.n_samples:,} samples: {slowest:.2f} s, {slowest / LIMIT_S:.2f} of "
        f"the limit of {LIMIT_S:g} s"
    )


if __name__ == "__main__":
    main()
