"""Does parity call a gap in acceptance no more often than it says, and do its intervals hold?

Two groups of people whose masks are accepted with a stated chance. With several pictures a person, a
person's chance is drawn from a beta distribution (intra-person correlation 0.3), so that pictures of
one person are alike. Prints, in per cent: how often a gap was called at 5%, and how often the Wilson
interval of the first group's share and the Newcombe interval of the gap held the truth.

    python benchmarks/parity.py --simulations 400 --seed 1
"""

import argparse
from collections.abc import Sequence

import numpy as np

from datatools.fairness.chain.outcomes import Case
from datatools.fairness.chain.parity import compare
from datatools.fairness.who.groups import Axis

RHO = 0.3
# people of both groups, the chance of acceptance in each, the largest number of pictures a person
STUDIES = (
    ((10, 90), (0.85, 0.85), 1),
    ((30, 120), (0.85, 0.85), 1),
    ((75, 75), (0.85, 0.85), 1),
    ((10, 90), (0.85, 0.85), 5),
    ((30, 120), (0.85, 0.85), 5),
    ((75, 75), (0.85, 0.85), 5),
    ((30, 120), (0.65, 0.85), 1),
    ((75, 75), (0.65, 0.85), 1),
    ((75, 75), (0.65, 0.85), 5),
)


def study(
    sizes: Sequence[int], chances: Sequence[float], max_pictures: int, rng: np.random.Generator
) -> tuple[list[Case], Axis]:
    """Draw people, their pictures and which of those are accepted."""
    cases: list[Case] = []
    group_of: dict[str, tuple[str]] = {}
    for group, (size, chance) in enumerate(zip(sizes, chances, strict=True)):
        for number in range(size):
            person = f"g{group}-{number}"
            group_of[person] = (f"g{group}",)
            spread = (1 - RHO) / RHO
            own = chance if max_pictures == 1 else rng.beta(chance * spread, (1 - chance) * spread)
            for picture in range(int(rng.integers(1, max_pictures + 1))):
                cases.append(
                    Case(
                        sample_id=f"{person}-{picture}",
                        person_id=person,
                        is_accepted=bool(rng.random() < own),
                        expected_iou=None,
                        reference_iou=None,
                        reference_source=None,
                    )
                )
    return cases, Axis(("group",), ("drawn",), (("g0",), ("g1",)), group_of)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--simulations", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    n = arguments.simulations
    print(f"{n} simulations each, seed {arguments.seed}")
    print("| people | chances | pictures a person | gap called | share's interval | gap's interval |")
    for sizes, chances, max_pictures in STUDIES:
        rng = np.random.default_rng([arguments.seed, *sizes, max_pictures, round(100 * chances[0])])
        found = np.zeros(3)
        for number in range(n):
            cases, axis = study(sizes, chances, max_pictures, rng)
            (parity,) = compare(cases, [axis], min_people=1, seed=number).outcomes
            first = parity.attributes[0].groups[0]
            truth, gap = chances[0], chances[0] - chances[1]
            share, between = first.estimate, first.comparison.gap
            found += (
                first.comparison.verdict == "gap",
                (share.low or 0.0) <= truth <= (1.0 if share.high is None else share.high),
                between.low is not None and between.high is not None and between.low <= gap <= between.high,
            )
        called, held, gap_held = 100 * found / n
        print(
            f"| {'/'.join(map(str, sizes))} | {'/'.join(map(str, chances))} | 1 to {max_pictures} "
            f"| {called:.1f} | {held:.1f} | {gap_held:.1f} |",
            flush=True,
        )


if __name__ == "__main__":
    main()
