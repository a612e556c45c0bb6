"""Files that are either complete or not there."""

import contextlib
import errno
import os
import secrets
from collections.abc import Iterator
from pathlib import Path

from dynnet.errors import DynnetError

_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@contextlib.contextmanager
def atomic_path(path: Path) -> Iterator[Path]:
    """Yields an empty temporary file to write; when the block ends well, it takes the place of `path` in one step.

    The temporary file lies in the folder of `path`, is hidden, and keeps the suffix. The folder is created when it is
    missing. Whatever ends the block early removes the temporary file and leaves an older `path` as it was.

    Raises:
        DynnetError: the folder or the file cannot be written, or the disk is full.
    """
    path = Path(path)
    temporary = _reserve(path)
    try:
        yield temporary
        _publish(temporary, path)
    except OSError as error:
        # Only a full disk is about writing `path`; other errors of the block are the caller's own.
        if error.errno in _NO_ROOM:
            raise _cannot_write(path, error) from error
        raise
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def check_writable(folder: Path) -> None:
    """Makes `folder` if it is missing, and sees whether files can be written there.

    Raises:
        DynnetError: they cannot.
    """
    _reserve(Path(folder) / "probe").unlink()


def _reserve(path: Path) -> Path:
    """An empty file with an unused name beside `path`; made now, so that a bad folder fails before any work."""
    # 32 characters of the name tell a person what the file is; more could exceed the longest name allowed.
    temporary = path.with_name(f".{path.stem[:32]}.{secrets.token_hex(8)}{path.suffix}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.is_dir():
            raise IsADirectoryError(errno.EISDIR, "there is a folder of that name")
        # Not tempfile.mkstemp: its files are private to the user whatever the umask says.
        os.close(os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))
    except OSError as error:
        raise _cannot_write(path, error) from error
    return temporary


def _publish(temporary: Path, path: Path) -> None:
    try:
        # On disk before it is renamed: after a power cut the new name must not point at an empty file.
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
    except OSError as error:
        raise _cannot_write(path, error) from error


def _cannot_write(path: Path, error: OSError) -> DynnetError:
    if error.errno in _NO_ROOM:
        advice = "free some space or choose another folder"
    else:
        advice = "choose another folder or make it writable"
    return DynnetError(f"cannot write {path.parent}/: {path.name}: {error.strerror or error}; {advice}")
