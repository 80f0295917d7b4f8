"""How do a model's masks become rows of the scores table?"""

import dataclasses
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import cast

from datatools import plugins, selection, tables
from datatools.crews import Crew
from datatools.crews.guarded import guarded
from datatools.crews.hire import unless_threaded
from datatools.crews.per_process import PerProcess
from datatools.derive import Derived, Item, With, Work, derive
from datatools.errors import DataError
from datatools.fairness.maps.error_grid import Grid, error_grid, frame
from datatools.fairness.maps.keeping import GridKeeper, is_around_face, key, key_of
from datatools.images import read_mask, read_reference_mask, read_rgb
from datatools.landmarks import Finder
from datatools.masks import RGB, Face, Mask
from datatools.metrics._counts import BAND_FRAC, COUNTS_VERSION, EDGE_TOLERANCE_PX, Counts, count, resized
from datatools.metrics._zones import zone_map, zoned_face
from datatools.progress import Progress
from datatools.records import Score
from datatools.selection import Target
from datatools.teachers import Teacher, is_concurrent
from datatools.teachers._load import load_teacher
from datatools.workspace import Workspace

_ASPECT_TOLERANCE = 0.02  # scaled masks are rounded to whole pixels
_NO_COUNTS: Mapping[str, None] = dict.fromkeys(field.name for field in dataclasses.fields(Counts))


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """A picture and the mask that a prediction of it is held against."""

    sample_id: str
    person_id: str
    split: str | None
    image: Path
    reference: Target
    prediction: Path | None = None  # a generated mask; None: the model predicts
    faces: Sequence[Face] | None = None  # largest first; None: nobody looked for them
    problem: str | None = None  # why the picture cannot be scored


Predict = Callable[[RGB, Sequence[Face]], Mask]


@dataclass(frozen=True, slots=True)
class Model:
    """What makes the predictions; ``predict`` is None where they lie on disk already."""

    name: str
    fingerprint: str
    needs_faces: bool
    predict: PerProcess[Predict] | None
    is_concurrent: bool = True  # False: it brings threads of its own, one at a time is fastest


@dataclass(frozen=True, slots=True, eq=False)
class _Read:
    pair: Pair
    reference: Mask
    image: RGB | None
    prediction: Mask | None


@dataclass(frozen=True, slots=True, eq=False)
class _Predicted:
    prediction: Mask
    reference: Mask
    seconds: float | None


def load_model(name_or_file: str, *, finder: str | None = None) -> Model:
    """Load a teacher by its name or file; ``finder`` finds faces for it where no table holds them.

    Raises:
        UsageError, WeightsError: as ``load_teacher``.
    """
    own: PerProcess[Teacher] = PerProcess(partial(load_teacher, name_or_file))
    teacher = own.get()
    if finder is None or not teacher.needs_faces:
        return model_of(own, teacher.name, teacher.fingerprint)
    eyes: PerProcess[Finder] = PerProcess(partial(plugins.build, "landmarks", finder))
    return Model(
        teacher.name,
        tables.fingerprint(teacher.fingerprint, eyes.get().fingerprint),
        False,
        PerProcess(partial(_looking, own, eyes)),
        is_concurrent(teacher),
    )


def model_of(own: PerProcess[Teacher], name: str, fingerprint: str, threshold: float = 0.5) -> Model:
    """Give a teacher, cut at a threshold, as the model of a name."""
    teacher = own.get()
    predict = PerProcess(partial(_cutting, own, threshold))
    return Model(name, fingerprint, teacher.needs_faces, predict, is_concurrent(teacher))


def _cutting(own: PerProcess[Teacher], threshold: float) -> Predict:
    teacher = own.get()
    return lambda image, faces: teacher.matte(image, faces).threshold(threshold)


def _looking(own: PerProcess[Teacher], eyes: PerProcess[Finder]) -> Predict:
    teacher, finder = own.get(), eyes.get()
    return lambda image, _: teacher.matte(image, finder.faces(image)).threshold()


@dataclass(frozen=True, slots=True)
class Scores:
    """What came of scoring."""

    derived: Derived[Score]
    n_without_grid: int  # good scores of these pairs that have a face, but no grid of errors around it

    def unmapped(self) -> list[str]:
        """Say how many pictures have no grid, and how to make it, where there are such."""
        n = self.n_without_grid
        who = "1 picture with a face has" if n == 1 else f"{n} pictures with a face have"
        how = "no error map, since an older version scored them: --maps scores them again and makes it."
        return [f"{who} {how}"] if n else []


def score(
    workspace: Workspace,
    model: Model,
    pairs: Iterable[Pair],
    progress: Progress,
    *,
    crew: Crew,
    wants_grids: bool = False,
    is_strange: bool = False,
) -> Scores:
    """Bring the workspace's scores of these pairs up to date, and their error grids with them.

    Scores that an older version made are kept without a grid, unless ``wants_grids``: then pictures with a
    face are scored again for one. Files that are ``is_strange``, seen by no ingest, are decoded where a
    decoder's death costs one of them.

    Raises:
        TooManyFailuresError: more than half of the pictures, and more than 20, cannot be scored.
    """
    with GridKeeper(workspace) as grids:
        derived = derive(
            workspace,
            tables.SCORES,
            (Item(_key(model, pair), parents_of(model, pair), pair) for pair in pairs),
            partial(_work, model, is_strange),
            key=key_of,
            label=f"evaluate ({model.name})",
            progress=progress,
            crew=unless_threaded(crew, is_concurrent=model.is_concurrent),
            keep_beside=lambda _, graded: _keep(grids, graded),
            is_intact=lambda row: not wants_grids or not is_around_face(row) or grids.had(row),
        )
    return Scores(derived, grids.write(derived.keys.located(derived.rows, key_of)))


def _keep(grids: GridKeeper, graded: Sequence[object]) -> None:
    if graded:  # there is a face
        grids.keep(*cast("tuple[Score, Grid]", graded))


def _work(model: Model, is_strange: bool) -> Work[Pair, _Read, _Predicted, Score]:
    return Work(
        prepare=lambda pair: _read(model, pair, is_strange),
        forward=lambda read: _predict(model, read),
        finish=lambda item, predicted: _row(model, item, predicted),
        failed=lambda item, error: _failed(model, item, error),
    )


def _key(model: Model, pair: Pair) -> str:
    return key(pair.sample_id, model.name, pair.reference.mask_source)


def parents_of(model: Model, pair: Pair) -> str:
    """Fingerprint all that a score is counted from: the model, both masks, the face, person and split."""
    files = (pair.reference.path, pair.prediction)
    hashes = [tables.sha256_file(file) for file in files if file is not None and file.is_file()]
    # Without a need for faces only the one that zones lie around counts: nobody looked, or nothing was
    # found, are one.
    zoned = zoned_face(pair.faces)
    seen = (pair.faces or ()) if model.needs_faces else [] if zoned is None else [zoned]
    faces = selection.faces_fingerprint(seen)
    counted = (COUNTS_VERSION, BAND_FRAC, EDGE_TOLERANCE_PX)
    return tables.fingerprint(
        model.fingerprint, pair.sample_id, pair.person_id, pair.split, hashes, faces, counted
    )


def _read(model: Model, pair: Pair, is_strange: bool) -> _Read:
    if pair.problem is not None:
        raise DataError(pair.problem)
    if model.needs_faces and pair.faces is None:
        raise DataError(
            f"{model.name} needs faces, and the stage landmarks has not looked at {pair.image.name}"
        )
    if is_strange:
        reference, image = guarded(_decoded, pair)
        return _Read(pair, reference, image, None)
    reference = read_reference_mask(pair.reference.path).mask
    if pair.prediction is not None:
        return _Read(pair, reference, None, read_mask(pair.prediction))
    return _Read(pair, reference, read_rgb(pair.image), None)


def _decoded(pair: Pair) -> tuple[Mask, RGB]:
    return read_reference_mask(pair.reference.path).mask, read_rgb(pair.image)


def _predict(model: Model, read: _Read) -> _Predicted:
    if read.prediction is not None:
        return _Predicted(read.prediction, read.reference, None)
    assert model.predict is not None
    assert read.image is not None
    started = time.perf_counter()
    prediction = model.predict.get()(read.image, read.pair.faces or ())
    return _Predicted(prediction, read.reference, time.perf_counter() - started)


def _row(model: Model, item: Item[Pair], predicted: _Predicted) -> With[Score]:
    prediction, shape = predicted.prediction.array.shape, predicted.reference.array.shape
    check_aspect(prediction, shape)
    # A prediction has its picture's size, and so tells in which px the face lies.
    picture = (prediction[0], prediction[1])
    face = zoned_face(item.subject.faces)
    zones = None if face is None else zone_map(face, picture, shape)
    scaled = resized(predicted.prediction, shape)
    counts = count(scaled, predicted.reference, zones)
    score = _score(model, item, dataclasses.asdict(counts), predicted.seconds, None)
    if face is None:
        return With([score], [])
    return With([score], [score, error_grid(scaled, predicted.reference, frame(face, picture, shape))])


def check_aspect(pred_shape: tuple[int, ...], ref_shape: tuple[int, ...]) -> None:
    """Refuse a reference of another shape than the picture: scaling it would hide that they do not match."""
    ratio = (pred_shape[0] * ref_shape[1]) / (pred_shape[1] * ref_shape[0])
    if not 1 - _ASPECT_TOLERANCE <= ratio <= 1 + _ASPECT_TOLERANCE:
        raise DataError(
            f"expected a reference mask of the picture's proportions, height x width {pred_shape}, "
            f"got {ref_shape}: do they belong together?"
        )


def _failed(model: Model, item: Item[Pair], error: str) -> Score:
    return _score(model, item, _NO_COUNTS, None, error)


def _score(
    model: Model,
    item: Item[Pair],
    counts: Mapping[str, int | None],
    seconds: float | None,
    error: str | None,
) -> Score:
    pair = item.subject
    return Score(
        sample_id=pair.sample_id,
        person_id=pair.person_id,
        model=model.name,
        reference_source=pair.reference.mask_source,
        split=pair.split,
        seconds=seconds,
        parents=item.parents,
        status="ok" if error is None else "failed",
        error=error,
        **counts,
    )
