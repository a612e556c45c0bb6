"""The layouts that copies of CelebA have: where their pictures are, and where the list of attributes."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from dynnet.errors import DynnetError
from dynnet.paper.data.folders import SUFFIXES

# Folders of aligned pictures: torchvision's and Kaggle's (which has one of the same name in it), the PNG edition, and
# the official download. Pictures may also lie beside the list.
_PICTURES = ("img_align_celeba", "img_align_celeba_png", "Img/img_align_celeba", "Img/img_align_celeba_png")
_LISTS = ("list_attr_celeba.txt", "list_attr_celeba.csv", "Anno/list_attr_celeba.txt")
OWN_LIST = "attributes.csv"


class Layout(NamedTuple):
    """A folder of faces, and the list of what they show; `deep` says that nothing else is in the folder."""

    pictures: Path
    attributes: Path
    deep: bool


def find_celeba(root: Path) -> Layout:
    """The copy of CelebA in a folder, or in a folder celeba/, CelebA/, ... of it.

    Raises:
        DynnetError: there is none, or half of one; the message says what was looked for and what was found.
    """
    places = [root, *_places(root)]
    for place in places:
        pictures, attributes = _pictures(place), _attributes(place)
        if pictures and attributes:
            return Layout(pictures, attributes, deep=pictures != place)
    pictures = next((found for place in places if (found := _pictures(place))), None)
    attributes = next((found for place in places if (found := _attributes(place))), None)
    got = "neither"
    if pictures:
        got = f"pictures in {pictures} and no list beside them"
    elif attributes:
        got = f"{attributes} and no pictures beside it"
    raise DynnetError(
        f"{root}: expected faces64/ or faces128/ with {OWN_LIST}, or CelebA's {_PICTURES[0]}/ or {_PICTURES[1]}/ with "
        f"{_LISTS[0]} or {_LISTS[1]}, there or in celeba/; got {got}; add them, run `make data`, or name no data root: "
        "then generated faces stand in"
    )


def numbered(path: Path) -> bool:
    """Whether a file is called by a number, as CelebA's are."""
    return re.fullmatch("[0-9]{1,9}", path.stem) is not None


def _places(root: Path) -> Iterator[Path]:
    """The folders of a root that are called after CelebA, in alphabetical order."""
    if root.is_dir():
        yield from sorted(f for f in root.iterdir() if f.name.lower().startswith("celeb") and f.is_dir())


def _pictures(place: Path) -> Path | None:
    found = (place / name for name in _PICTURES if (place / name).is_dir())
    return next(found, place if any(map(_is_face, _files(place))) else None)


def _attributes(place: Path) -> Path | None:
    found = (place / name for name in (*_LISTS, OWN_LIST) if (place / name).is_file())
    return next(found, None)


def _files(place: Path) -> Iterator[Path]:
    return place.iterdir() if place.is_dir() else iter(())


def _is_face(path: Path) -> bool:
    return numbered(path) and path.suffix.lower() in SUFFIXES and path.is_file()
