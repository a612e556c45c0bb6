"""Finds the faces below a data root: their files, their CelebA numbers and their attributes."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

from dynnet.data.photos import find_pictures
from dynnet.data.pictures import PictureError, centre_square, read_picture
from dynnet.errors import DynnetError

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
    read: Callable[[Path, int], np.ndarray]


def find_faces(root: Path, size: int) -> FaceFiles:
    """The faces in the folders root/faces64, root/faces128, ... together, else in root/celeba as torchvision has it.

    Folders of faces smaller than `size` pixels are left aside, unless there are only such: then the largest is taken.
    A face that two folders have is taken from the smaller, which needs less resizing.

    Raises `DynnetError` when there is no such folder, no picture in it, a picture that is not named by its number, or
    when the attributes are missing, damaged or lack a picture.
    """
    root = Path(root)
    if folders := _face_folders(root, size):
        return _together(
            [
                _matched(folder, folder / "attributes.csv", _read_csv, f"CelebA ({folder.name})", read_square)
                for folder in folders
            ]
        )
    celeba = root / "celeba"
    if (celeba / "img_align_celeba").is_dir():
        return _matched(
            celeba / "img_align_celeba", celeba / "list_attr_celeba.txt", _read_official, "CelebA", read_aligned
        )
    raise DynnetError(
        f"{root}: expected a folder faces{size}/ or celeba/img_align_celeba/ in it, got neither; "
        "add one or run `make data`"
    )


def has_faces(root: Path) -> bool:
    """Whether `find_faces` would find a folder of faces below a data root."""
    return bool(_face_folders(Path(root), 1)) or (Path(root) / "celeba" / "img_align_celeba").is_dir()


def read_square(path: Path, size: int) -> np.ndarray:
    """The largest centred square of a picture, resized, antialiased, to uint8 (size, size, 3).

    Raises what `read_picture` raises.
    """
    return centre_square(read_picture(path), size)


def read_aligned(path: Path, size: int) -> np.ndarray:
    """The face in a picture of img_align_celeba, 178 x 218 pixels, resized, antialiased, to uint8 (size, size, 3).

    Raises `PictureError` for a picture of another size, where the face would be elsewhere, and what `read_picture`
    raises.
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
    read: Callable[[Path, int], np.ndarray],
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


def _read_csv(file: Path) -> pd.DataFrame:
    """A table with the column `file` and one of 0 and 1 for each attribute."""
    table = _parsed(file)
    if "file" not in table.columns:
        raise DynnetError(
            f"{file}: expected a column 'file' and one for each attribute, "
            f"got {', '.join(map(str, table.columns))}; correct the first line"
        )
    return _checked(table.set_index("file"), file)


def _read_official(file: Path) -> pd.DataFrame:
    """CelebA's own list: the number of faces, the names of the attributes, then a file and -1 or 1 for each."""
    # pandas makes the first field of a row its label when the line of the names is one shorter.
    return _checked(_parsed(file, sep=r"\s+", skiprows=1), file)


def _parsed(file: Path, **layout: object) -> pd.DataFrame:
    try:
        return pd.read_csv(file, **layout)
    except FileNotFoundError as error:
        raise DynnetError(
            f"{file}: expected the attributes of the faces in {file.parent}, got no such file; add it"
        ) from error
    except (OSError, ValueError) as error:  # pandas' own errors and bad UTF-8 are ValueErrors
        reason = " ".join(str(error).split()) or type(error).__name__
        raise DynnetError(f"{file}: expected a table of attributes, got: {reason}; copy it again") from error


def _checked(table: pd.DataFrame, file: Path) -> pd.DataFrame:
    """The table of -1, 0 and 1 as booleans."""
    if table.empty:
        raise DynnetError(f"{file}: expected a row per face and a column per attribute, got none; copy it again")
    if (twice := table.index[table.index.duplicated()]).size:
        raise DynnetError(f"{file}: expected one row for each face, got two for {twice[0]}; delete one")
    rows, columns = np.nonzero(~table.isin((-1, 0, 1)).to_numpy())
    if rows.size:
        raise DynnetError(
            f"{file}: expected 0 or 1, or -1 or 1, got {table.iat[rows[0], columns[0]]} as {table.columns[columns[0]]} "
            f"of {table.index[rows[0]]}; copy it again"
        )
    return table == 1
