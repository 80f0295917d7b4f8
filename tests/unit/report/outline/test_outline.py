"""Is a report outlined whole, in order, literally, and the same each time?"""

import pytest

from datatools.fairness.result import AuditResult
from datatools.report import facts, outline, summary
from datatools.report.blocks import Figure, Outline, Pictures, Statement, Table, walk
from datatools.report.document import Report
from datatools.report.gallery import Picture, Strip
from datatools.report.outline import pictures
from tests.unit.report import rich
from tests.unit.report.builders import audit, group, plain_audit
from tests.unit.report.outline.test_numbers import texts

_STRIP = Strip(
    model="student",
    title="Worst",
    outlines="White: human masks.",
    pictures=[Picture(uri="data:image/jpeg;base64,", width_px=1, height_px=1, caption="IoU 50.0", alt="x")],
)


def _report(result: AuditResult) -> Report:
    counted = facts.nothing()
    return Report(title="x", summary=summary.summarise(result, counted), audit=result, facts=counted)


def test_sections_stand_in_the_order_of_reading() -> None:
    """Findings first, where they come from last."""
    made = outline.of(rich.report(), [_STRIP])
    assert [section.key for section in made.sections] == [
        "findings",
        "gates",
        "m0",
        "m1",
        "models",
        "chain",
        "masks",
        "errormaps",
        "pictures",
        "data",
        "parity",
        "training",
        "definitions",
        "limits",
        "provenance",
    ]


def test_the_head_says_of_how_many() -> None:
    """Pictures, people, failures, and how many comparisons were corrected together, and how."""
    bare = audit().model_copy(update={"models": [], "composition": []})
    assert outline.of(_report(bare)).about == (
        "462 pictures of 231 people. 4 pictures could not be used. 38 declared comparisons, corrected "
        "together (Holm)."
    )
    plain = bare.model_copy(update={"n_failed": 0, "settings": {"correction": "bh"}})
    assert outline.of(_report(plain)).about == (
        "462 pictures of 231 people. 38 declared comparisons, corrected together (Benjamini-Hochberg)."
    )


def test_pictures_of_people_are_there_only_where_asked_for() -> None:
    """With a warning above the first one."""
    assert (pictures.sections(None), pictures.sections([])) == ([], [])
    (section,) = pictures.sections([_STRIP])
    warning, strips = section.blocks
    assert isinstance(warning, Statement)
    assert isinstance(strips, Pictures)
    assert (warning.tone, warning.text.startswith("These are pictures of people.")) == ("strong", True)


def test_the_same_report_gives_the_same_outline() -> None:
    """Drawings included."""
    assert outline.of(rich.report()) == outline.of(rich.report())


@pytest.mark.parametrize("name", ["<script>alert(1)</script> =1+1 $x$ #_*`[😀] שלום", "a" * 300])
def test_names_stay_as_they_are(name: str) -> None:
    """Whatever a name holds, the outline holds the same letters."""
    made = outline.of(rich.report(name))
    told = [text for section in walk(made.sections) for text, _ in texts(section)]
    assert sum(name in text for text in told) > 20


def test_an_audit_of_nothing_is_outlined() -> None:
    """Without models, groups or workspace there is still a report."""
    result = audit().model_copy(update={"models": [], "composition": []})
    assert [section.key for section in outline.of(_report(result)).sections] == [
        "findings",
        "data",
        "definitions",
        "limits",
        "provenance",
    ]


def test_five_hundred_groups_stay_small() -> None:
    """Figures show the ends; tables hold each group a few times, whatever the number of comparisons."""
    groups = [group(f"group {n}", 0.9, 0.01, 50, -0.005, "insufficient data") for n in range(500)]
    made: Outline = outline.of(rich.report(result=plain_audit(groups)))
    blocks = [block for section in walk(made.sections) for block in section.blocks]
    drawn = sum(len(block.drawing) for block in blocks if isinstance(block, Figure))
    rows = sum(len(block.rows) for block in blocks if isinstance(block, Table))
    assert (drawn < 400_000, rows < 2500) == (True, True)
