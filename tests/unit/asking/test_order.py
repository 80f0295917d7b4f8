"""Chance orders pictures, the same for the same seed; a queue keeps its order with others mixed in."""

from hypothesis import given
from hypothesis import strategies as st

from datatools.asking import order

NAMES = st.sets(st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}"), min_size=1)


@given(names=NAMES, seed=st.integers())
def test_the_order_depends_on_seed_annotator_and_samples_alone(names: set[str], seed: int) -> None:
    """Nothing is lost, and a picture more leaves the order of the others."""
    first, *rest = sorted(names)

    def arranged(some: list[str]) -> list[str]:
        return order.arranged(some, queue=None, mixed_in=(), seed=seed, annotator_id="a")

    found = arranged([first, *rest])
    assert sorted(found) == [first, *rest]
    assert [name for name in found if name != first] == arranged(rest[::-1])


@given(names=NAMES, seed=st.integers(), n_known=st.integers(0, 5))
def test_a_queue_keeps_its_order(names: set[str], seed: int, n_known: int) -> None:
    """Those mixed in stand where the lot puts them, wherever they stood in the queue."""
    queue = sorted(names, reverse=True)
    known = set(sorted(names)[:n_known])
    found = order.arranged(names, queue=queue, mixed_in=known, seed=seed, annotator_id="a")
    assert [name for name in found if name not in known] == [name for name in queue if name not in known]
    assert set(found) == names


def test_lots_are_even() -> None:
    """A thousand of them have their mean in the middle, and differ by annotator."""
    lots = [order.lot(0, "a", str(number)) for number in range(1000)]
    assert abs(sum(lots) / 1000 - 0.5) < 0.03
    assert min(lots) >= 0
    assert max(lots) < 1
    assert order.lot(0, "b", "0") != lots[0]
