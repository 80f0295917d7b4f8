"""Which crew do a stage's settings name, and who works where a network brings threads of its own?"""

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


def unless_threaded(crew: Crew, *, is_concurrent: bool) -> Crew | None:
    """Give the crew, or None where this process alone should do the work.

    A network with threads of its own keeps all cores of this machine busy with one picture, and every
    worker would load it once more; who asks for workers gets them, of one core each.
    """
    return crew if is_concurrent or not isinstance(crew, LocalCrew) or crew.is_asked else None
