"""A student leaves as files that were compared with its checkpoint."""

import json
from pathlib import Path

import pytest

from datatools.errors import UsageError
from datatools.images import read_rgb
from datatools.progress import Progress
from datatools.stages import evaluate, export
from datatools.stages.export import Settings
from datatools.student import checkpoint
from datatools.student.engines import open_engine
from datatools.workspace import Workspace
from tests.pictures import write_people
from tests.unit.student.exports import PREPROCESSING, student


@pytest.fixture
def weights(workspace: Workspace) -> Path:
    """Give the weights of a student of the workspace, called small."""
    path = workspace.model_folder("small") / "model.pt"
    checkpoint.save(path, student().network.state_dict(), PREPROCESSING, {"licence": "none"})
    return path


def settings(**values: object) -> Settings:
    """Give settings."""
    return Settings.model_validate(values)


def test_a_trained_student_is_exported_by_its_name(
    workspace: Workspace, quiet: Progress, weights: Path
) -> None:
    """Beside its weights, with a run record."""
    result = export.run(workspace, settings(name="small", formats=["onnx", "picture"]), quiet)
    folder = weights.parent / "exported"
    assert sorted(path.name for path in folder.iterdir()) == ["small-picture.onnx", "small.onnx"]
    facts = result.facts["onnx"]
    assert isinstance(facts, dict)
    assert facts["same_frac"] > 0.9999
    (record,) = workspace.run_files()
    outputs = json.loads(record.read_text())["outputs"]
    assert set(outputs) == {f"models/small/exported/{name}" for name in ("small.onnx", "small-picture.onnx")}
    assert open_engine(folder / "small.onnx").facts.licence == "none"


def test_an_export_is_evaluated_as_any_model(
    workspace: Workspace, quiet: Progress, weights: Path, tmp_path: Path
) -> None:
    """The scores equal the checkpoint's."""
    export.run(workspace, settings(model=weights, out=tmp_path / "out"), quiet)
    write_people(tmp_path / "people", 3)
    scores = [
        evaluate.evaluate_folder(
            tmp_path / "people", str(model), options={"mask_source": "rendered"}, replicates=100
        )
        for model in (weights, tmp_path / "out" / "small.onnx")
    ]
    values = [{name: found.value for name, found in result[0].metrics.items()} for result in scores]
    assert values[0] == pytest.approx(values[1], abs=1e-3, nan_ok=True)
    assert scores[1][0].model == "small-onnxruntime"


@pytest.mark.slow
def test_int8_and_openvino_are_written(
    workspace: Workspace, quiet: Progress, weights: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The ranges of int8 come from a folder of pictures; no advice that was followed already is printed."""
    pytest.importorskip("openvino")
    write_people(tmp_path / "people", 8, with_masks=False)
    given = settings(
        model=weights,
        formats=["int8", "openvino"],
        out=tmp_path / "out",
        calibration=tmp_path / "people",
        n_calibration=8,
    )
    result = export.run(workspace, given, quiet)
    assert set(result.facts) == {"checkpoint_sha256", "int8", "openvino"}
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "small-int8.onnx",
        "small.bin",
        "small.xml",
    ]
    assert not caplog.records


def test_a_dry_run_writes_nothing(workspace: Workspace, quiet: Progress, weights: Path) -> None:
    """It names the files."""
    result = export.run(workspace, settings(name="small", dry_run=True), quiet)
    assert "small.onnx" in result.notes[0]
    assert not (weights.parent / "exported").exists()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({}, "either --name"),
        ({"name": "small", "model": "x.pt"}, "either --name"),
        ({"name": "other"}, "found none"),
        ({"model": "x.pt"}, "expected --out"),
        ({"name": "small", "formats": ["int8"]}, "expected --calibration"),
        ({"name": "small", "formats": ["int8"], "calibration": "none"}, "expected a folder of pictures"),
    ],
)
def test_what_does_not_fit_is_refused(
    workspace: Workspace, quiet: Progress, weights: Path, values: dict[str, object], message: str
) -> None:
    """Before anything is written."""
    with pytest.raises(UsageError, match=message):
        export.run(workspace, settings(**values), quiet)


@pytest.mark.slow
def test_the_published_network_keeps_its_mask(
    workspace: Workspace, quiet: Progress, shared_models: Path, shared_data: Path, tmp_path: Path
) -> None:
    """On real portraits too, at the size it was trained for."""
    weights = shared_models / "extremec3net_official.pth"
    export.run(workspace, settings(model=weights, out=tmp_path), quiet)
    engine = open_engine(tmp_path / "extremec3net_official.onnx")
    published = checkpoint.load(weights)
    from datatools.student.parity import compare

    pictures = [read_rgb(path) for path in sorted((shared_data / "celebamask" / "images").iterdir())[:6]]
    assert compare(published, engine, engine.facts, pictures).same_frac >= 0.9999
