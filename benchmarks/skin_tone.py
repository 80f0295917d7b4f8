"""How well does the ITA of the cheeks hold, and is it declared invalid where it would mislead?

Peer: two patches of skin in the finder's box without landmarks (AUC 1.0, intraclass correlation 0.949 when
measured elsewhere). Limits: an AUC of 0.98 between people who call themselves black and white, an intraclass
correlation of 0.94 between the neutral and the smiling picture of a person. Then pictures are spoilt by
code; the limits of ``measures/skin.py`` were chosen on the people of even checksum, these figures are those
of the others.

    python benchmarks/skin_tone.py --data FOLDER     # which holds london/ and, if wanted, mebeauty/
"""

import argparse
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy import stats

from datatools.images import read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.masks import RGB, Face
from datatools.measures import _face, measure, skin
from datatools.measures._colour import lab_of
from datatools.measures._reason import Reason
from datatools.readers import Reader
from datatools.readers.london import London
from datatools.readers.mebeauty import build as mebeauty
from datatools.tables import sha256_file

_WRONG_DEG = 15.0
_REPLICATES = 2000
_LUMA = np.array([0.2126, 0.7152, 0.0722], np.float32)

Light = NDArray[np.float32]  # linear (H, W, 3)
Spoil = Callable[[Light], Light]


@dataclass(frozen=True, slots=True)
class Portrait:
    """A picture with its face and what its person said."""

    person: str
    race: str | None
    image: RGB
    face: Face


def portraits(reader: Reader, root: Path, finder: Dlib68, limit: int | None) -> Iterator[Portrait]:
    """Read pictures that show a face; ``limit`` takes evenly spaced ones."""
    entries = list(reader.entries())
    step = 1 if limit is None else max(1, len(entries) // limit)
    for entry in entries[::step]:
        image = read_rgb(root / entry.path)
        found = finder.faces(image)
        race = [answer.value for answer in entry.answers if answer.question == "self_reported_race"]
        if found:
            # As the manifest names people: the halves are of these names.
            person = f"{root.name}:{entry.person_id}" if entry.person_id else _sample_id(root / entry.path)
            yield Portrait(person, race[0] if race else None, image, found[0])


def _sample_id(path: Path) -> str:
    return sha256_file(path)[:16]


def ita(portrait: Portrait) -> float | None:
    """Give the ITA, or None where it is declared invalid."""
    return measure(portrait.image, portrait.face, None).values.get("face_ita_deg")


def unjudged_ita(image: RGB, face: Face) -> float | None:
    """Give the number without asking whether it misleads."""
    frame = _face.frame_of(face, (image.shape[0], image.shape[1]))
    if isinstance(frame, Reason):
        return None
    cheeks = [skin._cheek(image, lab_of(image), frame, side) for side in (0, 1) if frame.sees_cheek(side)]
    angles = [cheek.ita_deg for cheek in cheeks if not isinstance(cheek, Reason)]
    return float(np.mean(angles)) if angles else None


# -- does it separate, and is it stable? -----------------------------------------------------------


def auc(values: dict[str, float], race: dict[str, str], rng: np.random.Generator) -> str:
    """Give the AUC of white over black people (means of their pictures), with a bootstrap over people."""

    def of(white: NDArray[np.float64], black: NDArray[np.float64]) -> float:
        ranks = stats.rankdata(np.concatenate([white, black]))[: len(white)]
        return float((ranks.sum() - len(white) * (len(white) + 1) / 2) / (len(white) * len(black)))

    white, black = (
        np.array([v for p, v in values.items() if race[p] == name]) for name in ("white", "black")
    )
    drawn = [of(rng.choice(white, len(white)), rng.choice(black, len(black))) for _ in range(_REPLICATES)]
    # Where nothing overlaps no replicate does: the rule of three bounds what was not seen.
    low = min(float(np.percentile(drawn, 2.5)), 1 - 3 / (len(white) + len(black)))
    return f"AUC {of(white, black):.4f} [{low:.3f}, 1] ({len(white)} white, {len(black)} black people)"


def icc(pairs: NDArray[np.float64]) -> str:
    """Give ICC(3,1) and ICC(2,1) of pairs (n, 2); McGraw & Wong 1996, table 7, interval of ICC(C,1)."""
    n, k = pairs.shape
    grand = pairs.mean()
    rows = k * ((pairs.mean(axis=1) - grand) ** 2).sum() / (n - 1)
    columns = n * ((pairs.mean(axis=0) - grand) ** 2).sum() / (k - 1)
    rest = pairs - pairs.mean(axis=1, keepdims=True) - pairs.mean(axis=0) + grand
    error = (rest**2).sum() / ((n - 1) * (k - 1))
    consistent = (rows - error) / (rows + (k - 1) * error)
    agreeing = (rows - error) / (rows + (k - 1) * error + k * (columns - error) / n)
    degrees = (n - 1, (n - 1) * (k - 1))
    low, high = (rows / error / stats.f.ppf(q, *degrees) for q in (0.975, 0.025))
    ends = ", ".join(f"{(f - 1) / (f + k - 1):.3f}" for f in (low, high))
    return f"ICC(3,1) {consistent:.3f} [{ends}], ICC(2,1) {agreeing:.3f} ({n} people)"


def holds(name: str, seen: list[Portrait], rng: np.random.Generator) -> None:
    """Print how well one way to find the cheeks separates people and repeats itself."""
    by_person: dict[str, list[float]] = {}
    for portrait in seen:
        if (value := ita(portrait)) is not None:
            by_person.setdefault(portrait.person, []).append(value)
    race = {portrait.person: portrait.race or "" for portrait in seen}
    means = {person: float(np.mean(values)) for person, values in by_person.items()}
    pairs = np.array([values for values in by_person.values() if len(values) == 2])
    n_valid = sum(map(len, by_person.values()))
    print(f"{name:28s} {n_valid}/{len(seen)} valid; {auc(means, race, rng)}; {icc(pairs)}")


# -- is it declared invalid? -----------------------------------------------------------------------


def _gain(*gains: float) -> Spoil:
    return lambda light: light * np.array(gains, np.float32)


def _toned(share: float, *tone: float) -> Spoil:
    def spoil(light: Light) -> Light:
        grey = (light @ _LUMA)[..., None]
        return np.asarray((1 - share) * light + share * grey * np.array(tone, np.float32), np.float32)

    return spoil


def _blurred(share: float) -> Spoil:
    return lambda light: np.asarray(cv2.GaussianBlur(light, (0, 0), share * max(light.shape)), np.float32)


def spoilers() -> dict[str, Spoil]:
    """Give ways to spoil a picture in linear light, mild to strong."""
    found = {"none": _gain(1, 1, 1), "grey": _toned(1, 1, 1, 1), "sepia": _toned(1, 1.3, 1.0, 0.65)}
    found |= {"toned": _toned(1, 1.12, 1.0, 0.85), "faded to 25%": _toned(0.75, 1, 1, 1)}
    tints = {"blue": (-1, 0, 1), "orange": (1, 0, -1), "green": (-0.5, 1, -0.5), "magenta": (0.5, -1, 0.5)}
    for name, way in tints.items():
        found |= {
            f"{name} {stops:g} EV": _gain(*(2.0 ** (stops * w) for w in way))
            for stops in (0.1, 0.2, 0.4, 0.8)
        }
    found |= {f"dark x {gain:g}": _gain(gain, gain, gain) for gain in (0.6, 0.4, 0.2, 0.1)}
    found |= {f"bright x {gain:g}": _gain(gain, gain, gain) for gain in (1.3, 1.6, 2.2, 3.5)}
    return found | {f"blur {share:.1%}": _blurred(share) for share in (0.002, 0.005, 0.01)}


def spoilt(image: RGB, spoil: Spoil) -> RGB:
    """Apply a change in linear light, and encode as sRGB again."""
    value = image.astype(np.float32) / 255
    light = np.where(value <= 0.04045, value / 12.92, ((value + 0.055) / 1.055) ** 2.4).astype(np.float32)
    after = np.clip(spoil(light), 0, 1)
    encoded = np.where(after <= 0.0031308, 12.92 * after, 1.055 * after ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(encoded * 255), np.uint8)


def declared(name: str, seen: list[Portrait]) -> None:
    """Print, for each way to spoil, how many are declared invalid and how wrong the others are."""
    known = [(portrait, value) for portrait in seen if (value := ita(portrait)) is not None]
    print(
        f"\n{name}: {len(seen)} pictures of people that no limit was chosen on, {len(known)} of them valid as"
    )
    print("they are. Of these, spoilt: share declared invalid; error of the valid in degrees (median, 90%);")
    print(
        f"share of all that is over {_WRONG_DEG:g} degrees wrong and valid; the same without the declaration."
    )
    for way, spoil in spoilers().items():
        errors, unjudged = [], []
        for portrait, true in known:
            image = spoilt(portrait.image, spoil)
            value, raw = ita(replace(portrait, image=image)), unjudged_ita(image, portrait.face)
            if value is not None:
                errors.append(abs(value - true))
            if raw is not None:
                unjudged.append(abs(raw - true))
        n = len(known)
        ends = (
            "     -      -" if not errors else "".join(f"{np.percentile(errors, q):7.1f}" for q in (50, 90))
        )
        wrong, wrong_before = (float((np.array(e) > _WRONG_DEG).sum() / n) for e in (errors, unjudged))
        print(f"  {way:16s} {1 - len(errors) / n:6.0%} {ends}   {wrong:4.0%}   {wrong_before:4.0%}")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--limit", type=int, default=240, help="pictures of mebeauty/")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    finder, rng = Dlib68(), np.random.default_rng(0)
    root = arguments.data / "london"
    london = list(portraits(London(root), root, finder, None))
    holds("landmarks", london, rng)
    holds(
        "peer: box without landmarks", [replace(p, face=replace(p.face, landmarks=None)) for p in london], rng
    )
    sets = {"London": london}
    root = arguments.data / "mebeauty"
    if root.is_dir():
        sets["MEBeauty"] = list(portraits(mebeauty(root), root, finder, arguments.limit))
    for name, seen in sets.items():
        declared(name, [p for p in seen if zlib.crc32(p.person.encode()) % 2 == 1])


if __name__ == "__main__":
    main()
