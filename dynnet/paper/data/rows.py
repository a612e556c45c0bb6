"""Some rows of an array that is too large to copy."""

import numpy as np


class Rows:
    """What `array[index]` would be, but each part of it is copied only when it is asked for.

    `array` has shape (M, ...), a memory map in most cases; `index`, int (N,), says which of its rows these are.
    """

    def __init__(self, array: "np.ndarray | Rows", index: np.ndarray) -> None:
        # Rows of rows are rows of the one array below them.
        self._array: np.ndarray = array._array if isinstance(array, Rows) else array
        self._index: np.ndarray = array._index[index] if isinstance(array, Rows) else index

    @property
    def shape(self) -> tuple[int, ...]:
        return (len(self._index), *self._array.shape[1:])

    @property
    def ndim(self) -> int:
        return self._array.ndim

    @property
    def dtype(self) -> np.dtype:
        return self._array.dtype

    def __len__(self) -> int:
        return len(self._index)

    def __getitem__(self, rows: int | slice | np.ndarray) -> np.ndarray:
        return np.asarray(self._array[self._index[rows]])

    def __array__(self, dtype: np.dtype | None = None, copy: bool | None = None) -> np.ndarray:
        if copy is False:
            raise ValueError("some rows of an array cannot become an array of their own without a copy")
        return np.asarray(self[:], dtype=dtype)
