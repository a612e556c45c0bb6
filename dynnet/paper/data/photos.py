"""Photo collections: squares of pictures, with the content that identifies them."""

import hashlib
import logging
import os
from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Self

import numpy as np

from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import centre_square, read_picture
from dynnet.paper.data.rows import Rows
from dynnet.paper.data.squares import digest, load_squares

COPIES = "held out in another copy"

_log = logging.getLogger(__name__)


class Photos:
    """N square photos, uint8 RGB, usually a memory map: opening it costs nothing, whatever its size.

    `squares` has shape (N, S, S, 3). `name` says where they are from; figures quote it. `skipped` names the files
    that could not be read. `digests`, uint8 (N, 16), are hashes of the squares; where none are given, they are taken
    when they are asked for.

    Raises:
        DynnetError: squares of another shape or type, or none.
    """

    def __init__(
        self, squares: np.ndarray | Rows, name: str, skipped: tuple[str, ...] = (), digests: np.ndarray | None = None
    ) -> None:
        if squares.ndim != 4 or squares.dtype != np.uint8 or squares.shape[1] != squares.shape[2] or len(squares) == 0:
            raise DynnetError(f"expected photos as uint8 (N, S, S, 3), N >= 1, got {squares.dtype} {squares.shape}")
        self.squares = squares
        self.name = name
        self.skipped = skipped
        self._digests = digests

    @cached_property
    def digests(self) -> np.ndarray:
        """A hash of each square's pixels: uint8 (N, 16)."""
        return np.stack([digest(square) for square in self.squares]) if self._digests is None else self._digests

    @property
    def fingerprint(self) -> str:
        """A hash of all that is shown and known: here of the pixels."""
        return self.pixels

    @cached_property
    def pixels(self) -> str:
        """A hash of all that is shown, in its order: other pixels under the same names have another one."""
        return hashlib.sha256(f"{self.squares.shape}".encode() + self.digests.tobytes()).hexdigest()

    @property
    def size(self) -> int:
        """The side S of every photo in pixels."""
        return self.squares.shape[1]

    def without_copies_of(self, others: "Photos") -> Self:
        """Those whose pixels are not among `others`: one photo may lie in a folder under two names.

        All of them are the very object.

        Raises:
            DynnetError: none is left.
        """
        there = {bytes(one) for one in others.digests}
        kept = np.array([k for k, one in enumerate(self.digests) if bytes(one) not in there], int)
        if len(kept) == 0:
            raise DynnetError(
                f"{self.name}: expected photos to train on, got copies of held-out ones alone; add photos"
            )
        return self if len(kept) == len(self) else self._taken(kept, self.name)

    def __len__(self) -> int:
        return len(self.squares)

    def __getitem__(self, index: int) -> np.ndarray:
        """Photo `index` as uint8 (S, S, 3), a copy of its own."""
        return np.array(self.squares[index])

    def _taken(self, index: np.ndarray, name: str) -> Self:
        return type(self)(Rows(self.squares, index), name, self.skipped, self.digests[index])


def split_held_out(paths: Sequence[Path], count: int) -> tuple[list[Path], list[Path]]:
    """Splits into (training, held out): the `count` files whose names have the lowest SHA-256 are held out.

    The rank of a file hangs on its name alone, so a new file never makes a training photo a held-out one.
    Both lists keep the order of `paths`.

    Raises:
        DynnetError: no training photo would be left.
    """
    if not 0 <= count < len(paths):
        raise DynnetError(f"expected more than {count} photos to hold out {count}, got {len(paths)}; add photos")
    ranked = sorted(paths, key=lambda path: (hashlib.sha256(os.fsencode(path.name)).digest(), path.as_posix()))
    held_out = set(ranked[:count])
    return [path for path in paths if path not in held_out], [path for path in paths if path in held_out]


def load_photos(paths: Sequence[Path], size: int, cache: Path, name: str) -> Photos:
    """Photos as squares of `size` pixels: shorter side resized to `size`, centre crop.

    The files are decoded once; the squares are kept in the folder `cache` under a name that changes with the files'
    names, sizes and times and with `size`, and are found again next time. Files that cannot be read are logged, left
    out and listed in `Photos.skipped`.

    Raises:
        DynnetError: what `load_squares` raises.
    """
    found = load_squares(paths, _relative_names(paths), read_square, size, cache, "photos")
    if found.skipped:
        _log.warning("%s: left out %d of %d files that cannot be read", name, len(found.skipped), len(paths))
    return Photos(found.pixels, name, found.skipped, found.digests)


def read_square(path: Path, size: int) -> np.ndarray:
    """The largest centred square of a picture, resized, antialiased, to uint8 (size, size, 3).

    Raises:
        PictureError: what `read_picture` refuses.
    """
    return centre_square(read_picture(path), size)


def _relative_names(paths: Sequence[Path]) -> list[str]:
    """Names below the folder the files have in common: they stay the same when the collection is moved."""
    if not paths:
        raise DynnetError("expected at least one photo, got none; add photos")
    absolute = [Path(os.path.abspath(path)) for path in paths]
    common = os.path.commonpath([path.parent for path in absolute])
    return [path.relative_to(common).as_posix() for path in absolute]
