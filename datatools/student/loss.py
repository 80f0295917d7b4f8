"""How far are logits from a mask? The Lovász hinge, whole and in the boundary band.

Berman, Rannen Triki and Blaschko, *The Lovász-Softmax loss* (CVPR 2018): the convex surrogate of the
Jaccard loss of a binary mask, section 3.1 and algorithm 1; here for each picture.
"""

import torch
import torch.nn.functional as F
from torch import Tensor

from datatools.student.recipe import Loss


def lovasz_hinge(logits: Tensor, target: Tensor, valid: Tensor | None = None) -> Tensor:
    """Give each picture's Lovász hinge of the Jaccard loss; (B,).

    Args:
        logits: float (B, H, W).
        target: bool (B, H, W), True is person.
        valid: bool (B, H, W), pixels that count; all of them when None. A picture in which none
            counts has a loss of 0.
    """
    logits, target = logits.flatten(1), target.flatten(1)  # (B, H * W)
    signs = target.to(logits.dtype) * 2 - 1  # (B, H * W)
    errors = 1 - logits * signs  # (B, H * W), the hinge's margins
    if valid is not None:
        valid = valid.flatten(1)  # (B, H * W)
        target = target & valid
        # Below 0 the hinge is 0, and a pixel that sorts behind every violation changes no weight.
        errors = torch.where(valid, errors, -1.0)
    ordered, order = errors.sort(dim=1, descending=True)  # (B, H * W)
    is_person = target.gather(1, order).to(logits.dtype)  # (B, H * W)
    return (F.relu(ordered) * _jaccard_steps(is_person)).sum(1)


def _jaccard_steps(is_person: Tensor) -> Tensor:
    """Give what each further wrong pixel adds to the Jaccard loss (algorithm 1); (B, N).

    Pixels are wrong in the order given: the loss after the first k is
    1 - (people not among them) / (people, or background among them).
    """
    n_people = is_person.sum(1, keepdim=True)  # (B, 1)
    intersection = n_people - _counted(is_person)  # (B, N)
    union = n_people + _counted(1 - is_person)  # (B, N), at least 1
    loss = 1 - intersection / union  # (B, N)
    return torch.cat([loss[:, :1], loss[:, 1:] - loss[:, :-1]], 1)  # (B, N)


def _counted(ones: Tensor) -> Tensor:
    """Count the ones so far; on a GPU as whole numbers, whose sums have one value in any order."""
    return ones.long().cumsum(1).to(ones.dtype) if ones.is_cuda else ones.cumsum(1)


def segmentation_loss(
    logits: Tensor, target: Tensor, band: Tensor, matte: Tensor | None, weights: Loss
) -> Tensor:
    """Give each picture's training loss; (B,).

    The hinge on the mask, the same on the boundary band alone, and the binary cross-entropy, which gives
    every pixel a gradient from the first step: the hinge does not.

    Args:
        logits: float (B, H, W).
        target: bool (B, H, W), True is person.
        band: bool (B, H, W), True near the mask's edge.
        matte: float (B, H, W), 0 to 1, what the teachers say; None counts as the mask.
        weights: how much of each.
    """
    loss = lovasz_hinge(logits, target)  # (B,)
    if weights.band:
        loss = loss + weights.band * lovasz_hinge(logits, target, band)
    if weights.pixel:
        soft = target.to(logits.dtype)  # (B, H, W)
        if matte is not None:
            soft = torch.lerp(soft, matte, weights.matte_frac)
        wrong = F.binary_cross_entropy_with_logits(logits, soft, reduction="none")  # (B, H, W)
        loss = loss + weights.pixel * wrong.mean((1, 2))
    return loss
