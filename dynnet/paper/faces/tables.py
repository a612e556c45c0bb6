"""Tables of face attributes as booleans: our own attributes.csv, and CelebA's list."""

from pathlib import Path

import numpy as np
import pandas as pd

from dynnet.errors import DynnetError, one_line


def read_csv(file: Path) -> pd.DataFrame:
    """A table with the column `file` and one of 0 and 1 for each attribute: bool, a row per file, labelled by it.

    Raises:
        DynnetError: it is missing or damaged, holds another number, or has two rows for one file.
    """
    table = _parsed(file)
    if "file" not in table.columns:
        raise DynnetError(
            f"{file}: expected a column 'file' and one for each attribute, "
            f"got {', '.join(map(str, table.columns))}; correct the first line"
        )
    return _checked(table.set_index("file"), file)


def read_official(file: Path) -> pd.DataFrame:
    """CelebA's own list: the number of faces, the names of the attributes, then a file and -1 or 1 for each.

    Returns and raises what `read_csv` does.
    """
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
        raise DynnetError(f"{file}: expected a table of attributes, got: {one_line(error)}; copy it again") from error


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
