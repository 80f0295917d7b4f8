"""What ingest brings from a server that speaks S3: moto's, on this machine, with pyarrow's client."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from datatools import tables
from datatools.errors import DatatoolsError
from datatools.progress import Progress
from datatools.records import StageResult
from datatools.stages import ingest
from datatools.workspace import Workspace
from tests.unit.remote.server import sample, shard

pytest.importorskip("moto", reason="moto, which speaks S3, is not installed")
boto3 = pytest.importorskip("boto3", reason="boto3 comes with moto")

_KEYS = {
    "AWS_ACCESS_KEY_ID": "key",
    "AWS_SECRET_ACCESS_KEY": "pa55word",
    "AWS_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@pytest.fixture(scope="module")
def endpoint() -> Iterator[str]:
    """Start the server, with a bucket of shards, one of pictures, and one that is public."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    null = subprocess.DEVNULL
    with subprocess.Popen(command, env=os.environ | _KEYS, stdout=null, stderr=null) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait(port)
            client = boto3.client(
                "s3", endpoint_url=address, aws_access_key_id="key", aws_secret_access_key="pa55word"
            )
            for bucket in ("faces", "public"):
                client.create_bucket(Bucket=bucket)
            for number in range(2):
                data = shard(2 * number, 2 * number + 1)
                client.put_object(Bucket="faces", Key=f"set/s-{number}.tar", Body=data)
            client.put_bucket_acl(Bucket="public", ACL="public-read")
            for name, data in sample(9).items():
                client.put_object(Bucket="public", Key=name, Body=data, ACL="public-read")
            client.close()
            yield address
        finally:
            server.terminate()


def _wait(port: int) -> None:
    until = time.monotonic() + 60
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.1)
        else:
            return
    pytest.fail("moto's server did not start within 60 s")


@pytest.fixture(autouse=True)
def _environment(endpoint: str, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {**_KEYS, "AWS_ENDPOINT_URL": endpoint}.items():
        monkeypatch.setenv(name, value)


def _ingest(workspace: Workspace, source: str) -> StageResult:
    return ingest.run(workspace, ingest.Settings(source=source), Progress("quiet"))


def test_shards_of_a_bucket_come_once(workspace: Workspace) -> None:
    """With the credentials of the environment; the second time nothing is brought."""
    _ingest(workspace, "s3://faces/set")
    assert [row.person_id for row in workspace.rows(tables.MANIFEST)].count("set:p3") == 1
    assert len(workspace.rows(tables.MANIFEST)) == 4
    assert (
        "Brought 0 shards (0.0 MB) from s3://faces/set; 2 were here."
        in _ingest(workspace, "s3://faces/set").notes
    )


def test_public_bucket_needs_no_keys(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files lie flat, as samples of shards do that somebody unpacked."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    result = _ingest(workspace, "s3://anonymous@public")
    assert (result.facts["reader"], result.facts["n_samples"]) == ("webdataset", 1)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("s3://nobody/x", "there is nothing"),
        ("s3://faces/none", "there is nothing"),
        ("s3://anonymous@faces", "nothing of it came.*ACCESS_DENIED"),
    ],
)
def test_bucket_that_cannot_be_had_is_told(workspace: Workspace, source: str, told: str) -> None:
    """Missing, empty, or not ours to read."""
    with pytest.raises(DatatoolsError, match=told):
        _ingest(workspace, source)
