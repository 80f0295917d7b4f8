"""How does a trained student leave for a program without torch?

Every file is run beside its checkpoint on rendered portraits before it counts: one whose masks differ by
more than rounding explains is an error.

Example::

    datatools export --model extremec3net_official.pth --formats onnx picture --out exported/
"""

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from pydantic import Field

from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.readers._files import walk
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # torch takes a second to import; `datatools --help` does without it
    import numpy as np
    from numpy.typing import NDArray

    from datatools.masks import RGB
    from datatools.student.checkpoint import Student

Format = Literal["onnx", "picture", "int8", "openvino"]
_N_PORTRAITS = 4  # rendered, to compare on


class Settings(StageSettings):
    """Settings of ``export``."""

    name: str | None = None
    """A student that was trained in the workspace."""

    model: Path | None = None
    """Or a file of weights: a student's model.pt, or the published extremec3net_official.pth."""

    formats: list[Format] = Field(default=["onnx"], min_length=1)
    """onnx: preprocessed input to logits; picture: RGB picture to probability; int8; openvino."""

    out: Path | None = None
    """Folder for the files; of a student of the workspace, exported/ in its folder by default."""

    calibration: Path | None = None
    """For int8: a folder of pictures that nothing is measured on later."""

    n_calibration: int = Field(default=32, ge=8)
    """For int8: how many of them are used."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write a student as ONNX (plain, with the preprocessing inside, or int8) or for OpenVINO.

    Raises:
        UsageError: no such student, no folder to write to, or no pictures to calibrate int8 on.
        MissingExtraError: the packages for a format are not installed.
        WeightsError: the weights are broken, or an exported file gives another mask.
    """
    weights, stem, folder = _where(workspace, settings)
    files = {kind: folder / _file_name(stem, kind) for kind in dict.fromkeys(settings.formats)}
    if settings.dry_run:
        names = ", ".join(str(path) for path in files.values())
        return StageResult(
            stage="export", facts={"n_to_write": len(files)}, notes=[f"Would export {weights} as {names}."]
        )
    if settings.name is None:
        return _export(weights, files, settings, progress)
    reads = (weights,)
    writes = [path for path in files.values() if path.is_relative_to(workspace.root)]
    with workspace.run("export", settings.model_dump(mode="json"), reads=reads, writes=writes) as record:
        result = _export(weights, files, settings, progress)
        record.facts |= result.facts
    return result


def _where(workspace: Workspace, settings: Settings) -> tuple[Path, str, Path]:
    """Give the weights, the stem of the files and their folder."""
    if (settings.name is None) == (settings.model is None):
        raise UsageError("expected either --name of a student trained here or --model with a file")
    if "int8" in settings.formats and settings.calibration is None:
        raise UsageError("expected --calibration with a folder of pictures for the format int8")
    if settings.name is not None:
        weights = workspace.trained_model(settings.name)
        if weights is None:
            raise UsageError(
                f"expected a student {settings.name!r} trained in {workspace.root}, found none; "
                "name a file with --model"
            )
        return weights, settings.name, settings.out or weights.parent / "exported"
    assert settings.model is not None
    if settings.out is None:
        raise UsageError(f"expected --out with a folder for what {settings.model} is exported to")
    # model.pt is what every student's weights are called; its folder has the name.
    stem = settings.model.resolve().parent.name if settings.model.name == "model.pt" else settings.model.stem
    return settings.model, stem, settings.out


def _file_name(stem: str, kind: Format) -> str:
    return {
        "onnx": f"{stem}.onnx",
        "picture": f"{stem}-picture.onnx",
        "int8": f"{stem}-int8.onnx",
        "openvino": f"{stem}.xml",
    }[kind]


def _export(weights: Path, files: dict[Format, Path], settings: Settings, progress: Progress) -> StageResult:
    from datatools import plugins, tables
    from datatools.student import checkpoint

    try:
        from datatools.student import parity
        from datatools.student.engines import open_engine
    except ModuleNotFoundError as error:
        raise plugins.missing_extra(error) from error
    student = checkpoint.load(weights)
    portraits = _portraits(settings.seed)
    facts: dict[str, object] = {"checkpoint_sha256": student.sha256}
    notes = []
    with progress.bar("export", len(files)) as advance:
        for kind, path in files.items():
            _write(student, kind, path, settings)
            engine = open_engine(path)
            found = parity.compare(student, engine, engine.facts, portraits)
            sha256 = tables.sha256_file(path)
            facts[kind] = {"file": path.name, "sha256": sha256, "runtime": engine.name, **asdict(found)}
            notes.append(
                f"{path}: the checkpoint's mask on {found.same_frac:.4%} of the pixels of "
                f"{found.n_pictures} rendered portraits in {engine.name}"
            )
            advance()
    return StageResult(stage="export", facts=facts, notes=notes)


def _write(student: "Student", kind: Format, path: Path, settings: Settings) -> None:
    from datatools import plugins

    try:
        from datatools.student import export
        from datatools.student.onnx_graph import with_picture
    except ModuleNotFoundError as error:
        raise plugins.missing_extra(error) from error
    if kind == "onnx":
        model = export.folded_onnx(student, "maximum")
        export.save_onnx(path, model, export.facts(student, "tensor", "float32"))
    elif kind == "picture":
        model = with_picture(export.folded_onnx(student, "maximum"), student.preprocessing)
        export.save_onnx(path, model, export.facts(student, "picture", "float32"))
    elif kind == "openvino":
        model = export.folded_onnx(student, "prelu")
        export.save_openvino(path, model, export.facts(student, "tensor", "float32"))
    else:
        from datatools.student.quantise import quantise

        model = quantise(export.folded_onnx(student, "prelu"), _calibration(student, settings))
        export.save_onnx(path, model, export.facts(student, "tensor", "int8"))


def _calibration(student: "Student", settings: Settings) -> "list[NDArray[np.float32]]":
    import numpy as np

    from datatools import images

    assert settings.calibration is not None
    if not settings.calibration.is_dir():
        raise UsageError(f"expected a folder of pictures at {settings.calibration}, which is none")
    files = (settings.calibration / one.path for one in walk(settings.calibration) if one.problem is None)
    found = sorted(path for path in files if path.suffix.lower() in images.SUFFIXES)
    pictures = (images.read_rgb(path) for path in found[: settings.n_calibration])
    return [np.ascontiguousarray(student.preprocessing.prepare(picture).numpy()) for picture in pictures]


def _portraits(seed: int) -> "list[RGB]":
    import numpy as np

    from datatools.synthetic.identity import sample_identity
    from datatools.synthetic.portrait import render
    from datatools.synthetic.scene import sample_scene

    rng = np.random.default_rng(seed)
    return [
        render(sample_identity(rng, monk_tone=1 + 3 * number), sample_scene(rng, 256, 300)).image
        for number in range(_N_PORTRAITS)
    ]
