"""The fast PReLU is torch's."""

import torch
import torch.nn.functional as F

from datatools.student.prelu import PReLU


def test_values_and_gradients_are_torchs() -> None:
    """Of the input and of the slopes."""
    generator = torch.Generator().manual_seed(0)
    x = torch.randn(2, 3, 5, 7, generator=generator).requires_grad_()
    weights = torch.randn(2, 3, 5, 7, generator=generator)
    act = PReLU(3)
    ours = torch.autograd.grad((act(x) * weights).sum(), (x, act.weight))
    theirs = torch.autograd.grad((F.prelu(x, act.weight) * weights).sum(), (x, act.weight))
    assert torch.equal(act(x), F.prelu(x, act.weight))
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected)
