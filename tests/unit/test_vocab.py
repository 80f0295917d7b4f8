"""Vocabularies are closed, crosswalks are total, and an answer fits its question."""

import pytest

from datatools import vocab
from datatools.errors import DataError, UsageError
from datatools.vocabulary import parse


@pytest.mark.parametrize("key", vocab.names())
def test_every_vocabulary_loads_and_says_what_it_is(key: str) -> None:
    """Its key is its file's name; every value has a definition; source and failures are stated."""
    found = vocab.load(key)
    assert found.key == key
    assert all(found.definitions.values())
    assert len(found.source) > 20
    assert len(found.fails) > 20


def test_the_names_are_those_that_the_readers_use() -> None:
    """Other modules rely on these names; a changed vocabulary is a new version beside the old one."""
    promised = (
        "gender age3 fairface_race fairface_age race_coarse utkface_race mebeauty_race london_race monk "
        "monk3 celeb_young age_years hair light background yes_no mask_review"
    )
    assert {f"{name}@1" for name in promised.split()} <= set(vocab.names())


def test_values_keep_their_order() -> None:
    """An ordinal vocabulary lists its values from low to high."""
    assert vocab.load("age3@1").groups == ("0-29", "30-54", "55+")
    assert vocab.load("monk@1").groups == tuple(f"monk_{tone:02d}" for tone in range(1, 11))


def test_no_answers_are_values_but_not_groups() -> None:
    """cannot_tell may be answered, and places nobody in a group."""
    gender = vocab.load("gender@1")
    assert gender.validate_value("cannot_tell") == "cannot_tell"
    assert gender.groups == ("female", "male", "another")
    assert set(gender.values) - set(gender.groups) == {"cannot_tell", "prefer_not_to_say"}


def test_an_unknown_value_names_the_known_ones() -> None:
    """The error lists what may be answered."""
    with pytest.raises(DataError, match=r"gender@1 \(female \| male .*got 'woman'"):
        vocab.load("gender@1").validate_value("woman")


@pytest.mark.parametrize("value", ["0", "24", "120", "prefer_not_to_say"])
def test_an_interval_vocabulary_takes_whole_numbers_in_its_range(value: str) -> None:
    """Ages in years and the listed no-answers are values."""
    assert value in vocab.load("age_years@1")


@pytest.mark.parametrize("value", ["-1", "121", "24.0", "024", "9" * 30, "", "young", "2٤"])
def test_an_interval_vocabulary_refuses_anything_else(value: str) -> None:
    """Numbers out of range, not whole, oddly written, or in other digits are no values."""
    assert value not in vocab.load("age_years@1")


def test_an_unknown_vocabulary_names_the_known_ones() -> None:
    """A wrong version is as unknown as a wrong name."""
    with pytest.raises(UsageError, match=r"gender@1.*got 'gender@2'"):
        vocab.load("gender@2")


@pytest.mark.parametrize(
    "text",
    [
        "not toml",
        'name = "a"',
        'name = "b"\nversion = 1\nlevel = "nominal"\nsource = "s"\nfails = "f"\n[definitions]\nx = "y"',
        'name = "a"\nversion = 1\nlevel = "interval"\nsource = "s"\nfails = "f"\n[definitions]\nx = "y"',
    ],
)
def test_a_broken_vocabulary_file_is_refused(text: str) -> None:
    """No TOML, missing keys, another name than the file's, a range without ends."""
    with pytest.raises(DataError, match=r"a@1\.toml"):
        parse(text, "a@1")


@pytest.mark.parametrize(("source", "target"), sorted(vocab.crosswalks()))
def test_every_crosswalk_takes_every_value_into_its_target(source: str, target: str) -> None:
    """Crosswalks are total, end in the target, and say what is lost."""
    walk = vocab.crosswalk(source, target)
    before, after = vocab.load(source), vocab.load(target)
    numbers = range(before.minimum or 0, (before.maximum or -1) + 1)
    for value in (*before.values, *map(str, numbers)):
        assert {*walk.values_of(value)} <= {*after.values, *vocab.NO_ANSWERS}
    assert {*walk.mapping, *walk.parts} <= {*before.values}
    assert walk.several is None or walk.several in after.groups
    assert len(walk.lost) > 20


@pytest.mark.parametrize(
    ("value", "band"), [("0", "0-29"), ("29", "0-29"), ("30", "30-54"), ("54", "30-54"), ("55", "55+")]
)
def test_years_fall_into_the_band_that_holds_them(value: str, band: str) -> None:
    """A band begins with its own first year."""
    assert vocab.crosswalk("age_years@1", "age3@1").translate(value) == band


def test_races_of_every_data_set_translate_to_the_papers_few() -> None:
    """So do FairFace's; years reach both lists of bands, and Monk's ten tones three."""
    assert {source for source, target in vocab.crosswalks() if target == "race_coarse@1"} == {
        f"{name}_race@{version}"
        for name, version in [("fairface", 1), ("utkface", 1), ("mebeauty", 1), ("london", 1), ("london", 2)]
    }
    assert {("age_years@1", "age3@1"), ("age_years@1", "fairface_age@1"), ("monk@1", "monk3@1")} <= set(
        vocab.crosswalks()
    )


def test_a_value_that_named_two_becomes_two_values() -> None:
    """What version 1 wrote in one word is several values of version 2."""
    walk = vocab.crosswalk("london_race@1", "london_race@2")
    assert walk.values_of("east_asian/white") == ("east_asian", "white")
    assert walk.translate("east_asian/white") == "east_asian+white"


def test_several_values_are_read_together() -> None:
    """In the vocabulary's order, once each, and as one where the target has a value for a mixture."""
    axis = vocab.axis("self_reported_race")
    assert axis.read_all(["east_asian", "white", "white"], "london_race@2") == ("white", "east_asian")
    coarse = vocab.axis("self_reported_race:race_coarse@1")
    assert coarse.read_all(["east_asian", "southeast_asian"], "fairface_race@1") == ("asian",)
    assert coarse.read_all(["east_asian", "white"], "london_race@2") == ("other",)
    assert coarse.read_all(["white", "cannot_tell"], "fairface_race@1") == ("white", "cannot_tell")
    split = vocab.axis("self_reported_race:london_race@2")
    assert split.read_all(["east_asian/white"], "london_race@1") == ("white", "east_asian")


def test_numbers_stand_in_their_order_before_listed_values() -> None:
    """Ages by size, not as text."""
    assert vocab.load("age_years@1").in_order(["cannot_tell", "30", "4"]) == ("4", "30", "cannot_tell")


@pytest.mark.parametrize("name", [name for name, asked in vocab.questions().items() if asked.several])
def test_only_unordered_values_may_be_given_together(name: str) -> None:
    """Their words hold none of the signs that stand between values in tables and sheets."""
    for key in vocab.question(name).vocabularies:
        assert vocab.load(key).level == "nominal"
        assert not any(set(value) & {"+", "|"} for value in vocab.load(key).values)


def test_a_no_answer_stays_one_through_a_crosswalk() -> None:
    """cannot_tell is not turned into a group."""
    assert vocab.crosswalk("fairface_race@1", "race_coarse@1").translate("cannot_tell") == "cannot_tell"


def test_a_missing_crosswalk_names_those_that_exist() -> None:
    """Nobody's race is turned into an age."""
    with pytest.raises(UsageError, match=r"monk@1 translates to monk3@1"):
        vocab.crosswalk("monk@1", "age3@1")


def test_an_axis_without_target_reads_answers_as_they_are() -> None:
    """The plain name of a question is the simplest axis."""
    assert vocab.axis("hair").read("bald", "hair@1") == "bald"


def test_an_axis_with_target_reads_both_fine_and_coarse_answers() -> None:
    """Answers given in the target already need no crosswalk."""
    axis = vocab.axis("perceived_skin_tone:monk3@1")
    assert axis == vocab.Axis("perceived_skin_tone", "monk3@1")
    assert axis.read("monk_07", "monk@1") == "dark"
    assert axis.read("dark", "monk3@1") == "dark"


@pytest.mark.parametrize("name", sorted(vocab.questions()))
def test_every_question_has_vocabularies_that_exist(name: str) -> None:
    """The kind of a question about people shows in its name."""
    asked = vocab.question(name)
    assert all(vocab.load(key) for key in asked.vocabularies)
    for kind in ("self_reported", "perceived"):  # nobody may mistake a guess
        assert name.startswith(kind) == (asked.kind == kind)


def test_an_unknown_question_names_the_known_ones() -> None:
    """A bare 'race' is no question: it does not say whose word it is."""
    with pytest.raises(UsageError, match=r"perceived_race.*got 'race'"):
        vocab.question("race")


def test_a_guess_is_not_kept_as_a_self_report() -> None:
    """Who answered must be able to know."""
    with pytest.raises(DataError, match="self_reported answer from dataset or self_report"):
        vocab.validate_answer("self_reported_race", "white", "london_race@1", "annotator")


def test_an_answer_in_the_wrong_vocabulary_is_refused() -> None:
    """The value might exist in both, but would not mean the same."""
    with pytest.raises(DataError, match="expected perceived_gender in one of gender@1, got hair@1"):
        vocab.validate_answer("perceived_gender", "short", "hair@1", "annotator")


def test_a_fitting_answer_passes() -> None:
    """Question, value, vocabulary and source fit together."""
    vocab.validate_answer("perceived_age_band", "young", "celeb_young@1", "dataset")
