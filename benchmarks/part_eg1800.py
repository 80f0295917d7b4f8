"""Which of EG1800's portraits has the mask factory been fitted on, and which were kept aside?

Makes the two folders that docs/benchmarks/factory.md and docs/benchmarks/student.md name: eg_fit (983) and
eg_val (358). The list of those kept aside lies in eg1800_val.txt: a hash of their ids drew it before
anything was tried.

    python benchmarks/part_eg1800.py ../shared/data/eg1800 FOLDER
"""

import argparse
import csv
import shutil
from pathlib import Path

_KEPT_ASIDE = Path(__file__).with_name("eg1800_val.txt")


def main() -> None:
    """Copy each portrait with its mask and landmarks to its part."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0] if __doc__ else None)
    parser.add_argument("eg1800", type=Path)
    parser.add_argument("folder", type=Path)
    chosen = parser.parse_args()
    with (chosen.eg1800 / "index.csv").open() as stream:
        rows = list(csv.DictReader(stream))
    kept_aside = frozenset(_KEPT_ASIDE.read_text().split())
    missing = kept_aside - {row["id"] for row in rows}
    if missing:
        parser.error(
            f"{chosen.eg1800} lacks {len(missing)} of {len(kept_aside)} portraits, as {min(missing)}"
        )
    for name, is_kept in (("eg_fit", False), ("eg_val", True)):
        part = [row for row in rows if (row["id"] in kept_aside) == is_kept]
        for row in part:
            for file in (row["image"], row["mask"], f"landmarks/{row['id']}.npy"):
                _copy(chosen.eg1800 / file, chosen.folder / name / file)
        with (chosen.folder / name / "index.csv").open("w", newline="") as listing:
            writer = csv.DictWriter(listing, list(rows[0]))
            writer.writeheader()
            writer.writerows(part)
        print(f"{chosen.folder / name}: {len(part)} portraits")


def _copy(file: Path, to: Path) -> None:
    if file.is_file():  # some have no landmarks
        to.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(file, to)


if __name__ == "__main__":
    main()
