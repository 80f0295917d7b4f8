"""Which teacher does a word on the command line mean: a plug-in, a card or a checkpoint?"""

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from datatools import plugins
from datatools.errors import UsageError
from datatools.teachers import Teacher

ZOO = "zoo:"  # before the name of a model of the FiftyOne zoo
_CHECKPOINTS = frozenset({".pt", ".pth"})
_EXPORTED = frozenset({".onnx", ".xml"})
_NEEDS_A_FILE = frozenset({"network", "student", "smp", "zoo", "exported"})


def _owner(checkpoint: Path) -> str:
    """Say which plug-in a file of weights is for."""
    # Imported here: torch takes a second, which other teachers need not wait for.
    from datatools.student.checkpoint import architecture_of

    architecture = architecture_of(checkpoint) or ""
    return "smp" if architecture.startswith("deeplabv3plus") else "student"


def load_teacher(name_or_file: str, options: Mapping[str, object] | None = None) -> Teacher:
    """Make the teacher of a plug-in's name, a network's card (.toml), a checkpoint or an exported student.

    Raises:
        UsageError: none of these, no such file, or options that the teacher does not take.
        MissingWeightsError: its weights were not pulled.
        WeightsError: its weights are not what they should be.
    """
    path = Path(name_or_file)
    given = dict(options or {})
    if name_or_file.startswith(ZOO):
        model = name_or_file.removeprefix(ZOO)
        return cast("Teacher", plugins.build("teachers", "zoo", {"model": model, **given}))
    if path.suffix in {".toml", *_CHECKPOINTS, *_EXPORTED}:
        if not path.is_file():
            raise UsageError(f"expected a teacher's file at {path}, which does not exist")
        if path.suffix == ".toml":
            return cast("Teacher", plugins.build("teachers", "network", {"card": str(path), **given}))
        if path.suffix in _EXPORTED:
            return cast("Teacher", plugins.build("teachers", "exported", {"path": str(path), **given}))
        return cast("Teacher", plugins.build("teachers", _owner(path), {"checkpoint": str(path), **given}))
    if path.suffix in {".tflite", ".json", ".torchscript"}:
        raise UsageError(
            f"{path} needs a card that says how to run it: see docs/teachers.md, then name the card"
        )
    names = [name for name in plugins.names("teachers") if name not in _NEEDS_A_FILE]
    if name_or_file not in names:
        raise UsageError(
            f"expected a teacher among {', '.join(names)}, the card of a network (.toml), a checkpoint "
            "(.pt, .pth), an exported student (.onnx, .xml) or a FiftyOne zoo model (zoo:NAME); "
            f"got {name_or_file!r}"
        )
    return cast("Teacher", plugins.build("teachers", name_or_file, given))
