"""Does an audit that is made again, with its recorded settings, say the same?"""

import dataclasses
import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from datatools import tables
from datatools.errors import DatatoolsError
from datatools.fairness.audit import Scope
from datatools.fairness.gates import judging
from datatools.fairness.recorded import Asked, made, scope_of
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.records import MaskPairRow
from datatools.report.provenance import RunRecord
from datatools.report.verified.differences import Difference, compare
from datatools.report.verified.located import Located
from datatools.report.verified.view import View
from datatools.versions import recorded_versions
from datatools.workspace import Workspace

_TABLE = "tables/mask_pairs.parquet"
_NOT_PAIRS = frozenset({"parents"})


def again(
    located: Located, wanted: Asked, view: Workspace, scope: Scope, progress: Progress
) -> list[Difference]:
    """Make the audit again and compare every value.

    Args:
        located: the report.
        wanted: its settings; files that somebody brought where they lie now.
        view: a look at the workspace. Of results that somebody brought any folder.
        scope: what is under audit.
        progress: shows the steps.
    """
    audit = located.audit
    try:
        found = made(
            view,
            scope,
            wanted,
            settings=audit.settings,
            inputs=audit.inputs,
            versions=audit.versions,
            progress=progress,
        )
    except DatatoolsError as error:
        return [_not_made(error)]
    found = judging.judged(found, [result.gate for result in audit.gates])
    where = "audit.json" if located.has_audit_file else "report.json"
    prefix = "" if located.has_audit_file else "/audit"
    return [
        Difference(step="audit", where=f"{where}#{prefix}{at}", told=f"{where} {prefix}{at}: {told}")
        for at, told in compare(located.kept_audit, as_json(found))
    ]


def scope_again(wanted: Asked, view: Workspace, progress: Progress) -> Scope | Difference:
    """Read what is under audit, or say why it cannot be read any more."""
    try:
        return scope_of(view, wanted, progress)
    except DatatoolsError as error:
        return _not_made(error)


def _not_made(error: DatatoolsError) -> Difference:
    told = f"audit.json: the audit cannot be made again with its settings: {error}"
    return Difference(step="audit", where="audit.json#", told=told, remedy="audit")


def as_json(result: AuditResult) -> object:
    """Give a result as a file of it holds it."""
    return json.loads(result.model_dump_json())


def unlike_pairs(workspace: Workspace, view: View) -> Iterator[Difference]:
    """Give the compared masks whose numbers are not those in the table; ``view`` compared them anew."""
    kept = {_key(row): row for row in workspace.rows_or_empty(tables.MASK_PAIRS)}
    for row in view.rows_or_empty(tables.MASK_PAIRS):
        key, other = _key(row), kept.get(_key(row))
        if other is None:
            yield _pair(key, "was not compared when the audit was made; run `datatools audit` again")
            continue
        unlike = [
            f"{name} {getattr(other, name)} kept, {getattr(row, name)} counted again"
            for name in (one.name for one in dataclasses.fields(MaskPairRow))
            if name not in _NOT_PAIRS and getattr(other, name) != getattr(row, name)
        ]
        if unlike or other.parents != row.parents:
            why = "the row has changed" if other.parents == row.parents else "a mask of the two has changed"
            told = f"{why}: {'; '.join(unlike)}" if unlike else why
            yield _pair(key, f"{told}; run `datatools audit` again")


def _key(row: MaskPairRow) -> str:
    return f"{row.sample_id}/{row.mask}/{row.against}"


def _pair(key: str, told: str) -> Difference:
    return Difference(
        step="masks", where=f"{_TABLE}: {key}", told=f"compared masks {key}: {told}", remedy="audit"
    )


def unlike_settings(located: Located, records: Sequence[RunRecord]) -> Iterator[Difference]:
    """Give the settings that the audit's run record keeps otherwise than the audit."""
    name = located.file("audit.json")
    own = next((one for one in reversed(records) if one.stage == "audit" and name in one.outputs), None)
    if own is None:
        return
    for at, told in compare(dict(located.audit.settings), own.settings):
        where = f"runs/{own.number:04d}-{own.stage}.json#/settings{at}"
        words = f"{where}: not the setting that audit.json keeps: {told}"
        yield Difference(step="audit", where=where, told=words, remedy="audit")


def other_versions(versions: Mapping[str, str]) -> list[str]:
    """Say which packages are other versions than those that made the audit."""
    now = recorded_versions()
    return [
        f"{name} {versions.get(name, 'absent')} then, {now.get(name, 'absent')} now"
        for name in sorted(versions.keys() | now.keys())
        if versions.get(name) != now.get(name)
    ]


def brought_files(located: Located) -> tuple[Asked, list[Difference], list[str]]:
    """Find what somebody brought; give the settings with its paths, what differs and what is unknown."""
    wanted, inputs = located.asked, located.audit.inputs
    found: list[Difference] = []
    unknown: list[str] = []
    paths: dict[str, Path] = {}
    for flag in ("scores", "groups", "pred", "ref"):
        kept: Path | None = getattr(wanted, flag)
        if kept is None:
            continue
        path = next((one for one in _places(kept, located.folder) if one.exists()), None)
        if path is None:
            told = f"{kept}: is gone, it was brought with --{flag}; put it there, or beside the report"
            found.append(Difference(step="files", where=str(kept), told=told))
            continue
        paths[flag] = path
        if path.is_dir():
            unknown.append(f"Masks in {path}: their hashes are not kept; they are scored again instead.")
        elif tables.sha256_file(path) != inputs.get(path.name):
            told = f"{path}: is not the file that the audit read; run `datatools audit` again"
            found.append(Difference(step="files", where=str(path), told=told, remedy="audit"))
    return wanted.model_copy(update=paths), found, unknown


def _places(path: Path, folder: Path) -> tuple[Path, ...]:
    return (path, folder / path.name, folder.parent / path.name)
