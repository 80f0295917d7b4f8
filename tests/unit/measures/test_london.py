"""Does the ITA hold on studio portraits of people who said who they are?"""

from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from datatools.images import read_rgb
from datatools.landmarks.dlib68 import Dlib68
from datatools.measures import measure
from datatools.readers.london import London


@pytest.mark.slow
def test_ita_separates_self_reported_groups_and_repeats_itself(shared_data: Path) -> None:
    """AUC 0.98 or more; intraclass correlation of a person's two pictures 0.94 or more; all are valid."""
    root, finder = shared_data / "london", Dlib68()
    values: dict[str, list[float]] = defaultdict(list)
    race: dict[str, str] = {}
    n_pictures = 0
    for entry in London(root).entries():
        image = read_rgb(root / entry.path)
        found = measure(image, finder.faces(image)[0], None).values.get("face_ita_deg")
        person = str(entry.person_id)
        for answer in entry.answers:
            if answer.question == "self_reported_race":
                race[person] = answer.value
        n_pictures += 1
        if found is not None:
            values[person].append(found)
    assert sum(map(len, values.values())) == n_pictures == 204
    mean = {person: np.mean(both) for person, both in values.items()}
    white, black = ([mean[p] for p in mean if race.get(p) == name] for name in ("white", "black"))
    assert np.mean([a > b for a in white for b in black]) >= 0.98
    pairs = np.array([both for both in values.values() if len(both) == 2])
    between, within = 2 * pairs.mean(axis=1).var(ddof=1), (np.diff(pairs, axis=1) ** 2 / 2).mean()
    assert (between - within) / (between + within) >= 0.94
