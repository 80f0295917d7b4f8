"""Put people whose masks are accepted on other backgrounds, to learn more from the few.

Backgrounds are those of the workspace's other pictures, their people painted over, or rendered. A
composite shows nobody new: its person is its parent's, it trains where all its parents do, and it is
never tested on or audited. What could not be composed well is not kept; the table ``made`` says why.

Example::

    datatools compose --workspace ws --only-where perceived_race=black --per-person 3
"""

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
from pydantic import Field

from datatools import tables
from datatools.derive import Item, Work, derive, outstanding
from datatools.errors import UsageError
from datatools.images import to_jpeg
from datatools.progress import Progress
from datatools.records import MadeRow, StageResult
from datatools.selection import COMPOSITE, RENDERED_BACKGROUND, Targets
from datatools.settings import CrewSettings, PictureSettings
from datatools.workspace import Workspace

if TYPE_CHECKING:  # loaded when the stage runs, not when its flags are read
    from datatools.making.backgrounds import Places
    from datatools.making.casting import Cast, Role
    from datatools.making.compositing import Composite
    from datatools.making.folder import MadeFolder

_STAGE = "compose"
_READS = (
    tables.MANIFEST,
    tables.LANDMARKS,
    tables.MASKS,
    tables.FINDINGS,
    tables.ANNOTATIONS,
    tables.MEASUREMENTS,
    tables.SPLITS,
    tables.LINEAGE,
)
_QUALITY = 94  # of the JPEG files: what a camera writes


class Settings(PictureSettings, CrewSettings):
    """Settings of ``compose``."""

    name: str = "composites"
    """The set's name: its folder is WS/made/NAME."""

    out: Path | None = None
    """A folder elsewhere for the set."""

    only_where: tuple[str, ...] = ()
    """Compose people of pictures that fulfil all of these, as in perceived_gender=female or ita_deg<10."""

    per_person: int = Field(default=2, ge=1)
    """Composites of each person."""

    backgrounds: Literal["own", "rendered", "both"] = "own"
    """Behind them: other pictures of the workspace, rendered places, or one or the other by lot."""

    background_source: str | None = None
    """Take backgrounds from this source alone."""

    targets: Targets = "best"
    """Masks to cut out by: reference, generated (accepted ones), or the best of a picture."""

    max_px: int = Field(default=1024, ge=128)
    """Composites have at most this longer side."""


@dataclass(frozen=True, slots=True)
class _Made:
    number: int
    composite: "Composite | None"
    background: str | None
    recipe: dict[str, object]
    reason: str | None


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Put people on other backgrounds, with soft edges and fitted light.

    Raises:
        UsageError: a condition that nobody fulfils, no such source, or a folder that holds something else.
    """
    from datatools.making.casting import cast
    from datatools.making.folder import MadeFolder

    workspace.require()
    folder = MadeFolder((settings.out or workspace.made_folder(settings.name)).resolve())
    # The others choose whom to compose: they may differ between runs that fill one folder.
    of_set = {"seed", "backgrounds", "background_source", "targets", "max_px"}
    chosen = settings.model_dump(mode="json", include=of_set)
    folder.check(_STAGE, chosen)
    found = cast(
        workspace,
        targets=settings.targets,
        source=settings.only,
        only_where=settings.only_where,
        limit=settings.limit,
        background_source=settings.background_source,
        per_person=settings.per_person,
        seed=settings.seed,
    )
    recipe = tables.fingerprint(sorted(chosen.items()), _pool(found.places, settings))
    items = (Item(f"{folder.root}/{r.sample.sample_id}", _parents(r, recipe), r) for r in found.roles)
    if settings.dry_run:
        todo = outstanding(workspace, tables.MADE, items, key=_row_key, is_intact=folder.holds)
        n_todo = sum(len(item.subject.numbers) for item in todo)
        note = f"Would compose {n_todo} pictures of {found.n_people} people."
        return StageResult(stage=_STAGE, facts={"n_to_compute": n_todo}, notes=[note])
    with workspace.run(_STAGE, settings.model_dump(mode="json"), reads=_READS, writes=(tables.MADE,)) as run:
        folder.claim(_STAGE, chosen)
        done = derive(
            workspace,
            tables.MADE,
            items,
            partial(_work, workspace, folder, found.places, settings),
            key=_row_key,
            label=_STAGE,
            progress=progress,
            crew=settings.crew(),
            is_intact=folder.holds,
        )
        n_listed = folder.index_of(workspace, folder.rows(done.rows))
        run.facts |= _facts(folder.rows(done.rows), n_listed, found)
        run.facts |= {"n_computed": done.n_computed, "n_kept": done.n_kept, "n_failed": done.n_failed}
    return StageResult(stage=_STAGE, facts=run.facts, notes=_notes(run.facts, folder.root))


def _row_key(row: MadeRow) -> str:
    return f"{row.folder}/{row.sample_id}"


def _hash(mask: Path) -> str | None:
    return tables.sha256_file(mask) if mask.is_file() else None


def _pool(places: "Places", settings: Settings) -> str | None:
    """Hash what backgrounds are drawn from; None where they are rendered.

    Raises:
        UsageError: there are fewer than two people to draw from.
    """
    if settings.backgrounds == "rendered":
        return None
    if places.n_people < 2:
        raise UsageError(
            "expected pictures with masks of at least two people to take backgrounds from, got "
            f"{len(places)}: ingest more, or give --backgrounds rendered"
        )
    digest = hashlib.sha256(b"[")  # of what the list of all would be written as
    for which in range(len(places)):
        seen = (places[which].sample_id, _hash(places[which].mask))
        digest.update(f"{', ' if which else ''}{seen!r}".encode())
    digest.update(b"]")
    return digest.hexdigest()[:16]


def _parents(subject: "Role", recipe: str) -> str:
    target = subject.target
    return tables.fingerprint(
        subject.sample.sample_id, _hash(target.path), target.mask_source, subject.numbers, recipe
    )


def _work(
    workspace: Workspace, folder: "MadeFolder", places: "Places", settings: Settings
) -> Work["Role", list[_Made], list[_Made], MadeRow]:
    def row(item: Item["Role"], made: _Made, *, error: str | None = None) -> MadeRow:
        paths: tuple[str | None, str | None] = (None, None)
        if made.composite is not None:
            stem = f"{item.subject.sample.sample_id}-{made.number}"
            picture = to_jpeg(made.composite.image, _QUALITY)
            paths = folder.write(stem, picture, ".jpg", made.composite.mask)
        return MadeRow(
            sample_id=item.subject.sample.sample_id,
            folder=str(folder.root),
            item=str(made.number),
            kind=COMPOSITE,
            image=paths[0],
            mask=paths[1],
            mask_source=f"{COMPOSITE}:{item.subject.target.mask_source}",
            background=made.background,
            box=None,
            recipe=json.dumps(made.recipe, sort_keys=True),
            reason=made.reason,
            parents=item.parents,
            status="ok" if error is None else "failed",
            error=error,
        )

    def failed(item: Item["Role"], error: str) -> MadeRow:
        nothing = _Made(item.subject.numbers[0], None, None, {}, None)
        return row(item, nothing, error=error)

    return Work(
        prepare=lambda subject: _composed(workspace, subject, places, settings),
        forward=lambda made: made,
        finish=lambda item, made: [row(item, one) for one in made],
        failed=failed,
    )


def _composed(workspace: Workspace, subject: "Role", places: "Places", settings: Settings) -> list[_Made]:
    from datatools.making.alpha import cut_out
    from datatools.making.backgrounds import behind, read_pair
    from datatools.making.compositing import compose, drawn_plate, shrunk
    from datatools.making.light import is_grey

    pair = read_pair(workspace.image_file(subject.sample), subject.target.path)
    image, mask = shrunk(*pair, settings.max_px)
    person, in_colour = cut_out(image, mask), not is_grey(image)
    found = []
    for number in subject.numbers:
        recipe: dict[str, object] = {"number": number, "seed": settings.seed}
        if person.remark is not None:  # a halo, or an arm that is gone
            found.append(_Made(number, None, None, recipe, person.remark.partition(":")[0]))
            continue
        rng = np.random.default_rng([settings.seed, int(subject.sample.sample_id, 16), number])
        is_drawn = settings.backgrounds == "rendered" or (
            settings.backgrounds == "both" and rng.random() < 0.5
        )
        if is_drawn:
            plate, style = drawn_plate((mask.array.shape[1], mask.array.shape[0]), rng)
            background = f"{RENDERED_BACKGROUND}{style}"
        else:
            ground = behind(places, subject.sample.person_id, mask, rng, in_colour=in_colour)
            if ground is None:
                found.append(_Made(number, None, None, recipe, "no background has room for the person"))
                continue
            plate, background = ground.image, ground.sample_id
            recipe["window"] = asdict(ground.window)
        made = compose(image, mask, person, plate)
        recipe["light"] = asdict(made.light)
        found.append(_Made(number, made, background, recipe, None))
    return found


def _facts(rows: Iterable[MadeRow], n_listed: int, found: "Cast") -> dict[str, object]:
    sources, reasons = Counter[str](), Counter[str]()
    for row in rows:
        if row.status == "ok" and row.reason:
            reasons[row.reason] += 1
        if row.status == "ok" and row.image is not None:
            sources[row.mask_source] += 1
    return {
        "n_people": found.n_people,
        "n_backgrounds": len(found.places),
        "n_composites": n_listed,
        "not_kept": dict(reasons.most_common()),
        "mask_sources": dict(sorted(sources.items())),
    }


def _notes(facts: Mapping[str, object], folder: Path) -> list[str]:
    notes = [
        f"{facts['n_composites']} composites of {facts['n_people']} people in {folder}: `datatools ingest "
        f"--source {folder}`, then `datatools split`, lets them train."
    ]
    if facts["not_kept"]:
        reasons = facts["not_kept"]
        assert isinstance(reasons, dict)
        notes.append("Not kept: " + ", ".join(f"{reason} {n}" for reason, n in reasons.items()) + ".")
    return notes
