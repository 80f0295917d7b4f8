"""How does something heavy come to every worker, though it cannot be sent there?"""

from collections.abc import Callable
from typing import Generic, TypeVar

Made = TypeVar("Made")


class PerProcess(Generic[Made]):
    """Something that each process makes for itself, once, when it is first asked for.

    Where it is sent, the way to make it goes alone: a network, a finder.
    """

    def __init__(self, make: Callable[[], Made]) -> None:
        """Take a picklable maker: a module's function, or functools.partial of one."""
        self._make = make
        self._made: list[Made] = []

    def get(self) -> Made:
        """Give this process's own."""
        if not self._made:
            self._made.append(self._make())
        return self._made[0]

    def __reduce__(self) -> "tuple[type[PerProcess[Made]], tuple[Callable[[], Made]]]":
        return PerProcess, (self._make,)
