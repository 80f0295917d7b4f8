"""How is one call made where its death costs nothing but its result?"""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TypeVar

from datatools.crews import Lost, Needs
from datatools.crews._worker import is_worker
from datatools.crews.local import LocalCrew
from datatools.errors import DataError, DatatoolsError

Given = TypeVar("Given")
Result = TypeVar("Result")

DECODING = Needs(limit_s=60.0)  # the largest picture that is read takes a few seconds on a slow disk


def guarded(function: Callable[[Given], Result], given: Given) -> Result:
    """Call a module's function in a worker process; a worker itself is one already.

    Raises:
        DataError: the process died of it, or it took too long.
        DatatoolsError: whatever the function raises.
    """
    if is_worker():
        return function(given)
    results = LocalCrew(1).work(partial(_caller, function), [given], DECODING)
    (result,) = [result for _, result in results]
    if isinstance(result, Lost):
        raise DataError(of_decoder(result))
    if isinstance(result, DatatoolsError):
        raise result
    return result


def of_decoder(lost: Lost) -> str:
    """Say of a lost file what became of whoever decoded it."""
    return lost.reason.replace("its worker", "the decoder")


def _caller(
    function: Callable[[Given], Result],
) -> Callable[[Sequence[Given]], Iterator[Result | DatatoolsError]]:
    def call(given: Sequence[Given]) -> Iterator[Result | DatatoolsError]:
        for one in given:
            try:
                yield function(one)
            except DatatoolsError as error:  # of this file, and no reason to end the worker's job
                yield error

    return call
