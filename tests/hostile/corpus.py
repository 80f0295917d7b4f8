"""Which files may harm a program that reads pictures of strangers, and what must come of each?

Made anew by every run, the same bytes each time: none of them is worth keeping, and some no scanner would
let pass. ``python -m tests.hostile.corpus`` prints the list; ``... FOLDER`` writes it.
"""

import json
import sys
from pathlib import Path

from tests.hostile import jpegs, large, pngs, rasters, sets, sheets, special, tars, tiffs
from tests.hostile.case import Case

CASES: tuple[Case, ...] = (
    *jpegs.cases(),
    *pngs.cases(),
    *tiffs.cases(),
    *rasters.cases(),
    *sets.cases(),
    *special.cases(),
    *sheets.cases(),
    *tars.cases(),
    *large.cases(),
)
_SOUND = ("mask", "sound.png")


def path_of(folder: Path, case: Case) -> Path:
    """Give where a file of the corpus lies."""
    return folder / case.way / case.name


def write(folder: Path, *, large: bool = False) -> None:
    """Write the corpus into a folder: all but the large files, or those alone."""
    for case in CASES:
        if case.is_large == large:
            path = path_of(folder, case)
            path.parent.mkdir(parents=True, exist_ok=True)
            case.write(path)
    chosen = [case for case in CASES if case.is_large == large]
    tasks = [{"way": c.way, "name": c.name, "reader": c.reader, "options": dict(c.options)} for c in chosen]
    (folder / "tasks.json").write_text(json.dumps(tasks))
    if large:  # the picture that the masks belong to
        next(case for case in CASES if (case.way, case.name) == _SOUND).write(folder / "mask" / "sound.png")


def main() -> None:
    """Print the list, or write the corpus."""
    if len(sys.argv) > 1:
        write(Path(sys.argv[1]))
        return
    for case in CASES:
        print(f"{case.way}/{case.name}\t{case.what}\t{case.expected}")


if __name__ == "__main__":
    main()
