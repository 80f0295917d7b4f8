"""Under which terms did the pictures come, and what follows for the whole?

Each source keeps the licence that its owner gave. The toolkit grants nothing and claims no right to hand
pictures on.
"""

from datatools.literal import markdown
from datatools.report import words
from datatools.report.cards import told
from datatools.report.cards.answers import About
from datatools.report.cards.card_result import CardFacts

FILE = "LICENSE.md"
_NAME = "per-source"
_ADDED = "what was added (tables, generated masks, answers)"


def settings(about: About) -> dict[str, str]:
    """Give the words of the front matter."""
    if about.licence is not None:
        return {"license": about.licence}
    return {"license": "other", "license_name": _NAME, "license_link": FILE}


def names(facts: CardFacts, about: About) -> list[str]:
    """Give every licence once, that of what the maintainers added first."""
    added = [] if about.licence is None else [about.licence]
    return list(dict.fromkeys([*added, *(each.licence for each in facts.report.sources)]))


def page(facts: CardFacts, about: About) -> str:
    """Write the page that says the licence of each source."""
    lines = ["# Licences", "", "Pictures and masks that came with a source keep the licence of that source."]
    lines += [f"- {markdown(line)}" for line in told.sources(facts)]
    lines.append("")
    if about.licence is None:
        lines.append(f"For {_ADDED} the maintainers have named no licence.")
    else:
        lines.append(f"The licence of {_ADDED}: {markdown(about.licence)}.")
    shared = [f"{each.kind} of {each.source}" for each in facts.shared]
    if shared:
        named = markdown(words.listed(shared, most=20))
        lines.append("")
        lines.append(f"Handed on here, because the maintainers said that they may: {named}.")
    lines += ["", "Nothing here grants a right that the owner of a source did not give.", ""]
    return "\n".join(lines)
