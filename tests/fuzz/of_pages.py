"""What the App, a gallery and predict keep between two clicks or two runs, and read again."""

import json
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path

from datatools.browse import given, turns
from datatools.browse.gallery import content, drawn
from datatools.errors import UsageError
from datatools.outside.structured import read_json
from datatools.stages import predict
from tests.fuzz.target import Target
from tests.unit.report import builders

_A, _B = "a" * 16, "b" * 16
_PREDICTIONS = (
    b"path,status,error,seconds,fingerprint\n"
    b"a.jpg,ok,,0.0123,0123456789abcdef\n"
    b'"b, c.png",failed,\'=1+1 is not readable,,\n'
    b"'-d.png,ok,,0.5,fedcba9876543210\n"
)


def _clicks(_: Path) -> list[bytes]:
    first = given.First(created_at="2026-05-01T10:00:00+00:00", lead_time_s=2.5, answer="0" * 16)
    return [first.model_dump_json().encode()]


def _turns(_: Path) -> list[bytes]:
    asked = ("perceived_gender", "gender@1")
    begun = turns.begin("ann01", [":".join(asked), "mask_review:yes_no@1"], [_A, _B])
    shown = turns.show(begun, _A, *asked, datetime(2026, 5, 1, tzinfo=UTC))
    assert shown.shown is not None
    return [one.model_dump_json().encode() for one in (begun, turns.taken(shown, shown.shown, 2.5))]


def _turn(path: Path) -> None:
    found = turns.read(read_json(path, "a turn", UsageError))
    turns.progress(found, 3)
    turns.settled(found)


def _journals(_: Path) -> list[bytes]:
    whole = drawn.Drawn(
        sample_id=_A, stamp="s", width_px=96, height_px=128, planes=["mask", "reference_mask"], error=None
    )
    failed = drawn.Drawn(sample_id=_B, stamp="s", width_px=0, height_px=0, planes=[], error="no picture")
    return ["".join(json.dumps(asdict(one)) + "\n" for one in (whole, failed)).encode()]


def _journal(path: Path) -> None:
    path.replace(path.with_name(drawn.JOURNAL))
    for sample_id, one in drawn.read(path.parent).items():
        assert sample_id == one.sample_id


TARGETS = (
    Target(
        name="predictions.csv",
        suffix=".csv",
        form="csv",
        seeds=lambda _: [_PREDICTIONS],
        parse=predict.read,
    ),
    Target(name="first click", suffix=".json", form="json", seeds=_clicks, parse=given.read_first, share=2),
    Target(name="turn of the App", suffix=".json", form="json", seeds=_turns, parse=_turn, share=2),
    Target(name="journal of a gallery", suffix=".any", form="json", seeds=_journals, parse=_journal, share=2),
    Target(
        name="attributes of an audit",
        suffix=".json",
        form="json",
        seeds=lambda _: [builders.audit().model_dump_json().encode(), b'{"settings": {"attributes": ["a"]}}'],
        parse=content.asked_in,
        share=2,
    ),
)
