"""How does a recipe run several stages one after the other?

A recipe is a TOML file: ``description``, ``[parameters]`` with their defaults, and ``[[steps]]``, each
a ``verb`` with that stage's settings. ``{name}`` in a setting is replaced by the parameter; the item
``"{name...}"`` of a list is replaced by the parameter's words, as a shell would part them. A step with
``min_accepted`` is passed over, with a sentence, while fewer masks are accepted. Built-in recipes lie in
datatools/recipes and are called by name.

Example::

    datatools run generate --source portraits/ --workspace ws
"""

import importlib
import importlib.resources
import re
import shlex
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools import selection
from datatools.errors import GateFailedError, UsageError
from datatools.outside.structured import read_toml, toml_of
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings, explain
from datatools.telemetry import without_secrets
from datatools.workspace import Workspace

VERBS: dict[str, str] = {
    "run": "datatools.recipe",
    "render": "datatools.stages.render",
    "ingest": "datatools.stages.ingest",
    "landmarks": "datatools.stages.landmarks",
    "segment": "datatools.stages.segment",
    "fusion fit": "datatools.stages.fusion_fit",
    "refine": "datatools.stages.refine",
    "check": "datatools.stages.check",
    "quality": "datatools.stages.quality",
    "review": "datatools.stages.review",
    "crop": "datatools.stages.crop",
    "compose": "datatools.stages.compose",
    "matting": "datatools.stages.matting",
    "measure": "datatools.stages.measure",
    "annotate export": "datatools.stages.annotate_export",
    "annotate import": "datatools.stages.annotate_import",
    "annotate agree": "datatools.stages.annotate_agree",
    "annotate consensus": "datatools.stages.annotate_consensus",
    "composition": "datatools.stages.composition",
    "split": "datatools.stages.split",
    "train": "datatools.stages.train",
    "evaluate": "datatools.stages.evaluate",
    "export": "datatools.stages.export",
    "predict": "datatools.stages.predict",
    "planted": "datatools.stages.planted",
    "audit": "datatools.stages.audit",
    "audit plan": "datatools.stages.audit_plan",
    "card": "datatools.stages.card",
    "card data": "datatools.stages.card_data",
    "ablate": "datatools.ablate",
    "report": "datatools.stages.report",
    "report diff": "datatools.stages.report_diff",
    "browse": "datatools.browse",
    "gallery": "datatools.stages.gallery",
    "shards": "datatools.stages.shards",
    "show": "datatools.stages.show",
    "verify": "datatools.stages.verify",
    "withdraw": "datatools.stages.withdraw",
    "teachers list": "datatools.stages.teachers_list",
    "teachers pull": "datatools.stages.teachers_pull",
    "teachers train": "datatools.stages.teachers_train",
    "metrics list": "datatools.stages.metrics_list",
    "doctor": "datatools.stages.doctor",
}
GROUPS = {
    "annotate": "Export, import, compare and combine people's answers.",
    "fusion": "Fit the fusion of a committee to human masks.",
    "metrics": "Say what each metric measures.",
    "teachers": "List, fetch and train the networks that propose masks.",
}


class StageModule(Protocol):
    """What the module of a verb holds."""

    __doc__: str | None
    Settings: type[StageSettings]
    run: Callable[[Workspace, StageSettings, Progress], StageResult]


class Recipe(BaseModel):
    """A recipe file, as parsed."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    description: str
    parameters: dict[str, str] = Field(default_factory=dict)
    steps: list[dict[str, object]] = Field(min_length=1)


class Settings(StageSettings):
    """Settings of ``run``; limit and seed go to every step that has none of its own."""

    recipe: str
    """A built-in recipe's name, or the path of a TOML file."""

    source: str | Path | None = None
    """Folder or address of pictures: the recipe's parameter {source}."""

    set: dict[str, str] = Field(default_factory=dict)
    """The recipe's other parameters: --set.NAME VALUE."""


# Not str.format, whose fields reach into objects and are as wide as they say.
_PLACE = re.compile(r"\{\{|\}\}|\{(?P<name>\w*)\}|[{}]")


def stage(verb: str) -> StageModule:
    """Import a verb's module. Raises UsageError when there is no such verb."""
    if verb not in VERBS:
        raise UsageError(f"expected a verb among {', '.join(VERBS)}; got {verb!r}")
    return cast("StageModule", importlib.import_module(VERBS[verb]))


def built_in() -> dict[str, str]:
    """Give the text of each built-in recipe by its name."""
    folder = importlib.resources.files("datatools") / "recipes"
    files = (item for item in folder.iterdir() if item.name.endswith(".toml"))
    return {item.name.removesuffix(".toml"): item.read_text("utf-8") for item in files}


def load(name_or_file: str) -> Recipe:
    """Read a recipe. Raises UsageError when it is missing or malformed."""
    path = Path(name_or_file)
    known = built_in()
    if name_or_file in known:
        values = toml_of(known[name_or_file], name_or_file, "a recipe")
    elif path.is_file():
        values = read_toml(path, "a recipe")
    else:
        raise UsageError(f"expected a recipe file or one of {', '.join(sorted(known))}; got {name_or_file!r}")
    try:
        return Recipe.model_validate(values)
    except ValidationError as error:
        raise UsageError(f"recipe {name_or_file}: {explain(error)}") from error


def fill(value: object, parameters: Mapping[str, str]) -> object:
    """Replace ``{name}`` in a setting by the parameter, ``{{`` and ``}}`` by one brace.

    Raises:
        UsageError: there is no such parameter, or a brace stands alone.
    """
    if isinstance(value, str):
        return _PLACE.sub(lambda found: _filled(value, found, parameters), value)
    if isinstance(value, list):
        return [filled for item in value for filled in _fill_item(item, parameters)]
    if isinstance(value, dict):
        return {key: fill(item, parameters) for key, item in value.items()}
    return value


def _filled(value: str, found: re.Match[str], parameters: Mapping[str, str]) -> str:
    brace = found[0]
    if brace in {"{{", "}}"}:
        return brace[0]
    if found["name"] in parameters:
        return parameters[found["name"]]
    raise UsageError(
        f"the recipe's setting {value!r} needs the parameter {found['name'] or brace!r}: give it with "
        "--source or --set.NAME VALUE"
    )


def _fill_item(item: object, parameters: Mapping[str, str]) -> list[object]:
    if isinstance(item, str) and item.endswith("...}"):
        words = str(fill(item.replace("...}", "}"), parameters))
        try:
            return list(shlex.split(words))
        except ValueError as error:
            raise UsageError(f"the recipe's setting {item!r} is {words!r}, no words: {error}") from error
    return [fill(item, parameters)]


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a recipe, checked."""

    verb: str
    settings: StageSettings
    min_accepted: int


def steps(recipe: Recipe, parameters: Mapping[str, str], shared: Mapping[str, object]) -> list[Step]:
    """Turn a recipe into verbs and checked settings, before anything runs.

    Raises:
        UsageError: an unknown verb, setting or parameter.
    """
    unknown = sorted(set(parameters) - set(recipe.parameters) - {"source", "workspace"})
    if unknown:
        raise UsageError(f"expected the parameters {sorted(recipe.parameters)}, got {', '.join(unknown)}")
    known = {**recipe.parameters, **parameters}
    found: list[Step] = []
    for number, step in enumerate(recipe.steps, 1):
        settings = {**shared, **{key: fill(value, known) for key, value in step.items()}}
        verb = str(settings.pop("verb", ""))
        if verb == "run":
            raise UsageError(f"step {number}: expected a stage, got the verb run; a recipe runs no recipe")
        min_accepted = settings.pop("min_accepted", 0)
        if not isinstance(min_accepted, int):
            raise UsageError(f"step {number} ({verb}): min_accepted is a number, got {min_accepted!r}")
        try:
            found.append(Step(verb, stage(verb).Settings.model_validate(settings), min_accepted))
        except ValidationError as error:
            raise UsageError(f"step {number} ({verb}) of the recipe: {explain(error)}") from error
    return found


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Run the stages of a recipe one after the other.

    Raises:
        UsageError: the recipe is wrong; nothing was run then.
        GateFailedError: a step's gate failed; the later steps were not run.
    """
    recipe = load(settings.recipe)
    parameters = {"workspace": str(workspace.root), **settings.set}
    if settings.source is not None:
        parameters["source"] = str(settings.source)
    shared: dict[str, object] = {"seed": settings.seed}
    if settings.limit is not None:
        shared["limit"] = settings.limit
    planned = steps(recipe, parameters, shared)
    if settings.dry_run:
        told = [f"{step.verb}: {step.settings.model_dump_json(exclude_defaults=True)}" for step in planned]
        lines = [without_secrets(line) for line in told]
        return StageResult(stage="run", facts={"steps": lines}, notes=lines)
    done: list[dict[str, object]] = []
    notes: list[str] = []
    for number, step in enumerate(planned, 1):
        progress.say(f"[{number}/{len(planned)}] {step.verb}")
        if step.min_accepted and (n_accepted := len(selection.accepted(workspace))) < step.min_accepted:
            progress.say(
                f"  passed over: {n_accepted} masks are accepted, this step wants {step.min_accepted}"
            )
            continue
        result = stage(step.verb).run(workspace, step.settings, progress)
        for sentence in result.notes:
            progress.say(f"  {sentence}")
        done.append({"verb": step.verb, **result.facts})
        notes = result.notes
        if not result.passed:
            raise GateFailedError(f"step {number} ({step.verb}): {' '.join(result.notes)}")
    return StageResult(stage="run", facts={"steps": done}, notes=notes)
