"""Which views is a user of a data set offered, and which question does each answer?

Views filter and sort by fields, so that they follow what people do in the App. docs/browse-views.md lists
them.
"""

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import TYPE_CHECKING

from datatools.browse import colours, fields, groups
from datatools.browse.groups import OfModel
from datatools.browse.peers import Beside
from datatools.browse.saved import Wanted
from datatools.report import words
from datatools.report.style import LIGHT

if TYPE_CHECKING:
    import fiftyone

# Fields that views sort by, and that no single row of a table holds.
PLACE, APART, ACROSS, THIN = "review_place", "teachers_apart", "near_duplicate_splits", "thin_cells"
_WORST = 200  # samples of a view of the worst: as many as one looks through
_METRIC = "iou_fg_image"


def of_checks(fo: ModuleType, dataset: "fiftyone.Dataset", about: Mapping[str, object]) -> Iterator[Wanted]:
    """Give what was accepted, and what was rejected by each reason."""
    good, bad = LIGHT["equivalent"], LIGHT["gap"]
    yield Wanted(
        name="accepted",
        view=dataset.match_tags("accepted"),
        about="Masks that passed every check, or that a person accepted.",
        colour=good,
    )
    rejected = dataset.match_tags("rejected")
    yield Wanted(
        name="rejected",
        view=rejected,
        about="Masks that failed a check, or that a person did not accept.",
        colour=bad,
    )
    for check in colours.listed(about, "checks"):
        yield Wanted(
            name=f"rejected: {check}",
            view=rejected.match_tags(f"failed {check}"),
            about=f"Rejected masks that failed the check {check}.",
            colour=bad,
        )
    answers = {"reject": "by a person", "repair": "to be repaired"}
    for answer, said in answers.items():
        if dataset.has_field("review"):
            yield Wanted(
                name=f"rejected: {said}",
                view=rejected.match(fo.ViewField("review.label") == answer),
                about=f"Masks whose last review is {answer}.",
                colour=bad,
            )


def of_work(fo: ModuleType, dataset: "fiftyone.Dataset", about: Mapping[str, object]) -> Iterator[Wanted]:
    """Give where people are needed, and what they should know of."""
    there = dataset.get_field_schema()
    unsure = LIGHT["unsure"]
    if PLACE in there:
        yield Wanted(
            name="review queue",
            view=dataset.exists(PLACE).exists("review", False).sort_by(PLACE),
            about="Masks that nobody has reviewed, the most rewarding first, as datatools review ranks them.",
            colour=LIGHT["g0"],
        )
    if APART in there:
        yield Wanted(
            name="teachers disagree",
            view=dataset.exists(APART).sort_by(APART, reverse=True).limit(_WORST),
            about="Where two teachers' masks differ most: 1 - IoU, as check saw it.",
            colour=unsure,
        )
    for question in colours.listed(about, "questions"):
        name = fields.slug(f"agreement_{question}")
        if name in there:
            agreement = fo.ViewField(name)
            yield Wanted(
                name=f"annotators disagree: {question}",
                view=dataset.exists(name).match(agreement < 1).sort_by(name),
                about=f"Pictures whose annotators do not agree on {question}, the most divided first.",
                colour=unsure,
            )
        name = fields.slug(f"consensus_{question}")
        if name in there:
            entropy = fo.ViewField(f"{name}.classifications").map(fo.ViewField("entropy_bits")).max()
            yield Wanted(
                name=f"uncertain consensus: {question}",
                view=dataset.match(entropy > 0).sort_by(entropy, reverse=True),
                about=f"Pictures whose consensus on {question} is uncertain, the most uncertain first.",
                colour=unsure,
            )
    if ACROSS in there:
        yield Wanted(
            name="near-duplicates across splits",
            view=dataset.exists(ACROSS).sort_by([("near_duplicate", 1), ("split", 1)]),
            about="Nearly the same picture in several splits: a test on one that was learned from.",
            colour=LIGHT["gap"],
        )
    if THIN in there:
        yield Wanted(
            name="thin cells",
            view=dataset.exists(THIN).sort_by(THIN),
            about="People of whom the latest composition audit has too few to find a gap.",
            colour=unsure,
        )
    if dataset.count("person_id") > len(dataset.distinct("person_id")):
        yield Wanted(
            name="people",
            view=dataset.group_by("person_id", order_by="sample_id"),
            about="One tile a person; open it to see all of their pictures.",
        )


def of_audit(
    fo: ModuleType,
    dataset: "fiftyone.Dataset",
    about: Mapping[str, object],
    models: Sequence[OfModel],
    beside: Sequence[Beside],
) -> Iterator[Wanted]:
    """Give the worst pictures of everybody and of each group, and the lowest group beside its peers."""
    there = dataset.get_field_schema()
    prefixes = colours.prefixes(about)
    for (model, source), prefix in prefixes.items():
        name = f"{prefix}_{_METRIC}"
        if name in there:
            yield Wanted(
                name=f"worst: {model} on {source}",
                view=dataset.exists(name).sort_by(name).limit(_WORST),
                about=f"The {_WORST} pictures with the lowest {_METRIC} of {model} against {source} masks.",
            )
    for of_model in models:
        told = of_model.told
        prefix = prefixes.get((told.model, told.reference_source), "")
        for layout, attribute in of_model.attributes():
            metric = attribute.metric if f"{prefix}_{attribute.metric}" in there else _METRIC
            name, group_field = f"{prefix}_{metric}", groups.field(layout.axis.name)
            if name not in there or group_field not in there:
                continue
            is_error = of_model.is_error(metric)
            for (group,) in layout.shown:
                whom = _literal(words.whom(layout.axis.name, group))
                of_group = dataset.match(fo.ViewField(group_field) == group).exists(name)
                yield Wanted(
                    name=f"worst: {whom}, {told.model} on {told.reference_source}",
                    view=of_group.sort_by(name, reverse=is_error).limit(_WORST),
                    about=f"The group's pictures under the latest audit, by {metric}, the worst first.",
                )
    for one in beside:
        whom = _literal(words.whom(one.attribute, one.group))
        others = [other for other in beside if other != one]
        yield Wanted(
            name=f"peers: {whom}",
            view=_alone(dataset.exists(one.field).sort_by(one.field), others),
            about=(
                f"The lowest group of {one.told.model} against {one.told.reference_source} masks, in "
                f"pairs with people photographed alike ({', '.join(one.conditions)}); the distance of the "
                f"two pictures, in standard deviations, is {one.distance_field}. The nearest pairs first."
            ),
            colour=LIGHT["g0"],
        )


def _alone(view: "fiftyone.DatasetView", others: Sequence[Beside]) -> "fiftyone.DatasetView":
    """Hide the pairs of other attributes, which a picture may be in as well."""
    hidden = [name for other in others for name in (other.field, other.distance_field)]
    return view.exclude_fields(hidden) if hidden else view


def _literal(whom: str) -> str:
    """Word bounds: names that differ in signs alone would have one address."""
    return whom.replace(">=", "from").replace("<", "below")
