"""Which commands does the harness disturb, and in which folder do they find what they need?

One data set from its first picture to a withdrawal, every verb that writes; what one command leaves is where
the next one starts. Verbs that want a workspace of their own (a committee, sixty judged masks, arms) get one.
"""

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from datatools import tables
from datatools.workspace import Workspace
from tests.journey import Value, recipe, step
from tests.stages import judged, taught, test_fusion_fit

N_PEOPLE = 16

RECIPE = """
augmentation = "strong"
shards = 2

[preprocessing]
size_px = 32
channel_order = "RGB"
mean = [128.0, 128.0, 128.0]
std = [64.0, 64.0, 64.0]
divisor = 1.0
resize = "area"

[[phases]]
size_px = 32
epochs = 3
batch = 4
edge_kernel_px = 3
lr = 4e-3
"""
_ARMS = """
description = "Does data help?"
reference = "human"
seeds = [0]
metrics = ["iou_fg_image"]

[train]
size_px = 32
epochs_coarse = 0
epochs_whole = 1
batch = 4
workers = 1

[[arms]]
name = "human"
train = { targets = "reference" }

[[arms]]
name = "more"
train = { targets = "best" }

[[tests]]
name = "test split"
split = "test"
"""
_CHAIN = recipe(
    "The first steps, in one command.",
    step("ingest", source="{source}"),
    *(step(verb) for verb in ("segment", "refine", "check")),
)
_SHEET = "sample,question,value\n"
_VALUES = ("female", "male", "female", "male")


@dataclass(frozen=True, slots=True)
class Step:
    """One command line; paths are relative to the folder that it runs in."""

    name: str
    arguments: tuple[str, ...]
    workspace: str = "ws"


def _step(name: str, line: str, workspace: str = "ws") -> Step:
    return Step(name, (*line.split(), "--workspace", workspace, "--quiet"), workspace)


def _of_chain(verb: str, name: str | None = None, **more: Value) -> Step:
    return _step(name or verb, " ".join(step(verb, **more).words()))


_PAGE = "annotate export --annotator-id a1 --questions mask_review perceived_race --html"
_FILLED = "annotate import --sheet filled.csv --annotator-id a2 --answered-at 2026-01-01T00:00:00Z"
_PREDICT = "predict --model student --source source/images --out out --write mask matte --limit 8"
_FEW = "--min-people 1 --cross 1 --attributes perceived_gender --replicates 200"

STEPS: tuple[Step, ...] = (
    _of_chain("render", folder="source", people=N_PEOPLE, min_px=128, max_px=160),
    _of_chain("ingest", source="source"),
    _of_chain("annotate import", "annotate import (source)"),
    _of_chain("landmarks"),
    _of_chain("segment"),
    _of_chain("refine"),
    _of_chain("check"),
    _of_chain("measure"),
    _step("matting", "matting --no-accepted-only"),
    _step("crop", "crop --min-side-px 32 --min-face-px 8"),
    _step("compose", "compose --per-person 1 --backgrounds rendered --limit 6"),
    _of_chain("split", train_frac=0.6, test_frac=0.2),
    _step("annotate export (page)", _PAGE),
    _step("annotate export (csv)", "annotate export --answers"),
    _step("annotate export (xlsx)", "annotate export --answers --format xlsx"),
    _step("annotate import (sheet)", _FILLED),
    _step("annotate consensus", "annotate consensus --draws 100 --next 4"),
    _of_chain("annotate agree"),
    _step("review", "review --annotator-id a1"),
    _step("train", "train --targets reference --recipe recipe.toml --workers 1"),
    _of_chain("evaluate", replicates=100),
    _step("export", "export --name student"),
    _step("predict", _PREDICT),
    _step("composition", f"composition --no-pictures --permutations 99 {_FEW}"),
    _step("audit", f"audit --slices 0 --no-chain {_FEW}"),
    _of_chain("report"),
    _step("audit plan", "audit plan"),
    _of_chain("card", replicates=100),
    _of_chain("card data"),
    _of_chain("gallery", out="gallery"),
    _step("shards", "shards --to handed --shard-mb 0.2 --no-accepted-only"),
    _step("withdraw", "withdraw rendered:p0002 --no-browser"),
    _step("run", "run chain.toml --source source", "chained"),
    _step("fusion fit", "fusion fit --teachers light heavy --epochs 2", "committee/ws"),
    _step("quality", "quality --repeats 1", "judged/ws"),
    _step("ablate", "ablate arms.toml --replicates 200", "arms/ws"),
)
# The quick ones, and those that they need: enough to see in a minute whether anything broke.
SHORT = frozenset(
    {
        "render",
        "ingest",
        "annotate import (source)",
        "segment",
        "refine",
        "check",
        "measure",
        "matting",
        "crop",
        "split",
        "annotate export (page)",
        "annotate import (sheet)",
        "train",
        "evaluate",
        "predict",
        "audit",
        "gallery",
        "shards",
        "withdraw",
    }
)


def prepare(place: Path) -> None:
    """Write what the steps find beside their workspace: recipes, a filled sheet, three more workspaces."""
    place.mkdir(parents=True)
    (place / "recipe.toml").write_text(RECIPE)
    (place / "chain.toml").write_text(_CHAIN)
    (place / "arms.toml").write_text(_ARMS)
    lines = [f"images/p{number:04d}_0.jpg,perceived_gender,{value}\n" for number, value in enumerate(_VALUES)]
    (place / "filled.csv").write_text("".join([_SHEET, *lines]))
    committee, checked, arms = (_workspace(place / name) for name in ("committee", "judged", "arms"))
    test_fusion_fit.fill(committee)
    judged.checked(checked, np.random.default_rng(0).uniform(0.01, 0.4, 60).tolist())
    samples = taught.fill(arms, place / "arms" / "people", mask_source="human")
    taught.add_generated(arms, samples)
    rows = arms.rows(tables.SPLITS)
    late = {sample.sample_id for sample in samples[-3:]}  # an arm is tested on two people or more
    arms.write(tables.SPLITS, [replace(row, split="test") if row.sample_id in late else row for row in rows])


def _workspace(folder: Path) -> Workspace:
    workspace = Workspace(folder / "ws")
    workspace.create()
    return workspace
