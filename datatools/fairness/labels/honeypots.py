"""How often did each annotator give the answer that is known to be right?"""

from collections.abc import Mapping

import numpy as np

from datatools.fairness.composition.composition import share_interval
from datatools.fairness.labels.coded import Coded
from datatools.fairness.labels.consensus_result import Bounded, Honeypots


def scores(coded: Coded, known_answers: Mapping[str, str]) -> list[Honeypots]:
    """Count each annotator's right answers about samples whose answer is known.

    Args:
        coded: what was said.
        known_answers: by sample_id.

    Returns:
        One an annotator, with Wilson's interval, widened where several samples show one person.
    """
    known = np.array([known_answers.get(name, "") for name in coded.samples], object)
    asked = np.flatnonzero(known[coded.sample] != "")
    said = np.array(coded.values, object)[coded.value[asked]]
    is_right = said == known[coded.sample[asked]]
    person = coded.person[coded.sample[asked]]
    described = []
    for number in range(len(coded.annotators)):
        mine = coded.annotator[asked] == number
        n_of, right_of = np.bincount(person[mine]), np.bincount(person[mine], weights=is_right[mine])
        counts = [(int(right_of[p]), int(n_of[p])) for p in np.flatnonzero(n_of)]
        n, n_right = sum(n for _, n in counts), sum(right for right, _ in counts)
        share = None
        if n:
            low, high = share_interval(counts)
            share = Bounded(value=n_right / n, low=low, high=high)
        described.append(Honeypots(n_samples=n, n_right=n_right, share=share))
    return described
