"""What does each refining rule and each check do to real masks? Paired differences against human masks.

Prints, on one part of a folder laid out as EG1800, the foreground IoU after each rule less the IoU
before, with a bootstrap interval over pictures; the same for other edge passes (GrabCut in a 6 px band,
guided filter, closed-form matting); what the edge passes do to masks that are good already; and the IoU
of what the checks accept and reject. Pictures are divided by the hash of their id: rules and limits were
chosen on the part ``choose``, and only the part ``report`` is reported.

Example::

    python benchmarks/refiners.py --data ../shared/data/eg1800 --part report --n-pictures 200
"""

import argparse
import csv
import hashlib
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from pymatting import estimate_alpha_cf

from datatools import plugins
from datatools.checks import Check, Evidence, Observed
from datatools.images import read_reference_mask, read_rgb
from datatools.landmarks import Finder
from datatools.masks import RGB, Face, Mask, Matte, edge_band, iou
from datatools.refiners import Refiner, _chain
from datatools.stages import check, refine
from datatools.teachers import Teacher

_GRABCUT_ROUNDS = 3
_GUIDED_RADIUS_PX, _GUIDED_EPSILON = 8, 1e-4
_N_REPLICATES = 10_000
_NOTICEABLE = 0.005  # half a point of IoU
_GUARDED = "all rules, under the guard"

Pass = Callable[[RGB, Matte, Sequence[Face]], Mask]


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture, who is in it, and what a teacher and a person say about it."""

    name: str
    image: RGB
    faces: Sequence[Face]
    matte: Matte
    truth: Mask


def part_of(name: str) -> str:
    """Give the part of a picture: half of the ids each, by hash."""
    return ("choose", "report")[int(hashlib.sha256(name.encode()).hexdigest(), 16) % 10 >= 5]


def pictures(data: Path, part: str, n_pictures: int, teacher: Teacher, finder: Finder) -> Iterator[Picture]:
    """Read the part's pictures in an order that has nothing to do with their ids."""
    with (data / "index.csv").open() as stream:
        rows = [row for row in csv.DictReader(stream) if part_of(row["id"]) == part]
    rows.sort(key=lambda row: hashlib.sha256(f"order{row['id']}".encode()).hexdigest())
    for row in rows[:n_pictures]:
        image = read_rgb(data / row["image"])
        faces = finder.faces(image)
        truth = read_reference_mask(data / row["mask"]).mask
        yield Picture(row["id"], image, faces, teacher.matte(image, faces), truth)


def _band(matte: Matte) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    person = matte.threshold()
    return person.array, edge_band(person, max(1, round(6 / 512 * max(person.array.shape)))).array


def grabcut(image: RGB, matte: Matte, faces: Sequence[Face]) -> Mask:  # noqa: ARG001
    """Cut a band of 6 px (at 512) by OpenCV's GrabCut."""
    person, band = _band(matte)
    labels = np.where(person, cv2.GC_FGD, cv2.GC_BGD).astype(np.uint8)
    labels[band] = np.where(person[band], cv2.GC_PR_FGD, cv2.GC_PR_BGD)
    if not band.any():
        return Mask(person)
    cv2.setRNGSeed(1)
    models = np.zeros((1, 65)), np.zeros((1, 65))
    cv2.grabCut(image, labels, (0, 0, 1, 1), *models, _GRABCUT_ROUNDS, cv2.GC_INIT_WITH_MASK)
    return Mask((labels == cv2.GC_FGD) | (labels == cv2.GC_PR_FGD))


def guided_filter(image: RGB, matte: Matte, faces: Sequence[Face]) -> Mask:  # noqa: ARG001
    """Filter the matte with the grey picture as guide (He et al. 2013, algorithm 1)."""
    guide = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float64) / 255
    side = 2 * _GUIDED_RADIUS_PX + 1

    def mean(values: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(cv2.blur(values, (side, side)), np.float64)

    values = matte.array.astype(np.float64)
    covariance = mean(guide * values) - mean(guide) * mean(values)
    slope = covariance / (mean(guide**2) - mean(guide) ** 2 + _GUIDED_EPSILON)
    offset = mean(values) - slope * mean(guide)
    return Mask(mean(slope) * guide + mean(offset) > 0.5)


def closed_form(image: RGB, matte: Matte, faces: Sequence[Face]) -> Mask:  # noqa: ARG001
    """Solve the band by closed-form matting (Levin et al. 2008) at 512 px."""
    person, band = _band(matte)
    if not band.any():
        return Mask(person)
    scale = 512 / max(person.shape)
    trimap = np.where(band, 0.5, person.astype(np.float64))
    small = cv2.resize(trimap, None, fx=scale, fy=scale, interpolation=cv2.INTER_NEAREST)
    picture = cv2.resize(image, small.shape[::-1], interpolation=cv2.INTER_AREA) / 255.0
    alpha = cv2.resize(estimate_alpha_cf(picture, small), person.shape[::-1])
    return Mask(np.where(band, alpha > 0.5, person))


def rules_in_a_row(names: Sequence[str]) -> Pass:
    """Give the pass that applies rules one after the other."""
    rules: list[Refiner] = [plugins.build("refiners", name) for name in names]

    def apply(image: RGB, matte: Matte, faces: Sequence[Face]) -> Mask:
        for rule in rules:
            matte = rule.refine(image, matte, faces)
        return matte.threshold()

    return apply


def interval(differences: NDArray[np.float64]) -> tuple[float, float]:
    """Give the 95% percentile bootstrap interval of the mean over pictures."""
    rng = np.random.default_rng(0)
    draws = rng.integers(0, len(differences), (_N_REPLICATES, len(differences)))
    low, high = np.percentile(differences[draws].mean(axis=1), [2.5, 97.5])
    return float(low), float(high)


def line(name: str, before: Sequence[float], after: Sequence[float], seconds: Sequence[float]) -> str:
    """Give one row of the table."""
    change = np.array(after) - np.array(before)
    low, high = interval(change)
    better, worse = (change > _NOTICEABLE).sum(), (change < -_NOTICEABLE).sum()
    return (
        f"| {name} | {np.mean(after):.4f} | {change.mean():+.4f} [{low:+.4f}, {high:+.4f}] | "
        f"{better} / {worse} | {change.min():+.4f} | {np.median(seconds):.3f} |"
    )


def blurred(truth: Mask, sigma_px: float) -> Matte:
    """Give the matte of a teacher that is right to the pixel and only soft."""
    return Matte(np.clip(cv2.GaussianBlur(truth.array.astype(np.float32), (0, 0), sigma_px), 0, 1))


def guarded(names: Sequence[str]) -> Pass:
    """Give the pass that the stage ``refine`` makes: the rules in a row, each under the guard."""
    rules: list[Refiner] = [plugins.build("refiners", name) for name in names]
    return lambda image, matte, faces: _chain.refine(image, matte, faces, rules).mask


EDGE_PASSES: dict[str, Pass] = {
    "edge_colour": rules_in_a_row(["edge_colour"]),
    "GrabCut, 6 px band": grabcut,
    "guided filter": guided_filter,
    "closed-form matting, 6 px band": closed_form,
}
RULES: dict[str, Pass] = {
    name: rules_in_a_row([name]) for name in refine.Settings().rules if name != "edge_colour"
} | {
    "all rules, in the default order": rules_in_a_row(refine.Settings().rules),
    _GUARDED: guarded(refine.Settings().rules),
}


def print_checks(
    seen: dict[str, dict[str, Observed]], checks: Sequence[Check], scores: dict[str, float]
) -> None:
    """Print how good the masks are that each check, and all together, accept and reject."""
    rejected = {
        one.name: {name for name, verdict in one.judge(seen[one.name]).items() if not verdict.passed}
        for one in checks
    }
    rejected["all checks"] = set().union(*rejected.values())
    print("\n| check | rejected | mean IoU of the rejected | of the accepted |\n|---|---|---|---|")
    for name, ids in rejected.items():
        bad = [scores[i] for i in ids]
        good = [score for i, score in scores.items() if i not in ids]
        print(f"| {name} | {len(bad)} | {np.mean(bad) if bad else float('nan'):.3f} | {np.mean(good):.4f} |")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="a folder laid out as EG1800")
    parser.add_argument("--part", choices=("choose", "report"), default="report")
    parser.add_argument("--n-pictures", type=int, default=200)
    parser.add_argument("--teacher", default="selfie")
    chosen = parser.parse_args()
    teacher: Teacher = plugins.build("teachers", chosen.teacher)
    finder: Finder = plugins.build("landmarks", "dlib68")
    checks: list[Check] = [plugins.build("checks", name) for name in check.Settings().checks]
    before: list[float] = []
    after, seconds, spoilt = defaultdict(list), defaultdict(list), defaultdict(list)
    seen: dict[str, dict[str, Observed]] = defaultdict(dict)
    scores: dict[str, float] = {}
    for picture in pictures(chosen.data, chosen.part, chosen.n_pictures, teacher, finder):
        before.append(iou(picture.matte.threshold(), picture.truth))
        for name, run in (EDGE_PASSES | RULES).items():
            started = time.perf_counter()
            mask = run(picture.image, picture.matte, picture.faces)
            seconds[name].append(time.perf_counter() - started)
            after[name].append(iou(mask, picture.truth))
        scores[picture.name] = after[_GUARDED][-1]
        evidence = Evidence(
            sample_id=picture.name,
            image=picture.image,
            faces=picture.faces,
            mattes={chosen.teacher: picture.matte},
            mask=mask,
        )
        for one in checks:
            seen[one.name][picture.name] = one.observe(evidence)
        soft = blurred(picture.truth, 2)
        for name, run in EDGE_PASSES.items():
            spoilt[name].append(iou(run(picture.image, soft, []), picture.truth))
    print(
        f"{len(before)} pictures, part {chosen.part}, teacher {chosen.teacher}: IoU {np.mean(before):.4f}\n"
    )
    print("| rule | mean IoU | difference, 95% interval | better / worse by 0.005 | worst | s |")
    print("|---|---|---|---|---|---|")
    for name in EDGE_PASSES | RULES:
        print(line(name, before, after[name], seconds[name]))
    print("\nOn human masks blurred by 2 px, which leave nothing to gain:\n")
    for name, values in spoilt.items():
        print(line(name, [1.0] * len(values), values, seconds[name]))
    print_checks(seen, checks, scores)


if __name__ == "__main__":
    main()
