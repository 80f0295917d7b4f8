"""What is a student for, what is it not for, and how is it loaded?"""

from collections.abc import Iterator

_INTENDED = (
    "Separating the people in a portrait (a photograph, head and shoulders to half-length, of one or few "
    "people) from its background, so that the background can be blurred, replaced or removed.",
    "Research on small segmentation networks, on their training data, and on for whom they work worse.",
)
_NOT_FOR = (
    "Predicting anybody's race, gender, age or health: the network answers where a person is, nothing else.",
    "Telling who somebody is, finding somebody again, or anything else about them.",
    "Decisions about people, watching them, or counting crowds.",
    "Full-length figures far away, drawings, animals, medical pictures: nothing here was measured on them.",
    "Any use where a missing hand, hair or headscarf does harm, before it was measured on pictures like "
    "those of that use.",
)
_LOADING = (
    "",
    "    datatools predict --model model.pt --source portraits/ --out masks/",
    "",
    "or from Python:",
    "",
    "```python",
    "from pathlib import Path",
    "",
    "import torch",
    "",
    "from datatools import images",
    "from datatools.student import checkpoint",
    "",
    'student = checkpoint.load(Path("model.pt"))  # no code runs when the file is read',
    'picture = images.read_rgb(Path("portrait.jpg"))',
    "with torch.no_grad():",
    "    logit = student.network(student.preprocessing.prepare(picture))[0, 0]",
    "is_person = logit > 0  # at the network's size",
    "```",
    "",
)


def uses() -> Iterator[str]:
    """Say what the network is for, and what not."""
    yield "## Intended use"
    yield from (f"- {line}" for line in _INTENDED)
    yield ""
    yield "Not for:"
    yield ""
    yield from (f"- {line}" for line in _NOT_FOR)
    yield ""


def loading() -> Iterator[str]:
    """Say how the weights are used, from the command line and from Python."""
    yield "## How to load it"
    yield from _LOADING
