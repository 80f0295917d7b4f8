"""Which crew do a stage's settings name?"""

from datatools.crews import Crew, Engine
from datatools.crews.local import LocalCrew
from datatools.errors import MissingExtraError


def hire(engine: Engine = "local", workers: int | None = None) -> Crew:
    """Give the crew of an engine; without ``workers`` it takes all cores that there are.

    Raises:
        MissingExtraError: the engine's package is not installed.
    """
    if engine == "local":
        return LocalCrew(workers)
    try:
        from datatools.crews.ray import RayCrew  # 2 s to import, and an extra
    except ModuleNotFoundError as error:
        raise MissingExtraError(
            f"--engine {engine} needs the package {error.name}, which is not installed: run `pip install "
            "'portrait-datatools[scale]'`, or leave the flag out"
        ) from error
    return RayCrew(workers)
