"""Does each failure of the database get its sentence?"""

import json
from pathlib import Path

import pytest

from datatools.database import trouble
from datatools.database.place import Place

errors = pytest.importorskip("pymongo.errors", reason="pymongo is not installed (the extra browse)")

FOLDER = Place(None, Path("db"))
SERVER = Place("mongodb://ann:s3cret@db.example", Path("db"))


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (errors.OperationFailure("no", 18), "refuses the user or the password"),
        (errors.OperationFailure("no", 13), "asks for a user and a password"),
        (errors.ServerSelectionTimeoutError("s3cret"), "does not answer: start it"),
        (errors.InvalidURI("s3cret is odd"), "no address of a MongoDB: *** is odd"),
        (
            RuntimeError("Found `mongod` version 4.4, but only 6.0 and higher"),
            "is MongoDB 4.4, FiftyOne needs 6",
        ),
        (ValueError(""), "does not start (ValueError)"),
    ],
)
def test_a_failure_of_a_server_is_told_without_its_password(error: Exception, words: str) -> None:
    """The sentence says what it is, and the secret is nowhere in it."""
    told = trouble.explain(error, SERVER)
    assert (words in told, "s3cret" in told) == (True, False)


def test_the_reason_of_a_reason_counts() -> None:
    """FiftyOne raises its own errors from those of the driver."""
    error = RuntimeError("Failed to validate")
    error.__cause__ = errors.OperationFailure("Authentication failed", 18)
    assert "refuses" in trouble.explain(error, SERVER)


@pytest.mark.parametrize(
    "error",
    [errors.OperationFailure("full", 14031), errors.BulkWriteError({"errmsg": "No space left on device"})],
)
def test_a_full_disk_is_told(error: Exception) -> None:
    """By its code, or by the storage engine's own words."""
    assert "make room" in trouble.explain(error, FOLDER)


def test_a_silent_folder_is_told() -> None:
    """A server of one's own that is gone."""
    assert "its server ended or hangs" in trouble.explain(errors.AutoReconnect("closed"), FOLDER)


@pytest.mark.parametrize(
    ("error", "is_so"),
    [
        (errors.AutoReconnect("closed"), True),
        (errors.OperationFailure("no", 14031), True),
        (errors.BulkWriteError({"errmsg": "28: No space left on device"}), True),
        (OSError(28, "No space left on device"), False),
        (OSError("You must have fiftyone>=9.0 installed"), True),
        (errors.OperationFailure("duplicate", 11000), False),
        (OSError("no such file"), False),
    ],
)
def test_only_the_databases_failures_are_its_own(error: Exception, is_so: bool) -> None:
    """Errors of pictures and of duplicates are left as they are."""
    assert trouble.is_about_the_database(error) is is_so


@pytest.mark.parametrize(
    ("reasons", "words"),
    [
        (
            "UPGRADE PROBLEM: Found an invalid featureCompatibilityVersion document",
            "another version of MongoDB",
        ),
        ("DBPathInUse: Unable to lock", "is locked by another process"),
        ("Something else", "does not start (Something else)"),
        ("", "it says nothing in its log"),
    ],
)
def test_a_server_that_ended_says_why(reasons: str, words: str, tmp_path: Path) -> None:
    """What it wrote into its log decides on the sentence."""
    assert words in trouble.ended(reasons, Place(None, tmp_path))


def test_only_errors_of_this_start_are_read(tmp_path: Path) -> None:
    """Older lines, notes and lines that were cut are passed over; the storage engine's object is opened."""
    old = json.dumps({"s": "F", "attr": {"error": "old"}}) + "\n"
    lines = [
        {"s": "I", "msg": "note"},
        {"s": "E", "attr": {"error": 13, "message": {"msg": "format"}}},
        {"s": "F", "attr": {"reason": "why"}},
        {"s": "F", "msg": "\n"},
    ]
    log = tmp_path / "mongo.log"
    log.write_text(old)
    before = log.stat()
    with log.open("a") as stream:
        stream.write("\n".join(map(json.dumps, lines)) + '\n{"s": "F", "msg')
    assert trouble.errors_of(log, before) == "format\nwhy"
    log.rename(tmp_path / "aside")
    assert trouble.errors_of(log, before) == ""
    log.write_text(old)
    assert trouble.errors_of(log, before) == "old"
