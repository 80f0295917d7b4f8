"""How is a data set taken out of FiftyOne's database, or out of its zoo?

The samples are only read. A data set of the zoo is downloaded below the folder that was named, once.
"""

import contextlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from datatools.database import engine
from datatools.errors import UsageError
from datatools.readers.fiftyone import Listing

if TYPE_CHECKING:
    import fiftyone


def of_dataset(name: str, view: str | None) -> Listing:
    """Read a data set of the database, or the samples of a saved view.

    Raises:
        UsageError: there is no such data set or view.
        DatabaseError: as ``engine.load``.
        MissingExtraError: fiftyone is not installed.
    """
    with _quiet():
        fo = engine.load()
        if not fo.dataset_exists(name):
            there = ", ".join(fo.list_datasets()) or "none"
            raise UsageError(f"expected a data set of FiftyOne's database ({there}), got {name!r}")
        dataset = fo.load_dataset(name)
        if view is None:
            return _listing(dataset, dataset)
        if not dataset.has_saved_view(view):
            there = ", ".join(dataset.list_saved_views()) or "none"
            raise UsageError(f"{name}: expected a saved view ({there}), got {view!r}")
        return _listing(dataset, dataset.load_saved_view(view))


def of_zoo(wanted: str, folder: Path) -> Listing:
    """Read a data set of the zoo (NAME or NAME:SPLIT); needs the network until it lies in the folder.

    Raises:
        UsageError: the zoo has no such data set, it cannot be downloaded, or as ``of_dataset``.
    """
    name, _, split = wanted.partition(":")
    with _quiet():
        fo = engine.load()
        import fiftyone.zoo as foz

        before = fo.config.dataset_zoo_dir
        fo.config.dataset_zoo_dir = str(folder)
        try:
            # Of a name that nobody uses: it is read and goes away again.
            dataset = foz.load_zoo_dataset(
                name,
                split=split or None,
                dataset_name=f"datatools-zoo-{os.getpid()}",
                drop_existing_dataset=True,
                progress=False,
            )
        # Each data set of the zoo fails in a way of its own.
        except Exception as error:
            raise UsageError(
                f"the FiftyOne zoo does not give {wanted!r} ({error}): `fiftyone zoo datasets list` shows "
                "what there is; the first time it is downloaded, which needs the network"
            ) from error
        finally:
            fo.config.dataset_zoo_dir = before
        try:
            return _listing(dataset, dataset, name)
        finally:
            dataset.delete()


def _listing(
    dataset: "fiftyone.Dataset", samples: "fiftyone.Dataset | fiftyone.DatasetView", name: str | None = None
) -> Listing:
    return Listing(
        name=name or dataset.name,
        media_type=str(samples.media_type),
        samples=[sample.to_dict() for sample in samples.iter_samples()],
        mask_targets=dict(dataset.mask_targets),
        default_mask_targets=dict(dataset.default_mask_targets),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Hide FiftyOne's deprecations, and keep stdout for results."""
    with engine.without_deprecations(), contextlib.redirect_stdout(sys.stderr):
        yield
