"""Tables of face attributes as booleans: CelebA's list, Kaggle's edition of it, and our own attributes.csv."""

import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

from dynnet.errors import DynnetError, one_line

# What the first column may be called, which has the names of the files; in CelebA's own list it has no name.
_FILE = ("file", "image_id", "image", "filename", "")
_NO, _YES, _MINUS = 0, 1, 2
_VALUES = {"0": _NO, "1": _YES, "-1": _MINUS, "0.0": _NO, "1.0": _YES, "-1.0": _MINUS}


def read_attributes(file: Path) -> pd.DataFrame:
    """A bool column for each attribute and a row for each face, labelled by its file as the table has it.

    The first line has the names of the columns; CelebA's list has the number of faces before it, and no name for the
    files. Cells are separated by commas or by spaces; an attribute is 1, its absence 0 or -1.

    Raises:
        DynnetError: it is missing or damaged, holds another number, or has two rows for one file.
    """
    rows = _rows(file)
    names = next(rows, [])
    if len(names) == 1 and names[0].isdecimal():  # the number of faces
        names = next(rows, [])
    files: list[str] = []
    values: list[bytes] = []
    for row in rows:
        if not files and len(row) == len(names) + 1:
            names = ["", *names]
        values.append(_numbers(row, names, file))
        files.append(row[0])
    if not files or len(names) < 2:
        raise DynnetError(f"{file}: expected a row per face and a column per attribute, got none; copy it again")
    _check_names(names, file)
    table = np.frombuffer(b"".join(values), np.uint8).reshape(len(files), -1)
    if (table == _MINUS).any() and (table == _NO).any():
        raise DynnetError(f"{file}: expected 0 and 1, or -1 and 1, got all three; write -1 or 1 in place of 0")
    found = pd.DataFrame(table == _YES, index=pd.Index(files, dtype=object), columns=names[1:])
    if (twice := found.index[found.index.duplicated()]).size:
        raise DynnetError(f"{file}: expected one row for each face, got two for {twice[0]}; keep one")
    return found


def _rows(file: Path) -> Iterator[list[str]]:
    """The cells of each line that is not blank; commas separate them where the line of the names has some."""
    try:
        content = file.read_bytes()
        text = content.decode("utf-16" if content[:2] in (b"\xff\xfe", b"\xfe\xff") else "utf-8-sig")
        lines = [line for line in text.splitlines() if line.strip()]
        if any("," in line for line in lines[:2]):
            yield from ([cell.strip() for cell in row] for row in csv.reader(lines))
        else:
            yield from map(str.split, lines)
    except FileNotFoundError as error:
        raise DynnetError(
            f"{file}: expected the attributes of the faces in {file.parent}, got no such file; add it"
        ) from error
    except (OSError, UnicodeError, csv.Error) as error:
        raise DynnetError(f"{file}: expected a table of attributes, got: {one_line(error)}; copy it again") from error


def _numbers(row: list[str], names: list[str], file: Path) -> bytes:
    """The values of one face."""
    if len(row) != len(names):
        raise DynnetError(
            f"{file}: expected {len(names)} cells in each row, got {len(row)} in that of {row[0][:40]!r}; copy it again"
        )
    try:
        return bytes([_VALUES[cell] for cell in row[1:]])
    except KeyError as error:
        value = error.args[0]
        raise DynnetError(
            f"{file}: expected 0 or 1, or -1 or 1, got {value[:40]!r} as {names[row.index(value, 1)][:40]} of "
            f"{row[0][:40]}; copy it again"
        ) from error


def _check_names(names: list[str], file: Path) -> None:
    if names[0].lower() not in _FILE:
        raise DynnetError(
            f"{file}: expected the column 'file' first and then one for each attribute, "
            f"got {', '.join(names)[:200]}; correct the first line"
        )
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise DynnetError(f"{file}: expected one column for each attribute, got two of {twice[:40]!r}; keep one")
