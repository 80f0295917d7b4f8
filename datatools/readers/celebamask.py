"""How is CelebAMask-HQ read: head crops with human part masks and crowd attributes?"""

import math
from collections.abc import Iterator, Mapping
from pathlib import Path

from datatools.readers import Answer, Entry
from datatools.readers._files import has_header, number, read_rows

_COLUMNS = ("file", "mask", "Male", "Young", "Eyeglasses", "Wearing_Hat", "ambiguous")
_YES_NO = ("yes_no@1", "yes", "no")
# Column to question, vocabulary, the value of 1, the value of 0.
_ATTRIBUTES = {
    "Male": ("perceived_gender", "gender@1", "male", "female"),
    "Young": ("perceived_age_band", "celeb_young@1", "young", "not_young"),
    "Eyeglasses": ("glasses", *_YES_NO),
    "Wearing_Hat": ("head_covering", *_YES_NO),
}
_MEASUREMENTS = {
    "ita_skin": "ita_deg",
    "L_skin": "L_skin",
    "qc_bottom_bg": "qc_bottom_bg",
    "person_frac": "person_frac",
}


class CelebAMask:
    """labels.csv, images/FILE and masks/MASK; a person is every pixel of any part class.

    A row flagged ambiguous keeps its picture, mask and measurements but gives no answers: no answer is
    better than one that may be another picture's.
    """

    licence = "non-commercial research, no redistribution"

    def __init__(self, root: Path) -> None:
        self._root = root

    def matches(self) -> bool:
        return has_header(self._root / "labels.csv", _COLUMNS)

    def entries(self) -> Iterator[Entry]:
        for row in read_rows(self._root / "labels.csv", _COLUMNS):
            where = f"{self._root / 'labels.csv'}, file {row['file']}"
            is_ambiguous = row["ambiguous"] not in {"", "0"}
            yield Entry(
                path=f"images/{row['file']}",
                mask=f"masks/{row['mask']}" if row["mask"] else None,
                mask_source="human" if row["mask"] else None,
                answers=() if is_ambiguous else tuple(_answers(row, where)),
                measurements=_measurements(row, where),
            )


def _answers(row: Mapping[str, str], where: str) -> Iterator[Answer]:
    for column, (question, vocabulary, one, zero) in _ATTRIBUTES.items():
        if row[column] != "":
            yield Answer(
                question=question,
                value=one if number(row, column, where) else zero,
                vocabulary=vocabulary,
                annotator_id="dataset:celebamask",
            )


def _measurements(row: Mapping[str, str], where: str) -> dict[str, float]:
    found = {name: number(row, column, where) for column, name in _MEASUREMENTS.items() if row.get(column)}
    return {name: value for name, value in found.items() if math.isfinite(value)}


build = CelebAMask
