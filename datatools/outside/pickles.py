"""Would reading a pickle take longer than its size says? Nothing in it is made to find out.

A tuple can hold one tuple twice, which holds one twice, and so on: a few hundred bytes, but whoever asks for
its hash goes over it as often as it is said, as the reader of a dictionary's keys must.
"""

import pickletools
from typing import IO

from datatools.errors import DataError

_MOST = 1_000_000  # values that one of them may hold, those held twice counted twice
_GET = frozenset({"GET", "BINGET", "LONG_BINGET"})
_PUT = frozenset({"PUT", "BINPUT", "LONG_BINPUT"})
_MARK = 0  # on the stack, where everything else counts at least as one


def require_small(stream: IO[bytes], name: str) -> bool:
    """Go over one pickle, from where a stream stands to its end; say whether there is a whole one.

    Raises:
        DataError: a value holds more than a million.
    """
    stack: list[int] = []  # how much each value holds, itself included
    memo: dict[object, int] = {}
    try:
        for code, argument, _ in pickletools.genops(stream):
            if code.name == "MARK":
                stack.append(_MARK)
            elif code.name in _GET:
                stack.append(memo[argument])
            elif code.name in _PUT:
                memo[argument] = stack[-1]
            elif code.name == "MEMOIZE":
                memo[len(memo)] = stack[-1]
            else:
                held = 1 + sum(_taken(stack, code))
                if held > _MOST:
                    raise DataError(f"{name}: expected a pickle of less than {_MOST} values, got one of more")
                stack.extend([held] * len(code.stack_after))
    except (ValueError, LookupError):  # unknown or cut off; nothing on the stack, nothing kept
        return False
    return True


def _taken(stack: list[int], code: pickletools.OpcodeInfo) -> list[int]:
    """Take what a step of a pickle takes off the stack."""
    wanted = list(code.stack_before)
    taken: list[int] = []
    if pickletools.markobject in wanted:
        while value := stack.pop():
            taken.append(value)
        wanted = wanted[: wanted.index(pickletools.markobject)]
    return taken + [stack.pop() for _ in wanted]
