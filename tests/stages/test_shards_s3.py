"""Do shards reach a server that speaks S3: moto's, on this machine, with pyarrow's client?"""

from collections.abc import Iterator
from pathlib import Path

import pytest
from pyarrow import fs

from datatools.errors import DataError, UsageError
from datatools.sharding.targets import target
from datatools.workspace import Workspace
from tests.stages import sharded

moto = pytest.importorskip("moto.server", reason="moto, which speaks S3, is not installed")

_KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "pa55word",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Start the server."""
    server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> fs.S3FileSystem:
    """Make a bucket, and give a client of the test's own."""
    for name, value in {**_KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)
    client = fs.S3FileSystem(endpoint_override=endpoint, region="us-east-1", allow_bucket_creation=True)
    client.create_dir("bucket")
    return client


def _objects(client: fs.S3FileSystem, folder: str) -> dict[str, bytes]:
    found = client.get_file_info(fs.FileSelector(folder))
    return {one.base_name: client.open_input_file(one.path).read() for one in found}


def test_a_bucket_gets_the_bytes_of_a_folder(
    workspace: Workspace, tmp_path: Path, bucket: fs.S3FileSystem
) -> None:
    """And nothing else; the second time nothing is written but the index."""
    sharded.fill(workspace, tmp_path / "people")
    sharded.write(workspace, tmp_path / "out")
    sharded.write(workspace, "s3://bucket/set")
    assert _objects(bucket, "bucket/set") == sharded.files(tmp_path / "out")
    assert sharded.write(workspace, "s3://bucket/set").facts["n_made"] == 0


def test_shards_that_are_no_longer_wanted_leave_the_bucket(
    workspace: Workspace, tmp_path: Path, bucket: fs.S3FileSystem
) -> None:
    """Somebody may have withdrawn who is in them."""
    sharded.fill(workspace, tmp_path / "people")
    sharded.write(workspace, "s3://bucket/fewer")
    assert len(_objects(bucket, "bucket/fewer")) > 2
    sharded.write(workspace, "s3://bucket/fewer", shard_mb=100)
    assert set(_objects(bucket, "bucket/fewer")) == {"shards-000000.tar", "shards.json"}


def test_a_large_object_that_is_given_up_does_not_appear(bucket: fs.S3FileSystem) -> None:
    """Its first parts had been sent."""
    place = target("s3://bucket/given-up")

    def write() -> None:
        with place.writing("a.tar") as sink:
            for _ in range(3):
                sink.write(bytes(6 << 20))
            raise KeyError

    with pytest.raises(KeyError):
        write()
    assert place.files() == {}


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("s3://no-bucket/set", "s3://no-bucket/set: cannot be written: .*NO_SUCH_BUCKET.*again to go on"),
        ("s3://key:pa55word@bucket/set", "s3://...@bucket/set: expected no credentials in the address"),
    ],
)
def test_what_is_wrong_with_a_bucket_is_told(
    workspace: Workspace, tmp_path: Path, bucket: fs.S3FileSystem, address: str, said: str
) -> None:
    """Without secrets, and with what to do."""
    sharded.fill(workspace, tmp_path / "people")
    with pytest.raises((DataError, UsageError), match=said) as caught:
        sharded.write(workspace, address)
    assert "pa55word" not in str(caught.value)
