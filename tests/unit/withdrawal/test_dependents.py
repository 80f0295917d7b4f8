"""What was computed from many people is named with the verb that makes it again."""

from datatools.withdrawal.dependents import dependents
from datatools.workspace import Workspace


def test_an_ablation_is_made_again_by_its_own_verb(workspace: Workspace) -> None:
    """Its networks and its report, beside those of other verbs."""
    expected = {
        "models/ablate-x-human-0/model.pt": "ablate --restart",
        "models/student/model.pt": "train --restart",
        "reports/ablate-x/comparisons.csv": "ablate --restart",
        "reports/audit/audit.json": "audit",
        "reports/audit/figures/m0-1.svg": "report",
        "reports/audit/report.ipynb": "report",
        "reports/audit/report.json": "report",
        "reports/audit/report.pdf": "report",
        "reports/composition/masks.csv": "composition",
    }
    for name in expected:
        path = workspace.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert dependents(workspace) == expected
