"""Finds the faces below a data root: their files, their CelebA numbers and their attributes."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.folders import find_pictures
from dynnet.paper.data.pictures import PictureError, centre_square, read_picture
from dynnet.paper.data.squares import Reader
from dynnet.paper.faces.layouts import OWN_LIST, find_celeba, numbered
from dynnet.paper.faces.tables import read_attributes

# (height, width) of the pictures in CelebA's img_align_celeba, and the square of them, as left, top, right and bottom,
# that the pictures in a folder faces128/ or faces64/ show.
_ALIGNED = (218, 178)
_BOX = (17.8, 49.8, 160.2, 192.2)


@dataclass(frozen=True)
class FaceFiles:
    """N files of faces in the order of their CelebA numbers.

    `names` are those of the files with their folder, such as faces128/000001.jpg; `ids`, int (N,), are their numbers;
    `attributes` has N rows and a bool column for each attribute; `source` says where they are from. `read(path, size)`
    makes a file a face of `size` pixels, uint8 (size, size, 3), or raises `PictureError`.
    """

    paths: tuple[Path, ...]
    names: tuple[str, ...]
    ids: np.ndarray
    attributes: pd.DataFrame
    source: str
    read: Reader


def find_faces(root: Path, size: int) -> FaceFiles:
    """The faces in the folders root/faces64, root/faces128, ... together, else a copy of CelebA (`find_celeba`).

    Folders of faces smaller than `size` pixels are left aside, unless there are only such: then the largest is taken.
    A face that two folders have is taken from the smaller, which needs less resizing.

    Raises:
        DynnetError: there are no faces in any of these layouts, or a picture that is not named by its number; or the
            attributes are missing, damaged or lack a picture.
    """
    root = Path(root)
    if folders := _face_folders(root, size):
        return _together([_matched(f, f / OWN_LIST, f"CelebA ({f.name})", read_face) for f in folders])
    found = find_celeba(root)
    read = read_face if found.attributes.name == OWN_LIST else read_aligned
    return _matched(found.pictures, found.attributes, "CelebA", read, found.deep)


def read_face(path: Path, size: int) -> np.ndarray:
    """A face as uint8 (size, size, 3): CelebA's square of an aligned picture, the centre of any other.

    Raises:
        PictureError: what `read_picture` refuses.
    """
    picture = read_picture(path)
    return _framed(picture, size) if picture.shape[:2] == _ALIGNED else centre_square(picture, size)


def read_aligned(path: Path, size: int) -> np.ndarray:
    """The face in a picture of img_align_celeba, 178 x 218 pixels, resized, antialiased, to uint8 (size, size, 3).

    Raises:
        PictureError: a picture of another size, where the face would be elsewhere, or what `read_picture` refuses.
    """
    picture = read_picture(path)
    height, width = picture.shape[:2]
    if (height, width) != _ALIGNED:
        raise PictureError(
            f"{path}: expected an aligned face of {_ALIGNED[1]} x {_ALIGNED[0]} pixels, got {width} x {height}; "
            "take it from CelebA's img_align_celeba.zip"
        )
    return _framed(picture, size)


def _framed(picture: np.ndarray, size: int) -> np.ndarray:
    return np.array(Image.fromarray(picture).resize((size, size), Image.Resampling.BICUBIC, box=_BOX))


def _face_folders(root: Path, size: int) -> list[Path]:
    """The folders faces64, faces128, ... to take faces of `size` pixels from, the smallest first."""
    found = sorted((int(f.name[5:]), f) for f in root.glob("faces*") if re.fullmatch("faces[0-9]{1,4}", f.name))
    large = [folder for side, folder in found if side >= size]
    return large or [folder for _, folder in found[-1:]]


def _together(parts: Sequence[FaceFiles]) -> FaceFiles:
    """The faces of several folders, in the order of their numbers; of faces with one number the first part's."""
    if len(parts) == 1:
        return parts[0]
    columns = list(parts[0].attributes.columns)
    for part in parts[1:]:
        if odd := sorted(set(columns) ^ set(part.attributes.columns)):
            raise DynnetError(
                f"{part.source}: expected the attributes of {parts[0].source}, got {odd[0]} in only one of them; "
                "give both folders the same columns"
            )
    ids = np.concatenate([part.ids for part in parts])
    _, order = np.unique(ids, return_index=True)
    table = pd.concat([part.attributes[columns] for part in parts], ignore_index=True)
    return FaceFiles(
        paths=tuple(np.array([p for part in parts for p in part.paths], dtype=object)[order]),
        names=tuple(np.array([n for part in parts for n in part.names], dtype=object)[order]),
        ids=ids[order],
        attributes=table.iloc[order].reset_index(drop=True),
        source=" and ".join(part.source for part in parts),
        read=parts[0].read,
    )


def _matched(folder: Path, file: Path, source: str, read: Reader, deep: bool = True) -> FaceFiles:
    """The pictures of `folder`, each with the row of its number in the table in `file`, which may have more rows.

    Args:
        deep: the folder is of faces alone; else only what lies in it under a number is one.
    """
    table = read_attributes(file)
    paths = find_pictures(folder).paths
    if not deep:
        paths = [path for path in paths if path.parent == folder and numbered(path)]
    paths = sorted(paths, key=_number)
    ids, names = [_number(path) for path in paths], [path.relative_to(folder).as_posix() for path in paths]
    if twice := [k for k in range(1, len(ids)) if ids[k - 1] == ids[k]]:
        pair = " and ".join(names[twice[0] - 1 : twice[0] + 1])
        raise DynnetError(f"{folder}: expected one picture for each number, got {pair}; move one away")
    rows = _rows_by_number(table, file)
    if missing := [name for name, number in zip(names, ids, strict=True) if number not in rows]:
        raise DynnetError(
            f"{file}: expected a row for each of {len(names):,} pictures, got none for {len(missing):,}, "
            f"such as {', '.join(missing[:3])}; add the rows or move the pictures away"
        )
    return FaceFiles(
        paths=tuple(paths),
        names=tuple(f"{folder.name}/{name}" for name in names),
        ids=np.array(ids),
        attributes=table.iloc[[rows[number] for number in ids]].reset_index(drop=True),
        source=source,
        read=read,
    )


def _rows_by_number(table: pd.DataFrame, file: Path) -> dict[int, int]:
    """{number of a face: its row}: the PNG edition has other suffixes than the list that comes with it."""
    rows: dict[int, int] = {}
    for row, label in enumerate(table.index):
        if not numbered(path := Path(label)):
            continue  # no picture can be called so
        if (number := int(path.stem)) in rows:
            raise DynnetError(f"{file}: expected one row for each face, got two for number {number}; keep one")
        rows[number] = row
    return rows


def _number(path: Path) -> int:
    if not numbered(path):
        raise DynnetError(
            f"{path}: expected a picture named by its number in CelebA, such as 000001.jpg; rename it or move it away"
        )
    return int(path.stem)
