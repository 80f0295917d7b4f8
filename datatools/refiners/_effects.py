"""How is what each rule did to each picture kept, whatever happens to the run?

Beside the masks' own journal: an effect is written before its mask's row is, and the table of effects
holds those whose parents are the parents of the mask that is there now.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import cast

from datatools import streams, tables
from datatools.derive import Derived
from datatools.journal import Journal
from datatools.records import Effect, MaskRow
from datatools.refiners._chain import RuleEffect
from datatools.refiners._scope import Scope
from datatools.workspace import Workspace


class EffectLog:
    """Keeps effects while masks are made; a context manager round the run that makes them."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._journal = Journal(workspace, tables.EFFECTS)

    def __enter__(self) -> "EffectLog":
        self._journal.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._journal.__exit__(kind, error, trace)

    def add(self, sample_id: str, effects: Sequence[object]) -> None:
        """Keep one picture's effects, which came beside its mask; none at all is an answer too."""
        self._journal.append(sample_id, cast("Sequence[Effect]", effects))

    def write(self) -> None:
        """Write the table of the effects that made the masks which are in their table."""
        masks = streams.Alongside(self._workspace, tables.MASKS)
        streams.write(
            self._workspace,
            tables.EFFECTS,
            (row for row in self._everything() if _made_one(row, masks.of(row.sample_id))),
        )
        self._journal.remove()

    def _everything(self) -> Iterator[Effect]:
        rows = streams.Rows(self._workspace, tables.EFFECTS)
        old = self._journal.others(rows, _sample_id)
        new = (row for rows in self._journal.last() for row in sorted(rows, key=_order))
        return streams.merged(tables.EFFECTS, old, new)


def _made_one(row: Effect, masks: Iterable[MaskRow]) -> bool:
    return any(row.parents == mask.parents for mask in masks)


def _sample_id(row: Effect) -> str:
    return row.sample_id


def _order(row: Effect) -> streams.Key:
    return streams.key_of(tables.EFFECTS, row)


def effects_of(sample_id: str, parents: str, effects: Iterable[RuleEffect]) -> list[Effect]:
    """Give the rows of what rules did to one picture."""
    return [
        Effect(
            sample_id=sample_id,
            rule=effect.rule,
            round=effect.round,
            n_px_added=effect.n_px_added,
            n_px_removed=effect.n_px_removed,
            kept=effect.kept,
            reason=effect.reason,
            parents=parents,
        )
        for effect in effects
    ]


@dataclass(slots=True)
class Tally:
    """What came of refining the samples of a scope."""

    n_px: int
    n_masks: int = 0
    mask_sources: Counter[str] = field(default_factory=Counter)
    acted: Counter[str] = field(default_factory=Counter)  # masks that a rule changed
    refused: Counter[str] = field(default_factory=Counter)  # proposals of a rule that the guard refused
    n_px_changed: Counter[str] = field(default_factory=Counter)  # by a rule, and kept

    def changed_frac(self, rule: str) -> float:
        """Give the share of all the samples' pixels that a rule changed and the guard kept."""
        return round(self.n_px_changed[rule] / self.n_px, 6) if self.n_px else 0.0


def tally_of(workspace: Workspace, done: Derived[MaskRow], scope: Scope) -> Tally:
    """Count the masks that a run was for, and their effects."""
    tally = Tally(scope.n_px)
    for mask in done.own():
        tally.n_masks += mask.status == "ok"
        tally.mask_sources[mask.mask_source] += 1
        tally.acted.update(mask.rules_applied)
    for row, which in done.keys.located(streams.Rows(workspace, tables.EFFECTS), _sample_id):
        if which >= 0:
            if row.kept:
                tally.n_px_changed[row.rule] += row.n_px_added + row.n_px_removed
            else:
                tally.refused[row.rule] += 1
    return tally
