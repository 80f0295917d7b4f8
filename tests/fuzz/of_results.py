"""Files of a workspace that later runs and other machines read again: results, records, the withdrawn."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

from datatools.fairness.brought import fhibe, foreign_sheet
from datatools.quality import answers as quality_answers
from datatools.quality import examples, features
from datatools.report import composition, provenance, rebuilt, training
from datatools.student import card_file
from datatools.student.exported import KEY, Facts, read_facts
from datatools.tables import sha256_bytes
from datatools.withdrawal import galleries, tombstone
from datatools.withdrawal._text import CLEANERS
from datatools.withdrawal.ledger import Intent, Ledger
from datatools.withdrawal.trace import Trace, pattern
from datatools.workspace import Workspace
from tests.fuzz.target import Form, Target
from tests.unit.quality import made
from tests.unit.report import builders
from tests.unit.student.cards import full_card
from tests.unit.student.exports import PREPROCESSING

_ID = "00000000000000aa"
_TRACE = Trace(
    people=["set:ann1"], words=[], samples=[_ID], hashes=[], files=[], listed={}, outside=[], counts={}
)


def _below(*parts: str) -> Callable[[Path], Workspace]:
    """Give what puts a file in its place in a workspace."""

    def place(path: Path) -> Workspace:
        workspace = Workspace(path.parent / "ws")
        there = workspace.root.joinpath(*parts)
        there.parent.mkdir(parents=True, exist_ok=True)
        path.replace(there)
        return workspace

    return place


def _in_workspace(
    name: str, form: Form, parts: tuple[str, ...], seeds: Callable[[Path], list[bytes]],
    read: Callable[[Workspace], object],
) -> Target:  # fmt: skip
    place = _below(*parts)
    return Target(
        name=name, suffix=".any", form=form, seeds=seeds, parse=lambda path: read(place(path)), share=2
    )


def _audits(_: Path) -> list[bytes]:
    return [builders.audit().model_dump_json().encode()]


def _reports(_: Path) -> list[bytes]:
    return [rebuilt.of_brought(builders.audit()).model_dump_json().encode()]


def _records(folder: Path) -> list[bytes]:
    workspace = Workspace(folder / "made")
    workspace.create()
    with workspace.run("segment", {"teachers": ["selfie"], "seed": 0, "only": None}) as run:
        run.facts["n"] = 3
    return [path.read_bytes() for path in workspace.run_files()]


def _runs(workspace: Workspace) -> None:
    found = provenance.records(workspace)
    provenance.runs(found)


def _compositions(_: Path) -> list[bytes]:
    shopping = {"reading": "accuracy", "model": "m", "sd": 0.1, "gap": 0.01, "n_wanted": 9, "target": 0.1,
                "budget": 100, "needs": [], "purchases": []}  # fmt: skip
    found = {"name": "composition", "settings": {"seed": 0}, "n_people": 3, "n_images": 4, "headcounts": [],
             "references": [], "nuisances": [], "masks": [], "duplicates": None, "n_mask_comparisons": 0,
             "shopping": shopping, "notes": ["x"], "inputs": {}, "versions": {"a": "1"}}  # fmt: skip
    return [json.dumps(found).encode()]


def _histories(_: Path) -> list[bytes]:
    return [b"phase,epoch,loss,val_iou,lr,elapsed_s\nwhole,1,0.5,0.9,0.001,2.5\nwhole,2,0.4,0.91,0.001,5\n"]


def _cards(folder: Path) -> list[bytes]:
    card = {"schema_version": card_file.SCHEMA_VERSION, **asdict(full_card())}
    return [json.dumps(card).encode()]


def _facts(_: Path) -> list[bytes]:
    facts = Facts(
        architecture="extremec3net",
        checkpoint_sha256="0" * 64,
        licence="none",
        preprocessing=PREPROCESSING,
        takes="tensor",
        precision="float32",
    )
    return [facts.to_json().encode()]


def _exported(path: Path) -> None:
    read_facts(path.name, {KEY: path.read_bytes().decode("utf-8", "replace")})


def _quality(folder: Path, file: str) -> list[bytes]:
    examples.write(folder, made.examples(50), committee="a+b", reference_source="human", data="x")
    return [(folder / file).read_bytes()]


def _quality_card(path: Path) -> None:
    path.replace(path.with_name(examples.CARD_FILE))
    examples.read_card(path.parent)


def _quality_table(path: Path) -> None:
    """Read a table with the right sum in its card: else nothing behind the sum would be reached."""
    data = path.read_bytes()
    path.replace(path.with_name(examples.EXAMPLES_FILE))
    card = examples.Card(
        committee="a", reference_source="human", features_version=features.VERSION, n_examples=50,
        n_people=50, examples_sha256=sha256_bytes(data), data="x",
    )  # fmt: skip
    path.with_name(examples.CARD_FILE).write_text(card.model_dump_json())
    examples.read(path.parent)


def _curve(path: Path) -> None:
    path.replace(path.with_name(quality_answers.REVIEWS_FILE))
    quality_answers.read(path.parent)


def _tombstones(_: Path) -> list[bytes]:
    stone = {"token": "ab", "withdrawn_on": "2026-01-01", "counts": {"rows": 3}}
    found = tombstone.Withdrawals(key="00ff", tombstones=[tombstone.Tombstone.model_validate(stone)])
    return [found.model_dump_json().encode()]


def _withdrawn(workspace: Workspace) -> None:
    found = tombstone.read(workspace)
    found.holds(_ID)


def _intents(_: Path) -> list[bytes]:
    trace = Trace(
        people=["a:b"], words=[], samples=[_ID], hashes=[], files=[], listed={}, outside=[], counts={}
    )
    return [json.dumps(asdict(Intent.of(trace, delete_sources=False))).encode()]


def _cleaned(suffix: str) -> Callable[[Path], object]:
    mention = pattern(_TRACE)
    return lambda path: CLEANERS[suffix](path.read_bytes().decode("utf-8", "replace"), mention)


def _fhibe(_: Path) -> list[bytes]:
    rows = [{"image_id": "i1", "subject_id": "s1", "val": 0.9}, {"image_id": "i2", "val": 0.1}]
    detailed = {"0.5": {"individual_results": rows}}
    return [json.dumps(found).encode() for found in (detailed, {"/a/i1.png": {"skin": 0.9}, "b": 1})]


_PEOPLE = b"image_id,subject_id,pronoun,ancestry,age\ni1,s1,\"['0. She/her/hers', 'x']\",\"['Asia']\",44\n"
_SCORES = b'file,person,iou\na.png,p1,0.95\nb.png,p2,"0,5"\n'


def _book(folder: Path) -> list[bytes]:
    import pandas as pd

    pd.DataFrame({"file": ["a.png"], "iou": [0.5]}).to_excel(folder / "s.xlsx", index=False)
    return [(folder / "s.xlsx").read_bytes()]


def _columns(folder: Path) -> list[bytes]:
    import pandas as pd

    pd.DataFrame({"file": ["a.png", "b.png"], "iou": [0.5, None]}).to_parquet(folder / "s.parquet")
    return [(folder / "s.parquet").read_bytes()]


def _sheet(path: Path) -> None:
    sheet = foreign_sheet.read(path)
    for column in sheet.frame.columns:
        sheet.text(column)
        sheet.has_numbers(column)


TARGETS = (
    Target(name="audit.json", suffix=".json", form="json", seeds=_audits, parse=rebuilt.read_audit, share=2),
    Target(
        name="report.json", suffix=".json", form="json", seeds=_reports, parse=rebuilt.read_report, share=1
    ),
    _in_workspace("run record", "json", ("runs", "0001-segment.json"), _records, _runs),
    _in_workspace(
        "composition.json",
        "json",
        ("reports", "composition", "composition.json"),
        _compositions,
        composition.audited,
    ),
    _in_workspace(
        "training history",
        "csv",
        ("models", "m", "history.csv"),
        _histories,
        lambda workspace: training.trained_models(workspace, []),
    ),
    _in_workspace("withdrawals.json", "json", ("withdrawals.json",), _tombstones, _withdrawn),
    _in_workspace(
        "interrupted withdrawal", "json", (".withdrawal",), _intents, lambda ws: Ledger(ws).pending()
    ),
    _in_workspace(
        "ledger of a withdrawal",
        "json",
        (".withdrawal.touched",),
        lambda _: [b'"a/b"\n"c"\n'],
        lambda ws: Ledger(ws).touched(),
    ),
    _in_workspace(
        "list of galleries", "json", ("galleries.json",), lambda _: [b'["/a/b"]\n'], galleries.known
    ),
    Target(name="model card", suffix=".json", form="json", seeds=_cards, parse=card_file.read, share=2),
    Target(name="facts of an export", suffix=".json", form="json", seeds=_facts, parse=_exported),
    Target(
        name="quality card",
        suffix=".json",
        form="json",
        seeds=lambda folder: _quality(folder, examples.CARD_FILE),
        parse=_quality_card,
    ),
    Target(
        name="quality examples",
        suffix=".csv",
        form="csv",
        seeds=lambda folder: _quality(folder, examples.EXAMPLES_FILE),
        parse=_quality_table,
        share=1,
    ),
    Target(
        name="curve of reviews",
        suffix=".json",
        form="json",
        seeds=lambda _: [b'{"intercept": 1.5, "slope": 2.0, "n_accepted": 9, "n_rejected": 8}'],
        parse=_curve,
    ),
    Target(name="withdrawn from JSON", suffix=".json", form="json", seeds=_intents, parse=_cleaned(".json")),
    Target(
        name="withdrawn from a listing",
        suffix=".csv",
        form="csv",
        seeds=lambda _: [f'id,text\n{_ID},x\n7,"a, b"\n'.encode()],
        parse=_cleaned(".csv"),
    ),
    Target(
        name="withdrawn from XML",
        suffix=".xml",
        form="xml",
        seeds=lambda _: [f'<a><image name="{_ID}.jpg"><box/></image><image name="b"/></a>'.encode()],
        parse=_cleaned(".xml"),
    ),
    Target(name="FHIBE's results", suffix=".json", form="json", seeds=_fhibe, parse=fhibe.results, share=2),
    Target(
        name="FHIBE's people",
        suffix=".csv",
        form="csv",
        seeds=lambda _: [_PEOPLE],
        parse=fhibe.people,
        share=1,
    ),
    Target(
        name="table of scores", suffix=".csv", form="csv", seeds=lambda _: [_SCORES], parse=_sheet, share=1
    ),
    Target(name="workbook of scores", suffix=".xlsx", form="zip", seeds=_book, parse=_sheet, share=1),
    Target(name="Parquet of scores", suffix=".parquet", form="bytes", seeds=_columns, parse=_sheet, share=1),
)
