"""What should people know about a trained student before they use it?"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pydantic import TypeAdapter


@dataclass(frozen=True, slots=True, kw_only=True)
class ValScore:
    """How well the chosen weights do on the validation pictures whose masks have one source."""

    reference_source: str  # human, rendered, keyed or model:NAME
    measures: str  # accuracy or agreement
    n_images: int
    iou_fg_image: float  # foreground IoU per picture, averaged, at the network's size


@dataclass(frozen=True, slots=True, kw_only=True)
class Card:
    """The facts of a training run; kept in the weights' file and told in card.md."""

    name: str
    architecture: str = "ExtremeC3Net"  # files written before there were others
    recipe: str
    epochs: str  # coarse + whole, where there are two phases
    size_px: int
    seed: int
    n_parameters: int
    n_train: int
    n_val: int
    n_failed: int  # pictures that could not be read and were left out
    mask_sources: Mapping[str, int]  # of the training pictures
    licences: Mapping[str, int]  # of the training and validation pictures
    val: Sequence[ValScore]
    best_epoch: int

    @staticmethod
    def from_dict(values: Mapping[str, object]) -> "Card":
        """Make a card from what ``dataclasses.asdict`` made of one."""
        return TypeAdapter(Card).validate_python(values)


def text(card: Card) -> str:
    """Tell the card in Markdown."""
    scores = [
        f"- {score.measures} against {score.reference_source} masks: foreground IoU per picture "
        f"{score.iou_fg_image:.4f} on {score.n_images} pictures"
        for score in card.val
    ]
    phases = " (coarse + whole network)" if "+" in card.epochs else ""
    lines = [
        f"# Model card: {card.name}",
        "",
        f"{card.architecture}, {card.n_parameters:,} parameters: separates people from background in "
        f"portraits. Input {card.size_px} x {card.size_px} px; person where the logit is above 0.",
        "",
        "## Training",
        f"- Recipe `{card.recipe}`, epochs {card.epochs}{phases}, seed {card.seed}.",
        f"- {card.n_train} training and {card.n_val} validation pictures; {card.n_failed} could not be read.",
        f"- Masks of the training pictures, by who made them: {_counts(card.mask_sources)}.",
        "",
        "## Validation",
        *scores,
        f"- These weights are the best of {card.epochs} epochs on these very pictures (epoch "
        f"{card.best_epoch}), so the figures lean to the good side: `datatools evaluate` on a test split "
        "gives the ones to quote.",
        "- Accuracy is measured against masks that people drew or a renderer knew; agreement only says how "
        "alike the network and the maker of its masks are.",
        "",
        "## Limits",
        "- Nothing here says for whom the model works worse: `datatools audit` does.",
        "- A mask that a teacher got wrong for a group of people teaches the student the same error.",
        "",
        "## Licences of the pictures",
        *(f"- {licence}: {n} pictures" for licence, n in sorted(card.licences.items())),
        "- Where a licence limits its pictures to research, treat these weights as limited to research too.",
        "",
    ]
    return "\n".join(lines)


def _counts(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{name} {n}" for name, n in sorted(counts.items()))
