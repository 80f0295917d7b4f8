"""Which bias is planted in a rendered set, and how large is it for a given model?

A plant makes the pictures of one named group harder: little light, all from the side, much noise, and a
cluttered backdrop in the colours of the person. Each planted picture also exists without the plant (its
twin: the same person, pose, clothes and camera), so that the plant's effect on any model is a paired
difference.
"""

import csv
import dataclasses
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from datatools.errors import DataError
from datatools.images import read_mask, read_rgb
from datatools.masks import RGB, Mask, iou
from datatools.synthetic.identity import Identity
from datatools.synthetic.scene import Backdrop, Scene


@dataclass(frozen=True, slots=True, kw_only=True)
class Plant:
    """A named group whose pictures are harder."""

    name: str
    question: str  # of the answers that name the group
    group: str
    holds: Callable[[Identity], bool]
    level: tuple[float, float]  # range of the light's level; 1 is a well exposed picture


@dataclass(frozen=True, slots=True, kw_only=True)
class PlantedEffect:
    """What a plant does to a model: mean foreground IoU with and without it, on the same pictures."""

    n_images: int
    n_people: int
    mean_iou_on: float
    mean_iou_off: float

    @property
    def effect(self) -> float:
        """Give the mean paired difference, on minus off; negative where the plant does harm."""
        return self.mean_iou_on - self.mean_iou_off


def skin_tone_group(monk_tone: int) -> str:
    """Give the band of a Monk tone: light 1-3, medium 4-6, dark 7-10."""
    return "light" if monk_tone <= 3 else "medium" if monk_tone <= 6 else "dark"


PLANTS = {
    plant.name: plant
    for plant in (
        Plant(
            name="dim_dark_skin",
            question="skin_tone_group",
            group="dark",
            holds=lambda who: skin_tone_group(who.monk_tone) == "dark",
            level=(0.34, 0.46),  # dark skin is lost in less shade than the cloth of most coverings
        ),
        Plant(
            name="dim_covered",
            question="head_covering",
            group="yes",
            holds=lambda who: who.has_covering,
            level=(0.17, 0.27),
        ),
    )
}


def harden(scene: Scene, plant: Plant) -> Scene:
    """Give the same scene in little light from the side, before clutter in the person's own colours."""
    rng = np.random.default_rng([scene.seed, 3])
    busy: tuple[Backdrop, ...] = ("shelves", "foliage", "room", "brick")
    light = dataclasses.replace(
        scene.light,
        level=float(rng.uniform(*plant.level)),
        key=float(rng.uniform(0.85, 0.95)),
        azimuth_deg=float(np.copysign(rng.uniform(86, 106), scene.light.azimuth_deg)),
        rim=0.0,
    )
    return dataclasses.replace(
        scene,
        light=light,
        backdrop=busy[int(rng.integers(len(busy)))],
        backdrop_match=float(rng.uniform(0.9, 1.0)),
        backdrop_blur_frac=min(scene.backdrop_blur_frac, 0.004),
        noise=float(rng.uniform(0.035, 0.055)),
        vignette=0.8,
    )


def planted_effect(folder: Path, predict: Callable[[RGB], Mask]) -> PlantedEffect:
    """Measure what the plant of a rendered set does to a model, on every planted picture and its twin.

    Raises:
        DataError: the set was rendered without a plant, or its plant met nobody.
    """
    with (folder / "index.csv").open(newline="") as stream:
        rows = [row for row in csv.DictReader(stream) if row["planted"] == "1"]
    if not rows:
        raise DataError(
            f"{folder} holds no planted picture: render it with a plant among {', '.join(PLANTS)}"
        )
    on, off = [], []
    for row in rows:
        truth = read_mask(folder / row["mask"])
        on.append(iou(predict(read_rgb(folder / row["image"])), truth))
        off.append(iou(predict(read_rgb(folder / "twins" / f"{row['id']}.jpg")), truth))
    return PlantedEffect(
        n_images=len(rows),
        n_people=len({row["person_id"] for row in rows}),
        mean_iou_on=float(np.mean(on)),
        mean_iou_off=float(np.mean(off)),
    )
