"""How a download can fail, and a disk with as much room as a test wants."""

import shutil
import urllib.error
import zipfile
from collections import namedtuple
from http.client import IncompleteRead
from types import ModuleType

import pytest

Usage = namedtuple("Usage", "total used free")

FAILURES = [
    urllib.error.URLError("Name or service not known"),
    RuntimeError("File not found or corrupted."),
    IncompleteRead(b"half"),
    ConnectionResetError("Connection reset by peer"),
    TimeoutError(),
    zipfile.BadZipFile("File is not a zip file"),
    EOFError(),
]


def fail(monkeypatch: pytest.MonkeyPatch, module: ModuleType, fetcher: str, error: BaseException) -> None:
    """Whatever `module` fetches by its function `fetcher` raises `error`."""

    def fetch(*_: object, **__: object) -> None:
        raise error

    monkeypatch.setattr(module, fetcher, fetch)


def leave_free(monkeypatch: pytest.MonkeyPatch, free: int) -> None:
    """Every disk has `free` bytes left."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))


def said_of(error: Exception) -> str:
    """What a message must repeat of an error: its text, or its kind where it has none."""
    return str(error) or type(error).__name__
