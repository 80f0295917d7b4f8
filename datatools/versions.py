"""Which versions shape the results?"""

import importlib.metadata
import platform

_RECORDED_PACKAGES = (
    "portrait-datatools",
    "numpy",
    "opencv-python-headless",
    "pillow",
    "pyarrow",
    "torch",
    "onnxruntime",
    "dlib-bin",
)


def recorded_versions() -> dict[str, str]:
    """Give the versions of Python and of the packages that shape results, where installed."""
    versions = {"python": platform.python_version()}
    for package in _RECORDED_PACKAGES:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
