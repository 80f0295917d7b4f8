"""How was everything made: commands, runs, seeds, hashes, versions, settings?"""

from datatools.report import words
from datatools.report.blocks import Block, Commands, Definitions, Row, Section, Statement, Table
from datatools.report.document import Report
from datatools.report.facts import ReportFacts
from datatools.report.outline.pointers import at

_HASH_SHOWN = 16  # letters of a run record's hash; report.json has it whole


def section(report: Report) -> Section:
    """Give the section on where the numbers come from."""
    parts = [_inputs(report)] if report.audit.inputs else []
    parts.append(_settings(report))
    return Section(key="provenance", title="Provenance", blocks=_runs(report.facts), sections=parts)


def _runs(facts: ReportFacts) -> list[Block]:
    if not facts.runs:
        text = "There are no run records."
        if not facts.steps:
            text = (
                "These are results that were brought: there is no workspace behind them. The settings below "
                "are those of `datatools audit`."
            )
        return [Statement(text=text)]
    rows = [
        Row(
            cells=(
                f"{run.number:04d}",
                run.stage,
                run.started_at.replace("T", " ").removesuffix("+00:00"),
                f"{run.elapsed_s:.1f}",
                "–" if run.seed is None else str(run.seed),
                run.record_sha256[:_HASH_SHOWN],
            ),
            of=at("/facts/runs", place),
        )
        for place, run in enumerate(facts.runs)
    ]
    told = (
        "The commands below, in this order, make the workspace again. WS stands for the workspace's folder."
    )
    return [
        Statement(text=told),
        Commands(lines=[run.command for run in facts.runs]),
        Table(
            caption="Runs",
            head=("Run", "Stage", "Started (UTC)", "Seconds", "Seed", "SHA-256 of the record"),
            rows=rows,
        ),
    ]


def _inputs(report: Report) -> Section:
    changed = report.facts.changed_since
    rows = [
        Row(
            cells=(name, sha256, "changed since" if name in changed else "as audited"),
            of=at("/audit/inputs", name),
        )
        for name, sha256 in report.audit.inputs.items()
    ]
    caption = "Tables that the audit read"
    if changed:
        caption += "; some have changed since"
    table = Table(caption=caption, head=("File", "SHA-256", "State"), rows=rows)
    return Section(key="inputs", title="What the audit read", blocks=[table], is_open=False)


def _settings(report: Report) -> Section:
    audit = report.audit
    settings = [(name.replace("_", " "), words.fact(value)) for name, value in audit.settings.items()]
    versions = [(name, words.fact(value)) for name, value in audit.versions.items()]
    blocks: list[Block] = [
        Definitions(entries=settings, of="/audit/settings"),
        Definitions(entries=versions, of="/audit/versions"),
    ]
    title = "Settings and versions of the audit"
    return Section(key="settings", title=title, blocks=blocks, is_open=False)
