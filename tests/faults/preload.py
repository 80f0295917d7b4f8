"""What does a process import before it forks commands, so that none of them has to?"""

import importlib

from datatools import plugins, recipe

_HEAVY = (
    "dlib",
    "matplotlib.pyplot",
    "onnxruntime",
    "openpyxl",
    "pandas",
    "scipy.stats",
    "sklearn.linear_model",
    "torch",
    "typst",
    "datatools.student.fit",
    "datatools.student.export",
    "datatools.loggers.tensorboard",
    "datatools.fairness.audit",
    "datatools.report.formats.pdf",
)


def preload() -> None:
    """Import every verb and what the slow ones import themselves."""
    for verb in recipe.VERBS:
        recipe.stage(verb)
    for name in _HEAVY:
        importlib.import_module(name)
    for family, name in (("landmarks", "dlib68"), ("teachers", "grabcut")):
        plugins.build(family, name, {})
