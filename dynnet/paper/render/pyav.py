"""PyAV, which reads and writes films; or one line that says how to get it."""

from types import ModuleType

from dynnet.errors import DynnetError


def pyav() -> ModuleType:
    """The package `av`.

    Raises:
        DynnetError: it is not installed.
    """
    try:
        import av  # optional
    except ImportError as error:
        raise DynnetError("films need PyAV, which is not installed: pip install 'dynnet[film]'") from error
    return av
