"""The fast backward passes are torch's."""

import pytest
import torch
import torch.nn.functional as F

from datatools.student.backward import PReLU, RowConv


def test_prelus_values_and_gradients_are_torchs() -> None:
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


@pytest.mark.parametrize("width", [3, 15])
def test_a_rows_values_and_gradients_are_torchs(width: int) -> None:
    """Of the input and of the weights, whether the kernel is wide or not."""
    generator = torch.Generator().manual_seed(1)
    x = torch.randn(2, 4, 6, 20, generator=generator).requires_grad_()
    weights = torch.randn(2, 4, 6, 20, generator=generator)
    row = RowConv(4, 4, (1, width), padding=(0, width // 2), groups=4, bias=False)
    plain = F.conv2d(x, row.weight, padding=(0, width // 2), groups=4)
    ours = torch.autograd.grad((row(x) * weights).sum(), (x, row.weight))
    theirs = torch.autograd.grad((plain * weights).sum(), (x, row.weight))
    torch.testing.assert_close(row(x), plain)
    for found, expected in zip(ours, theirs, strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-4, atol=1e-4)
