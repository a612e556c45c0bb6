"""Fetches the faces the paper trains on: CelebA, 202,599 aligned pictures with 40 attributes, 1.4 GB."""

from pathlib import Path

from torchvision.datasets import CelebA

from dynnet.errors import DynnetError, one_line
from dynnet.paper.data.downloads import FAILURES, check_room, count_pictures

PAGE = "https://mmlab.ie.cuhk.edu.hk/projects/CelebA.html"
PICTURES = 202_599

# The archive and what is unpacked from it lie side by side for a while.
_ROOM = 4 * 10**9


def download_celeba(root: Path) -> Path:
    """Downloads and unpacks CelebA into root/celeba, as torchvision does; returns root/celeba.

    Does nothing when all pictures and their attributes are there. The archive is deleted in the end.

    Raises:
        DynnetError: there is too little space, gdown is missing, or the network or the archive fails.
    """
    folder = Path(root) / "celeba"
    pictures = folder / "img_align_celeba"
    if count_pictures(pictures) == PICTURES and (folder / "list_attr_celeba.txt").is_file():
        return folder
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder / "img_align_celeba.zip", _ROOM)
        CelebA(str(root), split="all", download=True)
    except Exception as error:
        if not _is_failure(error):
            raise
        raise DynnetError(
            f"CelebA: expected to download 1.4 GB into {folder}, got: {one_line(error)}; check the network and the "
            f"folder, or put img_align_celeba/ and list_attr_celeba.txt from {PAGE} there by hand"
        ) from error
    if (count := count_pictures(pictures)) != PICTURES:
        # torchvision takes any folder for a complete one; the archive beside it saves the second download.
        raise DynnetError(f"{pictures}: expected {PICTURES:,} pictures, got {count:,}; move it away and try again")
    (folder / "img_align_celeba.zip").unlink(missing_ok=True)
    return folder


def _is_failure(error: Exception) -> bool:
    """Whether the world failed, not the program. gdown, which may not be installed, has plain Exceptions of its own."""
    if isinstance(error, DynnetError):
        return False
    return isinstance(error, FAILURES) or type(error).__module__.partition(".")[0] == "gdown"
