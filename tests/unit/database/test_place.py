"""Does a place say where the data are, and never the password?"""

from pathlib import Path

import pytest

from datatools.database.place import Place


@pytest.mark.parametrize(
    "uri",
    [
        "mongodb://ann:s3cret@db.example:27017/?authSource=admin",
        "mongodb+srv://ann:s3cret@db.example:27017",
        "mongodb://ann:s3/c@ret@db.example:27017/x",
    ],
)
def test_an_address_is_told_without_its_password(uri: str) -> None:
    """Only the host is named, also where a password was not escaped."""
    assert Place(uri, Path("x")).said == "the MongoDB at db.example:27017 (FIFTYONE_DATABASE_URI)"


def test_an_address_without_a_host_is_told() -> None:
    """Nothing is made up."""
    assert Place("mongodb://", Path("x")).said == "the MongoDB at no host (FIFTYONE_DATABASE_URI)"


@pytest.mark.parametrize("said", ["s3c%40ret", "s3c@ret", "ann:s3c%40ret"])
def test_a_password_is_taken_out_of_a_text(said: str) -> None:
    """As it was written in the address, and as it was meant."""
    place = Place("mongodb://ann:s3c%40ret@db.example", Path("x"))
    assert place.redact(f"{said} is wrong") == "*** is wrong"


def test_an_address_without_a_user_hides_nothing() -> None:
    """A text stays as it is."""
    assert Place("mongodb://db.example", Path("x")).redact("db.example is wrong") == "db.example is wrong"


def test_a_user_without_a_password_hides_nothing_more() -> None:
    """An empty password is not looked for in every place of a text."""
    assert Place("mongodb://ann@db.example", Path("x")).redact("ann is wrong") == "*** is wrong"


def test_a_folder_that_is_not_there_is_free(tmp_path: Path) -> None:
    """Nobody uses or holds it, and its disk is that of the folder above."""
    place = Place(None, tmp_path / "a" / "b")
    assert (place.is_used, place.is_held, place.holder, place.free_mib > 0) == (False, False, None, True)
