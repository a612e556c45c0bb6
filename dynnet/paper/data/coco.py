"""Fetches the photos the paper trains on: MS-COCO train2014, 82,783 pictures, 13 GB."""

from pathlib import Path

from torchvision.datasets.utils import download_and_extract_archive

from dynnet.errors import DynnetError, one_line
from dynnet.paper.data.downloads import FAILURES, check_room, count_pictures

# The host has no valid certificate for https; the checksum vouches for the content.
URL = "http://images.cocodataset.org/zips/train2014.zip"
MD5 = "0da8c0bd3d6becc4dcb32757491aca88"
PICTURES = 82_783

# The archive and what is unpacked from it lie side by side for a while.
_ROOM = 28 * 10**9


def download_coco(root: Path) -> Path:
    """Downloads and unpacks MS-COCO train2014 into root/coco; returns root/coco/train2014.

    Does nothing when all pictures are there, and starts from the archive when that is complete. The archive is deleted
    in the end.

    Raises:
        DynnetError: there is too little space, or the network or the archive fails.
    """
    coco = Path(root) / "coco"
    folder = coco / "train2014"
    if count_pictures(folder) == PICTURES:
        return folder
    try:
        coco.mkdir(parents=True, exist_ok=True)
        check_room(coco / "train2014.zip", _ROOM)
        download_and_extract_archive(URL, str(coco), md5=MD5, remove_finished=True)
    except FAILURES as error:
        raise DynnetError(
            f"{URL}: expected to download 13 GB into {coco}, got: {one_line(error)}; check the network and the "
            "folder, or unpack the archive there by hand"
        ) from error
    if (count := count_pictures(folder)) != PICTURES:
        raise DynnetError(f"{folder}: expected {PICTURES:,} pictures, got {count:,}; move {coco} away and try again")
    return folder
