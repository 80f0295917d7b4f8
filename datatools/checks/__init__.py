"""Is a mask good enough to train on? One quality question per file.

A check works in two steps: ``observe`` looks at one picture, ``judge`` goes over what was seen in all of
them. Checks that need no set judge each observation as it comes.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from datatools.masks import RGB, Face, Mask, Matte

Observed = float | str | list[float] | list[str] | dict[str, float] | None  # kept as JSON


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Everything that is known of one picture when it is checked."""

    sample_id: str
    image: RGB
    faces: Sequence[Face]
    mattes: Mapping[str, Matte]  # by teacher
    mask: Mask | None  # None: refine failed


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """A check's word on one sample; ``detail`` is a sentence for people where it did not pass."""

    score: float | None
    passed: bool
    detail: str | None = None


Seen = tuple[str, Observed]  # sample_id, and what was observed
Judged = tuple[str, Verdict]  # sample_id, and what is said of it


class Check(Protocol):
    """One quality question."""

    name: str
    fingerprint: str  # of what ``observe`` depends on

    def observe(self, evidence: Evidence) -> Observed:
        """Look at one picture."""
        ...

    def judge(self, observed: Iterable[Seen]) -> Iterator[Judged]:
        """Give each sample's verdict, in the order of the observations.

        Args:
            observed: of all samples, each once. Read anew each time that somebody goes over them: a check
                that needs the set goes over them twice and keeps a few numbers of each between.
        """
        ...
