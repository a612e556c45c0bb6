"""Where the data is, and which photos are trained on."""

import logging
import os
from pathlib import Path

from dynnet.errors import DynnetError, one_line
from dynnet.paper.data.folders import find_pictures, told
from dynnet.paper.data.photos import COPIES, Photos, load_photos, split_held_out
from dynnet.paper.data.samples import SAMPLES_NAME, sample_crops, sample_photos
from dynnet.paper.locations import DOWNLOADS

_log = logging.getLogger(__name__)

VARIABLE = "DYNNET_DATA"

# Folders a data root may have, in order of preference, and what figures call the photos in them.
_COLLECTIONS = {
    "photos": "photos",
    "coco/train2014": "MS-COCO train2014",
    "coco": "MS-COCO",
}
# Few sample crops are different enough: no more of them are held out, however many are asked for.
_MOST_SAMPLE_CROPS = 64
_HELD_OUT_OF = 5  # at most one of so many photos is held out


def data_root(explicit: Path | None = None) -> Path | None:
    """The folder of the data: `explicit`, else the environment's DYNNET_DATA, else data/downloads if there is one.

    None means that there is no data beside what is shipped.

    Raises:
        DynnetError: the folder named by the first two does not exist.
    """
    if explicit is not None:
        return _existing(Path(explicit), "data root")
    if named := os.environ.get(VARIABLE):
        return _existing(_at_home(named), VARIABLE)
    return DOWNLOADS if DOWNLOADS.is_dir() else None


def training_photos(root: Path | None, size: int, cache: Path, held_out: int = 128) -> tuple[Photos, Photos]:
    """(training photos, held-out photos), squares of `size` pixels, cached in the folder `cache`.

    They come from root/photos, else root/coco, as `make data` leaves it. Of a small collection at most a fifth is
    held out, and no copy of a held-out photo is trained on, whatever its name. How many were taken, and how many were
    left out and why, is logged in a line. Without a root they are the photographs of scikit-image: then the held-out
    crops show the same scenes as the training photos, and their name says so.

    Raises:
        DynnetError: `root` has neither folder, `held_out` is below 1, or what `load_photos` raises.
    """
    if held_out < 1:
        raise DynnetError(f"expected at least 1 photo to hold out, got {held_out}")
    if root is None:
        crops = sample_crops(min(held_out, _MOST_SAMPLE_CROPS), size)
        return sample_photos(size), Photos(crops, f"{SAMPLES_NAME}, other crops of the training scenes")
    folder, name = _collection(Path(root))
    found = find_pictures(folder)
    training, kept = split_held_out(found.paths, min(held_out, max(1, len(found.paths) // _HELD_OUT_OF)))
    held, below = load_photos(kept, size, cache, f"{name}, held out"), load_photos(training, size, cache, name)
    photos = below.without_copies_of(held), held
    unreadable = sum(len(part.skipped) for part in photos)
    left_out = dict(found.left_out) | {"that cannot be read": unreadable, COPIES: len(below) - len(photos[0])}
    left_out = {kind: count for kind, count in left_out.items() if count}
    level = logging.WARNING if found.other_pictures or unreadable else logging.INFO
    said = f"left out {told(left_out)}" if left_out else "none left out"
    _log.log(level, "%s: %d to train on, %d held out; %s", folder, *map(len, photos), said)
    return photos


def _at_home(named: str) -> Path:
    """The path with "~" for what it stands for."""
    try:
        return Path(named).expanduser()
    except RuntimeError as error:  # no HOME, and nobody of that name
        raise DynnetError(f"{VARIABLE} = {named}: {one_line(error)}; name the folder in full") from error


def _existing(folder: Path, what: str) -> Path:
    if folder.is_dir():
        return folder
    got = "a file" if folder.exists() else "no such folder"
    raise DynnetError(
        f"{what} = {folder}: expected a folder with photos/, styles/, ..., got {got}; name another folder"
    )


def _collection(root: Path) -> tuple[Path, str]:
    for folder, name in _COLLECTIONS.items():
        if (root / folder).is_dir():
            return root / folder, name
    raise DynnetError(f"{root}: expected a folder photos/ or coco/ in it, got neither; add one or run `make data`")
