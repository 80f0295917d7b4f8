"""A network is trained by the recipes that fit it, and the others are refused before anything is read."""

import pytest

from datatools import plugins
from datatools.errors import UsageError
from datatools.student import recipe as recipes
from datatools.student.architecture import Architecture


def network(name: str) -> Architecture:
    """Give a network by its name."""
    built: Architecture = plugins.build("networks", name)
    return built


def test_a_coarse_phase_needs_a_coarse_network() -> None:
    """The message names recipes without one, and the flag that leaves it out."""
    with pytest.raises(UsageError, match=r"LR-ASPP.* has no coarse network.*short.*--epochs-coarse 0"):
        network("lraspp").check(recipes.read("short"))


def test_a_coarse_phase_of_no_epochs_is_none() -> None:
    """What the flag does."""
    network("lraspp").check(recipes.read("short").changed(epochs_coarse=0))


def test_recipes_without_a_coarse_phase_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that nobody has to look for them."""
    plain = recipes.read("short").changed(epochs_coarse=0)
    found = {"short": recipes.read("short"), "plain": plain}
    monkeypatch.setattr(recipes, "names", lambda: list(found))
    monkeypatch.setattr(recipes, "read", found.__getitem__)
    with pytest.raises(UsageError, match=r"a recipe without such a phase \(plain\)"):
        network("lraspp").check(found["short"])


def test_a_size_that_the_network_cannot_take_is_refused() -> None:
    """Before a picture is read."""
    odd = recipes.read("short").changed(epochs_coarse=0).resized(100)
    with pytest.raises(UsageError, match=r"whose side 16 divides; the recipe short has a phase at 100 px"):
        network("lraspp").check(odd)


@pytest.mark.parametrize("name", ["extremec3net", "sinet"])
@pytest.mark.parametrize("recipe", recipes.names())
def test_the_others_are_trained_by_every_built_in_recipe(name: str, recipe: str) -> None:
    """With its coarse phase."""
    network(name).check(recipes.read(recipe))
