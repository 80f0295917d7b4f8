"""Which sample does another tool mean by the name of a picture?"""

import re
from pathlib import PurePosixPath
from urllib.parse import parse_qs, unquote, urlsplit

_SAMPLE_ID = re.compile(r"(?:.*/)?([0-9a-f]{16})(?:_mask)?\.[A-Za-z]+")
_UPLOADED = re.compile(r"(?:.*/)?data/upload/(?:[0-9]+/)?[0-9a-f]{8}-(.+)")


def named(picture: str) -> str:
    """Give the sample id that a picture's file name holds, else its path as a manifest may have it.

    Takes URLs too, and the two ways in which Label Studio names files: ``/data/local-files/?d=PATH`` and
    ``/data/upload/PROJECT/8HEXDIGITS-NAME``. Nothing is opened.
    """
    path = picture.replace("\\", "/")
    if "://" in path or path.startswith("/data/"):
        try:
            parts = urlsplit(path)
        except ValueError:  # brackets that hold no address: no URL
            return picture
        path = next(iter(parse_qs(parts.query).get("d", [])), unquote(parts.path))
        if "://" in picture:
            path = path.lstrip("/")
    uploaded = _UPLOADED.fullmatch(path)
    if uploaded:
        path = uploaded[1]
    ours = _SAMPLE_ID.fullmatch(path)
    return ours[1] if ours else PurePosixPath(path).as_posix()
