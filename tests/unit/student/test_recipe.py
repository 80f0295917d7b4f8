"""Recipes say what the paper says, or what a short run needs."""

from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.student import published, recipe
from datatools.student.recipe import names, read


def test_paper_is_the_authors_recipe() -> None:
    """300 + 300 epochs, batches of 60 and 40, edge kernels of 5 and 15, the Lovász hinge alone."""
    paper = read("paper")
    assert [(p.name, p.epochs, p.batch, p.edge_kernel_px, p.lr) for p in paper.phases] == [
        ("coarse", 300, 60, 5, 1e-3),
        ("whole", 300, 40, 15, 1e-3),
    ]
    assert (paper.preprocessing, paper.loss.pixel) == (published.PREPROCESSING, 0.0)


def test_the_papers_rate_is_halved_at_a_half_and_at_five_sixths() -> None:
    """Epoch by epoch, from the epoch's first step."""
    phase = read("paper").phases[0]
    rates = [phase.lr_at(epoch) for epoch in (0, 149.9, 150, 249.9, 250, 299.9)]
    assert rates == [1e-3, 1e-3, 5e-4, 5e-4, 2.5e-4, 2.5e-4]


def test_the_short_rate_goes_up_then_down() -> None:
    """A tenth at first, highest after a fifth, a hundredth at the end."""
    phase = read("short").phases[1]
    ratios = [phase.lr_at(phase.epochs * done_frac) / phase.lr for done_frac in (0, 0.2, 1)]
    assert ratios == pytest.approx([0.1, 1.0, 0.01])


def test_another_size_keeps_the_boundarys_share() -> None:
    """Kernels stay odd, and at least 3."""
    kernels = {
        size_px: [phase.edge_kernel_px for phase in read("paper").resized(size_px).phases]
        for size_px in (448, 224, 160, 64)
    }
    assert kernels == {448: [9, 29], 224: [5, 15], 160: [3, 11], 64: [3, 5]}


def test_a_size_that_does_not_fit_is_refused() -> None:
    """The network halves twice."""
    with pytest.raises(UsageError, match="size_px 130"):
        read("short").resized(130)


def test_epochs_batch_and_rate_can_be_changed() -> None:
    """None keeps what the recipe says."""
    changed = read("paper").changed(epochs_coarse=7, batch=9)
    assert [(p.epochs, p.batch, p.lr) for p in changed.phases] == [(7, 9, 1e-3), (300, 9, 1e-3)]


def test_an_unknown_recipe_is_refused() -> None:
    """The message lists those there are."""
    with pytest.raises(UsageError, match=r"among .*paper, polish, short, or the path.*got 'long'"):
        read("long")


def test_a_recipe_may_say_how_groups_are_treated(tmp_path: Path) -> None:
    """Each in a table of its own; what is left out is as without groups."""
    path = tmp_path / "mine.toml"
    short = (Path(recipe.__file__).parent / "recipes" / "short.toml").read_text("utf-8")
    path.write_text(f'{short}\n[robust]\nmethod = "dro"\n\n[choice]\nby = "worst_group"\n')
    found = read(str(path))
    assert (found.robust.method, found.choice.by, found.sampling.sampler) == ("dro", "worst_group", "plain")
    assert (found.uses_groups(), read("short").uses_groups()) == (True, False)


def test_a_misspelt_key_of_a_table_is_refused(tmp_path: Path) -> None:
    """The message names it."""
    path = tmp_path / "mine.toml"
    short = (Path(recipe.__file__).parent / "recipes" / "short.toml").read_text("utf-8")
    path.write_text(f"{short}\n[choice]\npatients = 3\n")
    with pytest.raises(UsageError, match="patients"):
        read(str(path))


def test_values_of_tables_can_be_changed() -> None:
    """None keeps what the recipe says."""
    changed = read("short").with_values({"choice": {"patience": 3, "by": None}}, precision=None)
    assert (changed.choice.patience, changed.choice.by, changed.precision) == (3, "mean", "auto")


@pytest.mark.parametrize("name", names())
def test_a_built_in_recipe_opens_with_what_to_expect(name: str) -> None:
    """Result, cost and command, before the first setting."""
    text = (Path(recipe.__file__).parent / "recipes" / f"{name}.toml").read_text()
    opening = text[: text.index("\n[")]
    assert all(word in opening for word in ("# Expect:", "# Cost:", "# Run:"))
    assert read(name).name == name


def test_phases_of_one_network_share_its_epochs_as_before() -> None:
    """28, 12 and 12 of 52; the rates keep their ratio."""
    changed = read("hour").changed(epochs_whole=13, lr=3e-3)
    assert [phase.epochs for phase in changed.phases] == [7, 3, 3]
    assert changed.phases[1].lr / changed.phases[0].lr == pytest.approx(8e-3 / 1.5e-2)


def test_a_recipe_must_end_at_the_size_it_is_used_at(tmp_path: Path) -> None:
    """The file is named, and both sizes."""
    path = tmp_path / "mine.toml"
    text = (Path(recipe.__file__).parent / "recipes" / "short.toml").read_text()
    path.write_text(text.replace("size_px = 96", "size_px = 128", 1))
    with pytest.raises(UsageError, match=r"(?s)mine\.toml is no recipe: .*128 px; got whole at 96 px"):
        read(str(path))
