"""Does an archive hold a picture of a person, or a mention of them?"""

import re
from collections.abc import Collection
from pathlib import Path
from zipfile import BadZipFile, ZipFile

from datatools.tables import sha256_bytes


def mentions(path: Path, mention: re.Pattern[bytes], hashes: Collection[str]) -> bool:
    """Look into every member of a ZIP file; one that cannot be read counts as a mention.

    Args:
        path: the archive.
        mention: as ``trace.pattern``, for bytes.
        hashes: SHA-256 of files that must not be there, 64 hex digits.
    """
    try:
        with ZipFile(path) as archive:
            for member in archive.infolist():
                content = archive.read(member)
                is_named = mention.search(member.filename.encode()) is not None
                if is_named or mention.search(content) or sha256_bytes(content) in hashes:
                    return True
    except (BadZipFile, NotImplementedError, RuntimeError, EOFError):  # broken, or under a password
        return True
    return False
