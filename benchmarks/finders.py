"""Do MediaPipe's face mesh and dlib's 68 points say the same of real portraits, and how fast?

Prints, on pictures of a folder laid out as EG1800, how many faces each finder sees, how far their eyes'
middles and chins lie apart in jaw widths of dlib, and the ratio of their times.

Example::

    python benchmarks/finders.py --data ../shared/data/eg1800 --n-pictures 30
"""

import argparse
import csv
import hashlib
import time
from pathlib import Path

import numpy as np

from datatools import plugins
from datatools.anatomy import anatomy
from datatools.images import read_rgb
from datatools.landmarks import Finder


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("--data", type=Path, required=True, help="a folder laid out as EG1800")
    parser.add_argument("--n-pictures", type=int, default=30)
    chosen = parser.parse_args()
    with (chosen.data / "index.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    rows.sort(key=lambda row: hashlib.sha256(f"order{row['id']}".encode()).hexdigest())
    finders: dict[str, Finder] = {name: plugins.build("landmarks", name) for name in ("dlib68", "mesh")}
    seconds, n_found = dict.fromkeys(finders, 0.0), dict.fromkeys(finders, 0)
    eyes, chins = [], []
    for row in rows[: chosen.n_pictures]:
        image = read_rgb(chosen.data / row["image"])
        parts = {}
        for name, finder in finders.items():
            started = time.perf_counter()
            faces = finder.faces(image)
            seconds[name] += time.perf_counter() - started
            n_found[name] += bool(faces)
            parts[name] = anatomy(faces[0]) if faces else None
        dlib, mesh = parts["dlib68"], parts["mesh"]
        if dlib is not None and mesh is not None:
            apart = np.linalg.norm(mesh.eye_centres - dlib.eye_centres, axis=1)
            eyes.append(float(apart.mean()) / dlib.width_px)
            chins.append(float(np.linalg.norm(mesh.chin - dlib.chin)) / dlib.width_px)
    n = len(rows[: chosen.n_pictures])
    print(f"{n} pictures; faces found: " + ", ".join(f"{name} {found}" for name, found in n_found.items()))
    for what, apart_frac in (("eyes", eyes), ("chin", chins)):
        print(f"{what} apart, jaw widths: median {np.median(apart_frac):.3f}, most {np.max(apart_frac):.3f}")
    print(f"dlib68 takes {seconds['dlib68'] / seconds['mesh']:.1f} times as long as mesh")


if __name__ == "__main__":
    main()
