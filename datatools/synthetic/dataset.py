"""How is a whole data set of rendered portraits made, whatever interrupts it?

Every picture is drawn from its own seed, so the files are the same bytes however many processes draw
them and in whatever order. ``index.csv`` is written last: its presence means that the set is whole.
"""

import dataclasses
import io
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Literal

import cv2
import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from datatools.crews import Lost, Needs
from datatools.crews.local import LocalCrew
from datatools.errors import DatatoolsError, UsageError
from datatools.images import read_mask, read_rgb, to_jpeg, write_mask
from datatools.masks import RGB, Mask
from datatools.outside.formulas import to_csv
from datatools.progress import Progress
from datatools.synthetic.annotators import ANNOTATORS, HABITS, Answered, annotate, truths
from datatools.synthetic.identity import Identity, sample_identity
from datatools.synthetic.plant import PLANTS, harden
from datatools.synthetic.portrait import stage
from datatools.synthetic.scene import Pose, Scene, place_companion, sample_scene
from datatools.tables import write_bytes

LICENCE = "CC0-1.0: rendered, no person is shown"


class RenderSettings(BaseModel):
    """Settings of a rendered set; equal settings give equal files."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    n_people: int = Field(default=240, ge=1)
    """How many people to draw; skin tones go round the ten Monk tones."""

    max_pictures: int = Field(default=3, ge=1)
    """Each person has between one and this many pictures."""

    seed: int = Field(default=0, ge=0)
    """Seed of everything random."""

    min_px: int = Field(default=256, ge=128)
    """Shortest side of the smallest pictures, in px."""

    max_px: int = Field(default=512, ge=128)
    """Longest side of the largest pictures, in px."""

    two_person_frac: float = Field(default=0.06, ge=0, le=1)
    """Share of pictures that show a second person behind the first."""

    plant: Literal["dim_dark_skin", "dim_covered"] | None = None
    """Make one group's pictures harder: dim_dark_skin (Monk tones 7-10) or dim_covered (covered heads)."""

    workers: int | None = Field(default=None, ge=1)
    """Processes to draw with; all processors when left out. The files do not depend on it."""

    @model_validator(mode="after")
    def _sides_are_in_order(self) -> "RenderSettings":
        if self.min_px > self.max_px:
            raise ValueError(f"expected min_px <= max_px, got {self.min_px} > {self.max_px}")
        return self


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """One picture that is to be drawn: everything but the drawing itself."""

    picture_id: str
    person_id: str
    identity: Identity
    scene: Scene  # as the picture is drawn
    twin: Scene | None  # without the plant; None where nothing is planted
    companion: tuple[Identity, Pose] | None

    @property
    def is_planted(self) -> bool:
        """Say whether the picture is harder than its twin."""
        return self.twin is not None


def plan(settings: RenderSettings) -> list[Planned]:
    """Draw who is shown in which pictures and how; nothing is rendered yet."""
    plant = PLANTS[settings.plant] if settings.plant else None
    found: list[Planned] = []
    for number in range(settings.n_people):
        rng = np.random.default_rng([settings.seed, number])
        # The tones go round in turn: every ten people have all of them.
        identity = sample_identity(rng, number % 10 + 1)
        plant_here = plant if plant is not None and plant.holds(identity) else None
        for picture in range(int(rng.integers(1, settings.max_pictures + 1))):
            scene = sample_scene(rng, settings.min_px, settings.max_px)
            companion: tuple[Identity, Pose] | None = None
            if rng.random() < settings.two_person_frac:
                scene, beside = place_companion(rng, scene)
                companion = sample_identity(rng, int(rng.integers(1, 11))), beside
            found.append(
                Planned(
                    picture_id=f"p{number:04d}_{picture}",
                    person_id=f"p{number:04d}",
                    identity=identity,
                    scene=scene if plant_here is None else harden(scene, plant_here),
                    twin=None if plant_here is None else scene,
                    companion=companion,
                )
            )
    return found


def render_set(folder: Path, settings: RenderSettings, progress: Progress) -> None:
    """Draw a data set into a folder; what is there already from the same settings is kept.

    Raises:
        UsageError: the folder holds something else, or a set of other settings.
        DatatoolsError: a worker died of a picture, twice.
    """
    if not _is_begun(folder, settings):
        for name in ("images", "masks", "landmarks", *(["twins"] if settings.plant else [])):
            (folder / name).mkdir(parents=True, exist_ok=True)
        write_bytes(folder / "render.json", _description(settings).encode())
    if (folder / "index.csv").exists():
        return
    pictures = plan(settings)
    workers = min(settings.workers or os.cpu_count() or 1, len(pictures))
    measured: dict[str, dict[str, float]] = {}
    with progress.bar("render", len(pictures)) as advance:
        for picture, values in _drawn(folder, pictures, workers):
            measured[picture.picture_id] = values
            advance()
    _write_tables(folder, settings, pictures, [measured[picture.picture_id] for picture in pictures])


def _is_begun(folder: Path, settings: RenderSettings) -> bool:
    """Say whether this very set was begun in the folder before."""
    described = folder / "render.json"
    if described.exists():
        if described.read_text() != _description(settings):
            raise UsageError(
                f"{folder} holds a set rendered with other settings: choose another folder or remove it"
            )
        return True
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise UsageError(f"expected a new or empty folder to render into, {folder} holds something else")
    return False


def _description(settings: RenderSettings) -> str:
    plant = PLANTS[settings.plant] if settings.plant else None
    planted = None
    if plant is not None:
        planted = {
            "name": plant.name,
            "question": plant.question,
            "group": plant.group,
            "what": "pictures of the group are dim, noisy and before a cluttered backdrop of like colours",
            "twins": "twins/ID.jpg shows the same without the plant",
        }
    record = {
        "made_by": "datatools.synthetic",
        "licence": LICENCE,
        "settings": settings.model_dump(mode="json", exclude={"workers"}),
        "plant": planted,
        "skin_tone_group": {"light": "Monk 1-3", "medium": "Monk 4-6", "dark": "Monk 7-10"},
        "annotators": {name: dataclasses.asdict(HABITS[name]) for name in ANNOTATORS},
    }
    return json.dumps(record, indent=1, sort_keys=True) + "\n"


def _drawn(
    folder: Path, pictures: Sequence[Planned], workers: int
) -> Iterator[tuple[Planned, dict[str, float]]]:
    """Draw pictures, in any order."""
    if workers == 1:
        yield from ((picture, _draw(folder, picture)) for picture in pictures)
        return
    for picture, values in LocalCrew(workers).work(partial(_pen, folder), pictures, Needs()):
        if isinstance(values, Lost):
            raise DatatoolsError(
                f"the picture {picture.picture_id} was not drawn: {values.reason}. The same command goes on"
            )
        yield picture, values


def _pen(folder: Path) -> Callable[[Sequence[Planned]], Iterator[dict[str, float]]]:
    return lambda pictures: (_draw(folder, picture) for picture in pictures)


def _draw(folder: Path, picture: Planned) -> dict[str, float]:
    """Draw one picture unless its files are there; give what is measured on them."""
    name = picture.picture_id
    image, mask = folder / "images" / f"{name}.jpg", folder / "masks" / f"{name}.png"
    points, twin = folder / "landmarks" / f"{name}.npy", folder / "twins" / f"{name}.jpg"
    if not points.exists():  # written last of the picture's files
        quality = picture.scene.jpeg_quality
        staged = stage(picture.identity, picture.scene, picture.companion)
        portrait = staged.take(picture.scene)
        write_bytes(image, to_jpeg(portrait.image, quality))
        write_mask(mask, portrait.mask)
        if picture.twin is not None:
            write_bytes(twin, to_jpeg(staged.take(picture.twin).image, quality))
        buffer = io.BytesIO()
        np.save(buffer, np.stack([face.points for face in portrait.faces]))
        write_bytes(points, buffer.getvalue())
    return _measure(picture, read_rgb(image), read_mask(mask))


def _measure(picture: Planned, image: RGB, mask: Mask) -> dict[str, float]:
    """Measure a picture as it was written; numbers are rounded as they are kept."""
    luma = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255
    inside, outside = luma[mask.array], luma[~mask.array]
    pose = picture.scene.pose
    values = {
        "monk_tone": picture.identity.monk_tone,
        "age_years": picture.identity.age,
        "yaw_deg": pose.yaw_deg,
        "pitch_deg": pose.pitch_deg,
        "roll_deg": pose.roll_deg,
        "head_frac": pose.head_frac,
        "light_level": picture.scene.light.level,
        "luminance": luma.mean(),
        "person_luminance": inside.mean() if inside.size else np.nan,
        "contrast": abs(inside.mean() - outside.mean()) if inside.size and outside.size else np.nan,
        "fg_frac": mask.area_frac,
    }
    return {name: round(float(value), 5) for name, value in values.items()}


def _write_tables(
    folder: Path, settings: RenderSettings, pictures: Sequence[Planned], measured: Sequence[dict[str, float]]
) -> None:
    answers = [row for p in pictures for row in truths(p.picture_id, p.identity, p.scene)]
    answers += annotate({p.picture_id: p.identity for p in pictures}, settings.seed)
    columns = [field.name for field in dataclasses.fields(Answered)]
    _write_csv(folder / "answers.csv", columns, (dataclasses.astuple(row) for row in answers))
    _write_csv(
        folder / "measurements.csv",
        ["id", "name", "value"],
        (
            (p.picture_id, name, value)
            for p, values in zip(pictures, measured, strict=True)
            for name, value in values.items()
            if np.isfinite(value)
        ),
    )
    _write_csv(
        folder / "index.csv",
        ["id", "image", "mask", "landmarks", "person_id", "n_faces", "planted"],
        (
            (
                p.picture_id,
                f"images/{p.picture_id}.jpg",
                f"masks/{p.picture_id}.png",
                f"landmarks/{p.picture_id}.npy",
                p.person_id,
                1 if p.companion is None else 2,
                int(p.is_planted),
            )
            for p in pictures
        ),
    )


def _write_csv(path: Path, columns: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    write_bytes(path, to_csv(columns, rows))
