"""How is a person's hair cut and combed?"""

from dataclasses import dataclass

from datatools.synthetic.identity import Identity


@dataclass(frozen=True, slots=True, kw_only=True)
class Style:
    """One cut. Lengths in cm."""

    n_strands: int
    length: float  # on top
    side_length: float
    lift: float  # how far the hair stands off the skull on top
    side_lift: float
    gravity: float  # 0 stands to 1 falls
    comb: tuple[float, float, float]  # sideways from the parting, up, forwards
    curl: float  # radius of the curls
    curl_turns: float  # in the whole length
    width: float  # of a drawn strand, which stands for many hairs
    messy: float = 0.14  # spread of the directions


def style_of(identity: Identity) -> Style | None:
    """Choose the cut, or None for a bald head."""
    variant = identity.seed % 4
    is_man = identity.gender == "male"
    if identity.hair == "bald":
        return None
    if identity.hair == "short":
        return _cropped(variant) if is_man else _bob(variant)
    return _long(variant) if identity.hair == "long" else _curly(variant, is_man=is_man)


def _cropped(variant: int) -> Style:
    """Give a short cut: combed sideways, back, forwards, or up."""
    return Style(
        n_strands=5600,
        length=(5.2, 5.5, 3.6, 3.0)[variant],
        side_length=(2.0, 2.4, 1.4, 0.9)[variant],
        lift=(1.7, 1.8, 1.1, 1.8)[variant],
        side_lift=(0.65, 0.7, 0.5, 0.4)[variant],
        gravity=0.16,
        comb=((1.0, 0.25, -0.1), (0.15, 0.4, -1.0), (0.5, 0.1, 0.7), (0.3, 1.0, -0.1))[variant],
        curl=0.1,
        curl_turns=1.0,
        width=0.05,
    )


def _bob(variant: int) -> Style:
    """Give a pixie cut or a bob that ends above the jaw."""
    length = (6.5, 11.0, 9.0, 13.0)[variant]
    return Style(
        n_strands=5600,
        length=length,
        side_length=0.8 * length,
        lift=1.3,
        side_lift=1.0,
        gravity=0.9,
        comb=(0.9, 0.05, -0.15),
        curl=0.08,
        curl_turns=1.2,
        width=0.056,
        messy=0.08,
    )


def _long(variant: int) -> Style:
    """Give straight or wavy hair that reaches the shoulders or the chest."""
    length = (28.0, 32.0, 36.0, 24.0)[variant]
    return Style(
        n_strands=6200,
        length=length,
        side_length=0.92 * length,
        lift=1.0,
        side_lift=0.7,
        gravity=1.0,
        comb=(0.9, 0.05, -0.25),
        curl=(0.06, 0.4, 0.15, 0.55)[variant],
        curl_turns=(0.8, 2.6, 1.4, 3.2)[variant],
        width=0.06,
        messy=0.07,
    )


def _curly(variant: int, *, is_man: bool) -> Style:
    """Give tight curls: close to the head, a round afro, or falling ringlets."""
    length = (2.6, 4.0, 5.0, 3.2)[variant] if is_man else (6.0, 8.0, 13.0, 5.0)[variant]
    is_round = length < 9
    return Style(
        n_strands=6200,
        length=length,
        side_length=(0.45 if is_man else 0.75) * length,
        lift=0.66 * length if is_round else 2.8,
        side_lift=0.55 * length if is_round else 2.2,
        gravity=0.12 if is_round else 0.5,
        comb=(0.1, 0.15, -0.05),
        curl=0.36,
        curl_turns=max(2.0, length / 2.1),
        width=0.05,
    )
