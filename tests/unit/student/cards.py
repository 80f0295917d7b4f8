"""Make model cards for tests."""

from dataclasses import replace

from datatools.student import recipe
from datatools.student.card import (
    Card,
    Evaluation,
    Generated,
    GroupLine,
    GroupTable,
    Interval,
    Run,
    Source,
    ValScore,
)

RESEARCH = "academic use only; photographs from Flickr under unknown licences"


def small_card() -> Card:
    """Give the card that the first version of this toolkit kept in a file of weights."""
    score = ValScore(reference_source="human", measures="accuracy", n_images=3, iou_fg_image=0.91234)
    return Card(
        name="mine",
        recipe="short",
        epochs="6 + 20",
        size_px=96,
        seed=3,
        n_parameters=37_738,
        n_train=9,
        n_val=3,
        n_failed=1,
        mask_sources={"human": 9},
        licences={"CC0-1.0": 12},
        val=[score],
        best_epoch=24,
    )


def groups() -> GroupTable:
    """Give a table of a shown and a withheld group."""
    none = Interval(value=None, low=None, high=None)
    shown = GroupLine(
        group="female",
        n_images=1_110,
        n_people=1_100,
        value=Interval(value=0.9512, low=0.9451, high=0.957),
        gap=Interval(value=-0.004, low=-0.011, high=0.003),
        verdict="insufficient data",
    )
    withheld = GroupLine(
        group="other", n_images=None, n_people=None, value=none, gap=none, verdict="suppressed"
    )
    return GroupTable(
        attribute="perceived_gender",
        metric="iou_fg_image",
        answered_by=["annotator"],
        n_unlabelled=12,
        groups=[shown, withheld],
    )


def full_card() -> Card:
    """Give a card in which everything is known."""
    small = small_card()
    return replace(
        small,
        licences={RESEARCH: 12, "CC0-1.0": 4},
        mask_sources={"human": 5, "model:fused": 4},
        n_people_train=8,
        n_people_val=3,
        n_epochs=24,
        n_steps=1_234,
        n_seen=9_872,
        recipe_values=recipe.read("short").model_dump(mode="json"),
        groups_apart=["female", "male"],
        sources=[Source(name="eg1800", licence=RESEARCH, n_train=9, n_val=3, n_people=11)],
        generated=Generated(n_train=4, n_checked=40, n_accepted=31, checks=["expected_iou", "mask_area"]),
        val=[replace(small.val[0], n_people=3, low=0.9, high=0.93, groups=[groups()])],
        data_fingerprint="ab" * 16,
        run=Run(
            device="a CPU with 2 cores",
            elapsed_s=6_030.0,
            versions={"torch": "2.13.0"},
            weights_sha256="cd" * 32,
            record="runs/0007-train.json",
            record_sha256="ef" * 32,
        ),
        evaluations=[
            Evaluation(
                data="eg1800",
                split="test",
                reference_source="human",
                measures="accuracy",
                n_images=356,
                n_people=1,
                n_failed=2,
                metrics={"iou_fg_image": Interval(value=0.951, low=None, high=None)},
                definitions={"iou_fg_image": "Foreground IoU | each picture."},
                groups=[groups()],
                n_comparisons=7,
                notes=["Gaps are raw."],
                record="runs/0009-evaluate.json",
            )
        ],
    )
