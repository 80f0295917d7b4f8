"""Which exceptions does datatools raise on purpose?

Each message says what was expected, what came, which item, and what to do. The class decides the exit
code of the command line: 1 a gate failed, 2 usage or configuration, 3 data.
"""


class DatatoolsError(Exception):
    """Base of every error that datatools raises on purpose."""

    exit_code = 3


class GateFailedError(DatatoolsError):
    """A check or an audit ran to its end and its gate was not met."""

    exit_code = 1


class UsageError(DatatoolsError):
    """A setting, flag, plug-in name or recipe is wrong."""

    exit_code = 2


class LockedError(UsageError):
    """Somebody else is writing what this run would write."""


class MissingExtraError(UsageError):
    """A package of an extra is not installed."""


class DatabaseError(UsageError):
    """FiftyOne's database does not start, does not answer, or belongs to another version."""


class MissingWeightsError(UsageError):
    """A teacher's or finder's weights are not in the cache."""


class DataError(DatatoolsError):
    """Data on disk is not what its format or its table promises."""


class ImageError(DataError):
    """A picture cannot be read as a picture."""


class MaskError(DataError):
    """An array is not a mask, a matte or a set of landmarks."""


class TableError(DataError):
    """A table is missing, has another schema, or holds two rows for one key."""


class WeightsError(DataError):
    """A file of weights has another checksum, architecture or format than expected."""


class TooManyFailuresError(DataError):
    """So many items of a stage failed that going on makes no sense."""
