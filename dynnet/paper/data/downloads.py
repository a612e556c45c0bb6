"""What every download of pictures checks: room for it, and that all of them came."""

import shutil
import zipfile
from http.client import HTTPException
from pathlib import Path

from dynnet.errors import DynnetError

# What the network, the disk and the archive raise when they fail, through torchvision.
FAILURES = (OSError, RuntimeError, HTTPException, EOFError, zipfile.BadZipFile)


def check_room(archive: Path, room: int) -> None:
    """Makes sure that a download fits.

    Raises:
        DynnetError: `archive`, with what is there of it, has less than `room` bytes in its folder.
    """
    present = archive.stat().st_size if archive.is_file() else 0
    free = shutil.disk_usage(archive.parent).free + present
    if free < room:
        raise DynnetError(
            f"{archive.parent}: expected {room / 1e9:.0f} GB of free space, got {free / 1e9:.3g} GB; free some"
        )


def count_pictures(folder: Path) -> int:
    """How many JPEG pictures lie in a folder; 0 where there is none."""
    return sum(1 for _ in folder.glob("*.jpg"))
