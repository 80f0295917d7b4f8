"""Why has a picture no value of a measure?"""

from enum import StrEnum


class Reason(StrEnum):
    """Stands where a number would be; the text is what people read."""

    NO_FACE = "no face was found"
    NO_LANDMARKS = "no landmarks that show a jaw"
    NO_SUCH_FACE = "the landmarks form no face"
    OUTSIDE = "the face lies outside the picture"
    TURNED = "the face is turned away"
    SMALL = "too few pixels"
    FLAT = "no detail to judge by"
    NO_MASK = "no mask"
    NO_EDGE = "the mask has no edge"
    NO_BACKGROUND = "no background"
    NO_ROOM = "the picture ends too soon"
    GREY = "a grey, faded or toned picture"
    TINTED = "coloured light or a tinted picture"
    DARK = "too dark a picture"
    BRIGHT = "an over-exposed picture"
    UNEVEN = "light from one side"


Reading = float | Reason
