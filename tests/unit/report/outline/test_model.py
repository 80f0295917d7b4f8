"""What is told of one model against one kind of reference?"""

import pytest

from datatools.report.blocks import Section
from datatools.report.document import Report
from datatools.report.outline import model
from tests.unit.report import rich
from tests.unit.report.outline.reading import cells, said, tables
from tests.unit.report.sections import full_audit


@pytest.fixture(scope="module")
def sections() -> list[Section]:
    """Give the models' sections of a whole report."""
    return model.sections(rich.report())


def test_accuracy_and_agreement_are_told_apart(sections: list[Section]) -> None:
    """Agreement comes with its caveat."""
    first, second = sections
    assert said(first) == ["This is accuracy against rendered masks, which are exact."]
    assert said(second) == [
        "This is agreement with masks keyed from a plain background. Agreement is not accuracy: errors that "
        "both share are not seen."
    ]


def test_everybody_comes_first(sections: list[Section]) -> None:
    """Each metric with interval and counts."""
    (overall,) = tables(sections[0])
    assert cells(overall)[0] == ("iou_fg_image", "93.3 [92.9, 93.7]", "462", "231")
    assert overall.rows[0].of == "/audit/models/0/overall/iou_fg_image"


def test_what_is_behind_the_gaps_follows_under_the_right_model(sections: list[Section]) -> None:
    """Those sections concern the first model alone."""
    first, second = sections
    keys = [part.key for part in first.sections if not part.key.startswith("m0a")]
    assert keys == ["m0slices0", "m0labels0", "m0codings", "m0bounds"]
    assert "m0adjusted" in [part.key for part in first.sections]
    assert [part.key for part in second.sections if not part.key.startswith("m1a")] == []


def test_one_model_against_two_kinds_of_masks_has_two_titles() -> None:
    """Else a reader could not tell the sections apart."""
    full = full_audit()
    again = full.models[0].model_copy(update={"reference_source": "human"})
    result = full.model_copy(update={"models": [full.models[0], again]})
    report: Report = rich.report(result=result)
    assert [section.title for section in model.sections(report)] == [
        "extremec3net, against rendered masks, which are exact",
        "extremec3net, against human masks",
    ]


def test_a_model_without_scores_has_no_table() -> None:
    """Nothing is invented."""
    full = full_audit()
    bare = full.models[0].model_copy(update={"overall": {}, "attributes": []})
    report = rich.report(result=full.model_copy(update={"models": [bare]}))
    assert tables(model.sections(report)[0]) == []
