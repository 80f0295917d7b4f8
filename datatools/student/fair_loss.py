"""How much does a picture's loss count, so that no group of people is left behind?

dro: group distributionally robust optimisation (Sagawa, Koh, Hashimoto and Liang, *Distributionally
robust neural networks for group shifts*, ICLR 2020, arXiv 1911.08731), algorithm 1 with the group
adjustment of section 3.3, C / sqrt(n): an adversary moves weight to the groups of larger loss.

febs: fair error-bound scaling (Tian et al., *FairSeg*, ICLR 2024, arXiv 2311.02189): the scale of group g
is W_g = tanh((min_h L_h / L_g) ** gamma), L its loss and gamma a temperature.

Where both differ from the papers: a group's loss is a running mean over steps, because a rare group is
absent from most steps; a step is weighted by what was known before it, so that its parts can be computed
apart; weights are divided by how often a group is drawn, so that their mean is 1 and the learning rate
keeps its meaning. FairSeg multiplies the probabilities in its Dice loss by W, which raises that loss where
W is small; here the loss itself, whatever its terms, is divided by W. A picture of unknown group counts 1.
"""

from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from pydantic import BaseModel, ConfigDict, Field
from torch import Tensor

RobustName = Literal["none", "dro", "febs"]

_KEPT = 0.9  # of a group's running loss at each step that shows it
_SMOOTH = 1e-5  # FairSeg's own, against division by 0


class Robust(BaseModel):
    """Which groups count more, and how fast that changes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    method: RobustName = "none"

    step_size: float = Field(default=0.01, gt=0)
    """dro: how fast weight moves (eta_q); the authors' own."""

    adjustment: float = Field(default=0.0, ge=0)
    """dro: C; C / sqrt(n) is added to the loss of a group of n pictures."""

    temperature: float = Field(default=1.0, ge=0)
    """febs: gamma; 0 makes all groups alike."""


class GroupWeights:
    """The weight of each group, which follows the groups' losses."""

    def __init__(self, robust: Robust, sizes: NDArray[np.int64], shares: NDArray[np.float64]) -> None:
        """Begin a phase of training.

        Args:
            robust: the method and its settings.
            sizes: how many training pictures each group has, (G,).
            shares: each group's share of an epoch's draws whose group is known, (G,).
        """
        self._robust = robust
        self._shares = shares
        self._adjustments = robust.adjustment / np.sqrt(np.maximum(sizes, 1))  # (G,)
        drawn = shares > 0  # the others are never trained on
        self._adversary = drawn / max(1, drawn.sum())  # (G,), q of algorithm 1
        self._losses = np.full(len(sizes), np.nan)  # (G,), NaN until a group was seen

    def weights(self) -> NDArray[np.float64]:
        """Give the weight of a picture of each group, (G,); their mean over an epoch's draws is 1."""
        has_share = self._shares > 0
        if self._robust.method == "dro":
            wanted = self._adversary
        elif self._robust.method == "febs":
            wanted = self._shares / self._scales()
        else:
            wanted = self._shares
        total = wanted[has_share].sum()
        weights = np.ones(len(wanted))
        weights[has_share] = wanted[has_share] / self._shares[has_share] / total
        return weights

    def of(self, groups: Tensor) -> Tensor:
        """Give each picture's weight; float32 (B,) for groups int64 (B,), -1 is unknown."""
        table = np.append(self.weights(), 1.0).astype(np.float32)  # the last one is that of -1
        return torch.from_numpy(table).to(groups.device)[groups]  # (B,)

    def update(self, losses: Tensor, groups: Tensor) -> None:
        """Take in a step's unweighted losses, float (B,), of pictures of these groups, int64 (B,)."""
        if self._robust.method == "none":
            return
        values, which = losses.detach().double().cpu().numpy(), groups.cpu().numpy()  # (B,), (B,)
        known = which >= 0
        counts = np.bincount(which[known], minlength=len(self._losses))  # (G,)
        sums = np.bincount(which[known], values[known], minlength=len(self._losses))  # (G,)
        seen = counts > 0
        now = sums[seen] / counts[seen]
        before = self._losses[seen]
        self._losses[seen] = np.where(np.isnan(before), now, _KEPT * before + (1 - _KEPT) * now)
        if self._robust.method == "dro":
            self._move_adversary()

    def _move_adversary(self) -> None:
        """Multiply q by exp(eta * (loss + C / sqrt(n))) and make its sum 1 again (algorithm 1, eq. 5)."""
        if np.isnan(self._losses).all():  # nobody of a known group was seen yet
            return
        adjusted = np.where(np.isnan(self._losses), np.nanmean(self._losses), self._losses)
        moved = self._adversary * np.exp(self._robust.step_size * (adjusted + self._adjustments))
        self._adversary = moved / moved.sum()

    def _scales(self) -> NDArray[np.float64]:
        """Give W of each group, (G,), in (0, tanh 1]; a group that was not seen yet gets the largest."""
        if np.isnan(self._losses).all():
            return np.ones(len(self._losses))
        least = float(np.nanmin(self._losses))
        losses = np.where(np.isnan(self._losses), least, self._losses)
        return np.tanh(((least + _SMOOTH) / (losses + _SMOOTH)) ** self._robust.temperature)

    def state(self) -> dict[str, Tensor]:
        """Give what the next step depends on, for the training state."""
        return {
            "adversary": torch.from_numpy(self._adversary.copy()),
            "losses": torch.from_numpy(self._losses.copy()),
        }

    def restore(self, state: dict[str, Tensor]) -> None:
        """Go on from what ``state`` gave."""
        self._adversary = state["adversary"].double().numpy().copy()
        self._losses = state["losses"].double().numpy().copy()
