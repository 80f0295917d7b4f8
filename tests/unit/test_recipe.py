"""Do recipes check everything before anything runs?"""

from pathlib import Path

import pytest

from datatools import recipe
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.workspace import Workspace


@pytest.mark.parametrize("name", sorted(recipe.built_in()))
def test_built_in_recipes_have_valid_steps(name: str) -> None:
    """Every built-in recipe's verbs and settings are accepted by their stages."""
    steps = recipe.steps(recipe.load(name), {"source": "photos", "workspace": "ws"}, {"seed": 1})
    assert [step.verb for step in steps if step.verb not in recipe.VERBS] == []
    assert {step.settings.seed for step in steps} == {1}


def test_parameters_fill_settings() -> None:
    """``{name}`` in a step takes the parameter given, else the recipe's default."""
    steps = recipe.steps(recipe.load("generate"), {"source": "photos", "teachers": "isnet"}, {})
    segment = next(step for step in steps if step.verb == "segment")
    assert segment.settings.model_dump()["teachers"] == ("isnet",)


def test_a_list_takes_the_words_of_a_parameter() -> None:
    """``"{name...}"`` becomes as many items as the parameter has words; quoted spaces part nothing."""
    chosen = {"source": "photos", "teachers": "selfie 'my nets/heavy.toml'"}
    steps = recipe.steps(recipe.load("generate"), chosen, {})
    segment = next(step for step in steps if step.verb == "segment")
    assert segment.settings.model_dump()["teachers"] == ("selfie", "my nets/heavy.toml")


def test_unknown_recipe_is_refused() -> None:
    """The error lists the built-in names."""
    with pytest.raises(UsageError, match="generate"):
        recipe.load("nothing")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("description = 'x'\nsteps = 3", "steps"),
        ("description = ", "TOML"),
        ("description = 'x'\n[[steps]]\nverb = 'fly'", "verb"),
        ("description = 'x'\n[[steps]]\nverb = 'show'\nlimt = 3", "limt"),
        ("description = 'x'\n[[steps]]\nverb = 'show'\nmin_accepted = 'many'", "min_accepted"),
        ("description = 'x'\n[[steps]]\nverb = 'ingest'\nsource = '{source}'", "source"),
        ("description = 'x'\n[[steps]]\nverb = 'ingest'\nsource = ['{a}']", "'a'"),
        ("description = 'x'\n[[steps]]\nverb = 'run'\nset = {x = '{b}'}", "'b'"),
        ("description = 'x'\n[[steps]]\nverb = 'run'\nrecipe = 'wrong.toml'", "a recipe runs no recipe"),
        ("description = 'x'\n[[steps]]\nverb = 'ingest'\nsource = '{workspace.__class__}'", "parameter '{'"),
        ("description = 'x'\n[[steps]]\nverb = 'ingest'\nsource = '{workspace:>999999999}'", "parameter '{'"),
        ("description = 'x'\n[[steps]]\nverb = 'ingest'\nsource = 'a}'", "parameter '}'"),
        (
            "description = 'x'\nparameters.a = \"it's\"\n[[steps]]\nverb = 'segment'\nteachers = ['{a...}']",
            "no words: No closing quotation",
        ),
    ],
)
def test_wrong_recipes_are_refused(tmp_path: Path, text: str, reason: str) -> None:
    """The error names what is wrong."""
    file = tmp_path / "wrong.toml"
    file.write_text(text)
    with pytest.raises(UsageError, match=reason):
        recipe.steps(recipe.load(str(file)), {}, {})


def test_two_braces_are_one() -> None:
    """So that a setting can hold one."""
    assert recipe.fill("{{{a}}} {{}}", {"a": "b"}) == "{b} {}"


def test_unknown_parameter_is_refused() -> None:
    """A misspelt --set name is an error, not ignored."""
    with pytest.raises(UsageError, match="techers"):
        recipe.steps(recipe.load("generate"), {"source": "x", "techers": "isnet"}, {})


def test_unknown_verb_is_refused() -> None:
    """Asking for a stage that does not exist lists the verbs."""
    with pytest.raises(UsageError, match="ingest"):
        recipe.stage("fly")


def test_dry_run_runs_nothing(workspace: Workspace, quiet: Progress) -> None:
    """The plan is printed and no run record appears."""
    settings = recipe.Settings(recipe="generate", source=Path("photos"), limit=3, dry_run=True)
    result = recipe.run(workspace, settings, quiet)
    assert workspace.run_files() == []
    assert len(result.notes) == len(recipe.load("generate").steps)
    assert '"limit":3' in result.notes[1]
