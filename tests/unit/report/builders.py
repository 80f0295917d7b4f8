"""Build audits and workspaces that look like real ones, without running any stage."""

import json
from pathlib import Path

from datatools import tables
from datatools.fairness.estimates import (
    AttributeAudit,
    Comparison,
    Estimate,
    Group,
    ModelAudit,
    Reading,
    Spread,
    Verdict,
)
from datatools.fairness.result import AuditResult, Composition, Proportion
from datatools.images import write_mask
from datatools.records import Finding, LandmarkRow, MaskRow, Sample, Score, Source, SplitRow
from datatools.workspace import Workspace
from tests.pictures import draw_person, face_points, write_people

NONE = Estimate(value=None, low=None, high=None, n_images=None, n_people=None)


def estimate(value: float, half: float, people: int, images: int | None = None) -> Estimate:
    """Give an estimate with a symmetric interval."""
    return Estimate(
        value=value, low=value - half, high=value + half, n_images=images or 2 * people, n_people=people
    )


def group(name: str, value: float, half: float, people: int, gap: float, verdict: Verdict) -> Group:
    """Give a group that was compared with the rest."""
    unsettled = verdict == "insufficient data"
    return Group(
        group=name,
        estimate=estimate(value, half, people),
        comparison=Comparison(
            gap=estimate(gap, 1.3 * half, people),
            p_value=0.0004 if verdict == "gap" else 0.31,
            p_holm=0.004 if verdict == "gap" else 0.62,
            detectable_gap=2.9 * half,
            people_needed=14 * people if unsettled else None,
            verdict=verdict,
        ),
        other_metrics={"boundary_f1": estimate(value - 0.2, half, people)},
    )


def suppressed(name: str) -> Group:
    """Give a group that is too small to be shown."""
    return Group(
        group=name,
        estimate=NONE,
        comparison=Comparison(
            gap=NONE,
            p_value=None,
            p_holm=None,
            detectable_gap=None,
            people_needed=None,
            verdict="suppressed",
        ),
    )


def attribute(
    name: str, groups: list[Group], *, metric: str = "iou_fg_image", unlabelled: int = 0
) -> AttributeAudit:
    """Give an attribute's audit."""
    return AttributeAudit(
        attribute=name,
        metric=metric,
        answered_by=["annotator"],
        groups=groups,
        spread=Spread(gap=0.042, expected_under_null=0.017, p_value=0.003),
        n_unlabelled=unlabelled,
        n_suppressed=sum(g.comparison.verdict == "suppressed" for g in groups),
    )


def model(name: str, source: str, reading: Reading, base: float) -> ModelAudit:
    """Give a model's audit with every verdict in it."""
    gender = [
        group("woman", base + 0.009, 0.006, 118, 0.018, "gap"),
        group("man", base - 0.009, 0.007, 104, -0.018, "gap"),
    ]
    age = [
        group("18-29", base + 0.001, 0.004, 96, 0.002, "equivalent"),
        group("30-44", base + 0.002, 0.004, 88, 0.003, "equivalent"),
        group("45-59", base - 0.006, 0.012, 29, -0.007, "insufficient data"),
        group("60+", base - 0.031, 0.014, 18, -0.033, "gap"),
        suppressed("under 18"),
    ]
    tones = [f"monk {n:02d}" for n in range(1, 11)]
    verdicts: list[Verdict] = ["equivalent", "equivalent", "equivalent", "equivalent", "gap", "gap"]
    verdicts[4:4] = ["insufficient data", "insufficient data", "insufficient data", "insufficient data"]
    tone = [
        group(name, base + 0.01 - 0.004 * i, 0.005 + 0.001 * i, 32 - 2 * i, 0.012 - 0.005 * i, verdict)
        for i, (name, verdict) in enumerate(zip(tones, verdicts, strict=True))
    ]
    crossed = [
        suppressed(f"{a} x {b}")
        if (a, b) in {("under 18", "woman"), ("under 18", "man"), ("60+", "man")}
        else group(f"{a} x {b}", base + shift, 0.012, 24, shift, "insufficient data")
        for i, a in enumerate(["18-29", "30-44", "45-59", "60+", "under 18"])
        for b, shift in (("woman", 0.012 - 0.006 * i), ("man", -0.004 - 0.008 * i))
    ]
    edges = [
        group("woman", 0.66, 0.01, 118, -0.02, "insufficient data"),
        group("man", 0.68, 0.01, 104, 0.02, "insufficient data"),
    ]
    return ModelAudit(
        model=name,
        reference_source=source,
        reading=reading,
        overall={
            "iou_fg_image": estimate(base, 0.004, 231),
            "boundary_iou": estimate(0.67, 0.008, 231),
        },
        attributes=[
            attribute("perceived_gender", gender, unlabelled=9),
            attribute("perceived_age_band", age, unlabelled=3),
            attribute("skin_tone", tone),
            attribute("perceived_age_band x perceived_gender", crossed),
            attribute("perceived_gender", edges, metric="boundary_iou", unlabelled=9),
        ],
    )


def proportion(name: str, count: int, total: int) -> Proportion:
    """Give a share with a plausible interval."""
    share = count / total
    half = (share * (1 - share) / total) ** 0.5 * 1.96
    return Proportion(group=name, count=count, total=total, share=share, low=share - half, high=share + half)


def audit(name: str = "audit", inputs: dict[str, str] | None = None) -> AuditResult:
    """Give the audit of a realistic data set: two models, every verdict, accuracy and agreement."""
    return AuditResult(
        name=name,
        settings={"seed": 0, "margin": 0.01, "min_people": 10, "replicates": 10000},
        n_samples=462,
        n_failed=4,
        n_people=231,
        composition=[
            Composition(
                attribute="perceived_gender",
                answered_by=["annotator"],
                people=[proportion("woman", 118, 222), proportion("man", 104, 222)],
                acceptance=[proportion("woman", 214, 236), proportion("man", 161, 208)],
                n_unlabelled=9,
            ),
            Composition(
                attribute="perceived_age_band",
                answered_by=["annotator"],
                people=[
                    proportion("18-29", 96, 235),
                    proportion("30-44", 88, 235),
                    proportion("45-59", 29, 235),
                    proportion("60+", 18, 235),
                    Proportion(group="under 18", count=None, total=235, share=None, low=None, high=None),
                ],
                acceptance=[],
                n_unlabelled=3,
            ),
        ],
        models=[
            model("extremec3net", "rendered", "accuracy", 0.933),
            model("selfie", "keyed", "agreement", 0.957),
        ],
        metric_definitions={
            "iou_fg_image": "Foreground intersection over union of each picture, averaged over pictures.",
            "boundary_iou": "Intersection over union of the bands along both outlines (Cheng et al. 2021).",
        },
        n_comparisons=38,
        notes=["Light and skin tone go together in these pictures."],
        inputs=inputs or {},
        versions={"python": "3.11.0", "portrait-datatools": "0.1.0"},
    )


def plain_audit(
    groups: list[Group], *, name: str = "perceived_gender", name_of_model: str = "student"
) -> AuditResult:
    """Give an audit of one model and one attribute."""
    one = ModelAudit(
        model=name_of_model,
        reference_source="human",
        reading="accuracy",
        overall={"iou_fg_image": estimate(0.93, 0.004, 100)},
        attributes=[attribute(name, groups)],
    )
    return audit().model_copy(update={"models": [one], "composition": []})


def fill(workspace: Workspace, folder: Path, n_people: int = 12) -> list[Sample]:
    """Write drawn people and every table of the chain; the first is unreadable, the second rejected."""
    write_people(folder, n_people)
    workspace.create()
    workspace.write(
        tables.SOURCES, [Source(source="drawn", root=str(folder), reader="folder", licence="CC0")]
    )
    samples = [
        Sample(
            sample_id=f"{n:016x}",
            path=f"images/{n:03d}.png",
            width_px=96 if n else None,
            height_px=128 if n else None,
            source="drawn",
            licence="CC0",
            person_id=f"drawn:{n // 2}",
            reference_mask=f"masks/{n:03d}.png",
            mask_source="rendered",
            mask_encoding="binary255",
            source_split=None,
            aliases=[],
            status="ok" if n else "failed",
            error=None if n else "000.png: not readable as a picture: the file is empty",
        )
        for n in range(n_people)
    ]
    workspace.write(tables.MANIFEST, samples)
    good = samples[1:]
    points = [float(x) for x in face_points().points.ravel()]
    workspace.write(
        tables.LANDMARKS,
        [
            LandmarkRow(
                sample_id=s.sample_id,
                scheme="ibug68",
                points=points,
                detector="dlib68",
                score=1.5,
                face=0,
                n_faces=1,
                box=[30.0, 30.0, 66.0, 72.0],
                is_cut=False,
                parents="p",
                status="ok",
                error=None,
            )
            for s in good
        ],
    )
    masks = []
    for n, sample in enumerate(good, start=1):
        path = workspace.mask_file(sample.sample_id)
        write_mask(path, draw_person(seed=n, centre_frac=0.4 + 0.2 * (n % 7) / 6)[1])
        masks.append(
            MaskRow(
                sample_id=sample.sample_id,
                path=workspace.relative(path),
                rules_applied=[],
                mask_source="model:selfie",
                sha256="0" * 64,
                parents="p",
                status="ok",
                error=None,
            )
        )
    workspace.write(tables.MASKS, masks)
    workspace.write(
        tables.FINDINGS,
        [
            Finding(
                sample_id=s.sample_id,
                check="ragged_edge",
                score=0.1 * n,
                passed=n > 0,
                detail=None if n else "the edge is ragged",
            )
            for n, s in enumerate(good)
        ],
    )
    workspace.write(
        tables.SPLITS,
        [
            SplitRow(sample_id=s.sample_id, person_id=s.person_id, split=("train", "test")[n % 2])
            for n, s in enumerate(good)
        ],
    )
    workspace.write(tables.SCORES, [score(s, n) for n, s in enumerate(good)])
    return samples


def score(sample: Sample, n: int, model: str = "student") -> Score:
    """Give a score; the higher ``n``, the better."""
    return Score(
        sample_id=sample.sample_id,
        person_id=sample.person_id,
        model=model,
        reference_source="rendered",
        split="test",
        tp=3000 + 50 * n,
        fp=300 - 10 * n,
        fn=200,
        tn=8000,
        band_px=3,
        band_tp=300,
        band_union=500,
        edge_tolerance_px=3,
        edge_pred=400,
        edge_pred_hit=300,
        edge_ref=400,
        edge_ref_hit=310,
        fp_band=50,
        fn_band=60,
        seconds=0.01,
        parents="p",
        status="ok",
        error=None,
    )


def write_audit(workspace: Workspace, result: AuditResult | None = None) -> None:
    """Write what the audit stage leaves."""
    inputs = {
        workspace.relative(path): tables.sha256_file(path)
        for path in sorted((workspace.root / "tables").glob("*.parquet"))
    }
    found = result or audit(inputs=inputs)
    path = workspace.report_folder(found.name) / "audit.json"
    tables.write_bytes(path, found.model_dump_json(indent=1).encode())


def write_run(workspace: Workspace, number: int, stage: str, settings: dict[str, object]) -> Path:
    """Write a run record, its clock stopped."""
    record = {
        "stage": stage,
        "settings": settings,
        "inputs": {},
        "outputs": {},
        "facts": {},
        "started_at": "2026-01-02T03:04:05+00:00",
        "elapsed_s": 1.5,
        "versions": {"python": "3.11.0"},
    }
    path = workspace.root / "runs" / f"{number:04d}-{stage}.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(record))
    return path
