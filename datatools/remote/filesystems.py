"""How is an address opened as a file system, and what lies there?

S3 and Google Cloud Storage by Arrow's own clients, which are part of pyarrow; everything else by fsspec.
Credentials are those of the environment, as the providers' tools keep them; none stands in an address.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from datatools.errors import UsageError
from datatools.remote.addresses import is_chain, redacted
from datatools.remote.places import Changed, Raw, Remote

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

ANONYMOUS = "anonymous"  # as a user's name in s3:// and gs://: the bucket is public, and nothing is signed
_S3, _GOOGLE = {"s3", "s3a"}, {"gs", "gcs"}
_CONNECT_S, _REQUEST_S = 10, 60
_MANY = 8
_MARKS = ("ETag", "etag", "md5", "crc32c", "mtime", "last_modified", "LastModified", "updated", "created")


def open_filesystem(address: str) -> "tuple[AbstractFileSystem, str]":
    """Give the file system of an address, and the path in it.

    Raises:
        UsageError: the address carries a password, or names no bucket.
        OSError, ImportError, ValueError: as the protocol's library raises; see ``trouble.telling``.
    """
    import fsspec  # here: the command line reads this package's neighbours at every start

    scheme = address.partition(":")[0].lower()
    if scheme not in _S3 | _GOOGLE or is_chain(address):
        filesystem, path = fsspec.core.url_to_fs(address)
        return filesystem, str(path)
    bucket, path, is_anonymous = _bucket_of(address)
    return (_s3(bucket, is_anonymous) if scheme in _S3 else _google(is_anonymous)), path


def _bucket_of(address: str) -> tuple[str, str, bool]:
    """Give the bucket, the path with the bucket, and whether nothing is to be signed."""
    parts = urlsplit(address)
    who, _, bucket = parts.netloc.rpartition("@")
    if who not in {"", ANONYMOUS}:
        raise UsageError(
            f"{redacted(address)}: expected no credentials in the address, which other users of this machine "
            "see: put them into the environment (AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_PROFILE; "
            "GOOGLE_APPLICATION_CREDENTIALS)"
        )
    if not bucket:
        raise UsageError(f"{redacted(address)}: expected a bucket, as in {parts.scheme}://BUCKET/FOLDER")
    return bucket, f"{bucket}{parts.path}".rstrip("/"), bool(who)


def _s3(bucket: str, is_anonymous: bool) -> "AbstractFileSystem":
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    region = os.environ.get("AWS_REGION") or os.environ.get("AWS_DEFAULT_REGION")
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL")
    if region is None and endpoint is None:
        region = fs.resolve_s3_region(bucket)
    options = {} if endpoint is None else {"endpoint_override": endpoint}
    return ArrowFSWrapper(
        fs.S3FileSystem(
            anonymous=is_anonymous,
            region=region,
            connect_timeout=_CONNECT_S,
            request_timeout=_REQUEST_S,
            **options,
        )
    )


def _google(is_anonymous: bool) -> "AbstractFileSystem":
    from fsspec.implementations.arrow import ArrowFSWrapper
    from pyarrow import fs

    return ArrowFSWrapper(
        fs.GcsFileSystem(anonymous=is_anonymous, retry_time_limit=timedelta(seconds=_REQUEST_S))
    )


class FilesystemPlace:
    """The files below addresses that a file system opens; an address may name one file."""

    def __init__(self, addresses: Sequence[str]) -> None:
        opened = [open_filesystem(address) for address in addresses]
        self._filesystem = opened[0][0]  # addresses of one range differ in their paths alone
        self._roots = [path for _, path in opened]
        # Others may keep one connection, or one place in one file, for all that they open.
        self.n_at_once = _MANY if type(self._filesystem).__name__ == "ArrowFSWrapper" else 1

    def listing(self) -> list[Remote]:
        """Give the files below the addresses.

        Raises:
            FileNotFoundError: there are none.
        """
        found = [remote for root in self._roots for remote in self._below(root)]
        if not found:
            raise FileNotFoundError("no file lies there")
        return sorted(found)

    def _below(self, root: str) -> Iterator[Remote]:
        infos: Mapping[str, Mapping[str, object]] = self._filesystem.find(root, detail=True)
        prefix = root.rstrip("/") + "/"
        for path, info in infos.items():
            if info.get("type", "file") == "file":
                size = info.get("size")
                yield Remote(
                    name=path.removeprefix(prefix) if path != root else path.rpartition("/")[2],
                    n_bytes=size if isinstance(size, int) else None,
                    mark=_mark(info),
                    where=path,
                )

    @contextmanager
    def opened(self, remote: Remote, start: int) -> Iterator[Raw]:
        """Open a file at a byte.

        Raises:
            Changed: it has another size than was listed.
        """
        with self._filesystem.open(remote.where, "rb") as stream:
            size = getattr(stream, "size", None)
            if isinstance(size, int) and remote.n_bytes not in {None, size}:
                raise Changed("it is another file than a moment ago")
            if start:
                stream.seek(start)
            yield stream


def _mark(info: Mapping[str, object]) -> str | None:
    for name in _MARKS:
        value = info.get(name)
        if isinstance(value, datetime):
            return value.isoformat()
        if isinstance(value, str | int | float):
            return str(value).strip('"')
    return None
