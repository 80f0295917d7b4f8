"""How is what each rule did to each picture kept, whatever happens to the run?

Beside the masks' own journal: an effect is written before its mask's row is, and the table of effects
holds those whose parents are the parents of the mask that is there now.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from types import TracebackType
from typing import cast

from datatools import tables
from datatools.journal import Journal
from datatools.records import Effect, MaskRow, Sample
from datatools.refiners import Refiner
from datatools.refiners._chain import RuleEffect
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

    def write(self, masks: Iterable[MaskRow]) -> list[Effect]:
        """Write the table of the effects that made these masks, and give its rows."""
        rows: dict[str, list[Effect]] = {}
        for row in self._workspace.rows_or_empty(tables.EFFECTS):
            rows.setdefault(row.sample_id, []).append(row)
        rows |= self._journal.items()
        parents = {mask.sample_id: mask.parents for mask in masks}
        current = [
            row for group in rows.values() for row in group if row.parents == parents.get(row.sample_id)
        ]
        self._workspace.write(tables.EFFECTS, current)
        self._journal.remove()
        return current


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


def changed_frac(
    effects: Sequence[Effect], samples: Sequence[Sample], rules: Sequence[Refiner]
) -> dict[str, float]:
    """Give the share of all the samples' pixels that each rule changed and the guard kept, by rule."""
    n_px = sum((sample.width_px or 0) * (sample.height_px or 0) for sample in samples)
    changed = Counter[str]()
    for row in effects:
        changed[row.rule] += (row.n_px_added + row.n_px_removed) * row.kept
    return {rule.name: round(changed[rule.name] / n_px, 6) if n_px else 0.0 for rule in rules}
