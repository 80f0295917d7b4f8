"""What columns say a workspace holds is what its records say."""

import dataclasses
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datatools import answers, batches, selection, tables
from datatools.overview import holdings
from datatools.records import (
    Annotation,
    Finding,
    LandmarkRow,
    MaskRow,
    MatteRow,
    Sample,
    SplitRow,
    Status,
)
from datatools.workspace import Workspace
from tests.scores import score_with_iou
from tests.stages import people

_N = 8


def _fill(workspace: Workspace, rng: np.random.Generator) -> None:
    """Write random tables, some of them not at all."""
    workspace.create()

    def some() -> list[int]:
        return [number for number in range(_N) if rng.random() < 0.7]

    def pick(*words: str) -> str:
        return words[int(rng.integers(len(words)))]

    def status() -> Status:
        return "ok" if rng.random() < 0.7 else "failed"

    samples = [_sample(number, pick("a", "b"), pick("p", "q", "r"), status()) for number in some()]
    workspace.write(tables.MANIFEST, samples)
    ids = people.sample_id
    if rng.random() < 0.8:
        rows = [
            _landmarks(
                ids(number),
                detector,
                None if rng.random() < 0.4 else 0,
                has_box=rng.random() < 0.8,
                status=status(),
            )
            for number in some()
            for detector in ("mesh", "given", "dlib68")
            if rng.random() < 0.6
        ]
        workspace.write(tables.LANDMARKS, rows)
    mattes = [_matte(ids(number), pick("selfie", "rvm"), status()) for number in some()]
    workspace.write(tables.MATTES, mattes)
    workspace.write(tables.MASKS, [_mask(ids(number), status()) for number in some()])
    findings = [
        Finding(sample_id=ids(number), check=check, score=None, passed=rng.random() < 0.7, detail=None)
        for number in some()
        for check in ("b", "a")
        if rng.random() < 0.9
    ]
    workspace.write(tables.FINDINGS, findings)
    for _ in range(int(rng.integers(4))):
        batch = {
            (number, word, who): _answer(number, word, who) for number in some() for word, who in [_said(rng)]
        }
        workspace.append_batch(batch.values())
    splits = [SplitRow(sample_id=ids(n), person_id="p", split=pick("val", "test", "train")) for n in some()]
    workspace.write(tables.SPLITS, splits)
    scores = [
        dataclasses.replace(
            score_with_iou(
                ids(number), "p", 0.5, model=pick("x", "y"), reference_source=pick("human", "keyed")
            ),
            status=status(),
        )
        for number in some()
    ]
    workspace.write(tables.SCORES, scores)


def _said(rng: np.random.Generator) -> tuple[str, str]:
    words = ("female", "male", "accept", "reject")
    return words[int(rng.integers(4))], ("ann01", "ann02")[int(rng.integers(2))]


def _answer(number: int, word: str, who: str) -> Annotation:
    if word in {"accept", "reject"}:
        return people.answer(
            number, word, annotator_id=who, question=selection.REVIEW_QUESTION, vocabulary="mask_review@2"
        )
    return people.answer(number, word, annotator_id=who)


def _sample(number: int, source: str, person: str, status: Status) -> Sample:
    row = people.sample(number, source=source, person=person)
    return row if status == "ok" else dataclasses.replace(row, status="failed", error=f"broken {number}")


def _landmarks(
    sample_id: str, detector: str, face: int | None, *, has_box: bool, status: Status
) -> LandmarkRow:
    return LandmarkRow(
        sample_id=sample_id,
        scheme="dlib68",
        points=None,
        detector=detector,
        score=None,
        face=face,
        n_faces=0 if face is None else 1,
        box=[0.0, 0.0, 9.0, 9.0] if has_box else None,
        is_cut=None,
        parents="",
        status=status,
        error=None,
    )


def _matte(sample_id: str, teacher: str, status: Status) -> MatteRow:
    return MatteRow(
        sample_id=sample_id,
        teacher=teacher,
        path=None,
        seconds=None,
        sha256=None,
        parents="",
        status=status,
        error=None,
    )


def _mask(sample_id: str, status: Status) -> MaskRow:
    return MaskRow(
        sample_id=sample_id,
        path=None,
        rules_applied=[],
        mask_source="model:x",
        sha256=None,
        parents="",
        status=status,
        error=None,
    )


def _one_by_one(workspace: Workspace, among: set[str]) -> dict[str, object]:
    """Count records, as they are told."""

    def ours(table: tables.Table[object]) -> list[object]:
        return [row for row in workspace.rows_or_empty(table) if row.sample_id in among]  # type: ignore[attr-defined]  # all have one

    found: dict[str, object] = {}
    samples: list[Sample] = ours(tables.MANIFEST)  # type: ignore[arg-type, assignment]  # a table of samples
    found["samples"] = len(samples)
    failed = [row for row in samples if row.status == "failed"]
    if failed:
        found["failed"] = len(failed)
    found["people"] = len({row.person_id for row in samples if row.status == "ok"})
    if workspace.has(tables.LANDMARKS):
        faces = {name: seen for name, seen in selection.faces(workspace).items() if name in among}
        found["faces"] = sum(bool(seen) for seen in faces.values())
    good = [row for row in ours(tables.MATTES) if row.status == "ok"]  # type: ignore[arg-type, attr-defined]
    for teacher, n in sorted(Counter(row.teacher for row in good).items()):  # type: ignore[attr-defined]
        found[f"mattes:{teacher}"] = n
    found["masks"] = sum(row.status == "ok" for row in ours(tables.MASKS))  # type: ignore[arg-type, attr-defined]
    findings: list[Finding] = ours(tables.FINDINGS)  # type: ignore[arg-type, assignment]
    said = workspace.rows_or_empty(tables.ANNOTATIONS)
    found["accepted"] = len(selection.accepted_of(findings, said))
    found["rejected_by"] = dict(Counter(row.check for row in findings if not row.passed))
    for question, n in sorted(Counter(row.question for row in said if row.sample_id in among).items()):
        found[f"answers:{question}"] = n
    splits = Counter(row.split for row in ours(tables.SPLITS))  # type: ignore[arg-type, attr-defined]
    if splits:
        found["splits"] = dict(splits)
    scores = [row for row in ours(tables.SCORES) if row.status == "ok"]  # type: ignore[arg-type, attr-defined]
    by_model = Counter((row.model, row.reference_source) for row in scores)  # type: ignore[attr-defined]
    for (model, _), n in sorted(by_model.items()):
        found[f"scores:{model}"] = n
    return found | {"models": [], "reports": [], "runs": 0}


@pytest.mark.parametrize("is_filtered", [False, True], ids=["all", "some"])
@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32 - 1), rows_of_a_group=st.sampled_from([2, 3, 100]))
def test_columns_count_what_records_count(
    tmp_path_factory: pytest.TempPathFactory, is_filtered: bool, seed: int, rows_of_a_group: int
) -> None:
    """On random tables, in groups of a few rows too, and in the same order."""
    workspace = Workspace(tmp_path_factory.mktemp("w"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tables, "ROWS_OF_A_GROUP", rows_of_a_group)
        _fill(workspace, np.random.default_rng(seed))
    few = seed % 2 * batches.FEW  # batches of answers: none, so that all are read at once, or many
    every = {people.sample_id(number) for number in range(_N)}
    among = set(sorted(every)[:5]) if is_filtered else every
    chosen = pa.array(sorted(among), pa.string()) if is_filtered else None
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(batches, "FEW", few)
        patch.setattr(answers, "FEW", few)
        found = {line.name: line.fact for line in holdings.lines(workspace, chosen)}
    expected = _one_by_one(workspace, among)
    assert found == expected
    assert list(found) == list(expected)
    assert [list(v) for v in found.values() if isinstance(v, dict)] == [
        list(v) for v in expected.values() if isinstance(v, dict)
    ]


def test_an_empty_workspace_holds_nothing(tmp_path: Path) -> None:
    """Not even a manifest."""
    workspace = Workspace(tmp_path)
    workspace.create()
    found = {line.name: line.sentence for line in holdings.lines(workspace, None)}
    assert found == {
        "samples": "none yet",
        "people": "0",
        "models": "none yet",
        "reports": "none yet",
        "runs": "0",
    }
