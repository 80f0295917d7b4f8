"""Write three pictures in the layout of each data set, so that every reader has something to read."""

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import numpy as np
from PIL import Image

from tests.pictures import draw_person

Options = dict[str, str]
N_PICTURES = 3


def write_picture(path: Path, seed: int, mask: Path | None = None) -> None:
    """Write one person, and perhaps the mask."""
    picture, exact = draw_person(seed=seed)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(picture).save(path)
    if mask is not None:
        mask.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(exact.array.astype(np.uint8) * 255).save(mask)


def write_csv(path: Path, rows: Sequence[Mapping[str, object]]) -> None:
    """Write rows with the header of the first."""
    lines = [",".join(rows[0])] + [",".join(str(value) for value in row.values()) for row in rows]
    path.write_text("\n".join(lines) + "\n", "utf-8")


def _points(path: Path, n_points: int, seed: int = 0) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    np.save(path, np.random.default_rng(seed).uniform(30, 60, (n_points, 2)).astype(np.float32))


def derived(root: Path) -> Options:
    """Two crops of one picture, and a composite."""
    rows: list[dict[str, object]] = []
    for number, kind in enumerate(("crop", "crop", "composite")):
        write_picture(root / f"images/{number}.png", number, root / f"masks/{number}.png")
        rows.append(
            {
                "image": f"images/{number}.png",
                "mask": f"masks/{number}.png",
                "mask_source": "human" if kind == "crop" else "composite:human",
                "person_id": "street:ann",
                "licence": "unclear",
                "kind": kind,
                "parent": "00000000000000aa",
                "background": "" if kind == "crop" else "00000000000000bb",
                "box": "10 0 106 128" if kind == "crop" else "",
                "recipe": "{}",
            }
        )
    write_csv(root / "index.csv", rows)
    return {}


def fiftyone(root: Path) -> Options:
    """What FiftyOne exports: two people with masks, of whom one is in the test split, and a picture alone."""
    samples: list[dict[str, object]] = []
    for number, tags in enumerate((["test"], ["sharp"], [])):
        mask = f"fields/reference_mask/{number}.png"
        label = {"_cls": "Segmentation", "tags": [], "mask_path": mask}
        write_picture(root / f"data/{number}.png", number, root / mask if number < 2 else None)
        gender = {"_cls": "Classification", "tags": [], "label": "female"}
        sample: dict[str, object] = {"filepath": f"data/{number}.png", "tags": tags, "gender": gender}
        samples.append(sample | ({"reference_mask": label} if number < 2 else {}))
    (root / "samples.json").write_text(json.dumps({"samples": samples}))
    (root / "metadata.json").write_text(json.dumps({"media_type": "image"}))
    return {"perceived_gender": "gender"}


def folder(root: Path) -> Options:
    """Pictures at two depths."""
    for number, name in enumerate(("a.png", "sub/b.jpg", "sub/c.PNG")):
        write_picture(root / name, number)
    return {}


def folder_masks(root: Path) -> Options:
    """Two folders with equal names."""
    for number in range(N_PICTURES):
        write_picture(root / f"images/{number}.jpg", number, root / f"masks/{number}.png")
    return {}


def eg1800(root: Path) -> Options:
    """index.csv; one face, two faces, none."""
    rows: list[dict[str, object]] = []
    for number, n_landmarks in enumerate((49, 98, 0)):
        name = f"{number:05d}"
        write_picture(root / f"images/{name}.png", number, root / f"masks/{name}.png")
        if n_landmarks:
            _points(root / f"landmarks/{name}.npy", n_landmarks)
        rows.append(
            {
                "id": name,
                "image": f"images/{name}.png",
                "mask": f"masks/{name}.png",
                "n_landmarks": n_landmarks,
                "fg_frac": 0.5,
            }
        )
    write_csv(root / "index.csv", rows)
    return {}


def eg1800_original(root: Path) -> Options:
    """The lists name four pictures, one of which is gone."""
    for number in range(N_PICTURES):
        name = f"{number:05d}"
        write_picture(root / f"images_data_crop/{name}.jpg", number, root / f"GT_png/{name}_mask.png")
    (root / "train.txt").write_text("0\n1\n7\n")
    (root / "val.txt").write_text("2\n")
    return {}


def london(root: Path) -> Options:
    """Two pictures of one person, one whose mask failed, one without an age."""
    rows: list[dict[str, object]] = []
    for name, subject, age, race, mask_ok in (
        ("neutral_001", "london_001", "24", "white", 1),
        ("smiling_001", "london_001", "24", "white", 0),
        ("neutral_002", "london_002", "", "east_asian/white", 1),
    ):
        write_picture(root / f"images/{name}.png", len(rows), root / f"masks/{name}.png")
        rows.append(
            {
                "id": name,
                "image": f"images/{name}.png",
                "mask": f"masks/{name}.png",
                "subject": subject,
                "age": age,
                "gender": "female",
                "race": race,
                "mask_ok": mask_ok,
            }
        )
    _points(root / "landmarks/neutral_001.npy", 189)
    write_csv(root / "labels.csv", rows)
    return {}


def mebeauty(root: Path) -> Options:
    """labels.csv and 68 points for one picture."""
    rows: list[dict[str, object]] = []
    for number, race in enumerate(("asian", "black", "caucasian")):
        write_picture(root / f"images/{race}.png", number)
        rows.append(
            {"id": race, "image": f"images/{race}.png", "gender": "male", "race": race, "n_landmarks": 0}
        )
    _points(root / "landmarks68/asian.npy", 68)
    write_csv(root / "labels.csv", rows)
    return {}


def celebamask(root: Path) -> Options:
    """A plain row, an ambiguous one, and one without Young and without a skin tone."""
    rows: list[dict[str, object]] = []
    for name, young, ita, ambiguous in (("a", "1.0", 11.5, 0), ("b", "0.0", 20, 1), ("c", "", "", 0)):
        write_picture(root / f"images/{name}.png", len(rows), root / f"masks/{name}.png")
        rows.append(
            {
                "file": f"{name}.png",
                "mask": f"{name}.png",
                "Male": 1,
                "Young": young,
                "Eyeglasses": 0,
                "Wearing_Hat": 1,
                "ita_skin": ita,
                "L_skin": 55.5,
                "person_frac": 0.5,
                "qc_bottom_bg": 0.1,
                "ambiguous": ambiguous,
            }
        )
    write_csv(root / "labels.csv", rows)
    return {}


def ccp(root: Path) -> Options:
    """index.csv with sizes."""
    rows: list[dict[str, object]] = []
    for number in range(N_PICTURES):
        write_picture(root / f"images/{number}.png", number, root / f"masks/{number}.png")
        rows.append(
            {
                "id": number,
                "image": f"images/{number}.png",
                "mask": f"masks/{number}.png",
                "width": 96,
                "height": 128,
                "fg_frac": 0.4,
            }
        )
    write_csv(root / "index.csv", rows)
    return {}


def utkface(root: Path) -> Options:
    """Three good names."""
    for number, name in enumerate(("26_1_2", "1_0_4", "110_1_0")):
        write_picture(root / f"{name}_20170110220235233.jpg.chip.jpg", number)
    return {}


def table(root: Path) -> Options:
    """A CSV with columns of its own."""
    rows: list[dict[str, object]] = []
    for number, race in enumerate(("white", "", "indian")):
        write_picture(root / f"pics/{number}.png", number, root / f"cut/{number}.png")
        rows.append({"file": f"pics/{number}.png", "cut": f"cut/{number}.png", "who": "ann", "group": race})
    write_csv(root / "all.csv", rows)
    return {
        "image": "file",
        "mask": "cut",
        "mask_source": "human",
        "person": "who",
        "perceived_race": "group:utkface_race@1",
    }


def rendered(root: Path) -> Options:
    """The files that rendering leaves; one person has two pictures."""
    rows: list[dict[str, object]] = []
    for number in range(N_PICTURES):
        write_picture(root / f"images/{number}.png", number, root / f"masks/{number}.png")
        np.save(root / f"{number}.npy", np.full((1, 68, 2), 40, np.float32))
        rows.append(
            {
                "id": number,
                "image": f"images/{number}.png",
                "mask": f"masks/{number}.png",
                "landmarks": f"{number}.npy",
                "person_id": number // 2,
            }
        )
    write_csv(root / "index.csv", rows)
    answer = {
        "id": 0,
        "question": "perceived_gender",
        "value": "female",
        "annotator_id": "a",
        "source": "annotator",
        "vocabulary": "gender@1",
        "created_at": "",
        "lead_time_s": "",
        "presentation_order": "",
    }
    write_csv(root / "answers.csv", [answer])
    write_csv(root / "measurements.csv", [{"id": 0, "name": "ita_deg", "value": 30.5}])
    (root / "render.json").write_text("{}\n")
    return {}


def webdataset(root: Path) -> Options:
    """Two unpacked shards: masks of people and of a model, one answer, and one of whom little is known."""
    answer = {
        "question": "perceived_gender",
        "values": ["female"],
        "vocabulary": "gender@1",
        "source": "annotator",
        "annotator_id": "a1",
        "created_at": None,
    }
    facts: list[dict[str, object]] = [
        {"person_id": "p1", "licence": "CC0", "split": "test", "reference": {"source": "human"}},
        {"person_id": "p1", "licence": "CC BY 4.0", "mask": {"source": "model:selfie"}, "answers": [answer]},
        {"caption": "of another tool"},
    ]
    for number, (mask, known) in enumerate(zip(("reference", "mask", None), facts, strict=True)):
        key = root / f"part-{number // 2:03d}.tar" / f"{number:03d}"
        write_picture(key.with_suffix(".jpg"), number, key.with_suffix(f".{mask}.png") if mask else None)
        key.with_suffix(".json").write_text(json.dumps(known))
    return {}


WRITERS: dict[str, Callable[[Path], Options]] = {
    "ccp": ccp,
    "celebamask": celebamask,
    "eg1800": eg1800,
    "eg1800_original": eg1800_original,
    "derived": derived,
    "fiftyone": fiftyone,
    "folder": folder,
    "folder_masks": folder_masks,
    "london": london,
    "mebeauty": mebeauty,
    "rendered": rendered,
    "table": table,
    "utkface": utkface,
    "webdataset": webdataset,
}
