"""Which networks does an ablation train, and where are they tested?

An ablation is a TOML file: ``[[arms]]`` that differ in settings of ``train`` (or name a ``model`` that is
there already), ``seeds`` of those that are trained, and ``[[tests]]``, each a workspace with human masks,
perhaps with attributes of people. ``{name}`` in a setting is replaced by a parameter, as in recipes; a
test whose workspace is empty then is passed over. Built-in ablations lie in datatools/ablations and are
called by name.
"""

import importlib.resources
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from datatools import recipe
from datatools.errors import UsageError
from datatools.outside.structured import read_toml, toml_of
from datatools.settings import explain

_NAME = r"^[A-Za-z0-9_]+$"  # in the name of a model's folder, between hyphens
_OURS = ("name", "seed", "limit", "dry_run", "restart", "minutes")  # settings of train that are no arm's


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Arm(_Part):
    """One way of training; another one's networks cut elsewhere; or a network that is there already."""

    name: str = Field(pattern=_NAME)
    train: dict[str, object] = Field(default_factory=dict)
    model: str | None = None
    like: str | None = None  # the arm whose networks these are
    threshold: Literal["validation-worst"] | None = None  # chosen for the worst group of the val split

    @property
    def is_trained(self) -> bool:
        """Say whether networks are trained for this arm."""
        return self.model is None and self.like is None

    @model_validator(mode="after")
    def _is_one_kind(self) -> "Arm":
        if (self.model is not None or self.like is not None) and self.train:
            raise ValueError(
                "an arm has settings of train, a model, or is like another one: not two of these"
            )
        if self.model is not None and self.like is not None:
            raise ValueError("an arm has a model or is like another one, not both")
        if (self.like is None) != (self.threshold is None):
            raise ValueError(
                "an arm that is like another one differs from it by its threshold: expected both or neither"
            )
        if self.model == "":
            raise ValueError(
                f"arm {self.name} needs a network: a file's path or a model's name, where it is a parameter "
                "by --set.NAME VALUE"
            )
        taken = sorted(set(self.train) & set(_OURS))
        if taken:
            raise ValueError(f"the ablation itself sets {', '.join(taken)} of train")
        return self


class Holdout(_Part):
    """A set to score on, from which nothing is learnt."""

    name: str = Field(min_length=1)
    workspace: str | None = None  # None: the workspace that the arms are trained in
    split: str | None = None
    only: str | None = None
    attributes: list[str] | None = None  # None: every answered question
    cross: int = Field(default=1, ge=1, le=3)
    exclude: list[str] = Field(default_factory=list)


class Ablation(_Part):
    """An ablation file, as parsed."""

    description: str
    reference: str  # the arm that the others are compared with
    seeds: list[int] = Field(default_factory=list)  # none where nothing is trained
    metrics: list[str] = Field(default=["iou_fg_image"], min_length=1)
    same_compute: bool = True  # whether arms that see different numbers of pictures are refused
    parameters: dict[str, str] = Field(default_factory=dict)
    train: dict[str, object] = Field(default_factory=dict)  # what the arms share
    arms: list[Arm] = Field(min_length=2)
    tests: list[Holdout] = Field(min_length=1)

    @model_validator(mode="after")
    def _names_are_known(self) -> "Ablation":
        for kind, names in (
            ("arm", [arm.name for arm in self.arms]),
            ("test", [test.name for test in self.tests]),
            ("seed", [str(seed) for seed in self.seeds]),
        ):
            twice = sorted({name for name in names if names.count(name) > 1})
            if twice:
                raise ValueError(f"expected each {kind} once, got {', '.join(twice)} twice")
        if self.reference not in [arm.name for arm in self.arms]:
            raise ValueError(f"expected the reference among the arms, got {self.reference!r}")
        trained = [arm.name for arm in self.arms if arm.is_trained]
        for arm in self.arms:
            if arm.like is not None and arm.like not in trained:
                raise ValueError(f"arm {arm.name} is like {arm.like!r}: expected an arm that is trained")
        if trained:
            if not self.seeds:
                raise ValueError("expected seeds to train the arms with, got none")
        elif self.seeds or self.train:
            raise ValueError(
                "every arm is a network that is there already: seeds and settings of train say nothing"
            )
        return self

    def overridden(
        self, *, seeds: list[int] | None, train: Mapping[str, str], arms: Sequence[str] | None = None
    ) -> "Ablation":
        """Give the ablation with other seeds, other settings of train for every arm, or fewer arms.

        Raises:
            UsageError: a value that does not fit.
        """
        values = self.model_dump()
        if arms is not None:
            known = [arm.name for arm in self.arms]
            if unknown := sorted(set(arms) - set(known)):
                raise UsageError(f"expected arms among {', '.join(known)}; got {', '.join(unknown)}")
            values["arms"] = [one for one in values["arms"] if one["name"] in {*arms, self.reference}]
        if seeds is not None:
            values["seeds"] = seeds
        values["train"] = {**values["train"], **train}
        for arm in values["arms"]:
            arm["train"] = {key: value for key, value in arm["train"].items() if key not in train}
        return _checked(values, "the ablation with these flags")


def built_in() -> dict[str, str]:
    """Give the text of each built-in ablation by its name."""
    folder = importlib.resources.files("datatools") / "ablations"
    files = (item for item in folder.iterdir() if item.name.endswith(".toml"))
    return {item.name.removesuffix(".toml"): item.read_text("utf-8") for item in files}


def load(name_or_file: str, parameters: Mapping[str, str]) -> Ablation:
    """Read an ablation and fill in its parameters.

    Raises:
        UsageError: it is missing or malformed, or has no such parameter.
    """
    path = Path(name_or_file)
    known = built_in()
    if name_or_file in known:
        values = toml_of(known[name_or_file], name_or_file, "an ablation")
    elif path.is_file():
        values = read_toml(path, "an ablation")
    else:
        raise UsageError(
            f"expected an ablation's file or one of {', '.join(sorted(known))}; got {name_or_file!r}"
        )
    declared = _checked(values, f"ablation {name_or_file}").parameters
    unknown = sorted(set(parameters) - set(declared))
    if unknown:
        raise UsageError(f"expected the ablation's parameters {sorted(declared)}, got {', '.join(unknown)}")
    filled = {
        key: value if key in {"parameters", "description"} else recipe.fill(value, {**declared, **parameters})
        for key, value in values.items()
    }
    return _checked(filled, f"ablation {name_or_file}")


def _checked(values: Mapping[str, object], what: str) -> Ablation:
    try:
        return Ablation.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"{what}: {explain(error)}") from error
