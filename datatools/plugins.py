"""Which plug-ins does a family hold, and how is one made?

A family is a package of datatools (readers, teachers, landmarks, fusions, refiners, checks, metrics,
networks, loggers, exchange); every module in it whose name does not start with ``_`` is a plug-in of that
name and says ``build = It``.
"""

import importlib
import importlib.metadata
import pkgutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from datatools.errors import MissingExtraError, UsageError

FAMILIES = (
    "readers",
    "teachers",
    "landmarks",
    "fusions",
    "refiners",
    "checks",
    "metrics",
    "networks",
    "loggers",
    "exchange",
)
_EXTRA_OF_PACKAGE = {
    "fiftyone": "browse",
    "segmentation_models_pytorch": "smp",
    "onnx": "export",
    "openvino": "openvino",
    "ray": "scale",
    "mlflow": "track",
    "wandb": "track",
}


def names(family: str) -> list[str]:
    """Give the names of a family's plug-ins, sorted."""
    if family not in FAMILIES:
        raise UsageError(f"expected a plug-in family among {', '.join(FAMILIES)}, got {family!r}")
    package = importlib.import_module(f"datatools.{family}")
    found = (module.name for module in pkgutil.iter_modules(package.__path__))
    return sorted(name for name in found if not name.startswith("_"))


def module(family: str, name: str) -> Any:  # a plug-in's module: its content is its own
    """Import a plug-in's module.

    Raises:
        UsageError: no plug-in of that name.
        MissingExtraError: it needs a package that is not installed.
    """
    known = names(family)
    if name not in known:
        raise UsageError(f"expected one of the {family} {', '.join(known)}; got {name!r}")
    try:
        return importlib.import_module(f"datatools.{family}.{name}")
    except ModuleNotFoundError as error:
        raise missing_extra(error) from error


def missing_extra(error: ModuleNotFoundError) -> MissingExtraError:
    """Turn a failed import into the sentence that names the pip command."""
    package = (error.name or "").partition(".")[0]
    extra = _EXTRA_OF_PACKAGE.get(package)
    wanted = f"'portrait-datatools[{extra}]'" if extra else package
    return MissingExtraError(
        f"this needs the package {package}, which is not installed: run `pip install {wanted}`"
    )


def build(family: str, name: str, options: Mapping[str, Any] | None = None) -> Any:
    """Make a plug-in by calling its module's ``build`` with the options.

    Raises:
        UsageError: no plug-in of that name, or it does not take these options.
    """
    maker = module(family, name).build
    try:
        return maker(**(options or {}))
    except TypeError as error:
        raise UsageError(f"{family} {name!r} does not take {dict(options or {})}: {error}") from error


def package_file(package: str, name: str) -> Path:
    """Find a data file that an installed package carries, without importing the package.

    Raises:
        MissingExtraError: the package is not installed, or does not carry such a file.
    """
    try:
        files = importlib.metadata.files(package) or []
    except importlib.metadata.PackageNotFoundError:
        files = []
    for file in files:
        path = Path(str(file.locate()))
        if file.name == name and path.is_file():
            return path
    raise MissingExtraError(
        f"this needs the file {name} of the package {package}, which is not installed: "
        f"run `pip install {package}`"
    )
