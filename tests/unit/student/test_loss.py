"""The Lovász hinge is the Lovász extension of the Jaccard loss at the hinge's errors."""

import itertools

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from datatools.student.loss import lovasz_hinge, segmentation_loss
from datatools.student.recipe import Loss


def jaccard_loss(wrong: NDArray[np.bool_], person: NDArray[np.bool_]) -> float:
    """Give |wrong| / |person or wrong|: what is lost when these pixels are wrong (equation 5)."""
    union = np.count_nonzero(person | wrong)
    return np.count_nonzero(wrong) / union if union else 0.0


def by_definition(logits: NDArray[np.float64], person: NDArray[np.bool_]) -> float:
    """Integrate the Jaccard loss of the pixels whose error is above t, over t from 0 up.

    That is the Lovász extension's integral form, with no sorting of gradients in it.
    """
    errors = np.maximum(1 - logits * np.where(person, 1, -1), 0)
    steps = np.unique(np.append(errors, 0.0))
    return float(
        sum((high - low) * jaccard_loss(errors > low, person) for low, high in itertools.pairwise(steps))
    )


def draw(seed: int, shape: tuple[int, ...] = (1, 5, 7)) -> tuple[torch.Tensor, torch.Tensor]:
    """Draw random logits and a random mask."""
    rng = np.random.default_rng(seed)
    return torch.from_numpy(rng.normal(0, 1.5, shape)), torch.from_numpy(rng.random(shape) < 0.4)


@pytest.mark.parametrize("seed", range(20))
def test_it_equals_the_definition(seed: int) -> None:
    """On random logits and masks."""
    logits, person = draw(seed)
    assert lovasz_hinge(logits, person).item() == pytest.approx(by_definition(logits.numpy(), person.numpy()))


@pytest.mark.parametrize("value", [False, True])
def test_it_equals_the_definition_when_a_mask_is_empty_or_full(value: bool) -> None:
    """Pictures without a person, and close-ups, have a loss too."""
    logits, _ = draw(0)
    person = torch.full(logits.shape, value)
    assert lovasz_hinge(logits, person).item() == pytest.approx(by_definition(logits.numpy(), person.numpy()))


def test_each_picture_has_its_own_loss() -> None:
    """What it is alone, it is among others."""
    logits, person = draw(1, (3, 4, 4))
    alone = [lovasz_hinge(logits[i : i + 1], person[i : i + 1]).item() for i in range(3)]
    assert lovasz_hinge(logits, person).tolist() == pytest.approx(alone)


@pytest.mark.parametrize("seed", range(5))
def test_pixels_that_do_not_count_are_as_if_they_were_not_there(seed: int) -> None:
    """The loss of the valid pixels is the loss of a picture made of them alone."""
    logits, person = draw(seed)
    valid = torch.from_numpy(np.random.default_rng(100 + seed).random((1, 5, 7)) < 0.5)
    expected = by_definition(logits.numpy()[valid.numpy()], person.numpy()[valid.numpy()])
    assert lovasz_hinge(logits, person, valid).item() == pytest.approx(expected)


def test_pixels_that_do_not_count_get_no_gradient() -> None:
    """Not even where the logit is far on the wrong side."""
    logits, person = draw(2)
    valid = torch.zeros(logits.shape, dtype=torch.bool)
    valid[:, 2] = True
    logits.requires_grad_()
    lovasz_hinge(logits * 10, person, valid).backward()  # type: ignore[no-untyped-call]  # torch's
    assert logits.grad is not None
    assert not logits.grad[~valid].any()


def test_a_picture_without_valid_pixels_has_no_loss() -> None:
    """A mask that fills the picture has no boundary."""
    logits, person = draw(3)
    assert lovasz_hinge(logits, person, torch.zeros_like(person)).item() == 0.0


def test_right_beyond_the_margin_is_free() -> None:
    """The hinge ends at a logit of 1."""
    _, person = draw(4)
    assert lovasz_hinge(torch.where(person, 1.0, -1.0), person).item() == 0.0


def test_its_gradient_is_the_numerical_one() -> None:
    """Where no two errors are equal, the loss is piecewise linear."""
    logits, person = draw(5, (2, 3, 3))
    logits.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: lovasz_hinge(x, person).sum(), (logits,))


def test_the_training_loss_adds_half_of_the_boundary_and_the_pixels() -> None:
    """Mask + 0.5 x band + weight x cross-entropy, picture by picture."""
    logits, person = draw(6, (3, 4, 4))
    band = torch.rand(person.shape, generator=torch.Generator().manual_seed(0)) < 0.5
    hinges = lovasz_hinge(logits, person) + 0.5 * lovasz_hinge(logits, person, band)
    wrong = torch.nn.functional.binary_cross_entropy_with_logits(logits, person.double(), reduction="none")
    assert segmentation_loss(logits, person, band, None, Loss()).tolist() == pytest.approx(hinges.tolist())
    assert segmentation_loss(logits, person, band, None, Loss(pixel=2.0)).tolist() == pytest.approx(
        (hinges + 2 * wrong.mean((1, 2))).tolist()
    )


def test_the_teachers_matte_has_its_share_of_the_pixels_target() -> None:
    """A quarter of the matte and three of the mask."""
    logits, person = draw(7, (2, 4, 4))
    matte = torch.rand(person.shape, generator=torch.Generator().manual_seed(1)).double()
    weights = Loss(band=0.0, pixel=1.0, matte_frac=0.25)
    soft = 0.75 * person.double() + 0.25 * matte
    wrong = torch.nn.functional.binary_cross_entropy_with_logits(logits, soft, reduction="none")
    expected = lovasz_hinge(logits, person) + wrong.mean((1, 2))
    found = segmentation_loss(logits, person, torch.zeros_like(person), matte, weights)
    assert found.tolist() == pytest.approx(expected.tolist())
