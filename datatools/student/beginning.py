"""Which weights does a training run begin with, where not with random ones?

A file of weights, or those that come with the package. What they had learned stays with the new weights:
the card names them, and the terms of their pictures go on to hold.
"""

import importlib.resources
from collections.abc import Mapping
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import cast

from pydantic import ValidationError
from torch import nn

from datatools.errors import UsageError
from datatools.student import checkpoint
from datatools.student.architecture import Architecture, has_coarse_phase
from datatools.student.card import Beginning, Card
from datatools.student.preprocess import Preprocessing
from datatools.student.recipe import Recipe

RELEASED = importlib.resources.files("datatools.student") / "released"


def beginning(where: str, architecture: Architecture, recipe: Recipe) -> tuple[Architecture, Beginning]:
    """Give a network that begins with the weights of a file, and what these are.

    Args:
        where: the file, or the name of weights that come with the package.
        architecture: the network to train.
        recipe: how it will be trained; the network must get its inputs as the weights know them.

    Raises:
        UsageError: no such file, weights of another network or of other inputs, or a recipe that trains
            another network first.
        WeightsError: the file is broken.
    """
    shipped = RELEASED / f"{where}.pt"
    is_shipped = "/" not in where and shipped.is_file()
    with importlib.resources.as_file(shipped) if is_shipped else nullcontext(Path(where)) as path:
        student = checkpoint.load(path)
    if student.architecture != architecture.name:
        raise UsageError(
            f"{where} holds weights of {student.architecture}, and {architecture.name} is to be trained: "
            f"give --network {student.architecture}, or other weights"
        )
    if has_coarse_phase(recipe):
        raise UsageError(
            f"the recipe {recipe.name} trains a coarse network first, which cannot begin with {where}: "
            "choose a recipe without such a phase, or leave it out with --epochs-coarse 0"
        )
    ours, theirs = (_inputs(prepared) for prepared in (recipe.preprocessing, student.preprocessing))
    if ours != theirs:
        raise UsageError(
            f"{where} was trained on pictures prepared as {theirs}, and the recipe {recipe.name} prepares "
            f"them as {ours}: give a recipe with their [preprocessing]"
        )
    state = {name: value.clone() for name, value in student.network.state_dict().items()}

    def make(is_coarse: bool) -> nn.Module:
        network = architecture.make(is_coarse)
        network.load_state_dict(state)
        return network

    card = _card(student.training)
    terms = {str(student.training.get("licence", "unknown")): 0} if card is None else card.limits()
    return replace(architecture, make=make), Beginning(
        weights=where if is_shipped else Path(where).name,
        sha256=student.sha256,
        recipe=None if card is None else card.recipe,
        n_train=None if card is None else card.n_train,
        licences=terms,
    )


def _card(training: Mapping[str, object]) -> Card | None:
    """Read what a file says of its weights; None where that is no card, as in the authors' file."""
    try:
        return Card.from_dict(training)
    except ValidationError:
        return None


def _inputs(prepared: Preprocessing) -> tuple[object, ...]:
    """Give what must be alike; networks take any size."""
    return cast("tuple[object, ...]", (prepared.channel_order, prepared.mean, prepared.std, prepared.divisor))
