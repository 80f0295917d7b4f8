"""Is everything here that datatools needs on this machine?

Example::

    datatools doctor --fix
"""

import importlib
import os
import shutil
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial

from datatools.progress import Progress
from datatools.records import StageResult
from datatools.settings import StageSettings
from datatools.teachers import _weights
from datatools.workspace import Workspace

_MIN_FREE_GIB = 2.0
_NEEDED = ("numpy", "cv2", "PIL", "pyarrow", "torch", "onnxruntime", "ai_edge_litert", "dlib", "sklearn")


class Settings(StageSettings):
    """Settings of ``doctor``."""

    fix: bool = False
    """Mend FiftyOne: start its database, which repairs an unclean stop; renew the plug-in; delete nothing."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """One thing looked at: ``is_needed`` is False where only an extra misses it."""

    name: str
    is_well: bool
    is_needed: bool
    detail: str


def _python() -> Diagnosis:
    version = ".".join(map(str, sys.version_info[:3]))
    is_well = sys.version_info >= (3, 11)
    return Diagnosis("python", is_well, True, version if is_well else f"{version}; 3.11 or newer is needed")


def _package(name: str) -> Diagnosis:
    try:
        module = importlib.import_module(name)
    # A broken wheel raises whatever its loader raises (ImportError, OSError, RuntimeError ...).
    except Exception as error:
        return Diagnosis(name, False, True, f"does not import ({error}); run `make install` again")
    return Diagnosis(name, True, True, str(getattr(module, "__version__", "here")))


def _cuda() -> Diagnosis:
    import torch

    found = torch.cuda.is_available()
    detail = torch.cuda.get_device_name() if found else "none; training and teachers run on the CPU"
    return Diagnosis("gpu", found, False, detail)


def _weights_here(info: _weights.WeightsInfo) -> Diagnosis:
    detail = info.path or f"not here; `{info.get_by}`"
    return Diagnosis(f"weights:{info.name}", info.is_here, False, detail)


def _disk(workspace: Workspace) -> Diagnosis:
    folder = next(
        path for path in (workspace.root.absolute(), *workspace.root.absolute().parents) if path.exists()
    )
    free_gib = shutil.disk_usage(folder).free / 2**30
    is_writable = os.access(folder, os.W_OK)
    detail = f"{free_gib:.0f} GiB free" if is_writable else f"{folder} is not writable"
    return Diagnosis("disk", free_gib >= _MIN_FREE_GIB and is_writable, True, detail)


def _browser(*, is_mended: bool) -> list[Diagnosis]:
    # Imported here: FiftyOne takes seconds.
    from datatools.browse import health

    signs = health.examine(is_mended=is_mended)
    return [Diagnosis(sign.name, sign.is_well, False, sign.detail) for sign in signs]


def run(workspace: Workspace, settings: Settings, progress: Progress) -> StageResult:  # noqa: ARG001  # every verb has the same call
    """Say what is installed, what is missing, and how to get it; the gate fails on what is needed."""
    looks: list[Callable[[], Diagnosis]] = [
        _python,
        *(partial(_package, name) for name in _NEEDED),
        _cuda,
        *(partial(_weights_here, info) for info in _weights.list_weights()),
        partial(_disk, workspace),
    ]
    found = [look() for look in looks] + _browser(is_mended=settings.fix and not settings.dry_run)
    marks = {(True, True): "ok", (True, False): "ok", (False, True): "MISSING", (False, False): "absent"}
    notes = [f"{marks[d.is_well, d.is_needed]:<8} {d.name:<16} {d.detail}" for d in found]
    facts: dict[str, object] = {"diagnoses": [asdict(d) for d in found]}
    is_well = all(d.is_well for d in found if d.is_needed)
    return StageResult(stage="doctor", facts=facts, notes=notes, passed=is_well)
