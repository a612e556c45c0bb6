"""Rows of an array, without a copy of it."""

import numpy as np
import pytest

from dynnet.paper.data.rows import Rows


def test_rows_are_what_indexing_gives() -> None:
    array = np.arange(60, dtype=np.uint8).reshape(10, 3, 2)
    index = np.array([7, 1, 1, 9])
    rows = Rows(array, index)
    wanted = array[index]
    assert (rows.shape, rows.ndim, rows.dtype, len(rows)) == (wanted.shape, 3, wanted.dtype, 4)
    np.testing.assert_array_equal(np.asarray(rows), wanted)
    np.testing.assert_array_equal(rows[1:3], wanted[1:3])
    np.testing.assert_array_equal(rows[-1], wanted[-1])
    np.testing.assert_array_equal(rows[np.array([3, 0])], wanted[[3, 0]])
    np.testing.assert_array_equal(Rows(rows, np.array([3, 0]))[:], wanted[[3, 0]])
    np.testing.assert_array_equal(list(rows), wanted)
    assert np.asarray(rows, dtype=float).dtype == float
    with pytest.raises(IndexError):
        rows[4]
    with pytest.raises(ValueError, match="without a copy"):
        np.asarray(rows, copy=False)
