"""How does a data set get its views and its looks: made of what, and when anew?

Of the tables, the latest audit and the latest composition audit, whenever one of them changed. The user's own
views and looks stay.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import ModuleType
from typing import TYPE_CHECKING, TypeVar

from datatools import __version__, tables
from datatools.browse import colours, derived, fields, found, groups, home, marks, offered, peers, saved
from datatools.browse.derived import Column
from datatools.errors import DatatoolsError
from datatools.fairness.result import AuditResult
from datatools.progress import Progress
from datatools.quality.committee import MODEL
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

INFO = "datatools_views"  # the key of the data set's info
_REPORTS = ("*/audit.json", "*/composition.json")
_LEGACY = ("accepted", "rejected", "worst accuracy_", "worst agreement_")  # of versions that kept no record

Made = TypeVar("Made")


@dataclass(slots=True)
class _Known:
    """What the views are made of, as far as it could be read."""

    audited: groups.Groups | None = None
    beside: list[peers.Beside] = field(default_factory=list)
    columns: dict[str, Column] = field(default_factory=dict)

    @property
    def audit(self) -> AuditResult | None:
        return None if self.audited is None else self.audited.audit


def dress(fo: ModuleType, dataset: "fiftyone.Dataset", workspace: Workspace, progress: Progress) -> None:
    """Save the views, and set the colours, the sidebar and the fields that are shown at first.

    What cannot be read leaves its views out, with a sentence.

    Args:
        fo: FiftyOne.
        dataset: up to date with the workspace.
        workspace: that it was made from.
        progress: says what was left out, and why.

    Raises:
        UsageError: a field of the user's is in the way.
    """
    about: Mapping[str, object] = dict(dataset.info.get(home.INFO) or {})
    before = _before(dataset)
    stamp = _stamp(workspace, about)
    earlier = before.get("fields")
    old = earlier if isinstance(earlier, list) else []
    there = {*dataset.list_saved_views(), *dataset.get_field_schema()}
    if before.get("stamp") == stamp and there.issuperset([*_digests(before, "views"), *old]):
        return
    known = _known(workspace, progress.say)
    # Said before anything is done: the fields of a sync that is killed are known as ours.
    _tell(dataset, {**before, "fields": sorted({*old, *known.columns}), "stamp": None})
    derived.write(fo, dataset, known.columns, old)
    record: dict[str, object] = {"fields": sorted(known.columns), "stamp": stamp}
    models = [] if known.audited is None else known.audited.models
    wanted = [
        *offered.of_checks(fo, dataset, about),
        *offered.of_work(fo, dataset, about),
        *offered.of_audit(fo, dataset, about, models, known.beside),
    ]
    record["views"] = saved.views(dataset, wanted, _digests(before, "views"), progress.say)
    schema = list(dataset.get_field_schema())
    looks = {
        "color_scheme": colours.scheme(fo, schema, about, known.audit),
        "sidebar_groups": colours.sidebar(
            fo, dataset, about, {name: column.group for name, column in known.columns.items()}
        ),
        "active_fields": colours.active(fo, schema),
    }
    record["looks"] = saved.looks(dataset, looks, _digests(before, "looks"))
    _tell(dataset, record)


def _tell(dataset: "fiftyone.Dataset", record: Mapping[str, object]) -> None:
    dataset.info[INFO] = dict(record)
    dataset.save()


def _before(dataset: "fiftyone.Dataset") -> dict[str, object]:
    """Give what the last time left; views of a version that kept no record count as it saved them."""
    there = dataset.info.get(INFO)
    if there is not None:
        return dict(there)
    old = [document for document in dataset._doc.get_saved_views() if document.name.startswith(_LEGACY)]
    return {"views": {document.name: saved.of_document(document) for document in old}}


def _digests(record: Mapping[str, object], key: str) -> saved.Digests:
    there = record.get(key)
    return {str(name): str(value) for name, value in there.items()} if isinstance(there, dict) else {}


def _stamp(workspace: Workspace, about: Mapping[str, object]) -> str:
    """Give what changes whenever the views may."""
    reports = workspace.root / "reports"
    files = [path for pattern in _REPORTS for path in sorted(reports.glob(pattern))]
    files += sorted(workspace.model_folder(MODEL).glob("*"))
    dates = [(str(path), path.stat().st_mtime_ns) for path in files]
    runs = [path.name for path in workspace.run_files()]
    return tables.fingerprint(
        __version__, marks.stamp(workspace), dates, runs, sorted(map(str, about.items()))
    )


def _known(workspace: Workspace, say: Callable[[str], None]) -> _Known:
    known = _Known()
    samples = workspace.samples()
    ids = [sample.sample_id for sample in samples]

    def read(what: str, make: Callable[[], Made]) -> Made | None:
        try:
            return make()
        except DatatoolsError as error:
            say(f"browse: no view of {what}: {error}")
            return None

    def add(name: str, kind: fields.Kind, group: str, values: Mapping[str, object] | None) -> None:
        if values:
            known.columns[name] = Column(kind=kind, group=group, values=values)

    add(offered.PLACE, "count", "findings", read("the review queue", lambda: found.queue(workspace, ids)))
    add(offered.APART, "number", "findings", found.teachers_apart(workspace))
    across = read("near-duplicates across splits", lambda: found.across_splits(workspace, samples))
    add(offered.ACROSS, "text", "findings", across)
    add(offered.THIN, "texts", "who", read("thin cells", lambda: found.thin_cells(workspace)))
    known.audited = read("the audit's groups", lambda: groups.read(workspace))
    if known.audited is not None:
        for name, values in known.audited.values().items():
            add(name, "text", "who", values)
        known.beside = peers.lowest(workspace, known.audited.models)
        for one in known.beside:
            add(one.field, "text", "who", one.words())
            add(one.distance_field, "number", "who", one.distances())
    return known
