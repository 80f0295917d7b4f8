"""Write pictures with their masks as WebDataset shards, for training elsewhere.

Into a folder, or to an address (s3://, gs://, ...): tar files of about one size, and shards.json with what is
in each. Whatever is there already and would be the same is kept, so that a run that was killed goes on, and
the same samples give the same bytes. These are pictures of people as their files are: the workspace remembers
where shards went, and a withdrawal says which of them hold somebody.

Example::

    datatools shards --workspace ws --to for-training --split train
    datatools shards --workspace ws --to s3://BUCKET/portraits --masks generated
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

from pydantic import Field

from datatools import lists, tables
from datatools.errors import UsageError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import ListedSettings
from datatools.sharding.chosen import Masks, Wanted, chosen, require_split
from datatools.workspace import Workspace

if TYPE_CHECKING:
    from datatools.sharding.handing import Done

_STAGE = "shards"
_MB = 1_000_000
_MOST_TOLD = 10  # samples, each with a reason


class Settings(ListedSettings):
    """Settings of ``shards``; nothing is random in it."""

    to: str
    """Folder or address (s3://BUCKET/FOLDER, gs://...) for the shards: new, empty, or written to before."""

    shard_mb: float = Field(default=256, gt=0)
    """About how many megabytes (10^6 bytes) a shard holds; no sample is split."""

    split: str | None = None
    """Write the samples of this split alone: train, val or test."""

    masks: Masks = "both"
    """Which masks: those that the toolkit made, those that came with the data, or both."""

    accepted_only: bool = True
    """Of generated masks write the accepted ones alone; otherwise whatever refine made."""

    with_answers: bool = False
    """Write people's answers about people too: personal data of the kind that laws protect most."""


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:
    """Write pictures, masks and what is known of them as tar files that training loops stream.

    Raises:
        UsageError: the place holds other files, or there is no such source, list or split, or no sample has
            such a mask.
        TableError: a stage that is needed has not run.
        DataError: the place cannot be reached or written to.
        TooManyFailuresError: more than half of the samples cannot be read, and more than 20.
    """
    # Imported here: they load what speaks to addresses, which other verbs do without.
    from datatools.sharding.handing import hand_on, known, memory_of, plan
    from datatools.sharding.targets import target
    from datatools.withdrawal.handed_on import INDEX

    workspace.require()
    require_split(workspace, settings.split)
    wanted = Wanted(
        source=settings.only,
        listed=settings.samples,
        split=settings.split,
        limit=settings.limit,
        masks=settings.masks,
        accepted_only=settings.accepted_only,
        with_answers=settings.with_answers,
    )
    place = target(settings.to)
    known(workspace, place)
    planned = plan(chosen(workspace, wanted), round(settings.shard_mb * _MB))
    if not planned.n_samples:
        raise UsageError(
            "expected samples with masks to write, got none: run `datatools refine` and `datatools check` "
            "first, or ask for other --masks"
        )
    if settings.dry_run:
        told = (
            f"Would write {planned.n_samples} samples, {planned.n_bytes / _MB:.1f} MB, as about "
            f"{len(planned.ranges)} shards to {place.told}."
        )
        facts: dict[str, object] = {"n_samples": planned.n_samples, "n_shards": len(planned.ranges)}
        return StageResult(stage=_STAGE, facts=facts, notes=[told])
    reads = (
        tables.MANIFEST,
        tables.MASKS,
        tables.FINDINGS,
        tables.SPLITS,
        tables.ANNOTATIONS,
        *lists.files(workspace, settings.samples),
    )
    dump = settings.model_dump(mode="json") | {"to": place.told}
    with workspace.run(_STAGE, dump, reads=reads, writes=(memory_of(workspace, place),)) as run:
        with progress.bar(_STAGE, planned.n_samples) as advance:
            done = hand_on(workspace, place, chosen(workspace, wanted), planned, advance)
        asked = {name: dump[name] for name in sorted(dump) if name not in ("to", "seed", "dry_run")}
        index = done.tally.index(asked)
        with place.writing(INDEX) as sink:
            sink.write(index)
        run.facts |= {
            "to": place.told,
            "index_sha256": tables.sha256_bytes(index),
            "n_samples": done.tally.n_samples,
            "n_bytes": done.tally.n_bytes,
            "n_shards": len(done.tally.shards),
            "n_made": done.n_made,
            "n_kept": done.n_kept,
            "n_left_out": len(done.tally.left_out),
            **{f"n_by_{name}": done.tally.counts(name) for name in ("licence", "mask", "reference")},
        }
    return StageResult(stage=_STAGE, facts=run.facts, notes=_notes(place.told, done))


def _notes(to: str, done: "Done") -> list[str]:
    tally = done.tally
    licences = "; ".join(f"{name}: {n}" for name, n in tally.counts("licence").items())
    notes = [
        f"{tally.n_samples} samples, {tally.n_bytes / _MB:.1f} MB, in {len(tally.shards)} shards at {to}; "
        f"{done.n_kept} of these were there already, {done.n_removed} older ones were removed.",
        "They are pictures of people as their files are, with what a camera wrote into them (place, time): "
        "whoever is given the shards holds personal data, and must be told when somebody withdraws.",
        f"Licences, which go on with the pictures: {licences}.",
    ]
    if tally.n_unclear:
        notes.append(
            f"{tally.n_unclear} samples are under a licence that nobody has stated in full: "
            f"{_some(tally.unclear, tally.n_unclear)}."
        )
    questions = tally.counts("question")
    if questions:
        told = ", ".join(f"{name} ({n} samples)" for name, n in questions.items())
        notes.append(
            f"With people's answers to {told}: who said what about whom, of groups of few people too. Laws "
            "protect such data more than others."
        )
    if tally.left_out:
        notes.append(f"{len(tally.left_out)} samples cannot be read, and are left out:")
        first = sorted(tally.left_out.items())[:_MOST_TOLD]
        notes += [f"  {sample_id}: {why}" for sample_id, why in first]
        notes += ["  shards.json names them all."] if len(tally.left_out) > len(first) else []
    return notes


def _some(named: Sequence[str], number: int) -> str:
    more = f" and {number - len(named)} more" if number > len(named) else ""
    return ", ".join(named) + more
