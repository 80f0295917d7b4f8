"""Data sets whose listings, names and landmarks lead astray."""

# ruff: noqa: E501  # a table: one file a line

import json
import os
import pickle
import struct
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

import numpy as np

from tests import datasets
from tests.hostile.case import OK, Case, dataset
from tests.hostile.pngs import sound

_NO_FILE = "there is no such file"
_LEAVES = "which leaves it"


def _listing(name: str, what: str, expected: str, cell: str) -> Case:
    """Give a set whose listing names this path."""

    def write(root: Path) -> None:
        (root / "a.png").write_bytes(sound())
        quoted = '"' + cell.replace('"', '""') + '"'
        (root / "all.csv").write_text(f"file\n{quoted}\n", "utf-8", newline="")

    return dataset(f"path_{name}", what, expected, write, "table", {"image": "file"})


def _listings() -> list[Case]:
    return [
        _listing("climbs", "a path that climbs out", _LEAVES, "../../picture/plain.tif"),
        _listing("absolute", "an absolute path", _LEAVES, "/etc/hostname"),
        _listing("device", "the path of a device", _LEAVES, "/dev/zero"),
        _listing("zero", "a path with a zero byte", "control characters", "a\0.png"),
        _listing("escape", "a path with a terminal's escape", "control characters", "\x1b[2J\x1b]0;owned\x07.png"),
        _listing("line", "a path with a line end", "control characters", "a.png\nRead 1 pictures.png"),
        _listing("backslash", "Windows' way to climb out", _NO_FILE, "..\\..\\secret.png"),
        _listing("drive", "a drive of Windows", _NO_FILE, "C:\\Windows\\a.png"),
        _listing("share", "a share of Windows", _NO_FILE, "\\\\host\\share\\a.png"),
        _listing("address", "an address of the web", _NO_FILE, "http://127.0.0.1:9/a.png"),
        _listing("file_address", "an address of a file", _NO_FILE, "file:///etc/hostname"),
        _listing("home", "somebody's home", _NO_FILE, "~/a.png"),
        _listing("variable", "a shell's variable", _NO_FILE, "$HOME/a.png"),
        _listing("command", "a shell's command", _NO_FILE, "|touch ran"),
        _listing("long", "a name of 5,000 letters", "cannot be read: File name too long", "a" * 5000 + ".png"),
        _listing("deep", "a path of 4,000 folders", "cannot be read|no such file", "a/" * 4000 + "a.png"),
        _listing("folder", "the folder itself", "Is a directory", "."),
        _listing("empty", "no path", "a row without a picture", ""),
        _listing("dots", "a path that goes up and comes back", OK, "sub/../a.png"),
        _listing("inside", "a sound path", OK, "a.png"),
    ]  # fmt: skip


def _tables() -> list[Case]:
    def of(name: str, what: str, expected: str, data: bytes) -> Case:
        def write(root: Path) -> None:
            (root / "a.png").write_bytes(sound())
            (root / "all.csv").write_bytes(data)

        return dataset(f"csv_{name}", what, expected, write, "table", {"image": "file"})

    return [
        of(
            "quote",
            "a quote that never ends, and 200 KB behind it",
            "not a CSV file",
            b'file\n"' + b"a" * 200_000,
        ),
        of("zeros", "a megabyte of zeros", "no CSV|not a CSV|expected the columns", bytes(1 << 20)),
        of(
            "columns",
            "a million columns",
            "more than 1048576 characters",
            b"file" + b",a" * 1_000_000 + b"\na.png",
        ),
        of(
            "some_columns",
            "2,000 columns",
            "at most|up to 1000 columns",
            b"file" + b",a" * 2_000 + b"\na.png",
        ),
        of("line", "a line of 10 MB", "more than 1048576 characters", b"file\n" + b"a" * 10_000_000),
        of("twins", "two columns of one name", "two columns called file", b"file,file\na.png,b.png\n"),
        of("mark", "a byte order mark", OK, b"\xef\xbb\xbffile\na.png\n"),
        of("utf16", "UTF-16", "not a CSV file in UTF-8", "file\na.png\n".encode("utf-16")),
        of("latin", "Latin-1", "not a CSV file in UTF-8", b"file\ncaf\xe9.png\n"),
        of("empty", "no bytes", "expected the columns file", b""),
        of("long_row", "a row of 1,000 cells under one column", OK, b"file\na.png" + b",x" * 1_000),
        of("returns", "lines that end as they did on an old Mac", OK, b"file\ra.png\r"),
        of("json", "JSON in its place", "expected the columns file", b'{"file": "a.png"}'),
    ]


def _fiftyone(name: str, what: str, expected: str, samples: str | bytes) -> Case:
    def write(root: Path) -> None:
        data = samples if isinstance(samples, bytes) else samples.encode("utf-8", "surrogatepass")
        (root / "a.png").write_bytes(sound())
        (root / "samples.json").write_bytes(data)
        (root / "metadata.json").write_text('{"media_type": "image"}')

    return dataset(f"json_{name}", what, expected, write, "fiftyone")


def _json() -> list[Case]:
    def sample(path: str) -> str:
        return json.dumps({"samples": [{"filepath": path}]})

    return [
        _fiftyone("deep", "lists in lists, 200,000 deep", "in JSON", "[" * 200_000),
        _fiftyone("tables", "objects in objects, 50,000 deep", "in JSON", '{"a":' * 50_000),
        _fiftyone("twice", "a key that stands twice", "stands twice", '{"samples": [], "samples": [1]}'),
        _fiftyone("nan", "numbers that are none", "control|no such file|outside|" + OK, '{"samples": [{"filepath": NaN}]}'),
        _fiftyone("number", "a whole number of 5,000 digits", "in JSON", '{"samples": ' + "9" * 5000 + "}"),
        _fiftyone("half", "half a character in a path", "in JSON", '{"samples": [{"filepath": "\\ud800.png"}]}'),
        _fiftyone("zero", "a zero byte in a path", "outside|control", sample("a\0.png")),
        _fiftyone("climbs", "a path that climbs out", "outside", sample("../../picture/plain.tif")),
        _fiftyone("absolute", "an absolute path", "outside", sample("/etc/hostname")),
        _fiftyone("list", "a list in a path's place", _NO_FILE, '{"samples": [{"filepath": ["a.png"]}]}'),
        _fiftyone("class", "a list in a class's place", "write the masks with", '{"samples": [{"filepath": "a.png", "reference_mask": {"_cls": []}}]}'),
        _fiftyone("none", "numbers in the samples' place", "expected a list of samples", '{"samples": [1, 2]}'),
        _fiftyone("utf16", "UTF-16", "in JSON", '{"samples": []}'.encode("utf-16")),
        _fiftyone("pickle", "a pickle", "in JSON", pickle.dumps({"samples": []})),
    ]  # fmt: skip


def _npy(shape: str, kind: str = "<f4", data: bytes = bytes(16)) -> bytes:
    """Give a NumPy file with this head."""
    head = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".encode().ljust(117) + b"\n"
    return b"\x93NUMPY\1\0" + struct.pack("<H", len(head)) + head + data


def _arrays() -> list[Case]:
    def of(name: str, what: str, expected: str, data: bytes) -> Case:
        def write(root: Path) -> None:
            datasets.eg1800(root)
            (root / "landmarks" / "00000.npy").write_bytes(data)

        return dataset(f"npy_{name}", what, expected, write, "eg1800")

    objects, archive = BytesIO(), BytesIO()
    np.save(objects, np.array([print], object), allow_pickle=True)
    np.savez(archive, np.zeros((49, 2)))
    return [
        of("objects", "Python objects, which are a pickle", "not readable as an array", objects.getvalue()),
        of("archive", "a ZIP file of arrays", "not readable as an array", archive.getvalue()),
        of("promises", "a head that promises 8 TB", "too short", _npy("(1000000000000, 2)")),
        of("overflow", "a head whose product has more than 64 bits", "too short", _npy("(4611686018427387904, 4611686018427387904)")),
        of("negative", "a negative length", "dimensions of at least 0", _npy("(-1, 2)")),
        of("dimensions", "30 dimensions", "at most 8 dimensions", _npy("(" + "1, " * 30 + ")")),
        of("code", "Python in its head", "not readable as an array", _npy("__import__('os').system('touch ran')")),
        of("nested", "a head of brackets", "not readable as an array", b"\x93NUMPY\1\0\xff\x20" + b"(" * 8447),
        of("text", "letters", "expected numbers", _npy("(4,)", "<U1")),
        of("flat", "no pairs", "expected points as", _npy("(4,)")),
        of("large", "2 MB", "at most 1 MiB", _npy("(262144, 2)", data=bytes(2 << 20))),
    ]  # fmt: skip


def _others() -> list[Case]:
    def changed(of: Callable[[Path], object], file: str, old: str, new: str) -> Callable[[Path], object]:
        def write(root: Path) -> None:
            of(root)
            text = (root / file).read_text("utf-8")
            assert old in text
            (root / file).write_text(text.replace(old, new), "utf-8")

        return write

    def lists(root: Path) -> None:
        datasets.eg1800_original(root)
        (root / "train.txt").write_bytes(b"../../../etc/hostname\n\xff\xfe\0\n" + b"9" * 300 + b"\n")

    climbing = changed(datasets.london, "labels.csv", "neutral_001,", "../../../../etc/hostname,")
    return [
        dataset("landmarks_climb", "landmarks of a path that climbs out", _LEAVES, climbing, "london"),
        dataset("landmarks_long", "landmarks of a name of 300 letters", OK, changed(datasets.mebeauty, "labels.csv", "asian,images", "a" * 300 + ",images"), "mebeauty"),
        dataset("rendered_climb", "rendered landmarks that climb out", _LEAVES, changed(datasets.rendered, "index.csv", "0.npy", "../../0.npy"), "rendered"),
        dataset("rendered_number", "a measurement that is a word", "expected a number as value", changed(datasets.rendered, "measurements.csv", "30.5", "=1+1"), "rendered"),
        dataset("celeb_number", "an attribute that is a word", "expected a number as Male", changed(datasets.celebamask, "labels.csv", "a.png,a.png,1", "a.png,a.png,yes"), "celebamask"),
        dataset("celeb_huge", "an attribute of 1e999", OK, changed(datasets.celebamask, "labels.csv", "11.5", "1e999"), "celebamask"),
        dataset("derived_box", "a box of 5,000 digits", "expected a box", changed(datasets.derived, "index.csv", "10 0 106 128", "9" * 5000 + " 0 1 1"), "derived"),
        dataset("derived_kind", "a kind that is none", "expected a kind", changed(datasets.derived, "index.csv", ",crop,", ",evil,"), "derived"),
        dataset("lists", "lists with paths, bytes and long numbers", "missing", lists, "eg1800_original"),
        dataset("mask_climbs", "a mask of a path that climbs out", _LEAVES, changed(datasets.ccp, "index.csv", "masks/0.png", "../../../etc/hostname"), "ccp"),
    ]  # fmt: skip


def _named(name: str, what: str, expected: str, *names: str) -> Case:
    """Give a folder of pictures with these names; each has its own pixels."""

    def write(root: Path) -> None:
        for number, one in enumerate(names):
            datasets.write_picture(root / "first.png", number)
            (root / "first.png").rename(os.fsdecode(os.fsencode(root) + b"/" + os.fsencode(one)))

    return dataset(f"name_{name}", what, expected, write)


def _names() -> list[Case]:
    return [
        _named("long", "a name of 255 bytes", OK, "a" * 251 + ".png"),
        _named("long_wide", "a name of 251 bytes in letters of three", OK, "写" * 82 + "a.png"),
        _named("bytes", "a name that is not UTF-8", "not UTF-8; rename it", "caf\udce9.png"),
        _named(
            "escape",
            "a name that clears the terminal",
            r"\\x1b\[2J.*control characters",
            "\x1b[2J\x1b]0;owned\x07.png",
        ),
        _named(
            "line", "a name that forges a line", r"\\x0aDone.*control characters", "a\nDone, 0 failed.png"
        ),
        _named("return", "a name that overwrites its line", "control characters", "a\rb.png"),
        _named(
            "turned", "a name that reads gnp.exe backwards", r"\\u202e.*control characters", "a\u202egnp.png"
        ),
        _named("tab", "a name with a tab", "control characters", "\t=1.png"),
        _named("formula", "names that a spreadsheet would run", OK, "=1+1.png", "+1.png", "-1.png", "@a.png"),
        _named("markup", "a name that is markup", OK, "<img src=x onerror=alert(1)>.png"),
        _named("template", "a name that is a template", OK, "{{ 7 * 7 }}${7*7}.png"),
        _named("command", "a name that is a command", OK, "; touch ran; $(touch ran) `touch ran`.png"),
        _named("flag", "a name that is a flag", OK, "--workspace=x.png"),
        _named("twins", "one name, composed and decomposed", OK, "Zo\u00eb.png", "Zoe\u0308.png"),
        _named("alike", "two names that look alike", OK, "face.png", "f\u0430ce.png"),
        _named("cases", "two names that differ in case", OK, "face.png", "FACE.PNG"),
        _named("reserved", "names that Windows keeps for itself", OK, "CON.png", "aux.jpg"),
        _named("backslash", "a backslash in a name", OK, "..\\a.png"),
        _named("blanks", "blanks at both ends", OK, " a .png"),
        _named("invisible", "a letter that is not seen", OK, "a\u200bb.png"),
        _named("percent", "a name as an address has it", OK, "%2e%2e%2fa.png"),
        _named("colon", "colons, as between a source and a path", OK, "a:b:c.png"),
    ]


def cases() -> list[Case]:
    """Give every data set."""
    return [*_listings(), *_tables(), *_json(), *_arrays(), *_others(), *_names()]
