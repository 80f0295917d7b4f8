"""Two models are compared on the same pictures: overall, for whom, and whether anyone is harmed."""

import dataclasses
from types import ModuleType

import numpy as np
import pandas as pd
import pytest

from datatools import plugins
from datatools.errors import DataError, UsageError
from datatools.fairness.gaps import Plan
from datatools.fairness.models.model_pairs import model_pairs
from datatools.fairness.models.models_result import ModelPair, ModelPairs, PairedGroup
from datatools.fairness.statistics.inference import Rules, holm
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis
from datatools.progress import Progress
from datatools.records import Score
from tests import benchmarks
from tests.scores import frame_of, score_with_iou

_N = 60
_PLAN = Plan(
    metrics=[plugins.build("metrics", "iou_fg_image")],
    axes=[],
    rules=Rules(margin=0.01, alpha=0.05),
    min_people=5,
    n_replicates=800,
    seed=0,
)


@pytest.fixture(scope="module")
def benchmark() -> ModuleType:
    """Load benchmarks/model_pairs.py."""
    return benchmarks.load("model_pairs")


def _axis(*sizes: int, name: str = "hair") -> Axis:
    """Put the first people in group a, the next in b, and so on."""
    letters = [letter for letter, size in zip("abcdef", sizes, strict=False) for _ in range(size)]
    levels = tuple((letter,) for letter in sorted(set(letters)))
    return Axis((name,), ("annotator",), levels, {f"p{n:02d}": (letter,) for n, letter in enumerate(letters)})


def _scored(model: str, values: np.ndarray, source: str = "human") -> list[Score]:
    return [
        score_with_iou(f"s{n:02d}", f"p{n:02d}", float(value), model=model, reference_source=source)
        for n, value in enumerate(values)
    ]


def _values(
    change: np.ndarray | float = 0.0, n: int = _N, noise: float = 0.01
) -> tuple[np.ndarray, np.ndarray]:
    """Draw a baseline's IoU, and a model's that differs by ``change`` and a little noise."""
    rng = np.random.default_rng(1)
    old = 0.85 + rng.uniform(-0.08, 0.08, n)
    return old, old + change + rng.uniform(-noise, noise, n)


def _pairs(*scores: list[Score], axes: tuple[Axis, ...] = (), **changes: object) -> ModelPairs:
    plan = dataclasses.replace(_PLAN, axes=axes, **changes)  # type: ignore[arg-type]  # fields of several types
    frame = frame_of([row for rows in scores for row in rows])
    return model_pairs(frame, plan, "old", Progress("quiet"))


def _pair(change: np.ndarray | float = 0.0, *axes: Axis, noise: float = 0.01) -> ModelPair:
    old, new = _values(change, noise=noise)
    (pair,) = _pairs(_scored("old", old), _scored("new", new), axes=axes).pairs
    return pair


def _every(pair: ModelPair) -> list[PairedGroup]:
    return [pair.overall, *(group for attribute in pair.attributes for group in attribute.groups)]


def test_a_gain_is_better_and_harms_nobody() -> None:
    """The difference is the mean paired one, in its interval; both models' values stand beside it."""
    old, new = _values(0.03)
    pair = _pair(0.03)
    found = pair.overall
    assert (found.verdict, found.harm, pair.reading) == ("better", "not harmed", "accuracy")
    assert found.difference.value == pytest.approx((new - old).mean(), abs=1e-4)
    assert (found.value.value, found.baseline_value.value) == pytest.approx(
        (new.mean(), old.mean()), abs=1e-4
    )
    assert found.difference.low is not None
    assert found.difference.high is not None
    assert 0.0 < found.difference.low < found.difference.high < 0.05
    assert (found.difference.n_people, found.difference.n_images) == (_N, _N)


def test_pairing_takes_what_is_hard_for_both_out_of_the_interval() -> None:
    """The interval of the difference is far narrower than either value's."""
    found = _pair(0.0).overall
    widths = [(one.high or 0.0) - (one.low or 0.0) for one in (found.difference, found.value)]
    assert widths[0] < widths[1] / 4


def test_one_group_can_be_harmed_by_what_helps_the_others() -> None:
    """Better for everybody together, worse for group a: it is named, and the gaps say by how much."""
    change = np.where(np.arange(_N) < 20, -0.04, 0.06)
    pair = _pair(change, _axis(20, 40))
    (attribute,) = pair.attributes
    assert (pair.overall.verdict, pair.overall.harm) == ("better", "not harmed")
    assert [(one.group, one.verdict, one.harm) for one in attribute.groups] == [
        ("a", "worse", "harmed"),
        ("b", "better", "not harmed"),
    ]
    assert attribute.gaps is not None
    assert attribute.gaps.largest_gap.value == pytest.approx(0.1, abs=0.03)
    assert attribute.gaps.worst_group.value is not None
    assert attribute.gaps.worst_group.value < 0


def test_a_certain_loss_within_the_margin_is_equivalent_and_no_harm() -> None:
    """The margin says what matters, to both verdicts."""
    found = _pair(-0.004, noise=0.002).overall
    assert found.p_holm is not None
    assert found.p_holm < 0.05
    assert (found.verdict, found.harm) == ("equivalent", "not harmed")


def test_what_is_not_known_to_be_harmless_is_not_called_so() -> None:
    """Few people, much noise: neither harmed nor not harmed, with the difference that could be found."""
    found = _pair(0.0, _axis(8, 52), noise=0.12).attributes[0].groups[0]
    assert (found.verdict, found.harm) == ("insufficient data", "insufficient data")
    assert found.detectable is not None
    assert found.detectable > 0.05


def test_less_of_an_error_is_better() -> None:
    """A metric of errors: its fall is a gain, and its worst group has the most of it."""
    metric = plugins.build("metrics", "under_frac")
    old, new = _values(np.where(np.arange(_N) < 20, -0.04, 0.06))
    made = _pairs(_scored("old", old), _scored("new", new), axes=(_axis(20, 40),), metrics=[metric])
    (attribute,) = made.pairs[0].attributes
    assert [(one.verdict, one.harm) for one in attribute.groups] == [
        ("worse", "harmed"),
        ("better", "not harmed"),
    ]
    assert attribute.gaps is not None
    assert attribute.gaps.largest_gap.value == pytest.approx(0.1, abs=0.03)
    assert attribute.gaps.worst_group.value == pytest.approx(0.04, abs=0.03)


def test_all_comparisons_of_all_models_are_one_family() -> None:
    """Everybody and each group, of every pair; crossings are left out."""
    old, new = _values(0.002)
    rows = [_scored(name, values) for name, values in (("old", old), ("new", new), ("other", new - 0.003))]
    hair, skin = _axis(20, 40), _axis(20, 20, 20, name="skin")
    made = _pairs(*rows, axes=(hair, skin, *crossings([hair, skin], 2)))
    every = [one for pair in made.pairs for one in _every(pair)]
    assert [pair.model for pair in made.pairs] == ["new", "other"]
    assert made.n_comparisons == len(every) == 2 * (1 + 2 + 3)
    assert [one.p_holm for one in every] == holm([one.p_value or 0.0 for one in every])
    assert f"corrected together (Holm): {len(every)}" in " ".join(made.notes)


def test_pictures_of_one_person_count_as_one_person() -> None:
    """Copies of everybody's pictures change the number of pictures and no interval."""
    old, new = _values(0.003)
    once = _pairs(_scored("old", old), _scored("new", new)).pairs[0].overall
    rows = [*_scored("old", old), *_scored("new", new)]
    copies = [dataclasses.replace(row, sample_id=f"{row.sample_id}-again") for row in rows]
    twice = _pairs(rows, copies).pairs[0].overall
    assert twice.difference.n_images == 2 * _N
    assert twice.difference.low == pytest.approx(once.difference.low)
    assert twice.p_value == once.p_value


def test_swapping_the_models_swaps_the_signs() -> None:
    """Better becomes worse, and a gain harm."""
    old, new = _values(0.03)
    there = _pairs(_scored("old", old), _scored("new", new)).pairs[0].overall
    back = _pairs(_scored("old", new), _scored("new", old)).pairs[0].overall
    assert (back.verdict, back.harm) == ("worse", "harmed")
    assert back.difference.value == pytest.approx(-(there.difference.value or 0.0))


def test_only_pictures_of_both_are_compared() -> None:
    """Those of one alone are counted, and told."""
    old, new = _values(0.01)
    made = _pairs(_scored("old", old)[5:], _scored("new", new)[:-2])
    assert made.pairs[0].n_only_one == 7
    assert made.pairs[0].overall.difference.n_people == _N - 7
    assert "7 pictures were scored by one of the two alone" in " ".join(made.notes)


def test_accuracy_and_agreement_are_pairs_of_their_own() -> None:
    """A kind of masks that the baseline was not scored on, or on other pictures, is told."""
    old, new = _values(0.0)
    made = _pairs(
        _scored("old", old),
        _scored("new", new),
        _scored("old", old, "keyed")[:9],
        _scored("new", new, "keyed")[9:],
        _scored("new", new, "model:selfie"),
    )
    assert [(pair.reference_source, pair.reading) for pair in made.pairs] == [("human", "accuracy")]
    assert made.notes[:2] == [
        "new and old were scored on no picture in common against keyed masks.",
        "No model is compared against model:selfie masks: old was not scored on them.",
    ]


def test_small_groups_stay_hidden() -> None:
    """Also those that the audit of one model hides although both share enough people elsewhere."""
    old, new = _values(0.0)
    few = _axis(3, 9, 48)
    pair = _pairs(_scored("old", old), _scored("new", new), axes=(few,)).pairs[0]
    assert [one.verdict for one in pair.attributes[0].groups] == [
        "suppressed",
        "suppressed",
        pair.overall.verdict,
    ]
    assert pair.attributes[0].groups[0].difference.n_people is None
    assert pair.attributes[0].gaps is None
    # The new model saw few of group a: hidden in its audit, so hidden here.
    part = _pairs(_scored("old", old), _scored("new", new)[8:], axes=(_axis(12, 20, 28),)).pairs[0]
    assert [one.harm == "suppressed" for one in part.attributes[0].groups] == [True, True, False]


def test_an_attribute_without_a_group_to_show_says_nothing() -> None:
    """Nobody of this test has an answer."""
    empty = Axis(("hair",), ("annotator",), (("a",),), {"nobody": ("a",)})
    (attribute,) = _pair(0.0, empty).attributes
    assert (attribute.groups, attribute.gaps) == ([], None)


def test_an_attribute_that_most_people_lack_compares_those_who_have_it() -> None:
    """The others are in no group, and in everybody."""
    pair = _pair(0.0, _axis(6, 6))
    assert [one.difference.n_people for one in _every(pair)] == [_N, 6, 6]


def test_one_person_settles_nothing() -> None:
    """A value without an interval; a lone group's part in a gap has none either."""
    lone = _pairs(_scored("old", np.array([0.8])), _scored("new", np.array([0.9]))).pairs[0].overall
    assert (lone.difference.low, lone.p_value, lone.verdict, lone.harm) == (
        None,
        None,
        "insufficient data",
        "insufficient data",
    )
    old, new = _values(np.where(np.arange(_N) < 1, -0.3, 0.0))
    made = _pairs(_scored("old", old), _scored("new", new), axes=(_axis(1, 59),), min_people=1)
    gaps = made.pairs[0].attributes[0].gaps
    assert gaps is not None
    assert gaps.worst_group.value is not None
    assert gaps.worst_group.low is None


def test_a_few_who_agree_by_chance_are_no_proof() -> None:
    """Five people and one difference: the sign test's smallest p-value, and nothing can be detected."""
    old = np.full(5, 0.8)
    found = _pairs(_scored("old", old), _scored("new", old + 0.05)).pairs[0].overall
    assert (found.p_value, found.verdict, found.detectable) == (2**-4, "insufficient data", None)


def test_a_model_against_its_own_copy_is_equivalent() -> None:
    """No difference at all in anybody's picture."""
    old, _ = _values()
    found = _pairs(_scored("old", old), _scored("new", old)).pairs[0].overall
    assert (found.difference.low, found.difference.high, found.p_value) == (0.0, 0.0, 1.0)
    assert (found.verdict, found.harm) == ("equivalent", "not harmed")


def test_an_undefined_metric_is_absent_not_a_number() -> None:
    """No reference holds a person: nothing is said of the share that is missed."""
    old, new = _values()
    rows = [
        dataclasses.replace(row, tp=0, fn=0, fp=9) for row in (*_scored("old", old), *_scored("new", new))
    ]
    found = _pairs(rows, metrics=[plugins.build("metrics", "under_frac")]).pairs[0].overall
    assert (found.difference.value, found.p_value, found.verdict) == (None, None, "insufficient data")


def test_rows_that_contradict_each_other_are_refused() -> None:
    """Two scores of one picture; another person under the other model; a baseline that nobody scored."""
    old, new = (_scored(name, values) for name, values in zip(("old", "new"), _values(), strict=True))
    with pytest.raises(DataError, match=r"one score of new.*two for s03"):
        _pairs(old, new, [new[3]])
    with pytest.raises(DataError, match="another one under new than under the baseline for s01"):
        _pairs(old, [new[0], dataclasses.replace(new[1], person_id="p02"), *new[2:]])
    with pytest.raises(UsageError, match=r"among the models \(new\), got 'old'"):
        _pairs(new)


def test_one_model_alone_is_no_pair() -> None:
    """That is told, not an error."""
    made = _pairs(_scored("old", _values()[0]))
    assert (made.pairs, made.n_comparisons) == ([], 0)
    assert "no pair to compare" in made.notes[0]


def test_the_same_seed_gives_the_same_result() -> None:
    """Whatever the rows' order, and whatever else is asked."""
    old, new = (_scored(name, values) for name, values in zip(("old", "new"), _values(0.004), strict=True))
    first = _pairs(old, new, axes=(_axis(20, 40),)).pairs[0]
    assert _pairs(new[::-1], old, axes=(_axis(20, 40),)).pairs[0] == first
    more = _pairs(old, new, axes=(_axis(20, 40), _axis(30, 30, name="skin"))).pairs[0]
    assert more.attributes[0].groups[0].difference == first.attributes[0].groups[0].difference


def test_tests_and_intervals_keep_their_promises(benchmark: ModuleType) -> None:
    """A short form of benchmarks/model_pairs.py: 150 studies of 10 and 60 people, three errors each side.

    Taking five pictures of one person as independent would reject about a quarter.
    """
    alike, *_, loss = benchmark.WORLDS
    found = benchmark.run(alike, (10, 50), 5, 150, (2,), n_replicates=400)
    assert found.share("rejected") <= 5 + 3 * 1.8
    assert found.share("family") <= 5 + 3 * 1.8
    assert min(found.share("group"), found.share("everybody")) >= 95 - 3 * 1.8
    assert found.share("Wilcoxon") > 12
    missed = benchmark.run(loss, (10, 50), 5, 150, (3,), n_replicates=400)
    assert max(missed.share("not harmed"), missed.share("equivalent")) <= 5 + 3 * 1.8


def test_real_sized_frames_keep_their_columns() -> None:
    """Other columns of the scores table may hold anything, or be absent."""
    old, new = _values(0.03)
    frame = frame_of([*_scored("old", old), *_scored("new", new)])
    needed = frame[["model", "reference_source", "sample_id", "person_id", "tp", "fp", "fn", "tn"]]
    both = [model_pairs(rows, _PLAN, "old", Progress("quiet")) for rows in (frame, pd.DataFrame(needed))]
    assert both[0] == both[1]
