"""How are views and the App's looks saved, so that what a user made of them stays?

What was saved last is kept as a digest. Whatever is found to differ from it is the user's from then on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from datatools import tables

if TYPE_CHECKING:
    import fiftyone

Digests = dict[str, str]  # by name


class _Document(Protocol):
    """A part of FiftyOne's configuration of the App."""

    def to_dict(self) -> dict[str, object]:
        """Give it as the database keeps it."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A view to save."""

    name: str
    view: "fiftyone.DatasetView"
    about: str  # a sentence
    colour: str | None = None  # of its name in the list


def views(
    dataset: "fiftyone.Dataset", wanted: Sequence[Wanted], before: Digests, say: Callable[[str], None]
) -> Digests:
    """Save views that have samples, and remove those of ours that have none any more.

    Args:
        dataset: whose views are saved.
        wanted: views; of two whose names FiftyOne does not tell apart, the second gets a number.
        before: what this function gave the last time.
        say: tells people which names are taken by views of theirs.

    Returns:
        What was saved.
    """
    from fiftyone.core.utils import to_slug

    there = {document.name: document for document in dataset._doc.get_saved_views()}
    ours = {name for name in before.keys() & there.keys() if of_document(there[name]) == before[name]}
    taken = {document.slug: name for name, document in there.items()}
    saved: Digests = {}
    slugs: set[str] = set()
    for one in wanted:
        if not len(one.view.limit(1)):
            continue
        name, number = one.name, 1
        while to_slug(name) in slugs:
            number += 1
            name = f"{one.name} ({number})"
        slug = to_slug(name)
        slugs.add(slug)
        other = taken.get(slug)
        if other is not None and other not in ours:
            say(f"browse: the saved view {other!r} is yours and stays; delete it to get the toolkit's")
            continue
        digest = _of_view(one.view, one.about)
        if other != name or before[name] != digest:
            dataset.save_view(name, one.view, description=one.about, color=one.colour, overwrite=True)
        saved[name] = digest
    for name in sorted(ours - saved.keys()):
        if dataset.has_saved_view(name):  # one of the same slug has replaced it otherwise
            dataset.delete_saved_view(name)
    return saved


def _of_view(view: "fiftyone.DatasetView", about: str) -> str:
    from bson import json_util

    return tables.fingerprint(
        about, *(json_util.dumps(stage) for stage in view._serialize(include_uuids=False))
    )


def of_document(document: "fiftyone.core.odm.SavedViewDocument") -> str:
    """Give the digest of a view as it is saved."""
    return tables.fingerprint(document.description or "", *document.view_stages)


def looks(
    dataset: "fiftyone.Dataset", wanted: "Mapping[str, _Document | Sequence[_Document]]", before: Digests
) -> Digests:
    """Set how the App looks at first, where the user has not set it otherwise.

    Args:
        dataset: whose App is configured.
        wanted: by name of the part: ``color_scheme``, ``sidebar_groups``, ``active_fields``.
        before: what this function gave the last time.

    Returns:
        What was set.
    """
    config = dataset.app_config
    given: Digests = {}
    for name, made in wanted.items():
        there = config[name]
        if name in before and there is not None and _of_look(there) != before[name]:
            given[name] = before[name]
            continue
        config[name] = made
        given[name] = _of_look(made)
    dataset.save()
    return given


def _of_look(part: "_Document | Sequence[_Document]") -> str:
    documents = part if isinstance(part, Sequence) else [part]
    plain = []
    for document in documents:
        values = document.to_dict().items()
        plain.append(sorted((key, str(value)) for key, value in values if key not in {"_id", "id"}))
    return tables.fingerprint(plain)
