"""Which group is each sample's person in, as the latest audit compares people?

The attributes, the samples under audit and what is too small to show come from the settings that the audit
keeps; answers, measurements and scores are those of today.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from datatools.browse.fields import slug
from datatools.fairness import recorded
from datatools.fairness.audit import Scope
from datatools.fairness.estimates import AttributeAudit, ModelAudit
from datatools.fairness.evaluation import chosen_metrics
from datatools.fairness.result import AuditResult
from datatools.fairness.statistics.layout import Layout, lay
from datatools.fairness.statistics.people import by_person
from datatools.fairness.who.groups import group_name, without_few_several
from datatools.fairness.why.slice_scene import sign_of
from datatools.progress import Progress
from datatools.report import newest
from datatools.workspace import Workspace


@dataclass(frozen=True, slots=True, eq=False)
class OfModel:
    """One model's good scores under audit, and the groups of its people."""

    told: ModelAudit
    rows: pd.DataFrame
    layouts: list[Layout]  # of single attributes; crossings are in the audit panel

    def attributes(self) -> Iterator[tuple[Layout, AttributeAudit]]:
        """Give each attribute's groups beside what the audit says of them."""
        for layout in self.layouts:
            found = [one for one in self.told.attributes if one.attribute == layout.axis.name]
            if found:
                yield layout, found[0]

    def is_error(self, metric: str) -> bool:
        """Say whether a metric counts errors, so that higher is worse."""
        return sign_of(chosen_metrics([metric])[0], self.rows) < 0


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The latest audit, laid over the tables of today."""

    audit: AuditResult
    scope: Scope
    models: list[OfModel]  # accuracy first

    def values(self) -> dict[str, dict[str, str]]:
        """Give the group of each sample under audit, by the names of the fields; small ones are left out."""
        found: dict[str, dict[str, str]] = {}
        for one in self.models:
            for layout in one.layouts:
                of_sample = found.setdefault(field(layout.axis.name), {})
                shown = set(layout.shown)
                of_person = {
                    person: level for person, level in layout.axis.group_of.items() if level in shown
                }
                for sample_id, person in self.scope.person_of.items():
                    if person in of_person:
                        of_sample[sample_id] = group_name(of_person[person])
        return {name: of_sample for name, of_sample in found.items() if of_sample}


def field(attribute: str) -> str:
    """Give the name of the field with an attribute's groups."""
    return slug(f"group_{attribute}")


def read(workspace: Workspace) -> Groups | None:
    """Lay the latest audit's groups over the people of today; None where there is no audit.

    Raises:
        UsageError: what the audit asked for is not there any more.
        DataError: the audit is broken, or of another version.
        TableError: a table is missing or broken.
    """
    audit = newest.audit(workspace)
    if audit is None:
        return None
    wanted = recorded.asked(audit.settings)
    scope = recorded.scope_of(workspace, wanted, Progress("quiet"))
    axes = [without_few_several(axis, wanted.min_people) for axis in scope.axes]
    good = scope.scores[scope.scores["status"] == "ok"]
    models = []
    for told in sorted(audit.models, key=lambda told: told.reading != "accuracy"):
        is_of_model = (good["model"] == told.model) & (good["reference_source"] == told.reference_source)
        rows = good[np.asarray(is_of_model, bool)]
        if len(rows):
            models.append(OfModel(told, rows, lay(axes, by_person(rows, []), wanted.min_people)))
    return Groups(audit, scope, models)
