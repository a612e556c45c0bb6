"""Finds the faces below a data root: their files, their CelebA numbers and their attributes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from dynnet.errors import DynnetError
from dynnet.paper.data.photos import find_pictures, read_square
from dynnet.paper.data.pictures import PictureError, read_picture
from dynnet.paper.data.squares import Reader
from dynnet.paper.faces.tables import read_csv, read_official

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
    """The faces in the folders root/faces64, root/faces128, ... together, else in root/celeba as torchvision has it.

    Folders of faces smaller than `size` pixels are left aside, unless there are only such: then the largest is taken.
    A face that two folders have is taken from the smaller, which needs less resizing.

    Raises:
        DynnetError: there is no such folder, no picture in it, or one that is not named by its number; or the
            attributes are missing, damaged or lack a picture.
    """
    root = Path(root)
    if folders := _face_folders(root, size):
        return _together(
            [
                _matched(folder, folder / "attributes.csv", read_csv, f"CelebA ({folder.name})", read_square)
                for folder in folders
            ]
        )
    celeba = root / "celeba"
    if (celeba / "img_align_celeba").is_dir():
        return _matched(
            celeba / "img_align_celeba", celeba / "list_attr_celeba.txt", read_official, "CelebA", read_aligned
        )
    raise DynnetError(
        f"{root}: expected a folder faces{size}/ or celeba/img_align_celeba/ in it, got neither; "
        "add one or run `make data`"
    )


def has_faces(root: Path) -> bool:
    """Whether `find_faces` would find a folder of faces below a data root."""
    return bool(_face_folders(Path(root), 1)) or (Path(root) / "celeba" / "img_align_celeba").is_dir()


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


def _matched(
    folder: Path,
    file: Path,
    read_table: Callable[[Path], pd.DataFrame],
    source: str,
    read: Reader,
) -> FaceFiles:
    """The pictures of `folder`, each with its row of the table in `file`, which may have more rows."""
    table = read_table(file)
    paths = sorted(find_pictures(folder), key=_number)
    names = [path.relative_to(folder).as_posix() for path in paths]
    missing = [name for name in names if name not in table.index]
    if missing:
        raise DynnetError(
            f"{file}: expected a row for each of {len(names):,} pictures, got none for {len(missing):,}, "
            f"such as {', '.join(missing[:3])}; add the rows or delete the pictures"
        )
    return FaceFiles(
        paths=tuple(paths),
        names=tuple(f"{folder.name}/{name}" for name in names),
        ids=np.array([_number(path) for path in paths]),
        attributes=table.loc[names].reset_index(drop=True),
        source=source,
        read=read,
    )


def _number(path: Path) -> int:
    if not re.fullmatch("[0-9]{1,9}", path.stem):
        raise DynnetError(
            f"{path}: expected a picture named by its number in CelebA, such as 000001.jpg; rename or delete it"
        )
    return int(path.stem)
