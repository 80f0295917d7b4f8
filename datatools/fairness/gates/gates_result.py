"""What was stated as a bound, and what an audit says of it?"""

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, model_validator

from datatools.fairness.estimates import Frozen, Reading

Bounded = Literal["gap", "adjusted gap", "value", "overall", "change", "acceptance", "people"]
Outcome = Literal["holds", "broken", "insufficient data", "concerns nothing"]
Number = int | float  # people are counted, everything else is a share of 1
Word = Annotated[str, StringConstraints(min_length=1)]
Words = Annotated[list[Word], Field(min_length=1)]


class Gate(Frozen):
    """One stated bound: what must lie between ``at_least`` and ``at_most``, and for whom.

    Values are in the metric's own unit (0.02 is 2 points of 100); people are counted. What is not narrowed
    down (models, attributes, groups) is meant as a whole.
    """

    name: Word
    bound: Bounded
    at_least: Number | None = None
    at_most: Number | None = None
    metric: Word | None = None  # None: the metric that the audit compares
    models: Words | None = None
    attributes: Words | None = None
    groups: Words | None = None
    reading: Reading | None = None
    when_unsure: Literal["pass", "fail"] = "pass"  # what insufficient data mean for the pipeline

    @model_validator(mode="after")
    def _has_a_bound(self) -> "Gate":
        if self.at_least is None and self.at_most is None:
            raise ValueError(f"gate {self.name!r}: expected at_least or at_most or both, found neither")
        if self.at_least is not None and self.at_most is not None and self.at_least > self.at_most:
            raise ValueError(
                f"gate {self.name!r}: at_least {self.at_least:g} is above at_most {self.at_most:g}"
            )
        for key, about in (("metric", ("gap", "value", "overall")), ("groups", _OF_GROUPS)):
            if getattr(self, key) is not None and self.bound not in about:
                raise ValueError(
                    f"gate {self.name!r}: {key} narrows down {', '.join(about)}, not {self.bound}"
                )
        if self.attributes is not None and self.bound == "overall":
            raise ValueError(f"gate {self.name!r}: overall is about everybody: leave attributes out")
        return self


_OF_GROUPS = ("gap", "adjusted gap", "value", "change", "acceptance", "people")


class Check(Frozen):
    """One value that a gate concerns. The interval is the audit's own, of 95%; None is not known."""

    model: str | None  # None: about the data alone
    reading: Reading | None
    attribute: str | None  # None: everybody
    group: str | None
    value: Number | None
    low: Number | None
    high: Number | None
    n_people: int | None
    outcome: Outcome


class GateResult(Frozen):
    """A gate and all that it concerns; its outcome is the worst of theirs."""

    gate: Gate
    checks: list[Check]  # empty where it concerns nothing: the audit has no such value
    n_checks: int  # of all gates together: a bound counts as broken allowing for so many looks
    outcome: Outcome

    @property
    def fails(self) -> bool:
        """Say whether a pipeline has to stop: it must not go on because nothing was looked at."""
        if self.outcome == "insufficient data":
            return self.gate.when_unsure == "fail"
        return self.outcome != "holds"
