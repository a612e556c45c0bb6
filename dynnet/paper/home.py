"""Folders for what Jupyter, IPython and Matplotlib keep under HOME, where there is no HOME that can be written."""

import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

_KEPT = ("JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "IPYTHONDIR", "MPLCONFIGDIR")


@contextlib.contextmanager
def writable_home() -> Iterator[None]:
    """While it lasts, those that need a home and have none, or one that is read-only, keep their things elsewhere.

    In a container that runs as somebody without an entry among the users, a kernel could not even start.
    """
    if _home_is_writable():
        yield
        return
    with tempfile.TemporaryDirectory(prefix="dynnet-", ignore_cleanup_errors=True) as folder:
        added = {name: str(Path(folder, name.lower())) for name in _KEPT if name not in os.environ}
        for name, path in added.items():
            Path(path).mkdir()
            os.environ[name] = path
        try:
            yield
        finally:
            for name in added:
                del os.environ[name]


def _home_is_writable() -> bool:
    try:
        home = Path.home()
        return home.is_dir() and os.access(home, os.W_OK)
    except (RuntimeError, OSError):  # nobody knows where it is
        return False
