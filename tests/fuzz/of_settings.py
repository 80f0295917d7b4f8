"""Files of settings, which people write by hand: TOML."""

import contextlib
import io
from importlib import resources
from pathlib import Path

from datatools import cli, recipe, vocab
from datatools.ablating import plan
from datatools.fairness.composition import reference
from datatools.fairness.gates import judging
from datatools.report.cards import answers
from datatools.student import recipe as student_recipe
from datatools.teachers._card import load_card
from datatools.vocabulary import parse
from tests.fuzz.target import Target
from tests.unit.teachers.networks import write_card

_SETTINGS = b"""[segment]
teachers = ["selfie", "isnet"]
only = "studio"

[train]
seed = 3
"""
_GATES = b"""[[gate]]
name = "nobody is far behind"
bound = "gap"
at_least = -0.03
attributes = ["perceived_gender"]
"""
_REFERENCE = b"""source = "census 2021"
[[share]]
attribute = "perceived_gender"
group = "female"
share = 0.51
[[share]]
attribute = "perceived_gender"
group = "male"
share = 0.49
"""
_SHARES = b"""attribute,group,share,source
perceived_gender,female,0.51,census
perceived_gender,male,0.49,census
"""
_RECIPE = b"""description = "What a test runs."
[parameters]
teachers = "selfie"
[[steps]]
verb = "segment"
teachers = ["{teachers...}"]
[[steps]]
verb = "refine"
min_accepted = 3
limit = 10
"""


def _packaged(folder: str) -> list[bytes]:
    files = resources.files("datatools") / folder
    return [item.read_bytes() for item in files.iterdir() if item.name.endswith(".toml")]


def _settings(path: Path) -> None:
    """Let the command line look at the file's tables."""
    workspace = path.parent / "ws"
    workspace.mkdir(exist_ok=True)
    path.replace(workspace / "datatools.toml")
    cli._check_config(workspace / "datatools.toml")


def _command(path: Path) -> None:
    """Run a verb with the file; there is nothing to work on, which is the last thing to be found out."""
    workspace = path.parent / "empty"
    workspace.mkdir(exist_ok=True)
    path.replace(workspace / "datatools.toml")
    with contextlib.redirect_stderr(io.StringIO()) as told:
        code = cli.main(["segment", "--workspace", str(workspace)])
    assert code in {2, 3}
    assert told.getvalue().startswith("datatools: ")


def _recipe(path: Path) -> None:
    recipe.steps(recipe.load(str(path)), {"source": "photos", "workspace": "ws"}, {"seed": 1})


def _vocabulary(path: Path) -> None:
    text = path.read_bytes().decode("utf-8", "replace")
    found = parse(text, "gender@1")
    [value in found for value in (*found.values, "", "7")]


def _cards(folder: Path) -> list[bytes]:
    write_card(folder, "net.onnx")
    return [path.read_bytes() for path in folder.glob("*.toml")]


TARGETS = (
    Target(name="settings", suffix=".toml", form="toml", seeds=lambda _: [_SETTINGS], parse=_settings),
    Target(
        name="settings of a verb",
        suffix=".toml",
        form="toml",
        seeds=lambda _: [_SETTINGS],
        parse=_command,
        share=1,
    ),
    Target(
        name="recipe",
        suffix=".toml",
        form="toml",
        seeds=lambda _: [_RECIPE, *_packaged("recipes")],
        parse=_recipe,
        share=2,
    ),
    Target(
        name="ablation",
        suffix=".toml",
        form="toml",
        seeds=lambda _: _packaged("ablations"),
        parse=lambda path: plan.load(str(path), {}),
        share=2,
    ),
    Target(
        name="student recipe",
        suffix=".toml",
        form="toml",
        seeds=lambda _: _packaged("student/recipes"),
        parse=lambda path: student_recipe.read(str(path)),
        share=2,
    ),
    Target(name="gates", suffix=".toml", form="toml", seeds=lambda _: [_GATES], parse=judging.read),
    Target(
        name="answers for a card",
        suffix=".toml",
        form="toml",
        seeds=lambda _: [answers.template(()), b'[answers."1.1"]\nanswer = "x"\nby = "y"\n'],
        parse=answers.read,
        share=2,
    ),
    Target(
        name="reference population",
        suffix=".toml",
        form="toml",
        seeds=lambda _: [_REFERENCE],
        parse=reference.read_reference,
    ),
    Target(
        name="reference shares",
        suffix=".csv",
        form="csv",
        seeds=lambda _: [_SHARES],
        parse=reference.read_reference,
    ),
    Target(name="network card", suffix=".toml", form="toml", seeds=_cards, parse=load_card),
    Target(
        name="vocabulary",
        suffix=".toml",
        form="toml",
        seeds=lambda _: [(vocab._folder() / f"{key}.toml").read_bytes() for key in ("gender@1", "monk@1")],
        parse=_vocabulary,
    ),
)
