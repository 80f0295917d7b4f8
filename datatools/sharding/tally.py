"""What is in the shards of a place: how many of what, under which licences, and in which shard?"""

import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from datatools import tables
from datatools.sharding.chosen import Chosen, Facts
from datatools.student.licences import is_unclear
from datatools.versions import recorded_versions
from datatools.withdrawal.handed_on import Shard

FORMAT = "portrait-datatools-shards/1"
_MOST_NAMED = 10


@dataclass(slots=True)
class Tally:
    """Counts, and a line for each shard."""

    n_samples: int = 0
    n_bytes: int = 0
    left_out: dict[str, str] = field(default_factory=dict)  # sample: why
    n_unclear: int = 0  # samples whose licence nobody has stated
    unclear: list[str] = field(default_factory=list)  # the first of them
    shards: list[Facts] = field(default_factory=list)
    n_by: dict[str, Counter[str]] = field(default_factory=dict)

    def add(self, shard: Shard, some: Sequence[Chosen], left_out: Mapping[str, str]) -> None:
        """Count a shard and the samples that are in it."""
        there = [one for one in some if one.sample_id not in left_out]
        self.left_out |= left_out
        self.n_samples += len(there)
        self.n_bytes += shard.n_bytes
        self.shards.append(
            {
                "name": shard.name,
                "sha256": shard.sha256,
                "n_bytes": shard.n_bytes,
                "n_samples": len(there),
                "first": there[0].sample_id if there else None,
                "last": there[-1].sample_id if there else None,
            }
        )
        for one in there:
            if is_unclear(str(one.facts["licence"])):
                self.n_unclear += 1
                self.unclear += [one.sample_id] if len(self.unclear) < _MOST_NAMED else []
            for what, value in _counted(one.facts):
                self.n_by.setdefault(what, Counter())[value] += 1

    def counts(self, what: str) -> dict[str, int]:
        """Give how many samples have which value of ``source``, ``split``, ``licence``, ``question`` ..."""
        return dict(sorted(self.n_by.get(what, Counter()).items()))

    def index(self, asked: Facts) -> bytes:
        """Give the file that stands beside the shards; no clock is in it.

        Args:
            asked: what somebody asked for.
        """
        names = ("source", "licence", "split", "mask", "reference", "question")
        found = {
            "format": FORMAT,
            "id": tables.fingerprint(*(shard["sha256"] for shard in self.shards)),
            "asked": asked,
            "n_samples": self.n_samples,
            "n_bytes": self.n_bytes,
            **{f"n_by_{name}": self.counts(name) for name in names},
            "left_out": [{"sample_id": one, "reason": why} for one, why in sorted(self.left_out.items())],
            "shards": self.shards,
            "versions": recorded_versions(),
        }
        return json.dumps(found, indent=1, sort_keys=True, ensure_ascii=False).encode() + b"\n"


def _counted(facts: Facts) -> list[tuple[str, str]]:
    found = [(name, str(facts[name])) for name in ("source", "licence")]
    if facts["split"] is not None:
        found.append(("split", str(facts["split"])))
    for name in ("mask", "reference"):
        mask = facts[name]
        if isinstance(mask, dict):
            found.append((name, str(mask["source"])))
    said = facts.get("answers")
    if isinstance(said, list):
        found += [("question", question) for question in sorted({str(one["question"]) for one in said})]
    return found
