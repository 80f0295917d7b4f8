"""Serve files on this machine as web servers do, well and badly, and make shards."""

import io
import json
import tarfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
from PIL import Image

from tests.pictures import draw_person


@dataclass
class Site:
    """What a server has and how it behaves; changed while it runs."""

    files: dict[str, bytes]
    address: str = ""
    has_ranges: bool = True
    has_marks: bool = True
    code: int = 0  # answers everything with it
    failures: int = 0  # so many answers more are 503
    cuts_at: int = 0  # ends each answer after so many bytes
    sends_to: str = ""  # redirects there
    asked: list[tuple[str, str | None, str | None]] = field(default_factory=list)  # path, range, who


@contextmanager
def served(files: Mapping[str, bytes]) -> Iterator[Site]:
    """Serve files at 127.0.0.1 for a while."""
    site = Site(dict(files))

    class Handler(BaseHTTPRequestHandler):
        def log_message(self, *arguments: object) -> None:
            pass

        def do_GET(self) -> None:
            _answer(self, site)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    site.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _answer(ask: BaseHTTPRequestHandler, site: Site) -> None:
    path = ask.path.partition("?")[0].lstrip("/")
    wanted = ask.headers.get("Range")
    site.asked.append((ask.path, wanted, ask.headers.get("Authorization")))
    if site.sends_to:
        ask.send_response(302)
        ask.send_header("Location", site.sends_to + ask.path)
        ask.end_headers()
        return
    code = site.code or (404 if path not in site.files else 0)
    if site.failures:
        site.failures, code = site.failures - 1, 503
    if code:
        ask.send_error(code)
        return
    data = site.files[path]
    start, end = 0, len(data)
    if wanted and site.has_ranges:
        first, _, last = wanted.removeprefix("bytes=").partition("-")
        start, end = int(first), min(end, int(last) + 1) if last else end
        ask.send_response(206)
        ask.send_header("Content-Range", f"bytes {start}-{end - 1}/{len(data)}")
    else:
        ask.send_response(200)
    if site.has_marks:
        ask.send_header("ETag", f'"{hash(data):x}"')
    ask.send_header("Content-Length", str(end - start))
    ask.end_headers()
    sent = data[start:end]
    ask.wfile.write(sent[: site.cuts_at] if site.cuts_at else sent)


def png(pixels: np.ndarray[tuple[int, ...], np.dtype[np.uint8]]) -> bytes:
    """Give a picture's file."""
    stream = io.BytesIO()
    Image.fromarray(pixels).save(stream, "PNG")
    return stream.getvalue()


def sample(number: int, **facts: object) -> dict[str, bytes]:
    """Give the members of one sample: picture, mask of a person, and what is known."""
    picture, mask = draw_person(seed=number)
    known = {"person_id": f"p{number}", "reference": {"source": "human"}, **facts}
    return {
        f"{number:04d}.json": json.dumps(known).encode(),
        f"{number:04d}.png": png(picture),
        f"{number:04d}.reference.png": png(mask.array.astype(np.uint8) * 255),
    }


def tar(members: Mapping[str, bytes] | Sequence[tuple[str, bytes]]) -> bytes:
    """Give an archive; names may come twice in a sequence."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for name, data in members.items() if isinstance(members, Mapping) else members:
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def shard(*numbers: int) -> bytes:
    """Give a shard of some people."""
    return tar({name: data for number in numbers for name, data in sample(number).items()})
