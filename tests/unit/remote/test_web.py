"""Files come from web servers that break off, send elsewhere and refuse."""

import hashlib
import threading
from collections.abc import Iterator
from http.client import HTTPMessage
from io import BytesIO
from urllib.request import Request

import pytest

from datatools.errors import DatatoolsError, UsageError
from datatools.remote import steady
from datatools.remote.places import Changed, Remote
from datatools.remote.steady import Steady
from datatools.remote.trouble import PlaceError, explained, telling
from datatools.remote.web import WebPlace, _Redirections
from tests.unit.remote.server import Site, served

_DATA = bytes(range(256)) * 2000


@pytest.fixture
def site() -> Iterator[Site]:
    """Serve one file."""
    with served({"a.tar": _DATA}) as found:
        yield found


@pytest.fixture(autouse=True)
def _hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(steady, "PAUSES_S", (0.0, 0.0, 0.0))


def _read(place: WebPlace, remote: Remote) -> bytes:
    with Steady(place, remote, threading.Event()) as source:
        found = b""
        while piece := source.read(50_000):
            found += piece
        assert source.sha256() == hashlib.sha256(found).hexdigest()
        return found


def test_file_is_listed_with_size_and_mark(site: Site) -> None:
    """By a request for one byte, which an address that is signed for reading answers."""
    (found,) = WebPlace([f"{site.address}/a.tar?sig=x"]).listing()
    assert (found.name, found.n_bytes, found.mark is None) == ("a.tar", len(_DATA), False)
    assert site.asked == [("/a.tar?sig=x", "bytes=0-0", None)]
    assert "sig" not in repr(found)


def test_file_comes_whole(site: Site) -> None:
    """Byte by byte."""
    place = WebPlace([f"{site.address}/a.tar"])
    assert _read(place, place.listing()[0]) == _DATA


def test_file_that_breaks_off_is_gone_on_with(site: Site) -> None:
    """From the byte where it broke, by the server's ranges."""
    place = WebPlace([f"{site.address}/a.tar"])
    (remote,) = place.listing()
    site.cuts_at = 200_000
    assert _read(place, remote) == _DATA
    assert [wanted for _, wanted, _ in site.asked[1:]] == [None, "bytes=200000-", "bytes=400000-"]


def test_server_without_ranges_is_read_again(site: Site) -> None:
    """What came before is passed over, as long as the server says that it is the same file."""
    site.has_ranges = False
    place = WebPlace([f"{site.address}/a.tar"])
    (remote,) = place.listing()
    assert remote.n_bytes == len(_DATA)
    with place.opened(remote, 300_000) as raw:
        assert raw.read(3) == _DATA[300_000:300_003]


def test_server_that_always_breaks_off_is_given_up(site: Site) -> None:
    """After three more tries that brought next to nothing."""
    place = WebPlace([f"{site.address}/a.tar"])
    (remote,) = place.listing()
    site.cuts_at = 10
    with pytest.raises(PlaceError):
        _read(place, remote)
    assert len(site.asked) == 5
    site.has_ranges = False
    with pytest.raises(ConnectionError, match="before byte 100"), place.opened(remote, 100):
        pass


def test_busy_server_is_asked_again(site: Site) -> None:
    """Twice 503, then the file."""
    place = WebPlace([f"{site.address}/a.tar"])
    (remote,) = place.listing()
    site.failures = 2
    assert _read(place, remote) == _DATA


def test_file_that_changed_is_not_mixed(site: Site) -> None:
    """Nor one that may have, of which the server says nothing."""
    place = WebPlace([f"{site.address}/a.tar"])
    (remote,) = place.listing()
    site.files["a.tar"] = bytes(len(_DATA))
    with pytest.raises(PlaceError, match="another file"):
        _read(place, remote)
    site.has_marks = site.has_ranges = False
    unmarked = Remote("a.tar", len(_DATA), None, remote.where)
    with pytest.raises(Changed), place.opened(unmarked, 100):
        pass


def test_nobody_waits_for_what_is_stopped(site: Site) -> None:
    """An interrupted command does not read a large file to its end."""
    place = WebPlace([f"{site.address}/a.tar"])
    stopped = threading.Event()
    with Steady(place, place.listing()[0], stopped) as source:
        source.read(10)
        stopped.set()
        with pytest.raises(PlaceError, match="no longer waited for"):
            source.read(10)


def test_redirection_is_followed_without_the_password(site: Site) -> None:
    """Archives of data sets answer with another host."""
    with served({}) as other:
        other.sends_to = site.address
        place = WebPlace([other.address.replace("//", "//ann:secret@") + "/a.tar"])
        assert _read(place, place.listing()[0]) == _DATA
        assert {who for _, _, who in other.asked} == {"Basic YW5uOnNlY3JldA=="}
        assert {who for _, _, who in site.asked} == {None}


@pytest.mark.parametrize(
    ("here", "there", "told"),
    [
        ("https://example.org/a.tar", "http://example.org/a.tar", "from https to http"),
        ("http://example.org/a.tar", "http://127.0.0.1/a.tar", "own network"),
        ("http://example.org/a.tar", "http://169.254.169.254/latest", "own network"),
        ("http://example.org/a.tar", "http://localhost:9000/a.tar", "own network"),
        ("http://example.org/a.tar", "http://[::1]/a.tar", "own network"),
    ],
)
def test_redirection_that_may_harm_is_refused(here: str, there: str, told: str) -> None:
    """To plain http, to this machine, to what a cloud tells its machines."""
    with pytest.raises(UsageError, match=told):
        _Redirections().redirect_request(Request(here), BytesIO(), 302, "", HTTPMessage(), there)


def test_redirection_in_a_circle_ends(site: Site) -> None:
    """After five."""
    site.sends_to = site.address
    with pytest.raises(DatatoolsError, match="302"), telling(site.address):
        WebPlace([f"{site.address}/a.tar"]).listing()


@pytest.mark.parametrize(
    ("code", "error", "told"),
    [
        (404, "UsageError", "there is nothing"),
        (403, "UsageError", "reading it is refused"),
        (503, "DataError", "cannot be reached"),
        (418, "DataError", "cannot be read"),
    ],
)
def test_answer_is_told(site: Site, code: int, error: str, told: str) -> None:
    """One sentence, with what to do, and without the signature."""
    site.code = code
    address = f"{site.address}/a.tar?sig=secret"
    with pytest.raises(DatatoolsError) as caught, telling(address):
        WebPlace([address]).listing()
    assert type(caught.value).__name__ == error
    assert told in str(caught.value)
    assert "secret" not in str(caught.value)


def test_some_that_are_missing_stay_listed(site: Site) -> None:
    """Each becomes a line of its own when it is to come."""
    place = WebPlace([f"{site.address}/{name}.tar" for name in "ab"])
    assert [(one.name, one.n_bytes) for one in place.listing()] == [("a.tar", len(_DATA)), ("b.tar", None)]


def test_server_that_is_not_there_is_told() -> None:
    """Nobody listens, or there is no such name."""
    for address in ("http://127.0.0.1:9/a.tar", "http://nobody.invalid/a.tar"):
        with pytest.raises(DatatoolsError, match="cannot be reached"), telling(address):
            WebPlace([address]).listing()


def test_reason_is_one_short_line_without_secrets() -> None:
    """Whatever a library says."""
    error = OSError("failed\nat https://u:p@h/x?sig=1 " + "x" * 1000)
    told = str(explained(error, "s3://b"))
    assert "\n" not in told
    assert "sig" not in told
    assert len(told) < 400
