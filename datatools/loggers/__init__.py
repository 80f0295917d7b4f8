"""Where do a training run's curves go? One place per file.

``history.csv`` in the model's folder is always written and is whole after any stop; what is here is for
watching runs and comparing them. Nothing here opens a network connection unless the environment asks.
"""

import re

from datatools.student.logs import Logger as Logger  # the Protocol: training, which lies below, needs it
from datatools.student.state import EpochRow

_WORDS = {">=": "from", "<": "below"}  # of groups that a measurement's edges make


def curves(row: EpochRow) -> dict[str, float]:
    """Give an epoch's numbers by the names of their curves, such as whole/val_iou_by_group/woman."""
    found = {"loss": row.loss, "val_iou": row.val_iou, "val_value": row.val_value, "lr": row.lr}
    found |= {f"val_iou_by_group/{_plain(group)}": value for group, value in row.val_groups.items()}
    return {f"{row.phase}/{name}": value for name, value in found.items()}


def _plain(group: str) -> str:
    """Write a group's name in letters, digits, ``_``, ``-`` and ``.``, which every logger takes."""
    for sign, word in _WORDS.items():
        group = group.replace(sign, word)
    return re.sub(r"[^\w.-]+", "_", group)
