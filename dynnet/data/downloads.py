"""What every download of pictures checks: room for it, and that all of them came."""

import shutil
from pathlib import Path

from dynnet.errors import DynnetError


def check_room(archive: Path, room: int) -> None:
    """Raises `DynnetError` when `archive`, with what is there of it, has less than `room` bytes in its folder."""
    present = archive.stat().st_size if archive.is_file() else 0
    free = shutil.disk_usage(archive.parent).free + present
    if free < room:
        raise DynnetError(
            f"{archive.parent}: expected {room / 1e9:.0f} GB of free space, got {free / 1e9:.3g} GB; free some"
        )


def count_pictures(folder: Path) -> int:
    """How many JPEG pictures lie in a folder; 0 where there is none."""
    return sum(1 for _ in folder.glob("*.jpg"))
