"""Does the package call what runs code from data, a shell, or anything else outside a short list?"""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import datatools

_PACKAGE = Path(datatools.__file__).parent

# What may run code, follow names or leave safety to chance, and where it stands for a reason.
_ALLOWED: dict[str, dict[str, str]] = {
    "pickle.load": {"spool.py": "reads back the temporary file that the same process wrote"},
    "pickle.loads": {
        "crews/_worker.py": "a worker reads what its own parent sent through a pipe of the two",
        "crews/actor.py": "driver and actors of one Ray cluster; who is in the cluster runs code anyway",
    },
    "pickle.Unpickler": {},
    "marshal.loads": {},
    "shelve.open": {},
    "joblib.load": {},
    "dill.loads": {},
    "cloudpickle.loads": {},
    "eval": {},
    "exec": {},
    "compile": {},
    "__import__": {},
    "os.system": {},
    "os.popen": {},
    "tempfile.mktemp": {},
    "yaml.load": {},
    "yaml.unsafe_load": {},
    "yaml.full_load": {},
    "xml.dom.minidom.parse": {},
    "urllib.request.urlopen": {},
    "urllib.request.urlretrieve": {},
}
_FORBIDDEN_METHODS = {"extractall": "zip and tar members are read one by one, after a look at their names"}
# A keyword that must be there with this value.
_REQUIRED = {"torch.load": ("weights_only", True)}
# A keyword that must not be there with this value.
_REFUSED = {
    "numpy.load": ("allow_pickle", True),
    "subprocess.run": ("shell", True),
    "subprocess.Popen": ("shell", True),
}
_WILD_ADDRESSES = {"0.0.0.0", "::"}  # what is looked for


def _modules() -> list[Path]:
    return sorted(_PACKAGE.rglob("*.py"))


def _imported(tree: ast.AST) -> dict[str, str]:
    """Map each name of a module to what it was imported as: np to numpy, run to subprocess.run."""
    found: dict[str, str] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            for alias in node.names:
                name = alias.asname or alias.name.partition(".")[0]
                found[name] = alias.name if alias.asname else name
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found |= {alias.asname or alias.name: f"{node.module}.{alias.name}" for alias in node.names}
    return found


def _dotted(node: ast.expr, imported: dict[str, str]) -> str | None:
    if isinstance(node, ast.Name):
        return imported.get(node.id, node.id)
    if isinstance(node, ast.Attribute) and (owner := _dotted(node.value, imported)) is not None:
        return f"{owner}.{node.attr}"
    return None


def _calls(tree: ast.AST) -> Iterator[tuple[str, ast.Call]]:
    imported = _imported(tree)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (name := _dotted(node.func, imported)) is not None:
            yield name, node


def _keyword(call: ast.Call, name: str) -> object:
    for keyword in call.keywords:
        if keyword.arg == name and isinstance(keyword.value, ast.Constant):
            return keyword.value.value
    return None


def wrongs(source: str, place: str) -> list[str]:
    """Name the calls of a module that are not allowed there."""
    tree = ast.parse(source)
    found = []
    for name, call in _calls(tree):
        where = f"{place}:{call.lineno}: {name}"
        if name in _ALLOWED and place not in _ALLOWED[name]:
            found.append(where)
        if "." in name and name.rpartition(".")[2] in _FORBIDDEN_METHODS:
            found.append(f"{where} ({_FORBIDDEN_METHODS[name.rpartition('.')[2]]})")
        if name in _REQUIRED and _keyword(call, _REQUIRED[name][0]) != _REQUIRED[name][1]:
            found.append(f"{where} without {_REQUIRED[name]}")
        if name in _REFUSED and _keyword(call, _REFUSED[name][0]) == _REFUSED[name][1]:
            found.append(f"{where} with {_REFUSED[name]}")
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and node.value in _WILD_ADDRESSES:
            found.append(f"{place}:{node.lineno}: the address {node.value!r}")
    return found


@pytest.mark.parametrize(
    "source",
    [
        "import pickle as p\np.load(f)",
        "from pickle import loads\nloads(b)",
        "eval(text)",
        "import torch\ntorch.load(path)",
        "import torch\ntorch.load(path, weights_only=False)",
        "import numpy as np\nnp.load(path, allow_pickle=True)",
        "import subprocess\nsubprocess.run(text, shell=True)",
        "archive.extractall(folder)",
        "import yaml\nyaml.load(text)",
        "serve('0.0.0.0')",
    ],
)
def test_what_runs_code_from_data_is_found(source: str) -> None:
    """The search itself sees each kind of call, under any name it was imported as."""
    assert wrongs(source, "somewhere.py")


@pytest.mark.parametrize(
    "source",
    [
        "import torch\ntorch.load(path, weights_only=True)",
        "import numpy as np\nnp.load(path)",
        "import subprocess\nsubprocess.run(['ls', path])",
        "net.eval()",
        "import re\nre.compile(text)",
    ],
)
def test_what_is_harmless_is_not_found(source: str) -> None:
    """A network's eval() and a pattern's compile() are other things."""
    assert not wrongs(source, "somewhere.py")


def test_the_package_runs_no_code_from_data() -> None:
    """No unpickling, no eval, no shell, no archive unpacked blindly, no server on every address."""
    found = [
        wrong
        for path in _modules()
        for wrong in wrongs(path.read_text(), path.relative_to(_PACKAGE).as_posix())
    ]
    assert not found


def test_every_exception_is_still_needed() -> None:
    """A place that the list allows still makes the call: the list does not grow old."""
    for name, places in _ALLOWED.items():
        for place in places:
            tree = ast.parse((_PACKAGE / place).read_text())
            assert name in {called for called, _ in _calls(tree)}, f"{place} no longer calls {name}"
