"""Addresses are told from folders, and from their secrets."""

import pytest

from datatools.errors import UsageError
from datatools.remote import addresses


@pytest.mark.parametrize(
    "text", ["s3://b/p", "gs://b", "https://h/x.tar", "memory://x", "zip://::file:///a.zip"]
)
def test_address_is_one(text: str) -> None:
    """Whatever the protocol."""
    assert addresses.is_address(text)


@pytest.mark.parametrize("text", ["portraits/", "C:\\pictures", "/data/a:b", "a::b.tar", ""])
def test_folder_is_no_address(text: str) -> None:
    """A colon makes none."""
    assert not addresses.is_address(text.replace("a::b", "./a::b"))


def test_secrets_do_not_show() -> None:
    """Neither a password nor a signature, in any link of a chain."""
    told = addresses.redacted("zip://a.zip::https://ann:pa55@host/x.zip?X-Sig=abc")
    assert told == "zip://a.zip::https://...@host/x.zip?..."


def test_place_is_the_same_whoever_asks() -> None:
    """Another signature, or none, is no other source."""
    asked = ("s3://anonymous@b/x", "s3://b/x")
    assert {addresses.without_access(one) for one in asked} == {"s3://b/x"}
    assert addresses.without_access("https://u:p@h/{0..9}.tar?sig=1") == "https://h/{0..9}.tar"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a{08..10}.tar", ["a08.tar", "a09.tar", "a10.tar"]),
        ("{0..1}-{8..9}", ["0-8", "0-9", "1-8", "1-9"]),
        ("{9..11}", ["9", "10", "11"]),
        ("plain", ["plain"]),
        ("{a,b}", ["{a,b}"]),
    ],
)
def test_ranges_are_expanded(text: str, expected: list[str]) -> None:
    """In order, with as many digits as the first one has."""
    assert addresses.expanded(text) == expected


@pytest.mark.parametrize("text", ["{5..1}", "{0..100000}", "{0..999}{0..999}", "{0..999999999999999999}"])
def test_absurd_ranges_are_refused(text: str) -> None:
    """Nobody waits for a billion names."""
    with pytest.raises(UsageError, match="that go up and name at most"):
        addresses.expanded(text)


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("s3://bucket/sets/portraits/", "portraits"),
        ("gs://anonymous@bucket", "bucket"),
        ("https://host/faces-{000..009}.tar?sig=x", "faces"),
        ("https://u:p@host/{000..009}.tar", "host"),
        ("/data/faces.tar.gz", "faces"),
        ("zip://::file:///data/set.zip", "set"),
        ("memory://", "source"),
    ],
)
def test_source_is_called_after_its_address(address: str, name: str) -> None:
    """The last part of the path that has a letter or digit, without secrets."""
    assert addresses.name_of(address) == name


def test_key_ends_at_the_first_dot_of_the_name() -> None:
    """Dots of folders do not count."""
    assert addresses.key_of("a.b/c.d.e.png") == "a.b/c"
