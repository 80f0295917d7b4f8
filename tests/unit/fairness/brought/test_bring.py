"""Results that somebody else made, as an audit's scope."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from datatools import tables
from datatools.errors import DataError, UsageError
from datatools.fairness.audit import Question, Scope, audit
from datatools.fairness.brought.bring import Stated, hashes, scope
from datatools.fairness.result import AuditResult
from datatools.fairness.statistics.inference import Rules
from datatools.progress import Progress
from tests.scores import score_with_iou
from tests.unit.fairness.brought.made import Rows, bring, levels

_SCORES: Rows = {"image_id": ["a", "b", "c"], "iou": [0.9, 0.8, 0.7]}
_GROUPS: Rows = {"image_id": ["a", "b", "c"], "person_id": ["p", "p", "q"], "hair": ["dark", "dark", "fair"]}


def _notes(found: object) -> str:
    return " ".join(getattr(found, "notes", ()))


def _audit(found: Scope) -> AuditResult:
    question = Question(
        name="brought",
        cross=1,
        metrics=["unused"],
        rules=Rules(margin=0.01, alpha=0.05),
        min_people=5,
        n_replicates=200,
        seed=0,
    )
    return audit(found, question, settings={}, inputs={}, versions={})


def test_two_tables_become_an_audit(tmp_path: Path) -> None:
    """Values by group are the means of the column, over people that the table of groups names."""
    rng = np.random.default_rng(0)
    names = [f"{number:03d}" for number in range(80)]
    iou = rng.beta(20, 2, 80).round(6)
    hair = [("dark", "fair")[number // 2 % 2] for number in range(80)]
    people = [f"p{number // 2}" for number in range(80)]
    found = bring(
        tmp_path,
        {"image_id": names, "iou": iou.tolist()},
        {"image_id": names, "person_id": people, "hair": hair},
        reference_source="human",
    )
    inputs = hashes(tmp_path / "scores.csv", tmp_path / "groups.csv", None)
    result = _audit(found)
    (model,) = result.models
    assert (model.model, model.reading, result.n_people) == ("scores", "accuracy", 40)
    means = pd.Series(iou).groupby(hair).mean().to_dict()
    groups = {group.group: group.estimate for group in model.attributes[0].groups}
    assert {name: group.value for name, group in groups.items()} == pytest.approx(means)
    assert {group.n_people for group in groups.values()} == {20}
    assert result.metric_definitions["iou"].startswith("The column iou of scores.csv, averaged over pictures")
    assert inputs == {name: tables.sha256_file(tmp_path / name) for name in ("scores.csv", "groups.csv")}


def test_an_audit_of_odd_scores_says_what_it_did(tmp_path: Path) -> None:
    """Constant scores, a group of one person, an attribute that most people lack: no crash, no warning."""
    names = [f"n{number}" for number in range(40)]
    hair = ["dark", "fair"] * 10 + ["rare"] + [""] * 19
    found = bring(tmp_path, {"image_id": names, "iou": [0.9] * 40}, {"image_id": names, "hair": hair})
    result = _audit(found)
    overall = result.models[0].overall["iou"]
    assert (overall.value, overall.low, overall.high) == pytest.approx((0.9, 0.9, 0.9))
    shown = {group.group: group.estimate.value for group in result.models[0].attributes[0].groups}
    assert shown["rare"] is None
    assert any("hair: 19 of 40 people have no answer" in note for note in result.notes)


def test_who_made_the_masks_is_not_guessed(tmp_path: Path) -> None:
    """Unstated masks measure agreement, and a note says what to say."""
    found = bring(tmp_path, _SCORES, _GROUPS)
    assert set(found.scores["reference_source"]) == {"unstated"}
    assert "say --reference-source human" in _notes(found)
    stated = bring(tmp_path, _SCORES, _GROUPS, reference_source="model:other")
    assert set(stated.scores["reference_source"]) == {"model:other"}
    assert "reference masks" not in _notes(stated)


def test_a_column_may_say_who_made_the_masks(tmp_path: Path) -> None:
    """In any case of letters; where it says nothing, nobody said it. A statement goes before it."""
    scores: Rows = {**_SCORES, "reference_source": ["Human", "model:other", ""]}
    found = bring(tmp_path, scores, _GROUPS)
    assert found.scores["reference_source"].tolist() == ["human", "model:other", "unstated"]
    stated = bring(tmp_path, scores, _GROUPS, reference_source="keyed")
    assert set(stated.scores["reference_source"]) == {"keyed"}


def test_a_table_of_groups_may_have_any_column(tmp_path: Path) -> None:
    """Names that mean something in a table of scores mean nothing there: a camera has a model."""
    scores: Rows = {**_SCORES, "model": ["m", "m", "m"]}
    found = bring(tmp_path, scores, {**_GROUPS, "model": ["x", "x", "y"]}, attributes=["model"])
    assert levels(found, "model") == {"p": "x", "q": "y"}


def test_our_own_table_needs_nothing_stated(tmp_path: Path) -> None:
    """A scores table names its model, people and masks; any metric of ours is computed from its counts."""
    rows = [score_with_iou(f"s{n}", f"p{n // 2}", 0.5 + 0.1 * n) for n in range(4)]
    tables.write(tmp_path / "scores.parquet", tables.SCORES, rows)
    found = scope(
        scores=tmp_path / "scores.parquet",
        stated=Stated(metrics=["iou_fg_image", "under_frac"]),
        progress=Progress("quiet"),
    )
    assert found.metrics is not None
    iou, under = (float(m.value(m.columns(found.scores).sum(axis=0))) for m in found.metrics)
    assert [iou, under] == pytest.approx([0.65, 0.35])
    assert set(found.scores["model"]) == {"student"}
    assert set(found.scores["reference_source"]) == {"human"}
    assert found.person_of == {f"s{n}": f"p{n // 2}" for n in range(4)}
    assert (found.axes, found.notes) == ([], [])


def test_groups_may_stand_beside_the_scores(tmp_path: Path) -> None:
    """One table: the metric is named, other columns are attributes, and models share a picture's group."""
    found = bring(
        tmp_path,
        {
            "image_id": ["a", "b", "a", "b"],
            "model": ["m", "m", "n", "n"],
            "iou": [0.9, 0.8, 0.7, 0.6],
            "glasses": [0, 1, 0, 1],
        },
        metrics=["iou"],
        answered_by="annotator",
    )
    assert levels(found, "glasses") == {"a": "0", "b": "1"}
    assert found.axes[0].answered_by == ("annotator",)
    assert sorted(found.scores["model"]) == ["m", "m", "n", "n"]


def test_columns_that_may_be_either_are_asked_for(tmp_path: Path) -> None:
    """A table of 0 and 1 may hold scores or attributes."""
    with pytest.raises(UsageError, match=r"expected one column of scores .* found iou, glasses"):
        bring(tmp_path, {**_SCORES, "glasses": [0, 1, 0]})


def test_the_column_of_iou_is_compared_first(tmp_path: Path) -> None:
    """Other shares stand beside it; numbers that are no shares are named."""
    found = bring(
        tmp_path, {"image_id": ["a", "b"], "dice": [0.5, 0.6], "IoU_fg": [0.4, 0.5], "ms": [12, 13]}, _GROUPS
    )
    assert found.metrics is not None
    assert [metric.name for metric in found.metrics] == ["IoU_fg", "dice"]
    assert "Not taken for scores, since they go beyond 0 to 1: ms." in found.notes


def test_per_cent_is_said(tmp_path: Path) -> None:
    """94 is no share; iou/100 is, and iou/1 means what it says."""
    percent: Rows = {"image_id": ["a", "b"], "iou": [94, 85.5]}
    with pytest.raises(DataError, match=r"row 2: .* from 0 to 1 in iou, got 94; write iou/100"):
        bring(tmp_path, percent, _GROUPS, metrics=["iou"])
    shares = bring(tmp_path, percent, _GROUPS, metrics=["iou/100"])
    assert shares.scores["given:iou"].tolist() == [0.94, 0.855]
    assert shares.metrics is not None
    assert shares.metrics[0].bounds == (0.0, 1.0)
    meant = bring(tmp_path, percent, _GROUPS, metrics=["iou/1"])
    assert meant.scores["given:iou"].tolist() == [94, 85.5]


def test_pictures_without_a_score_are_left_out_and_counted(tmp_path: Path) -> None:
    """NaN of the compared metric is a failed row; constant scores are fine."""
    found = bring(tmp_path, {"image_id": ["a", "b", "c"], "iou": [0.9, "NaN", 0.9]}, _GROUPS)
    assert found.scores["status"].tolist() == ["ok", "failed", "ok"]
    assert "Without a number for iou, and left out of it: 1 row." in found.notes


def test_rows_that_repeat_count_once(tmp_path: Path) -> None:
    """Two equal rows are one; the reader is told."""
    found = bring(tmp_path, {"image_id": ["a", "b", "a"], "iou": [0.9, 0.8, 0.9]}, _GROUPS)
    assert found.scores["sample_id"].tolist() == ["a", "b"]
    assert "Counted once, since they repeat another row of scores.csv: 1 row." in found.notes


def test_rows_of_one_picture_that_differ_are_named(tmp_path: Path) -> None:
    """Which one is right cannot be known."""
    with pytest.raises(
        DataError, match=r"scores\.csv, rows 2, 4: expected one row for each picture and model"
    ):
        bring(tmp_path, {"image_id": ["a", "b", "A "], "iou": [0.9, 0.8, 0.7]}, _GROUPS)


def test_rows_of_two_people_in_one_picture_are_two_samples(tmp_path: Path) -> None:
    """The column of the person tells them apart, in both tables."""
    found = bring(
        tmp_path,
        {"image_id": ["a", "a"], "subject_id": ["p", "q"], "iou": [0.9, 0.8]},
        {"image_id": ["a", "a"], "subject_id": ["p", "q"], "hair": ["dark", "fair"]},
    )
    assert found.person_of == {"a / p": "p", "a / q": "q"}
    assert levels(found, "hair") == {"p": "dark", "q": "fair"}


def test_people_that_one_table_alone_tells_apart_are_an_error(tmp_path: Path) -> None:
    """Neither the scores nor the groups of two people in a picture can be dealt out by guessing."""
    both: Rows = {"image_id": ["a", "a"], "person_id": ["p", "q"]}
    with pytest.raises(DataError, match=r"groups\.csv says several people for 'a', and scores\.csv does not"):
        bring(tmp_path, {"image_id": ["a"], "iou": [0.9]}, {**both, "hair": ["dark", "fair"]})
    with pytest.raises(DataError, match=r"scores\.csv says several people for 'a', and groups\.csv does not"):
        bring(tmp_path, {**both, "iou": [0.9, 0.8]}, {"image_id": ["a"], "hair": ["dark"]})


def test_groups_by_person_need_no_pictures(tmp_path: Path) -> None:
    """A row a person is enough where the scores name the people."""
    found = bring(
        tmp_path,
        {"image_id": ["a", "b", "c"], "Person": ["p", "p ", "q"], "iou": [0.9, 0.8, 0.7]},
        {"person": ["P", "q", "r"], "hair": ["dark", "fair", "fair"]},
    )
    assert levels(found, "hair") == {"p": "dark", "q": "fair"}
    assert "In groups.csv alone, and so not scored: 1 people (r)." in found.notes


def test_tables_without_a_common_column_are_an_error(tmp_path: Path) -> None:
    """People here, pictures there."""
    with pytest.raises(DataError, match="expected a column that both have"):
        bring(tmp_path, _SCORES, {"person": ["p"], "hair": ["dark"]})


def test_names_that_differ_in_case_or_spaces_are_one(tmp_path: Path) -> None:
    """Of pictures, of groups and of columns; the reader is told. A mask's suffix is no part of the name."""
    found = bring(
        tmp_path,
        {"Image ID": ["IMG 1.jpg", "img_2.jpg", "img_3.jpg"], "IoU": [0.9, 0.8, 0.7]},
        {"image_id": ["img1.PNG", "IMG_2.png", "img_3.png"], "Hair": ["Dark", "dark", "dark "]},
    )
    assert set(levels(found, "Hair").values()) == {"dark"}
    assert "Hair: taken for one though they differ in case or spaces: 'dark' = 'Dark'." in found.notes


def test_pictures_of_one_table_alone_are_counted_and_named(tmp_path: Path) -> None:
    """Scores without a group stay in the whole; groups without a score are not audited."""
    found = bring(
        tmp_path,
        {"image_id": ["a", "b", "x"], "iou": [0.9, 0.8, 0.7]},
        {"image_id": ["a", "b", "y", "z"], "hair": ["dark", "fair", "fair", "dark"]},
    )
    assert set(found.person_of) == {"a", "b", "x"}
    assert "In scores.csv alone, and so in no group: 1 picture (x)." in found.notes
    assert "In groups.csv alone, and so not scored: 2 pictures (y; z)." in found.notes


def test_tables_that_share_no_name_are_an_error(tmp_path: Path) -> None:
    """With examples of both, so that one sees why."""
    with pytest.raises(DataError, match=r"share no name: .* got a; b; c and 1; 2"):
        bring(tmp_path, _SCORES, {"image_id": [1, 2], "hair": ["dark", "fair"]})


def test_without_people_every_picture_is_another_person(tmp_path: Path) -> None:
    """The reader is told what that does; a person that is missing in some rows is another one too."""
    found = bring(tmp_path, _SCORES, {"image_id": ["a", "b", "c"], "hair": ["dark", "fair", "fair"]})
    assert found.person_of == {"a": "a", "b": "b", "c": "c"}
    assert "which column names the person with --person-column" in _notes(found)
    partly = bring(tmp_path, _SCORES, {**_GROUPS, "person_id": ["p", "", "q"]})
    assert partly.person_of == {"a": "p", "b": "b", "c": "q"}
    assert "Without a person, and each counted as another one: 1 picture (b)." in partly.notes


def test_columns_may_be_named(tmp_path: Path) -> None:
    """Where they have names that nobody would guess."""
    found = bring(
        tmp_path,
        {"bild": ["a", "b"], "netz": ["m", "m"], "gut": [0.9, 0.8], "iou": [0.1, 0.2]},
        {"bild": ["a", "b"], "wer": ["p", "q"], "haar": ["dunkel", "hell"]},
        id="bild",
        person="wer",
        model="netz",
        metrics=["gut"],
        attributes=["haar"],
    )
    assert found.person_of == {"a": "p", "b": "q"}
    assert set(found.scores["model"]) == {"m"}
    assert levels(found, "haar") == {"p": "dunkel", "q": "hell"}


def test_rows_without_a_picture_are_named(tmp_path: Path) -> None:
    """They are about nothing; a table of such rows alone is an error."""
    found = bring(tmp_path, {"image_id": ["a", ""], "model": ["m", "m"], "iou": [0.9, 0.8]}, _GROUPS)
    assert "Left out, since they name no picture or no model: row 3 of scores.csv." in found.notes
    with pytest.raises(DataError, match="expected rows that name a picture and a model, found none"):
        bring(tmp_path, {"image_id": ["a"], "model": [""], "iou": [0.9]}, _GROUPS)
    with pytest.raises(DataError, match="expected rows that name a picture"):
        bring(tmp_path, {"person_id": ["p"], "iou": [0.9]}, _GROUPS)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"id": "bild"}, "expected a column of scores.csv, got 'bild'"),
        ({"person": "wer"}, "expected a column of scores.csv, got 'wer'"),
        ({"model": "netz"}, "names the model in scores.csv, got 'netz'"),
        ({"metrics": ["beauty"]}, "expected a metric among the columns image_id, iou .*'beauty'"),
        ({"metrics": ["iou/0"]}, "divided by a number above 0"),
        ({"attributes": ["eyes"]}, "expected an attribute among the columns hair of groups.csv, got 'eyes'"),
        ({"reference_source": "somebody"}, "expected a reference source among"),
        ({"reference_source": "model:"}, "expected a reference source among"),
        ({"answered_by": "guessing"}, "expected answered_by among"),
    ],
)
def test_what_is_not_there_is_a_usage_error(tmp_path: Path, stated: dict[str, object], reason: str) -> None:
    """Each says what there is."""
    with pytest.raises(UsageError, match=reason):
        bring(tmp_path, _SCORES, _GROUPS, **stated)


def test_a_table_that_names_no_picture_is_a_usage_error(tmp_path: Path) -> None:
    """Its columns are listed."""
    with pytest.raises(UsageError, match=r"found none of image_id, .* among number, iou"):
        bring(tmp_path, {"number": [1], "iou": [0.9]}, _GROUPS)


def test_either_a_table_or_two_folders(tmp_path: Path) -> None:
    """Not both, not neither, not one folder alone."""
    for given in ({}, {"scores": tmp_path, "pred": tmp_path, "ref": tmp_path}, {"pred": tmp_path}):
        with pytest.raises(UsageError, match="either --scores FILE, or --pred FOLDER and --ref FOLDER"):
            scope(**given, stated=Stated(), progress=Progress("quiet"))
