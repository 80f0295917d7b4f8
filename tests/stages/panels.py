"""Panels of the App as the browser holds them, without the App."""

import json
from typing import TYPE_CHECKING, cast

from datatools import tables
from datatools.browse import given, installing
from datatools.records import Annotation
from datatools.workspace import Workspace

if TYPE_CHECKING:
    import fiftyone

State = dict[str, object]


class Panel:
    """A panel as the browser holds it: its state and data go to the server and come back."""

    def __init__(self, name: str, dataset: "fiftyone.Dataset", **around: object) -> None:
        self.name, self.dataset, self.around = name, dataset, around
        self.state: State = {}
        self.data: State = {}
        self.said: list[str] = []
        self.asked: list[str] = []  # what the App was asked to do
        self.shown = ""

    def press(self, method: str, **params: object) -> "Panel":
        """Send an event."""
        from fiftyone.operators import execute_operator

        turn = self.state.get("turn")
        if isinstance(turn, dict) and turn.get("shown"):  # the buttons say below what they stood
            params.setdefault("seen", given.showing(turn["shown"]).token)
        sent = {"panel_id": "p", "panel_state": self.state, "__method__": method, **params}
        context = {"dataset": self.dataset, "params": sent, **self.around}
        result = execute_operator(f"{installing.NAME}/{self.name}", context)
        for one in json.loads(json.dumps(result.executor.to_json()))["requests"]:
            self._take(str(one["operator_uri"]).rpartition("/")[2], cast("State", one["params"]))
        return self

    def _take(self, what: str, params: State) -> None:
        self.asked.append(what)
        if what == "patch_panel_state":
            self.state = _merged(self.state, cast("State", params["state"]))
        elif what == "patch_panel_data":
            self.data = _merged(self.data, cast("State", params["data"]))
        elif what == "notify":
            self.said.append(str(params["message"]))
        elif what == "show_panel_output":
            self.shown = json.dumps(params["output"])

    @property
    def sample_id(self) -> str | None:
        """Give the sample that is shown."""
        shown = cast("State", self.state["turn"])["shown"]
        return None if shown is None else str(cast("State", shown)["sample_id"])


def _merged(old: State, new: State) -> State:
    return cast("State", json.loads(json.dumps(old | new)))


def reviewing(dataset: "fiftyone.Dataset", **around: object) -> Panel:
    """Give a review panel that was started."""
    panel = Panel("review_panel", dataset, **around)
    panel.state = {"who": "rev01"}
    return panel.press("start")


def annotating(dataset: "fiftyone.Dataset", *questions: str, who: str = "ann01") -> Panel:
    """Give an annotation panel that was started."""
    panel = Panel("annotate_panel", dataset)
    panel.state = {"who": who, "questions": list(questions)}
    return panel.press("start")


def kept(workspace: Workspace) -> list[Annotation]:
    """Give what the workspace holds, in the order in which it was given."""
    rows = workspace.rows_or_empty(tables.ANNOTATIONS)
    return sorted((row for row in rows if row.batch.startswith("app:")), key=lambda row: row.created_at or "")
