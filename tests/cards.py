"""Read what was written as Markdown the way a hub shows it, and the names that must survive it."""

from huggingface_hub import CardData, EvalResult, ModelCard, ModelCardData
from markdown_it import MarkdownIt
from markdown_it.token import Token

# Names, labels and paths as they come: markup, quotes, emoji, right to left, formulas, LaTeX, addresses.
HOSTILE = (
    "<script>alert('x')</script>",
    "\"quoted\" & &amp; 'single'",
    "# heading * _em_ **strong** ~~gone~~ `code` ``two`` $x^2$ {a} [link](https://x.example) ![i](y)",
    "| cell | a \\| b \\",
    "=1+1",
    "@SUM(A1)",
    "-2",
    "+ item",
    "1. first",
    "3) third",
    "> quoted",
    "https://x.example/a_b and www.example.org and a@b.example",
    "\N{GRINNING FACE} \N{ARABIC LETTER MEEM}\N{ARABIC LETTER REH}\N{HEBREW LETTER ALEF}",
    "yes: no, null - [1, 2] {a: b} #c %d !e *f &g 'h \"i",
    "\\section{A} \\n \\u0041 ^~ //",
    "long " + "n" * 300,
)

_PARTING = ("<span>", "</span>")  # parts letters that a hub would make a link of


def shown(text: str) -> str:
    """Give the words that a reader sees of a Markdown page, block by block, marks gone."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    return "\n".join(_words(token.children or []) for token in parser.parse(text) if token.type == "inline")


def has_markup(text: str) -> set[str]:
    """Give the kinds of inline markup in a Markdown page: links, emphasis, HTML, code."""
    parser = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    tokens = [token for token in parser.parse(text) if token.type == "html_block"]
    for token in parser.parse(text):
        tokens += token.children or []
    found = {token.type for token in tokens if token.content not in _PARTING}
    return found - {"text", "softbreak", "hardbreak", "text_special"}


def _words(tokens: list[Token]) -> str:
    shown = (token for token in tokens if token.content not in _PARTING)
    return "".join("\n" if token.type == "softbreak" else token.content for token in shown)


def model_settings(page: str) -> ModelCardData:
    """Read the settings above a model card with the Hub's own package."""
    data = ModelCard(page).data
    assert isinstance(data, ModelCardData)
    return data


def plain(data: CardData) -> dict[str, object]:
    """Give settings as plain values."""
    found: dict[str, object] = data.to_dict()  # type: ignore[no-untyped-call]  # the package leaves it out
    return found


def results_of(page: str) -> list[EvalResult]:
    """Read the results in a model card's settings."""
    found = model_settings(page).eval_results
    assert isinstance(found, list)
    return found
