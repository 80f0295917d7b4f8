"""Ablation files are checked whole before anything is trained."""

from pathlib import Path

import pytest
from pydantic import ValidationError

from datatools.ablating.plan import Ablation, Arm, built_in, load
from datatools.errors import UsageError
from datatools.stages import train

_VALUES: dict[str, object] = {
    "description": "two recipes",
    "reference": "a",
    "seeds": [0, 1],
    "arms": [{"name": "a"}, {"name": "b", "train": {"lr": 0.001}}],
    "tests": [{"name": "test split", "split": "test"}],
}


_THERE = [{"name": "a", "model": "x.pt"}, {"name": "b", "model": "y.pt"}]
_GIVEN = {
    "against-published": {"published": "weights.pth"},
    "int8": {"int8": "student-int8.onnx"},
}  # parameters without which there is no network


@pytest.mark.parametrize("name", sorted(built_in()))
def test_built_in_ablations_are_complete(name: str) -> None:
    """Train takes the settings of every arm that is trained."""
    ablation = load(name, _GIVEN.get(name, {}))
    trained = [arm for arm in ablation.arms if arm.model is None]
    for arm in trained:
        assert train.Settings.model_validate({**ablation.train, **arm.train}).recipe in {"short", "minutes"}
    assert ablation.same_compute
    assert len(ablation.seeds) == (3 if trained else 0)


def test_parameters_name_the_tests_workspaces() -> None:
    """A test whose parameter is not given has an empty workspace."""
    tests = load("portraits-of-two-sets", {"ccp": "here/ccp"}).tests
    assert [test.workspace for test in tests] == [None, "", "", "here/ccp"]


def test_unknown_parameters_are_refused() -> None:
    """And those that there are are named."""
    with pytest.raises(UsageError, match=r"\['ccp', 'celebamask'\], got utkface"):
        load("portraits-of-two-sets", {"utkface": "there"})


def test_an_unknown_ablation_is_refused() -> None:
    """The error lists the built-in names."""
    with pytest.raises(UsageError, match="with-and-without-generated"):
        load("nothing", {})


@pytest.mark.parametrize(
    ("text", "reason"),
    [("description = ", "expected an ablation, in TOML"), ('description = "x"', "reference: Field required")],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str, reason: str) -> None:
    """With the file's name and what is wrong."""
    path = tmp_path / "mine.toml"
    path.write_text(text)
    with pytest.raises(UsageError, match=reason):
        load(str(path), {})


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"reference": "c"}, "reference among the arms"),
        ({"arms": [{"name": "a"}, {"name": "a"}]}, "each arm once"),
        ({"tests": [{"name": "x"}, {"name": "x"}]}, "each test once"),
        ({"seeds": [1, 1]}, "each seed once"),
        ({"seeds": []}, "expected seeds"),
        ({"arms": _THERE}, "seeds and settings of train say nothing"),
        ({"arms": _THERE, "seeds": [], "train": {"lr": 0.1}}, "seeds and settings of train say nothing"),
        ({"arms": [{"name": "a"}]}, "at least 2"),
        ({"arms": [{"name": "a"}, {"name": "b-c"}]}, "pattern"),
        ({"seed": 3}, "Extra inputs"),
    ],
)
def test_what_does_not_fit_together_is_refused(changes: dict[str, object], reason: str) -> None:
    """Names that are there twice, a reference that is no arm, settings that nothing is done with."""
    with pytest.raises(ValidationError, match=reason):
        Ablation.model_validate(_VALUES | changes)


def test_arms_that_are_all_there_need_no_seeds() -> None:
    """Two files of weights are compared as they are."""
    ablation = Ablation.model_validate({**_VALUES, "arms": _THERE, "seeds": []})
    assert [arm.model for arm in ablation.arms] == ["x.pt", "y.pt"]


def test_a_network_that_is_not_given_is_asked_for() -> None:
    """By the flag that gives it."""
    with pytest.raises(UsageError, match=r"arm published needs a network.*--set\.NAME"):
        load("against-published", {})


def test_an_arm_can_be_another_one_cut_elsewhere() -> None:
    """It is not trained, and is like one that is."""
    cut = {"name": "cut", "like": "b", "threshold": "validation-worst"}
    arms = [{"name": "a"}, {"name": "b"}, cut]
    ablation = Ablation.model_validate({**_VALUES, "arms": arms})
    assert [arm.is_trained for arm in ablation.arms] == [True, True, False]
    for like in ("cut", "nobody"):
        with pytest.raises(ValidationError, match="expected an arm that is trained"):
            Ablation.model_validate({**_VALUES, "arms": [*arms[:2], {**cut, "like": like}]})


def test_fewer_arms_can_be_compared() -> None:
    """The reference arm always; an arm that is not there is refused."""
    ablation = Ablation.model_validate({**_VALUES, "arms": [{"name": name} for name in "abc"]})
    assert [arm.name for arm in ablation.overridden(seeds=None, train={}, arms=["c"]).arms] == ["a", "c"]
    with pytest.raises(UsageError, match="arms among a, b, c; got d"):
        ablation.overridden(seeds=None, train={}, arms=["d"])


def test_an_arm_is_of_one_kind() -> None:
    """Trained, there already or like another; and what makes runs resumable is not the arm's to set."""
    with pytest.raises(ValidationError, match="not two of these"):
        Arm(name="a", like="b", threshold="validation-worst", train={"lr": 0.1})
    with pytest.raises(ValidationError, match="a model or is like another one, not both"):
        Arm(name="a", like="b", threshold="validation-worst", model="x.pt")
    for half in ({"like": "b"}, {"threshold": "validation-worst"}):
        with pytest.raises(ValidationError, match="expected both or neither"):
            Arm.model_validate({"name": "a", **half})
    with pytest.raises(ValidationError, match="not two of these"):
        Arm(name="a", model="x.pt", train={"lr": 0.1})
    with pytest.raises(ValidationError, match="the ablation itself sets name, seed"):
        Arm(name="a", train={"name": "x", "seed": 2})


def test_flags_go_before_the_file_and_its_arms() -> None:
    """A setting of train given as a flag holds for every arm."""
    ablation = Ablation.model_validate(_VALUES).overridden(seeds=[5], train={"lr": "0.01"})
    assert ablation.seeds == [5]
    assert [{**ablation.train, **arm.train} for arm in ablation.arms] == [{"lr": "0.01"}] * 2


def test_flags_are_checked_like_the_file() -> None:
    """A seed given twice is one run too few."""
    with pytest.raises(UsageError, match="each seed once"):
        Ablation.model_validate(_VALUES).overridden(seeds=[5, 5], train={})
