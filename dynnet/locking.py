"""One writer at a time, whichever processes and machines write; a writer that is killed leaves no lock behind."""

import contextlib
import errno
import os
import secrets
import socket
import time
from collections.abc import Iterator
from pathlib import Path

from dynnet.errors import DynnetError

PATIENCE = 120.0  # seconds to wait for others
STALE = 60.0  # seconds after which a holder on another machine counts as gone; all that is locked takes milliseconds
_PAUSE = 0.005


@contextlib.contextmanager
def locked(path: Path, patience: float = PATIENCE) -> Iterator[None]:
    """Holds the lock of a file: no other process is inside for the same `path` at the same time.

    The lock is a hidden folder beside the file with one file in it, whose name says who holds it. A folder is renamed
    into place together with its content, never over another holder's; and a holder that is gone is put out by its own
    name, so that nobody can put out the next one by mistake.

    Raises:
        DynnetError: others hold it for longer than `patience` seconds, or the folder cannot be written.
    """
    lock, mine = path.with_name(f".{path.name}.lock"), f"{_machine()}.{os.getpid()}.{secrets.token_hex(8)}"
    prepared = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    try:
        prepared.mkdir()
        (prepared / mine).touch()
    except OSError as error:
        raise DynnetError(
            f"cannot write {path.parent}/: {path.name}: {error.strerror or error}; make it writable, or free some space"
        ) from error
    try:
        _take(prepared, lock, patience)
        yield
    finally:
        for folder in (lock, prepared):
            with contextlib.suppress(OSError):
                (folder / mine).unlink()
                folder.rmdir()


def _take(prepared: Path, lock: Path, patience: float) -> None:
    end = time.monotonic() + patience
    while True:
        try:
            return os.rename(prepared, lock)
        except OSError as error:
            # Windows says that access is denied where others say that something is there.
            if error.errno not in (errno.EEXIST, errno.ENOTEMPTY, errno.EACCES) or time.monotonic() > end:
                raise DynnetError(
                    f"{lock} is held by another process ({error.strerror}): wait for it; if there is none, remove that "
                    "folder, which holds nothing else"
                ) from error
        _put_out_who_is_gone(lock)
        time.sleep(_PAUSE)


def _put_out_who_is_gone(lock: Path) -> None:
    with contextlib.suppress(OSError):
        for holder in lock.iterdir():
            if _is_gone(holder):
                holder.unlink()
        lock.rmdir()  # fails where somebody is in


def _is_gone(holder: Path) -> bool:
    machine, process, _ = holder.name.rsplit(".", 2)
    # on Windows asking after a process with `os.kill` would end it
    if os.name == "posix" and machine == _machine():
        try:
            os.kill(int(process), 0)
        except ProcessLookupError:
            return True
        except OSError:  # it is somebody else's
            pass
    return time.time() - holder.stat().st_mtime > STALE


def _machine() -> str:
    return socket.gethostname() or "here"
