"""Photo collections: finds the files of a folder and keeps them, decoded once, as squares in a memory map."""

import contextlib
import hashlib
import itertools
import json
import logging
import os
from collections.abc import Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm.auto import tqdm

from dynnet.atomic import atomic_path
from dynnet.data.pictures import PictureError, centre_square, read_picture
from dynnet.errors import DynnetError

SUFFIXES = (".jpg", ".jpeg", ".png", ".webp")

# Part of every cache name: raise it when the squares made from the same files would differ.
_CACHE_VERSION = 1
_WORKERS = 2
_CHUNK = 64

_log = logging.getLogger(__name__)

_Decoded = tuple[str, np.ndarray | None]


class Photos:
    """N square photos, uint8 RGB, usually a memory map: opening it costs nothing, whatever its size.

    `squares` has shape (N, S, S, 3). `name` says where they are from; figures quote it. `skipped` names the files
    that could not be read.
    """

    def __init__(self, squares: np.ndarray, name: str, skipped: tuple[str, ...] = ()) -> None:
        if squares.ndim != 4 or squares.dtype != np.uint8 or squares.shape[1] != squares.shape[2] or len(squares) == 0:
            raise DynnetError(f"expected photos as uint8 (N, S, S, 3), N >= 1, got {squares.dtype} {squares.shape}")
        self.squares = squares
        self.name = name
        self.skipped = skipped

    @property
    def size(self) -> int:
        """The side S of every photo in pixels."""
        return self.squares.shape[1]

    def __len__(self) -> int:
        return len(self.squares)

    def __getitem__(self, index: int) -> np.ndarray:
        """Photo `index` as uint8 (S, S, 3), a copy of its own."""
        return np.array(self.squares[index])


def find_pictures(folder: Path) -> list[Path]:
    """All .jpg, .jpeg, .png and .webp files under `folder`, sorted; hidden files and folders are left out.

    Raises `DynnetError` when there is no such folder or no picture in it.
    """
    folder = Path(folder)
    if not folder.is_dir():
        got = "a file" if folder.exists() else "no such folder"
        raise DynnetError(f"{folder}: expected a folder of pictures, got {got}; check the name")
    found = []
    for parent, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        visible = (name for name in files if not name.startswith("."))
        found += [Path(parent, name) for name in visible if name.lower().endswith(SUFFIXES)]
    if not found:
        raise DynnetError(f"{folder}: expected pictures ({', '.join(SUFFIXES)}), got none; put some there")
    return sorted(found)


def split_held_out(paths: Sequence[Path], count: int) -> tuple[list[Path], list[Path]]:
    """Splits into (training, held out): the `count` files whose names have the lowest SHA-256 are held out.

    The rank of a file hangs on its name alone, so a new file never makes a training photo a held-out one.
    Both lists keep the order of `paths`. Raises `DynnetError` when no training photo would be left.
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

    Raises `DynnetError` when more than one file and more than 1 % of the files cannot be read, when none can, or when
    `cache` cannot be written.
    """
    names = _relative_names(paths)
    file = Path(cache) / f"photos-{_fingerprint(paths, names, size)}.npy"
    known = _open_cache(file, size, len(paths))
    if known is None:
        _write_cache(file, _decoded(paths, names, size), len(paths), size)
        known = _open_cache(file, size, len(paths))
        if known is None:
            raise DynnetError(f"{file}: expected the cache just written, got another file; use another cache folder")
    squares, skipped = known
    if skipped:
        _log.warning("%s: left out %d of %d files that cannot be read", name, len(skipped), len(paths))
    return Photos(squares, name, skipped)


def _relative_names(paths: Sequence[Path]) -> list[str]:
    """Names below the folder the files have in common: they stay the same when the collection is moved."""
    if not paths:
        raise DynnetError("expected at least one photo, got none; add photos")
    absolute = [Path(os.path.abspath(path)) for path in paths]
    common = os.path.commonpath([path.parent for path in absolute])
    return [path.relative_to(common).as_posix() for path in absolute]


def _fingerprint(paths: Sequence[Path], names: Sequence[str], size: int) -> str:
    files = []
    for path, name in zip(paths, names, strict=True):
        try:
            status = path.stat()
            files.append([name, status.st_size, status.st_mtime_ns])
        except OSError:  # decoding will report it
            files.append([name, None, None])
    return hashlib.sha256(json.dumps([_CACHE_VERSION, size, files]).encode()).hexdigest()[:24]


def _decoded(paths: Sequence[Path], names: Sequence[str], size: int) -> Generator[_Decoded, None, None]:
    """(name, square or None) of each file, in order. Pillow decodes outside of the GIL: threads are enough."""

    def decode(job: tuple[Path, str]) -> _Decoded:
        path, name = job
        try:
            return name, centre_square(read_picture(path), size)
        except PictureError as error:
            _log.warning("left out: %s", error)
            return name, None

    jobs = zip(paths, names, strict=True)
    # Seen only on a terminal, and only when it takes longer than two seconds.
    bar = tqdm(total=len(paths), desc="decoding photos", unit="photo", delay=2, disable=None)
    with ThreadPoolExecutor(_WORKERS) as pool, bar:
        # In chunks, so that a slow disk does not let decoded photos pile up in memory.
        while chunk := list(itertools.islice(jobs, _CHUNK)):
            yield from pool.map(decode, chunk)
            bar.update(len(chunk))


def _write_cache(file: Path, decoded: Generator[_Decoded, None, None], total: int, size: int) -> None:
    """Writes a .npy file photo by photo, and the list of skipped names beside it."""
    skipped: list[str] = []
    with atomic_path(file) as temporary, temporary.open("wb") as output, contextlib.closing(decoded):
        _write_header(output, total, size)
        for name, square in decoded:
            if square is not None:
                output.write(square.tobytes())
                continue
            skipped.append(name)
            if len(skipped) > max(1, total / 100) or len(skipped) == total:
                raise DynnetError(
                    f"expected {total} readable photos, got at least {len(skipped)} files that cannot be read, "
                    f"such as {', '.join(skipped[:3])}; replace or delete them"
                )
        # NumPy pads its header so that a smaller count fits into the same bytes.
        output.seek(0)
        _write_header(output, total - len(skipped), size)
        # The list is in place before the array is: an array without its list is never used.
        with atomic_path(_skip_list(file)) as beside:
            beside.write_text(json.dumps(skipped), encoding="utf-8")


def _write_header(output: BinaryIO, count: int, size: int) -> None:
    np.lib.format.write_array_header_1_0(
        output, {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
    )


def _open_cache(file: Path, size: int, total: int) -> tuple[np.ndarray, tuple[str, ...]] | None:
    """(memory map, skipped names), or None when there is no cache or a damaged one: it is made again."""
    try:
        skipped = tuple(json.loads(_skip_list(file).read_text(encoding="utf-8")))
        squares = np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError):
        return None
    whole = squares.dtype == np.uint8 and squares.shape == (total - len(skipped), size, size, 3)
    return (squares, skipped) if whole else None


def _skip_list(file: Path) -> Path:
    return file.with_suffix(".skipped.json")
