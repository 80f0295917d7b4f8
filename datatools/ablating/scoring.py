"""How do the arms' networks become scores of the same pictures, with the groups that people are in?

Each network is scored by the stage ``evaluate`` in each test's workspace, which keeps what is done. Only
pictures that every run scored are compared, and none of a picture or a person that any arm learns from.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from datatools import conditions, selection, tables
from datatools.ablating.plan import Ablation, Holdout
from datatools.ablating.thresholds import Cut
from datatools.errors import DataError, UsageError
from datatools.fairness.models.board import Run, Trial
from datatools.fairness.scoring import load_model
from datatools.fairness.who.crossings import crossings
from datatools.fairness.who.groups import Axis, axis, default_attributes, without_few_several
from datatools.progress import Progress
from datatools.records import Sample, Score
from datatools.stages import evaluate
from datatools.workspace import Workspace

_FEWEST_REPLICATES = 100  # of evaluate's own intervals, which nobody reads here


@dataclass(frozen=True, slots=True, kw_only=True)
class Network:
    """A network to score: a run of an arm, or the one that an arm names."""

    arm: str
    model: str  # as evaluate takes it
    seed: int | None
    cut: Cut | None = None  # where it is another arm's, cut elsewhere


@dataclass(frozen=True, slots=True, kw_only=True)
class Scored:
    """A test's trials, one for each kind of reference masks, and what must be said of it."""

    trials: list[Trial]
    notes: list[str]
    inputs: dict[str, str]  # what was scored to SHA-256


def given(workspace: Workspace, model: str) -> str:
    """Give what evaluate takes for a network that an arm names: a model's file, or the word itself."""
    return str(workspace.trained_model(model) or model)


def fingerprints(workspace: Workspace, ablation: Ablation) -> dict[str, str]:
    """Load the networks that arms name, so that what is wrong is said early; give fingerprints by name.

    Raises:
        UsageError: no such network, or two that differ under one name: their scores would be mixed.
        WeightsError: its weights are not what they should be.
    """
    found: dict[str, str] = {}
    for arm in ablation.arms:
        if arm.model is not None:
            model = load_model(given(workspace, arm.model))
            if found.setdefault(model.name, model.fingerprint) != model.fingerprint:
                raise UsageError(
                    f"arm {arm.name}: expected networks of different names, got two called {model.name!r}; a "
                    "file of weights is called by its folder"
                )
    return found


def networks(
    workspace: Workspace,
    ablation: Ablation,
    models: Mapping[tuple[str, int], str],
    cuts: Mapping[tuple[str, int], Cut],
) -> list[Network]:
    """List the networks, the reference arm's first; ``models`` are names, and ``cuts``, by arm and seed."""
    found: list[Network] = []
    for arm in sorted(ablation.arms, key=lambda one: one.name != ablation.reference):
        if arm.model is not None:
            found.append(Network(arm=arm.name, model=given(workspace, arm.model), seed=None))
            continue
        for seed in ablation.seeds:
            if (cut := cuts.get((arm.name, seed))) is not None:
                found.append(Network(arm=arm.name, model=cut.weights, seed=seed, cut=cut))
                continue
            path = workspace.model_folder(models[arm.name, seed]) / "model.pt"
            found.append(Network(arm=arm.name, model=str(path), seed=seed))
    return found


@dataclass(frozen=True, slots=True, kw_only=True)
class Ground:
    """A test before any network is scored on it: its pictures and groups."""

    test: Holdout
    workspace: Workspace
    samples: Mapping[str, Sample]  # by id, those to compare on
    axes: Sequence[Axis]
    notes: Sequence[str]


def prepare(home: Workspace, test: Holdout, min_people: int) -> Ground:
    """Find a test's pictures and groups, so that what is wrong is said before anything is trained.

    Raises:
        UsageError: the test's workspace, split, source, attribute or condition does not exist.
        DataError: no picture has a reference mask, or an arm learns from all that have.
    """
    workspace = home if test.workspace is None else Workspace(test.workspace)
    workspace.require()
    notes: list[str] = []
    samples = _in_scope(home, workspace, test, notes)
    if not samples:
        raise DataError(
            f"test {test.name}: expected pictures with reference masks that no arm learns from in "
            f"{workspace.root}, found none"
        )
    axes = _axes(workspace, test, samples, min_people, notes)
    return Ground(test=test, workspace=workspace, samples=samples, axes=axes, notes=notes)


def score(
    ground: Ground,
    chosen: Sequence[Network],
    metrics: Sequence[str],
    *,
    limit: int | None,
    progress: Progress,
) -> Scored:
    """Score every network on one test.

    Raises:
        DataError: no two people are left whom every network could be scored on.
    """
    test, samples = ground.test, ground.samples
    settings = {
        "split": test.split,
        "only": test.only,
        "metrics": list(metrics),
        "replicates": _FEWEST_REPLICATES,
        "limit": limit,
    }
    names: dict[Network, str] = {}
    for network in chosen:
        progress.say(f"{test.name}: {network.cut.name if network.cut is not None else network.model}")
        asked = evaluate.Settings.model_validate({**settings, "model": network.model})
        if network.cut is None:
            told = evaluate.run(ground.workspace, asked, progress)
        else:
            told = evaluate.score_model(ground.workspace, asked, network.cut.model(), progress)
        names[network] = str(told.facts["model"])
    rows = [
        row
        for row in ground.workspace.rows(tables.SCORES)
        if row.model in set(names.values())
        and row.sample_id in samples
        and row.reference_source == samples[row.sample_id].mask_source
    ]
    notes = list(ground.notes)
    by_kind: dict[str, list[Score]] = {}
    for row in rows:
        by_kind.setdefault(row.reference_source, []).append(row)
    trials = [
        trial
        for kind in sorted(by_kind)
        if (trial := _trial(ground, kind, names, by_kind[kind], limit, notes)) is not None
    ]
    if not trials:
        raise DataError(
            f"test {test.name}: expected two people or more whom every network was scored on, got fewer "
            f"among {len(samples)} pictures: the scores table of {ground.workspace.root} says why"
        )
    used = tables.to_bytes(tables.to_arrow(tables.SCORES, rows))
    return Scored(trials=trials, notes=notes, inputs={f"scores of {test.name}": tables.sha256_bytes(used)})


def _in_scope(home: Workspace, workspace: Workspace, test: Holdout, notes: list[str]) -> dict[str, Sample]:
    """Give the samples to compare on, by id."""
    made = selection.composites(workspace)
    readable = workspace.samples(source=test.only)
    samples = [row for row in readable if row.reference_mask is not None and row.sample_id not in made]
    if test.split is not None:
        split_of = {row.sample_id: row.split for row in workspace.rows_or_empty(tables.SPLITS)}
        if test.split not in split_of.values():
            known_splits = sorted(set(split_of.values()))
            raise UsageError(f"test {test.name}: expected a split among {known_splits}, got {test.split!r}")
        samples = [row for row in samples if split_of.get(row.sample_id) == test.split]
    # Without splits nothing is trained here.
    used = [row for row in home.rows_or_empty(tables.SPLITS) if row.split in {"train", "val"}]
    learnt, known = {row.sample_id for row in used}, {row.person_id for row in used}
    kept = [row for row in samples if row.sample_id not in learnt and row.person_id not in known]
    if len(kept) < len(samples):
        notes.append(
            f"{test.name}: left out {len(samples) - len(kept)} of {len(samples)} pictures: they or their "
            "people are in the train or val split, which is learnt from, or chosen by."
        )
    for condition in test.exclude:
        out = set(conditions.measured(workspace, condition).to_pylist())
        left = [row for row in kept if row.sample_id not in out]
        notes.append(
            f"{test.name}: left out for {condition}: {len(kept) - len(left)} of {len(kept)} pictures."
        )
        kept = left
    return {row.sample_id: row for row in kept}


def _axes(
    workspace: Workspace, test: Holdout, samples: Mapping[str, Sample], min_people: int, notes: list[str]
) -> list[Axis]:
    person_of = {sample_id: sample.person_id for sample_id, sample in samples.items()}
    answers = workspace.rows_or_empty(tables.ANNOTATIONS)
    measurements = workspace.rows_or_empty(tables.MEASUREMENTS)
    found: list[Axis] = []
    if test.attributes is not None:
        found = [axis(spec, answers, measurements, person_of) for spec in test.attributes]
    else:
        own = [row for row in answers if row.sample_id in person_of]
        for spec in default_attributes(own):
            try:
                found.append(axis(spec, own, measurements, person_of))
            except UsageError as error:
                notes.append(f"{test.name}: not compared by group: {error}.")
    found = [without_few_several(one, min_people) for one in found]
    return [*found, *crossings(found, test.cross)]


def _trial(
    ground: Ground,
    kind: str,
    names: Mapping[Network, str],
    rows: Sequence[Score],
    limit: int | None,
    notes: list[str],
) -> Trial | None:
    """Keep the pictures that every network scored, in the order of their ids; None where they are too few."""
    test = ground.test
    good = {
        network: {row.sample_id: row for row in rows if row.model == name and row.status == "ok"}
        for network, name in names.items()
    }
    everywhere = sorted(set.intersection(*(set(scores) for scores in good.values())))[:limit]
    n_lost = len({row.sample_id for row in rows}) - len(everywhere)
    if n_lost and limit is None:
        notes.append(
            f"{test.name}: {n_lost} pictures could not be scored by every network and were left out."
        )
    if len({ground.samples[sample_id].person_id for sample_id in everywhere}) < 2:
        notes.append(f"{test.name}: fewer than two people with {kind} masks, nothing to compare.")
        return None
    arms: dict[str, list[Run]] = {}
    for network, scores in good.items():
        run = Run(
            model=names[network],
            seed=network.seed,
            scores=[scores[sample_id] for sample_id in everywhere],
            weights=network.model,
        )
        arms.setdefault(network.arm, []).append(run)
    return Trial(test=test.name, reference_source=kind, axes=ground.axes, arms=arms)
