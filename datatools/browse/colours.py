"""Which colours, sidebar groups and fields does the App show at first?

The same group of people has the same colour as in the reports. Masks, errors and landmarks lie over faces:
their colours are none of skin or hair, and stay apart for colour-blind people.
"""

from collections.abc import Iterable, Mapping
from types import ModuleType
from typing import TYPE_CHECKING

from datatools.browse import fields, groups
from datatools.browse.errors_shown import OVER, UNDER
from datatools.exchange.fiftyone import PREFIX
from datatools.fairness.result import AuditResult
from datatools.report.figures import colours
from datatools.report.style import LIGHT

if TYPE_CHECKING:
    import fiftyone

# Over a portrait; tests/unit/browse/test_colours.py measures how far they are apart.
OVERLAYS = {
    "mask": "#12d6b0",
    "reference_mask": "#c060ff",
    "over": "#ff7a1a",  # wrongly added
    "under": "#1a2fd6",  # wrongly left out
    "landmarks": "#ffe600",
}
_PERSON = (1, 255)  # in masks that came with the data; ours hold 0 and 255
_OPACITY = 0.35  # the face stays to be seen through its mask
_MATTES = "viridis"  # rises in lightness: read alike by every kind of colour vision
_VERDICTS = {"accepted": "equivalent", "rejected": "gap"}  # as the report colours verdicts
_REVIEWS = {"accept": "equivalent", "repair": "unsure", "reject": "gap"}
_MOST_FACES = 10
_WHO = ("person_id", "split")
_MASKS = (fields.GENERATED, fields.REFERENCE, "landmarks", "faces")
_FINDINGS = ("is_accepted", "findings", "review", "near_duplicate", "rules_applied", "reference_error")
_FILE = ("id", "filepath", "sample_id", "source", "licence", fields.SYNCED, "created_at", "last_modified_at")


def scheme(
    fo: ModuleType, schema: Iterable[str], about: Mapping[str, object], audit: AuditResult | None
) -> "fiftyone.ColorScheme":
    """Give the colour scheme.

    Args:
        fo: FiftyOne.
        schema: names of the data set's fields.
        about: what the data set says of itself.
        audit: the latest one, whose groups have colours; None: there is none.
    """
    there = set(schema)
    verdicts = {verdict: LIGHT[name] for verdict, name in _VERDICTS.items()}
    made = [
        _mask(fields.GENERATED, dict.fromkeys(_PERSON, OVERLAYS["mask"])),
        _mask(fields.REFERENCE, dict.fromkeys(_PERSON, OVERLAYS["reference_mask"])),
        *(
            _mask(name, {OVER: OVERLAYS["over"], UNDER: OVERLAYS["under"]})
            for name in sorted(there)
            if name.startswith("errors_")
        ),
        _values("landmarks", {f"face {n}": OVERLAYS["landmarks"] for n in range(_MOST_FACES)}),
        _values("faces", {f"face {n}": LIGHT["paper"] for n in range(_MOST_FACES)}),
        _values("tags", verdicts),
        _values("is_accepted", {"True": verdicts["accepted"], "False": verdicts["rejected"]}),
        _values("review", {value: LIGHT[name] for value, name in _REVIEWS.items()}),
    ]
    made += _of_groups(about, audit)
    mattes = [name for name in sorted(there) if name.startswith("matte_")]
    return fo.ColorScheme(
        color_by="value",
        # What has no colour of its own gets none of a group's: it would suggest kinship.
        color_pool=[LIGHT["quiet"]],
        opacity=_OPACITY,
        multicolor_keypoints=False,
        fields=[one for one in made if one["path"] in there],
        default_mask_targets_colors=[
            {"intTarget": value, "color": OVERLAYS["mask"]} for value in sorted(_PERSON)
        ],
        default_colorscale={"name": _MATTES, "list": None},
        colorscales=[{"path": name, "name": _MATTES, "list": None} for name in mattes],
    )


def _mask(path: str, colour_of: Mapping[int, str]) -> dict[str, object]:
    targets = [{"intTarget": value, "color": colour} for value, colour in colour_of.items()]
    return {"path": path, "fieldColor": next(iter(colour_of.values())), "maskTargetsColors": targets}


def _values(path: str, colour_of: Mapping[str, str]) -> dict[str, object]:
    values = [{"value": value, "color": colour} for value, colour in colour_of.items()]
    return {
        "path": path,
        "fieldColor": next(iter(colour_of.values())),
        "colorByAttribute": "label",
        "valueColors": values,
    }


def _of_groups(about: Mapping[str, object], audit: AuditResult | None) -> list[dict[str, object]]:
    """Colour groups, and the answers and consensus that say them, as the report does."""
    found: dict[str, dict[str, object]] = {}
    for attribute, named in (colours(audit) if audit is not None else {}).items():
        colour_of = {group: LIGHT[name] for group, name in sorted(named.items())}
        names = [groups.field(attribute)]
        question = attribute.partition("@")[0]
        if question in listed(about, "questions"):
            names += [f"{PREFIX}{fields.slug(question)}", fields.slug(f"consensus_{question}")]
        if colour_of:
            found |= {name: _values(name, colour_of) for name in names if name not in found}
    return list(found.values())


def listed(about: Mapping[str, object], key: str) -> list[str]:
    """Read a list of names from what a data set says of itself."""
    there = about.get(key)
    return [str(name) for name in there] if isinstance(there, list) else []


def prefixes(about: Mapping[str, object]) -> dict[tuple[str, str], str]:
    """Give what the fields of a model's scores begin with, by model and reference source."""
    models = about.get("models")
    rows = models if isinstance(models, list) else []
    return {(str(row["model"]), str(row["reference_source"])): str(row["prefix"]) for row in rows}


def sidebar(
    fo: ModuleType, dataset: "fiftyone.Dataset", about: Mapping[str, object], derived: Mapping[str, str]
) -> list["fiftyone.SidebarGroupDocument"]:
    """Sort the fields into groups; those of the user come last, those not filled by anybody nowhere.

    Args:
        fo: FiftyOne.
        dataset: with its fields.
        about: what it says of itself.
        derived: the fields that views work with, each with its group.
    """
    scores = tuple(f"{prefix}_" for prefix in prefixes(about).values())
    spoken = {f"agreement_{fields.slug(name)}" for name in listed(about, "questions")}
    found: dict[str, list[str]] = {
        name: []
        for name in ("who", "masks", "findings", "scores", "measurements", "answers", "metadata", "yours")
    }

    def home(name: str) -> str:
        if name in derived:
            return derived[name]
        if name in _WHO:
            return "who"
        if name in _MASKS or name.startswith(("matte_", "errors_")):
            return "masks"
        if name in _FINDINGS or name.startswith("check_"):
            return "findings"
        if name in spoken or name.startswith((PREFIX, "consensus_")):
            return "answers"
        if name.startswith(scores):
            return "scores"
        if name == "n_faces" or name.startswith("measured_"):
            return "measurements"
        return "metadata" if name in _FILE else "yours"

    first = [*_WHO, *_MASKS, *_FINDINGS]
    names = [name for name in dataset.get_field_schema() if name not in {"tags", "metadata"}]
    for name in sorted(names, key=lambda name: (first.index(name) if name in first else len(first), name)):
        found[home(name)].append(name)
    default = fo.DatasetAppConfig.default_sidebar_groups(dataset)
    # Tags and metadata as FiftyOne itself lists them.
    kept = {group.name: group for group in default}
    found["metadata"] += [path for path in kept["metadata"].paths if path.startswith("metadata.")]
    made = [fo.SidebarGroupDocument(name="tags", paths=kept["tags"].paths)]
    open_ = {"who", "masks", "findings", "answers", "yours"}
    made += [
        fo.SidebarGroupDocument(name=name, paths=paths, expanded=name in open_)
        for name, paths in found.items()
        if paths
    ]
    return made


def active(fo: ModuleType, schema: Iterable[str]) -> "fiftyone.ActiveFields":
    """Show one overlay and the review: every field at once hides the picture."""
    there = set(schema)
    overlays = [name for name in (fields.GENERATED, fields.REFERENCE) if name in there]
    paths = [*overlays[:1], *(["review"] if "review" in there else [])]
    return fo.ActiveFields(exclude=False, paths=paths)
