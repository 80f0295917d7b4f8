"""How large is one group's gap: raw, between pictures that are alike, and between people who are?"""

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from datatools.fairness.statistics.clustered import Clusters, Coefficient, Regression
from datatools.fairness.statistics.people import Floats
from datatools.fairness.why.conditioning import Design
from datatools.fairness.why.decomposing import Decomposition, decompose
from datatools.fairness.why.matching import Matched, match

_GROUP = 1  # the place of the group's column, behind the intercept
_NAMED_FRAC = 0.98  # of the group's variance that confounders explain: they all but name the group
_MATCHED_FRAC = 0.5  # of the group's people; fewer with a match do not stand for it


@dataclass(frozen=True, slots=True, eq=False)
class Pictures:
    """Pictures whose value, group and confounders are all known."""

    values: Floats  # (n_images,)
    person: NDArray[np.int64]  # (n_images,)
    design: Design
    clusters: Clusters = field(init=False)

    def __post_init__(self) -> None:
        """Gather the pictures of each person."""
        object.__setattr__(self, "clusters", Clusters(self.person))


@dataclass(frozen=True, slots=True, eq=False)
class Gap:
    """One group against the rest, before the family of gaps is corrected."""

    raw: Coefficient
    adjusted: Coefficient | None  # None: the confounders name the group, or a side has one person only
    decomposition: Decomposition | None  # None where adjusted is
    matched: Matched | None


def gap_of(pictures: Pictures, is_in: NDArray[np.bool_], min_people: int) -> Gap:
    """Estimate one group's gap to everybody else.

    Args:
        pictures: of the group and the rest.
        is_in: (n_images,), the group's; all pictures of a person are in or out.
        min_people: with fewer matched people there is no matched gap.
    """
    clusters, columns = pictures.clusters, pictures.design.columns
    base = np.stack([np.ones(len(is_in)), is_in.astype(np.float64)], axis=1)
    raw = Regression(base, pictures.values, clusters).coefficient(_GROUP)
    n_own, n_rest = (len(np.unique(pictures.person[side])) for side in (is_in, ~is_in))
    if min(n_own, n_rest) < 2:  # one person shows no spread
        return Gap(Coefficient(raw.value, np.nan, np.nan), None, None, None)
    if _named_frac(columns, is_in) > _NAMED_FRAC:
        return Gap(raw, None, None, None)
    full = Regression(np.concatenate([base, columns], axis=1), pictures.values, clusters)
    return Gap(
        raw,
        full.coefficient(_GROUP),
        decompose(full, pictures.design, is_in, clusters, raw.dof),
        _matched(pictures, is_in, n_own, min_people),
    )


def _named_frac(columns: Floats, is_in: NDArray[np.bool_]) -> float:
    """Give the share of the group's variance over pictures that the confounders explain."""
    centred = is_in - is_in.mean()
    fitted = columns @ np.linalg.lstsq(columns, centred, rcond=None)[0]
    return float((fitted**2).sum() / (centred**2).sum())


def _matched(pictures: Pictures, is_in: NDArray[np.bool_], n_own: int, min_people: int) -> Matched | None:
    n_images = pictures.clusters.sums(np.ones((len(is_in), 1)))
    means = [
        pictures.clusters.sums(part) / n_images
        for part in (pictures.values[:, None], pictures.design.columns, is_in[:, None].astype(np.float64))
    ]
    return match(
        means[0][:, 0],
        means[1],
        means[2][:, 0] > 0.5,
        n_images[:, 0],
        min_matched=max(min_people, int(np.ceil(_MATCHED_FRAC * n_own))),
        min_used=min_people,
    )
