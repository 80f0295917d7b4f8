"""Which results were computed with a person in them, and stay until they are computed again?"""

from pathlib import PurePosixPath

from datatools import tables
from datatools.withdrawal import handed_on
from datatools.workspace import Workspace

_TABLES = {
    tables.FINDINGS.name: "check",  # near-duplicates and outliers are judged against the whole set
    tables.CONSENSUS.name: "annotate consensus",
    tables.SPLITS.name: "split",
    tables.GROUPS.name: "audit",
    tables.PARITY.name: "check",
}
_REPORTS = {
    "agreement": "annotate agree",
    "consensus": "annotate consensus",
    "annotate_import": "annotate import",
    "composition": "composition",
}
_DEFAULT_REMEDY = "audit"
_OF_ABLATION = "ablate --restart"
_ABLATION = "ablate-"  # begins the names of an ablation's models and of its report
_OF_FILE = {
    "index.html": "report",
    "report.json": "report",
    "report.md": "report",
    "report.pdf": "report",
    "report.ipynb": "report",
    "quality.json": "quality",
    "plan.json": "audit plan",
}
_FIGURES = "figures"  # a folder of what report.md shows
_SUFFIXES = frozenset({".json", ".html", ".svg", ".csv", ".md", ".pdf", ".ipynb"})


def dependents(workspace: Workspace) -> dict[str, str]:
    """Give files below the workspace, with the verb that makes each again.

    Everything that is computed from many people counts: which people a model or a report was made from is
    not always known, and saying so once too often does no harm.
    """
    found: dict[str, str] = {}
    for name, verb in _TABLES.items():
        path = workspace.root / "tables" / f"{name}.parquet"
        if path.is_file():
            found[workspace.relative(path)] = verb
    for path in sorted((workspace.root / "models").glob("*/*.pt")):
        is_of_ablation = path.parent.name.startswith(_ABLATION)
        found[workspace.relative(path)] = _OF_ABLATION if is_of_ablation else "train --restart"
    if workspace.fusion_file.is_file():
        found[workspace.relative(workspace.fusion_file)] = "fusion fit"
    for path in sorted((workspace.root / "reports").rglob("*")):
        if path.is_file() and path.suffix in _SUFFIXES:
            file = PurePosixPath(workspace.relative(path))
            is_shown = file.parent.name == _FIGURES
            by_folder = "report" if is_shown else _REPORTS.get(file.parts[1], _DEFAULT_REMEDY)
            is_of_ablation = file.parts[1].startswith(_ABLATION)
            found[str(file)] = _OF_ABLATION if is_of_ablation else _OF_FILE.get(file.name, by_folder)
    for path in sorted((workspace.root / "cards").rglob("*")):
        if path.is_file() and path.suffix in _SUFFIXES:
            found[workspace.relative(path)] = "card data"
    for path, handed in handed_on.every(workspace).items():
        found[workspace.relative(path)] = f"shards --to {handed.to}"
    return found
