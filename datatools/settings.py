"""Which settings does every verb have, and how is a wrong one explained?"""

import reprlib

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from datatools.crews import Crew, Engine
from datatools.crews.hire import hire


class StageSettings(BaseModel):
    """Settings that every stage has; a stage's own are its flags, its help and its TOML schema."""

    model_config = ConfigDict(frozen=True, extra="forbid", use_attribute_docstrings=True)

    limit: int | None = Field(default=None, ge=1)
    """Work on the first N samples only."""

    seed: int = 0
    """Seed of everything random in the stage."""

    dry_run: bool = False
    """Say what would be done; write nothing."""


class CrewSettings(StageSettings):
    """Settings of the stages whose pictures several workers may share."""

    engine: Engine = "local"
    """Who works: processes of this machine, or a Ray cluster's (needs the extra scale)."""

    workers: int | None = Field(default=None, ge=1)
    """How many workers; as many as there are cores if left out."""

    def crew(self) -> Crew:
        """Hire the workers."""
        return hire(self.engine, self.workers)


class PictureSettings(StageSettings):
    """Settings of the stages that go over pictures."""

    only: str | None = None
    """Work on this source alone (a name that ingest gave)."""


class ListedSettings(PictureSettings):
    """Settings of the stages that can be limited to chosen pictures."""

    samples: str | None = None
    """Work on the samples of a list alone: the NAME of WS/samples/NAME.csv, with a column sample_id."""


_MOST_SAID = 5  # wrong values that one sentence tells
_MANY = reprlib.Repr()  # what came may be a whole file
_MANY.maxstring = _MANY.maxother = 200


def explain(error: ValidationError) -> str:
    """Say in one sentence a setting which values did not fit, without pydantic's addresses."""
    lines = []
    for problem in error.errors(include_url=False):
        name = ".".join(str(part) for part in problem["loc"])
        got = "" if problem["type"] == "missing" else f", got {_MANY.repr(problem['input'])}"
        lines.append(f"{name}: {problem['msg']}{got}")
    more = f"; and {len(lines) - _MOST_SAID} more" if len(lines) > _MOST_SAID else ""
    return "; ".join(lines[:_MOST_SAID]) + more
