"""A model of the FiftyOne zoo proposes mattes; tested with one of our own that is listed there."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from datatools import plugins
from datatools.errors import MissingExtraError, MissingWeightsError, UsageError, WeightsError
from datatools.masks import RGB
from datatools.progress import Progress
from datatools.stages import teachers_pull
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace
from tests.pictures import draw_person

pytestmark = pytest.mark.slow

NAME = "tiny-person"


def list_model(folder: Path, *, is_here: bool = True) -> None:
    """Put a model that finds what is bright into a zoo in the folder, and FiftyOne onto it."""
    import fiftyone as fo

    models = folder / "zoo"
    models.mkdir(parents=True, exist_ok=True)
    entry = {
        "base_name": NAME,
        "base_filename": "tiny.txt",
        "version": None,
        "license": "CC0-1.0",
        "manager": {
            "type": "fiftyone.core.models.ModelManager",
            "config": {"url": "https://example.invalid/tiny.txt"},
        },
        "default_deployment_config_dict": {
            "type": "tests.unit.teachers.zoo_model.Tiny",
            "config": {},
        },
        "requirements": {"packages": [], "cpu": {"support": True}, "gpu": {"support": False}},
        "tags": ["segmentation"],
        "date_added": "2020-01-01 00:00:00",
    }
    (folder / "manifest.json").write_text(json.dumps({"models": [entry]}))
    fo.config.model_zoo_dir = str(models)
    fo.config.model_zoo_manifest_paths = [str(folder / "manifest.json")]
    if is_here:
        (models / "tiny.txt").write_text("128")


@pytest.fixture(scope="module")
def module(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Give the plug-in's module, with a database of its own, or skip."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("FIFTYONE_DATABASE_DIR", str(tmp_path_factory.mktemp("mongo")))
        try:
            yield plugins.module("teachers", "zoo")
        except MissingExtraError as error:
            pytest.skip(str(error))


def teacher_of(module: Any, found: object, targets: dict[int, str] | None = None) -> Any:
    """Give a teacher whose model always gives the same."""

    class Always:
        mask_targets = targets

        def predict(self, arg: RGB) -> object:
            if isinstance(found, Exception):
                raise found
            return found

    return module.ZooTeacher(Always(), name="always", licence="CC0-1.0", fingerprint="1")


def test_a_model_of_the_zoo_is_found_by_its_name(module: Any, tmp_path: Path) -> None:
    """Its file and its licence are FiftyOne's business; the matte is where it sees a person."""
    list_model(tmp_path)
    teacher = load_teacher(f"zoo:{NAME}")
    picture, _ = draw_person()
    matte = teacher.matte(picture, [])
    assert (teacher.name, getattr(teacher, "licence", None)) == ("zoo-tiny-person", "CC0-1.0")
    np.testing.assert_array_equal(matte.array, (picture.mean(2) > 128).astype(np.float32))


def test_another_file_has_another_fingerprint(module: Any, tmp_path: Path) -> None:
    """A model that was replaced makes its mattes stale."""
    list_model(tmp_path)
    first = load_teacher(f"zoo:{NAME}").fingerprint
    (tmp_path / "zoo" / "tiny.txt").write_text("100")
    assert load_teacher(f"zoo:{NAME}").fingerprint != first


def test_a_model_that_is_not_here_names_the_command(module: Any, tmp_path: Path) -> None:
    """Nothing is downloaded behind the user's back."""
    list_model(tmp_path, is_here=False)
    with pytest.raises(MissingWeightsError, match=f"`datatools teachers pull zoo:{NAME}`"):
        load_teacher(f"zoo:{NAME}")


def test_a_model_that_does_not_exist_is_refused(module: Any, tmp_path: Path) -> None:
    """With the command that lists those that do."""
    list_model(tmp_path)
    with pytest.raises(UsageError, match=r"`fiftyone zoo models list`.*got 'nothing'"):
        load_teacher("zoo:nothing")


def test_pulling_brings_what_is_missing(
    module: Any, tmp_path: Path, workspace: Workspace, quiet: Progress
) -> None:
    """What is here already is left as it is; an address that does not answer is an error."""
    list_model(tmp_path)
    settings = teachers_pull.Settings(names=(f"zoo:{NAME}",))
    result = teachers_pull.run(workspace, settings, quiet)
    assert result.facts["paths"] == {f"zoo:{NAME}": str(tmp_path / "zoo" / "tiny.txt")}
    list_model(tmp_path / "empty", is_here=False)
    with pytest.raises(MissingWeightsError, match="could not be downloaded"):
        teachers_pull.run(workspace, settings, quiet)


def test_a_class_mask_is_searched_for_the_person(module: Any) -> None:
    """By the model's own list of classes; a model without one draws people alone."""
    from fiftyone import Segmentation

    mask = np.array([[0, 1, 15]], np.uint8)
    image = np.zeros((1, 3, 3), np.uint8)
    named = teacher_of(module, {"mask": Segmentation(mask=mask)}, {0: "background", 1: "cat", 15: "Person"})
    assert named.matte(image, []).array.tolist() == [[0, 0, 1]]
    assert teacher_of(module, Segmentation(mask=mask)).matte(image, []).array.tolist() == [[0, 1, 1]]
    with pytest.raises(WeightsError, match="knows no person among"):
        teacher_of(module, Segmentation(mask=mask), {1: "cat"}).matte(image, [])


def test_people_among_instances_are_laid_over_each_other(module: Any) -> None:
    """In their boxes, each as sure as the model is; other things are left out."""
    from fiftyone import Detection, Detections

    full = np.ones((2, 2), bool)
    found = [
        Detection(label="person", bounding_box=[0, 0, 0.5, 1], mask=full, confidence=0.5),
        Detection(label="person", bounding_box=[0.25, 0, 0.25, 0.5], mask=full),
        Detection(label="cat", bounding_box=[0, 0, 1, 1], mask=full),
        Detection(label="person", bounding_box=[0.5, 0, 0.5, 1]),
        Detection(label="person", bounding_box=[1.5, 0, 0.5, 1], mask=full),
    ]
    matte = teacher_of(module, Detections(detections=found)).matte(np.zeros((2, 4, 3), np.uint8), [])
    assert matte.array.tolist() == [[0.5, 1, 0, 0], [0.5, 0.5, 0, 0]]


@pytest.mark.parametrize(
    ("values", "limits"),
    [
        (np.array([[0, 51]], np.uint8), None),
        (np.array([[0, 0.2]]), None),
        (np.array([[-1, -0.6]]), [-1, 1]),
    ],
)
def test_a_heat_map_is_a_matte(module: Any, values: RGB, limits: list[float] | None) -> None:
    """Scaled by its range."""
    from fiftyone import Heatmap

    matte = teacher_of(module, Heatmap(map=values, range=limits)).matte(np.zeros((1, 2, 3), np.uint8), [])
    np.testing.assert_allclose(matte.array, [[0, 0.2]], atol=1e-6)


@pytest.mark.parametrize(
    ("found", "message"),
    [(ValueError("no memory"), "does not run: no memory"), ({}, "gives NoneType; expected a segmentation")],
)
def test_what_is_no_segmenter_is_refused(module: Any, found: object, message: str) -> None:
    """A classifier, or a model that fails."""
    with pytest.raises(WeightsError, match=message):
        teacher_of(module, found).matte(np.zeros((2, 2, 3), np.uint8), [])


def test_a_model_that_wants_more_packages_says_so(
    module: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Most of the zoo wants torchvision."""
    list_model(tmp_path)

    def refuse(*_: object, **__: object) -> None:
        raise ImportError("torchvision is not installed")

    monkeypatch.setattr(module.zoo_models, "load_zoo_model", refuse)
    with pytest.raises(MissingExtraError, match="needs more packages: torchvision"):
        load_teacher(f"zoo:{NAME}")


def test_a_fiftyone_that_does_not_start_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its database may be missing or broken."""
    (tmp_path / "fiftyone").mkdir()
    (tmp_path / "fiftyone" / "__init__.py").write_text("raise RuntimeError('no database')")
    for name in [name for name in sys.modules if name.partition(".")[0] == "fiftyone"]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.delitem(sys.modules, "datatools.teachers.zoo", raising=False)
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(UsageError, match=r"does not start \(no database\): `datatools doctor`"):
        plugins.module("teachers", "zoo")
