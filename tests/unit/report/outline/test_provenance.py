"""Is it told how everything was made, and what limits it has?"""

from datatools.report import facts
from datatools.report.blocks import Commands, Definitions
from datatools.report.outline import limits, provenance
from tests.unit.report import rich
from tests.unit.report.outline.reading import cells, find, said, tables


def test_commands_and_runs_are_there() -> None:
    """As they were run, with seed, time and hash."""
    section = provenance.section(rich.report())
    (commands,) = (block for block in section.blocks if isinstance(block, Commands))
    assert commands.lines == ["datatools ingest --workspace WS --source 'women'"]
    assert cells(tables(section)[0]) == [
        ("0001", "ingest", "2026-01-02 03:04:05", "73.3", "0", "efefefefefefefef")
    ]


def test_a_run_without_a_seed_has_a_dash() -> None:
    """It drew nothing."""
    report = rich.report()
    run = report.facts.runs[0].model_copy(update={"seed": None})
    changed = report.model_copy(update={"facts": report.facts.model_copy(update={"runs": [run]})})
    assert cells(tables(provenance.section(changed))[0])[0][4] == "–"


def test_inputs_that_changed_are_marked() -> None:
    """The audit is of the earlier state."""
    report = rich.report()
    inputs = {"tables/scores.parquet": "ab" * 32, "tables/splits.parquet": "cd" * 32}
    changed = report.model_copy(update={"audit": report.audit.model_copy(update={"inputs": inputs})})
    (table,) = tables(find(provenance.section(changed).sections, "inputs"))
    assert [row.cells[2] for row in table.rows] == ["changed since", "as audited"]
    assert table.caption == "Tables that the audit read; some have changed since"
    assert table.rows[0].of == "/audit/inputs/tables~1scores.parquet"


def test_settings_and_versions_are_there() -> None:
    """Everything that gives the audit again."""
    settings = find(provenance.section(rich.report()).sections, "settings")
    entries = [
        entry for block in settings.blocks if isinstance(block, Definitions) for entry in block.entries
    ]
    assert ("replicates", "10000") in entries
    assert ("python", "3.11.0") in entries


def test_without_records_that_is_said() -> None:
    """Of a workspace, and of results that were brought; without inputs there is no list of them."""
    report = rich.report()
    bare = report.model_copy(update={"facts": report.facts.model_copy(update={"runs": []})})
    assert said(provenance.section(bare)) == ["There are no run records."]
    brought = report.model_copy(
        update={"facts": facts.nothing(), "audit": report.audit.model_copy(update={"inputs": {}})}
    )
    section = provenance.section(brought)
    assert said(section)[0].startswith("These are results that were brought")
    assert [part.key for part in section.sections] == ["settings"]


def test_limits_are_the_audits_own_and_those_of_every_audit() -> None:
    """The audit's come first."""
    assert said(limits.section(rich.report())) == [
        "Light and skin tone go together in these pictures.",
        "Groups are what people or data sets said about people; the toolkit predicts no race or gender.",
        "No gap found is no proof that there is none: see the detectable gap of each comparison.",
    ]
