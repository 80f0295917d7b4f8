"""How are people drawn again, and labels dealt to them, thousands of times and fast?

Replicates come in blocks that fit into a processor's cache. Every block has a random stream of its own,
so that threads share the blocks and neither their number nor what is summed changes who is drawn. The sums of
very large groups are drawn from their normal distribution (``normal_sums``).
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.normal_sums import are_dealt_large, are_large, dealt, drawn_again
from datatools.fairness.statistics.people import Floats

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
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

    def bootstrap(
        self,
        features: Floats,
        n_replicates: int,
        rng: np.random.Generator,
        use: Block,
        is_square: Bools | None = None,
    ) -> None:
        """Draw people with replacement within each group, and sum the features of who is drawn.

        Args:
            features: (k, n_people), in this order.
            n_replicates: how often.
            rng: has a stream for every block.
            use: what is done with each block, perhaps in several threads at once.
            is_square: (k,), features that only standard errors are made of; None: no feature is one.
        """
        differing, of_errors = _differing(features, is_square)
        is_large = are_large(differing, of_errors, self.starts, self.n_people)
        many, few = np.flatnonzero(is_large), np.flatnonzero(~is_large)
        draw = drawn_again(differing, self.starts[many], self.n_people[many]) if len(many) else None
        held = differing[:, np.repeat(~is_large, self.n_people)] if len(many) else differing
        sizes_of_few = self.n_people[few]
        n = int(sizes_of_few.sum())
        starts = np.cumsum(sizes_of_few) - sizes_of_few
        sizes = np.repeat(sizes_of_few, sizes_of_few).astype(np.float64)
        firsts = np.repeat(starts, sizes_of_few)

        def work(rows: slice, stream: np.random.Generator) -> None:
            n_rows = rows.stop - rows.start
            found = np.empty((len(differing), len(self.n_people), n_rows))
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
            for group, start, size in zip(few, starts, sizes_of_few, strict=True):
                own = slice(start, start + size)
                np.matmul(held[:, own], weights[own], out=found[:, group])
            if draw is not None:
                found[:, many] = draw(n_rows, stream)
            use(rows, self._whole(features, found))

        self._in_blocks(n_replicates, rng, work, n)

    def permute(
        self,
        features: Floats,
        n_replicates: int,
        rng: np.random.Generator,
        use: Block,
        is_square: Bools | None = None,
    ) -> None:
        """Deal the groups' labels to people at random, and sum the features of each group's people.

        The arguments are those of ``bootstrap``.
        """
        differing, of_errors = _differing(features, is_square)
        is_large = are_dealt_large(differing, of_errors, self.n_people)
        if is_large.any():
            draw = dealt(differing, self.n_people, is_large)
            n_few = int(self.n_people[~is_large].sum())
            self._in_blocks(
                n_replicates,
                rng,
                lambda rows, stream: use(rows, self._whole(features, draw(rows.stop - rows.start, stream))),
                n_few,
            )
            return
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

        self._in_blocks(n_replicates, rng, work, len(self.order))

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
        n_drawn: int,
    ) -> None:
        """Share the replicates, each of ``n_drawn`` people, among threads."""
        n_rows = min(_PERSON_NUMBERS // max(n_drawn, 1), _GROUP_NUMBERS // len(self.n_people))
        starts = range(0, n_replicates, 1 if n_drawn > _MANY_PEOPLE else max(1, n_rows))
        blocks = [slice(start, min(start + starts.step, n_replicates)) for start in starts]
        streams = rng.spawn(len(blocks))
        if len(blocks) == 1:
            work(blocks[0], streams[0])
            return
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            for _ in pool.map(work, blocks, streams):
                pass


def _differing(features: Floats, is_square: Bools | None) -> tuple[Floats, Bools]:
    """Give the features (k, n_people) that are not the same for everybody, and which are squares (k,)."""
    is_drawn = differs(features)
    squares = np.zeros(len(features), np.bool_) if is_square is None else is_square
    return features[is_drawn], squares[is_drawn]


def differs(features: Floats) -> NDArray[np.bool_]:
    """Say which features (k, n_people) are not the same for everybody, as is one picture of each person."""
    found: NDArray[np.bool_] = (features != features[:, :1]).any(axis=1)
    return found
