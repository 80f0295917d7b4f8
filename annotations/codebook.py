"""What does the code book say? It is made from the questions and vocabularies, so that they never differ.

python annotations/codebook.py > annotations/codebook.md
"""

from collections.abc import Iterator

from datatools import vocab

WHO = {
    "self_reported": "the person in the picture",
    "perceived": "somebody else, guessing",
    "visible": "anybody: it is a thing in the picture",
    "rendered": "the program that drew the picture",
    "review": "a person, about a mask",
}


def lines() -> Iterator[str]:
    """Give the code book, a line at a time."""
    yield "# Code book"
    yield ""
    yield "Made by `python annotations/codebook.py`; the sources are `datatools/vocabularies/*.toml`."
    yield ""
    yield "## Questions"
    yield ""
    yield "| question | asks | who can answer | several answers at once | vocabularies, the usual one first |"
    yield "|---|---|---|---|---|"
    for name, question in vocab.questions().items():
        several = "yes" if question.several else "no"
        keys = ", ".join(question.vocabularies)
        yield f"| {name} | {question.text} | {WHO[question.kind]} | {several} | {keys} |"
    for key in vocab.names():
        vocabulary = vocab.load(key)
        yield ""
        yield f"## {key}"
        yield ""
        yield f"{vocabulary.source} Level: {vocabulary.level}."
        yield ""
        yield f"**Where it fails.** {vocabulary.fails}"
        yield ""
        yield "| answer | meaning |"
        yield "|---|---|"
        if vocabulary.minimum is not None:
            yield f"| {vocabulary.minimum} to {vocabulary.maximum} | A whole number. |"
        for value, meaning in vocabulary.definitions.items():
            yield f"| {value} | {meaning} |"
    yield ""
    yield "## Crosswalks"
    yield ""
    yield "Write `QUESTION:TARGET` where a question is named, as in `perceived_age:age3@1`."
    yield ""
    yield "| from | to | several values that stay different become | what is lost |"
    yield "|---|---|---|---|"
    for (source, target), walk in sorted(vocab.crosswalks().items()):
        yield f"| {source} | {target} | {walk.several or 'several values'} | {walk.lost} |"


def main() -> None:
    """Print the code book."""
    print("\n".join(lines()))


if __name__ == "__main__":
    main()
