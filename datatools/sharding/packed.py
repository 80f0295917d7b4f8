"""What are the members of one sample in a shard, byte for byte?

A picture goes as its file is, so that its hash, which is its id, stays what it was; it is not decoded. A mask
that came with the data is read as every stage reads it, and written as 0 and 255 where its file is not so.
"""

import json
from pathlib import Path

import numpy as np

from datatools import images, plain_png
from datatools.decoding import MAX_FILE_BYTES, orientation
from datatools.errors import DataError
from datatools.outside import regular
from datatools.outside.names import shown
from datatools.sharding.chosen import Chosen
from datatools.sharding.tarred import Member
from datatools.tables import sha256_bytes

_ENDINGS = (
    (b"\xff\xd8\xff", "jpg"),
    (b"\x89PNG\r\n\x1a\n", "png"),
    (b"RIFF", "webp"),
    (b"GIF8", "gif"),
    (b"II", "tif"),
    (b"MM", "tif"),
    (b"BM", "bmp"),
    (b"P", "ppm"),
)


def members(one: Chosen) -> list[Member]:
    """Read a sample's files and give the members, the JSON first.

    Raises:
        DataError: a file is missing, unreadable, or no longer what the workspace's tables say.
    """
    path = one.picture.inside()
    picture = _read(path)
    if sha256_bytes(picture)[: len(one.sample_id)] != one.sample_id:
        raise DataError(
            f"{shown(path.name)} is not the picture that was ingested: run `datatools ingest` again"
        )
    facts = one.facts | {"orientation": orientation(picture, path.name)}
    text = json.dumps(facts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    ending = next(ending for start, ending in _ENDINGS if picture.startswith(start))
    found = [(f"{one.sample_id}.json", text.encode()), (f"{one.sample_id}.{ending}", picture)]
    if one.mask is not None:
        mask_file = one.mask.inside()
        mask = _read(mask_file)
        if sha256_bytes(mask) != one.mask_sha256:
            raise DataError(
                f"its generated mask {shown(mask_file.name)} is not what the table of masks says: "
                "`datatools verify` tells more"
            )
        found.append((f"{one.sample_id}.mask.png", mask))
    if one.reference is not None:
        found.append((f"{one.sample_id}.reference.png", _reference(one.reference.inside())))
    return found


def _reference(path: Path) -> bytes:
    """Give a mask that came with the data as a grey PNG of 0 and 255: the file itself where it is one."""
    found = images.read_reference_mask(path)
    if found.encoding == "binary255" and plain_png.is_one(data := _read(path)):
        return data  # encoding it again takes half as long as reading it
    return images.to_png(found.mask.array.astype(np.uint8) * np.uint8(255))


def _read(path: Path) -> bytes:
    try:
        return regular.read(path, MAX_FILE_BYTES)
    except OSError as error:
        raise DataError(f"{shown(path.name)}: cannot be read: {error.strerror}") from error
