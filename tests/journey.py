"""Which verbs lead from rendered portraits to a page that is checked, with settings that are small enough?

The one definition of the chain: as a recipe for `datatools run`, or step by step as command lines. A test
that wants something else of a verb says only that.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass

Value = str | int | float | list[str]

# In their order; of each what a test cannot do without, or would take too long without.
_VERBS: Mapping[str, Mapping[str, Value]] = {
    "render": {"folder": "{workspace}/portraits", "max_pictures": 1},
    "ingest": {"source": "{workspace}/portraits", "name": "rendered"},
    "annotate import": {"from_source": "rendered"},
    "annotate agree": {},
    "landmarks": {},
    "segment": {"teachers": ["grabcut"]},  # needs no download
    "refine": {},
    "check": {},
    "measure": {},
    "composition": {},
    "split": {"train_frac": 0.5, "val_frac": 0.2, "test_frac": 0.3},
    "train": {"targets": "reference", "epochs_coarse": 1, "epochs_whole": 1, "size_px": 64, "batch": 4},
    "evaluate": {"model": "student"},
    "audit": {},
    "report": {},
    "card": {},
    "card data": {},
    "gallery": {"out": "{workspace}/../gallery"},
    "show": {},
    "verify": {},
}


@dataclass(frozen=True, slots=True)
class Step:
    """A verb and its settings."""

    verb: str
    settings: Mapping[str, Value]

    def words(self) -> tuple[str, ...]:
        """Give the step as the words of a command line."""
        found = self.verb.split()
        for name, value in self.settings.items():
            words = value if isinstance(value, list) else [str(value)]
            found += [f"--{name.replace('_', '-')}", *words]
        return tuple(found)


def step(verb: str, **more: Value) -> Step:
    """Give a step of the chain, some of its settings others, or added."""
    return Step(verb, {**_VERBS[verb], **more})


def steps(first: str, last: str) -> list[Step]:
    """Give the steps from one verb to another as they are."""
    verbs = list(_VERBS)
    return [step(verb) for verb in verbs[verbs.index(first) : verbs.index(last) + 1]]


def recipe(description: str, *chain: Step) -> str:
    """Write steps as a recipe."""
    lines = [f"description = {json.dumps(description)}"]
    for one in chain:
        lines += ["", "[[steps]]", f"verb = {json.dumps(one.verb)}"]
        lines += [f"{name} = {json.dumps(value)}" for name, value in one.settings.items()]
    return "\n".join(lines) + "\n"
