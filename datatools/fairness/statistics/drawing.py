"""How are people drawn again, and labels dealt to them, thousands of times and fast?

Replicates come in blocks that fit into a processor's cache. Every block has a random stream of its own,
so that threads share the blocks and neither their number nor what is summed changes who is drawn.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.people import Floats

Ints = NDArray[np.int64]
Block = Callable[[slice, Floats], None]  # takes a block's replicates and sums (k, n_groups, n_rows)

_PERSON_NUMBERS = 1_000_000  # of a block, one for each person and replicate: 8 MB
_MANY_PEOPLE = 50_000  # each replicate of so many fills the cache alone
_GROUP_NUMBERS = 32_768  # of a block, one for each group and replicate: 256 kB


class Strata:
    """People in groups, sorted by group, so that a group is a slice."""

    def __init__(self, group: Ints) -> None:
        """Sort the people.

        Args:
            group: (n_people,), every number from 0 to its maximum at least once.
        """
        self.order: Ints = np.argsort(group, kind="stable")
        self.n_people: Ints = np.bincount(group)
        self.starts: Ints = np.concatenate([[0], np.cumsum(self.n_people)[:-1]])

    def sums(self, features: Floats) -> Floats:
        """Sum features (k, n_people), in this order, over each group: (k, n_groups)."""
        found = np.add.reduceat(features[differs(features)], self.starts, axis=1)
        return self._whole(features, found[..., None])[..., 0]

    def bootstrap(self, features: Floats, n_replicates: int, rng: np.random.Generator, use: Block) -> None:
        """Draw people with replacement within each group, and sum the features of who is drawn.

        Args:
            features: (k, n_people), in this order.
            n_replicates: how often.
            rng: has a stream for every block.
            use: what is done with each block, perhaps in several threads at once.
        """
        n = len(self.order)
        sizes = np.repeat(self.n_people, self.n_people).astype(np.float64)
        firsts = np.repeat(self.starts, self.n_people)

        def work(rows: slice, stream: np.random.Generator) -> None:
            n_rows = rows.stop - rows.start
            # Floored before the group's first place is added: rounding then never leaves the group.
            drawn = stream.random((n_rows, n))
            drawn *= sizes
            places = drawn.astype(np.int64)
            del drawn  # each of these is the block's size: no more than two of them at a time
            places += firsts
            places += n * np.arange(n_rows)[:, None]
            counts = np.bincount(places.ravel(), minlength=n_rows * n)
            del places
            weights = counts.astype(np.float64).reshape(n_rows, n).T
            del counts
            found = np.empty((len(differing), len(self.n_people), n_rows))
            for group, (start, size) in enumerate(zip(self.starts, self.n_people, strict=True)):
                own = slice(start, start + size)
                np.matmul(differing[:, own], weights[own], out=found[:, group])
            use(rows, self._whole(features, found))

        differing = features[differs(features)]
        self._in_blocks(n_replicates, rng, work)

    def permute(self, features: Floats, n_replicates: int, rng: np.random.Generator, use: Block) -> None:
        """Deal the groups' labels to people at random, and sum the features of each group's people.

        The arguments are those of ``bootstrap``.
        """
        n_groups = len(self.n_people)
        labels = np.repeat(np.arange(n_groups), self.n_people)

        def work(rows: slice, stream: np.random.Generator) -> None:
            n_rows = rows.stop - rows.start
            # Labels go around, not people: features are then read in their order.
            dealt = stream.permuted(np.broadcast_to(labels, (n_rows, len(labels))), axis=1)
            dealt += n_groups * np.arange(n_rows)[:, None]
            cells = dealt.ravel()
            found = np.empty((len(differing), n_groups, n_rows))
            for sums, values in zip(found, differing, strict=True):
                totals = np.bincount(cells, np.tile(values, n_rows), n_rows * n_groups)
                sums[:] = totals.reshape(n_rows, n_groups).T
            use(rows, self._whole(features, found))

        differing = features[differs(features)]
        self._in_blocks(n_replicates, rng, work)

    def _whole(self, features: Floats, sums: Floats) -> Floats:
        """Put to the drawn sums those of features that are the same for everybody: no draw changes them."""
        is_drawn = differs(features)
        if is_drawn.all():
            return sums
        found = np.empty((len(features), *sums.shape[1:]))
        found[is_drawn] = sums
        found[~is_drawn] = (features[~is_drawn, :1] * self.n_people)[..., None]
        return found

    def _in_blocks(
        self,
        n_replicates: int,
        rng: np.random.Generator,
        work: Callable[[slice, np.random.Generator], None],
    ) -> None:
        n_rows = min(_PERSON_NUMBERS // len(self.order), _GROUP_NUMBERS // len(self.n_people))
        starts = range(0, n_replicates, 1 if len(self.order) > _MANY_PEOPLE else max(1, n_rows))
        blocks = [slice(start, min(start + starts.step, n_replicates)) for start in starts]
        streams = rng.spawn(len(blocks))
        if len(blocks) == 1:
            work(blocks[0], streams[0])
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(work, blocks, streams):
                pass


def differs(features: Floats) -> NDArray[np.bool_]:
    """Say which features (k, n_people) are not the same for everybody, as is one picture of each person."""
    found: NDArray[np.bool_] = (features != features[:, :1]).any(axis=1)
    return found
