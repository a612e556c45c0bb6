"""Squares of pictures, decoded once and kept in a memory map."""

import contextlib
import hashlib
import itertools
import json
import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm.auto import tqdm

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import PictureError

# Part of every cache name: raise it when the squares made from the same files would differ.
_CACHE_VERSION = 1
_WORKERS = 2
_CHUNK = 64

_log = logging.getLogger(__name__)

Reader = Callable[[Path, int], np.ndarray]
_Decoded = tuple[str, np.ndarray | None]


def load_squares(
    paths: Sequence[Path], names: Sequence[str], read: Reader, size: int, cache: Path, kind: str
) -> tuple[np.ndarray, tuple[str, ...]]:
    """(uint8 (N, size, size, 3), a memory map; the names of the files that could not be read and are left out).

    `read(path, size)` makes a square of a file or raises `PictureError`, which is logged. The files are decoded once;
    the squares are kept in the folder `cache` under a name that begins with `kind` and changes with `size` and with the
    files' `names`, sizes and times, and are found again next time.

    Raises:
        DynnetError: more than one file and more than 1 % of the files cannot be read, none can, or `cache` cannot be
            written.
    """
    file = Path(cache) / f"{kind}-{_fingerprint(paths, names, size)}.npy"
    known = _open_cache(file, size, len(paths))
    if known is None:
        _write_cache(file, _decoded(paths, names, read, size, kind), len(paths), size)
        known = _open_cache(file, size, len(paths))
        if known is None:
            raise DynnetError(f"{file}: expected the cache just written, got another file; use another cache folder")
    return known


def _fingerprint(paths: Sequence[Path], names: Sequence[str], size: int) -> str:
    files = []
    for path, name in zip(paths, names, strict=True):
        try:
            status = path.stat()
            files.append([name, status.st_size, status.st_mtime_ns])
        except OSError:  # decoding will report it
            files.append([name, None, None])
    return hashlib.sha256(json.dumps([_CACHE_VERSION, size, files]).encode()).hexdigest()[:24]


def _decoded(
    paths: Sequence[Path], names: Sequence[str], read: Reader, size: int, kind: str
) -> Generator[_Decoded, None, None]:
    """(name, square or None) of each file, in order. Pillow decodes outside of the GIL: threads are enough."""

    def decode(job: tuple[Path, str]) -> _Decoded:
        path, name = job
        try:
            return name, read(path, size)
        except PictureError as error:
            _log.warning("left out: %s", error)
            return name, None

    jobs = zip(paths, names, strict=True)
    # Seen only on a terminal, and only when it takes longer than two seconds.
    bar = tqdm(total=len(paths), desc=f"decoding {kind}", unit="file", delay=2, disable=None)
    with ThreadPoolExecutor(_WORKERS) as pool, bar:
        # In chunks, so that a slow disk does not let decoded pictures pile up in memory.
        while chunk := list(itertools.islice(jobs, _CHUNK)):
            yield from pool.map(decode, chunk)
            bar.update(len(chunk))


def _write_cache(file: Path, decoded: Generator[_Decoded, None, None], total: int, size: int) -> None:
    """Writes a .npy file square by square, and the list of skipped names beside it."""
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
                    f"expected {total} readable pictures, got at least {len(skipped)} files that cannot be read, "
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
