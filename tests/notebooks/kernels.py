"""Run notebooks as Jupyter would, one kernel after the other."""

import json
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).resolve().parents[2] / "notebooks"
_TIMEOUT_S = 300


@dataclass(frozen=True, slots=True)
class Ran:
    """What a notebook showed, cell by cell."""

    outputs: list[list[dict[str, object]]]  # of each code cell

    def of_kind(self, kind: str) -> Iterator[str]:
        """Give every output of a MIME type, in order."""
        for cell in self.outputs:
            for output in cell:
                data = output.get("data")
                if isinstance(data, dict) and kind in data:
                    yield str(data[kind])

    @property
    def printed(self) -> str:
        """Give what was printed."""
        texts = (output for cell in self.outputs for output in cell if output["output_type"] == "stream")
        return "".join(str(output["text"]) for output in texts)

    @property
    def everything(self) -> str:
        """Give all outputs as JSON."""
        return json.dumps(self.outputs)


def run(text: str, folder: Path) -> Ran:
    """Run a notebook's cells in a folder; an error in a cell is raised here."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # Jupyter's own; those of the kernel are not ours to raise
        notebook = nbformat.reads(text, as_version=4)  # type: ignore[no-untyped-call]  # nbformat's
        nbformat.validate(notebook)
        client = NotebookClient(
            notebook, timeout=_TIMEOUT_S, kernel_name="python3", resources={"metadata": {"path": str(folder)}}
        )
        client.execute()
    cells = [cell for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return Ran([[dict(output) for output in cell["outputs"]] for cell in cells])
