"""Which networks can propose masks, under which licence, and are they here?

Example::

    datatools teachers list
"""

from dataclasses import asdict

from datatools import plugins
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.teachers import _weights
from datatools.workspace import Workspace

_OTHERS = {
    "grabcut": "needs no weights: GrabCut seeded from the landmarks",
    "network": "any ONNX, TFLite, TensorFlow.js or TorchScript network: give the path of its card (TOML)",
    "smp": "DeepLabV3+ with SE-ResNeXt-50: `datatools teachers train` makes one; give the path of its .pt",
    "zoo": "any segmenter of the FiftyOne model zoo (extra browse): zoo:NAME, of `fiftyone zoo models list`",
    "exported": "a student that `datatools export` wrote: give the path of its .onnx or .xml file",
    "extremec3net": "the student trained here, in the package; for research only (its card lies beside it)",
    "extremec3net_polished": "the same after it went on learning at full size; for research only",
    "student": "an ExtremeC3Net of ours or the published weights: give the path of the .pt or .pth file",
}


class Settings(StageSettings):
    """Settings of ``teachers list``; it has none of its own."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """List teachers and weights: source, licence, size, and whether they are here."""
    weights = _weights.list_weights()
    notes: list[str] = []
    for info in weights:
        state = f"here: {info.path}" if info.is_here else f"not here: {info.get_by}"
        notes += [
            f"{info.name} ({info.n_bytes / 1e6:.1f} MB), {state}",
            f"    from {info.source}",
            f"    licence: {info.licence}",
            f"    {info.note}",
        ]
    others = [name for name in plugins.names("teachers") if name not in {info.name for info in weights}]
    notes += [f"{name}: {_OTHERS.get(name, 'a plug-in')}" for name in others]
    facts: dict[str, object] = {"weights": [asdict(info) for info in weights], "others": others}
    return StageResult(stage="teachers list", facts=facts, notes=notes)
