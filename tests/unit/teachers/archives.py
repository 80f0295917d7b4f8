"""Make small packages like those that weights are taken from."""

import io
import json
import tarfile
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

WHEEL_NAME = "mediapipe-0.10.14-py3-none-any.whl"


def write_wheel(folder: Path, members: Mapping[str, bytes]) -> Path:
    """Write a wheel that pip accepts and that holds these members."""
    path = folder / WHEEL_NAME
    about = "mediapipe-0.10.14.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as wheel:
        for name, content in members.items():
            wheel.writestr(name, content)
        wheel.writestr(f"{about}/METADATA", "Metadata-Version: 2.1\nName: mediapipe\nVersion: 0.10.14\n")
        wheel.writestr(f"{about}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{about}/RECORD", "")
    return path


def write_tgz(path: Path, members: Sequence[tuple[str, bytes]]) -> Path:
    """Write a package as npm packs it, the members in this order."""
    with tarfile.open(path, "w:gz") as package:
        for name, content in members:
            info = tarfile.TarInfo(f"package/{name}")
            info.size = len(content)
            package.addfile(info, io.BytesIO(content))
    return path


def chunks(content: bytes, size: int, *, resource: str = "/models/medium") -> list[tuple[str, bytes]]:
    """Cut a file into chunks, the last first, with the list of them at the end."""
    starts = range(0, len(content), size)
    parts = [(f"{start:064x}", start, content[start : start + size]) for start in starts]
    listed = [{"hash": name, "offsets": [start, start + len(part)]} for name, start, part in parts]
    index = json.dumps({"/models/small": {"chunks": []}, resource: {"chunks": listed}}).encode()
    members = [(f"dist/{name}", part) for name, _, part in reversed(parts)]
    return [*members, ("dist/index.mjs", b"export {}"), ("dist/resources.json", index)]
