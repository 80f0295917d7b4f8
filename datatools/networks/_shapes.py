"""Does a picture have a size that a network can take?"""

from torch import Tensor

from datatools.errors import UsageError


def check_input(image: Tensor, title: str, stride: int) -> None:
    """Raise UsageError where a batch is not (B, 3, H, W) with H and W divisible by the stride."""
    if image.ndim != 4 or image.shape[1] != 3 or image.shape[2] % stride or image.shape[3] % stride:
        raise UsageError(
            f"{title} takes (B, 3, H, W) with H and W divisible by {stride}; got {tuple(image.shape)}"
        )
