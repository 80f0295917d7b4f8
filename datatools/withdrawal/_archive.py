"""Does an archive hold a picture of a person, or a mention of them?"""

import re
from collections.abc import Collection
from pathlib import Path

from datatools.errors import DataError
from datatools.outside.archives import opened
from datatools.tables import sha256_bytes


def mentions(path: Path, mention: re.Pattern[bytes], hashes: Collection[str]) -> bool:
    """Look into every member of a ZIP file; one that cannot be read counts as a mention.

    Args:
        path: the archive.
        mention: as ``trace.pattern``, for bytes.
        hashes: SHA-256 of files that must not be there, 64 hex digits.
    """
    try:
        with opened(path, "an archive") as archive:
            for member in archive.infolist():
                content = archive.read(member)
                is_named = mention.search(member.filename.encode()) is not None
                if is_named or mention.search(content) or sha256_bytes(content) in hashes:
                    return True
    except DataError:  # broken, under a password, or too large to look into
        return True
    return False
