"""Whose masks does a workspace hold, and which quality model was fitted on such masks?

A model knows the habits of one committee (its teachers and how their mattes are fused). On the masks of
another its ranks may still hold, but its numbers are not calibrated, and whoever uses it must say so.
"""

from collections import Counter
from dataclasses import dataclass
from importlib import resources
from pathlib import Path

import pyarrow.compute as pc
from pydantic import BaseModel, ValidationError

from datatools import counting, tables
from datatools.errors import DataError
from datatools.quality.examples import CARD_FILE, Card, read_card
from datatools.settings import explain
from datatools.workspace import Workspace

MODEL = "quality"  # the folder's name below WS/models
_DEFAULT_FUSION = "mean"  # of the workspaces whose refine run says nothing
_FINGERPRINT_DIGITS = 8
_MODEL_PREFIX = "model:"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """A quality model for a workspace's masks."""

    folder: Path
    card: Card
    is_calibrated: bool  # for the committee of the workspace
    is_own: bool  # fitted on masks of this workspace

    def sentence(self, committee: str) -> str:
        """Say which model it is, and how far its numbers can be trusted."""
        fitted = (
            f"fitted on {self.card.n_examples} {self.card.reference_source} masks of {self.card.data} "
            f"({self.card.committee})"
        )
        if self.is_calibrated:
            own = " Masks of this workspace are among them: `datatools quality` says how it does on others."
            return f"Expected IoU: by a model {fitted}.{own if self.is_own else ''}"
        return (
            f"Expected IoU is uncalibrated: these masks were made by {committee}, the model was {fitted}. "
            "Trust its ranking at most; fit one with `datatools quality` where human masks are at hand."
        )


class _Fusion(BaseModel):
    name: str = _DEFAULT_FUSION
    fingerprint: str = ""


class _Facts(BaseModel):
    fusion: _Fusion = _Fusion()


class _Record(BaseModel):
    facts: _Facts


def _fusion(workspace: Workspace) -> str:
    """Name the fusion that the latest refine run used; one with weights by its fingerprint, too."""
    runs = [path for path in workspace.run_files() if path.stem.endswith("-refine")]
    if not runs:
        return _DEFAULT_FUSION
    try:
        fusion = _Record.model_validate_json(runs[-1].read_bytes()).facts.fusion
    except ValidationError as error:
        raise DataError(f"{runs[-1]} is no record of a refine run: {explain(error)}") from error
    if fusion.name == _DEFAULT_FUSION:
        return _DEFAULT_FUSION
    return f"{fusion.name} {fusion.fingerprint[:_FINGERPRINT_DIGITS]}"


def committee_of(workspace: Workspace) -> str:
    """Name the committee behind most of a workspace's masks: "isnet+selfie by mean".

    Raises:
        TableError: refine has not run.
    """
    if not workspace.has(tables.MASKS):
        workspace.rows(tables.MASKS)  # which says what to do
    made: Counter[str] = Counter()
    for rows in workspace.pieces(tables.MASKS, ("path", "mask_source"), encoded=("mask_source",)):
        there = rows.filter(pc.is_valid(rows["path"])).select(["mask_source"])
        for (source,), n in counting.tally(there).items():
            made[source.removeprefix(_MODEL_PREFIX)] += n
    if not made:
        return "nobody"
    teachers = min(made, key=lambda name: (-made[name], name))
    return f"{teachers} by {_fusion(workspace)}"


def packaged() -> list[Path]:
    """Give the folders of the models that come with the toolkit."""
    folder = Path(str(resources.files("datatools") / "quality" / "fitted"))
    return sorted(path.parent for path in folder.glob(f"*/{CARD_FILE}"))


def _likeness(card: Card, committee: str) -> tuple[int, int]:
    """Rank models for a committee: common teachers, then examples."""
    teachers, own = (set(name.partition(" by ")[0].split("+")) for name in (committee, card.committee))
    return len(teachers & own) - len(teachers ^ own), card.n_examples


def choose(workspace: Workspace, committee: str, given: Path | None) -> Chosen:
    """Choose the quality model: a given folder, else the workspace's own, else the nearest packaged one.

    Raises:
        DataError: the given folder, or the workspace's own model, is none.
    """
    own = workspace.model_folder(MODEL)
    if given is not None:
        folder = given
    elif (own / CARD_FILE).exists():
        folder = own
    else:
        folder = max(packaged(), key=lambda path: _likeness(read_card(path), committee))
    card = read_card(folder)
    return Chosen(folder=folder, card=card, is_calibrated=card.committee == committee, is_own=folder == own)
