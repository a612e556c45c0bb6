"""Squares of pictures, decoded once and kept in a memory map."""

import contextlib
import hashlib
import itertools
import json
import logging
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np
from tqdm.auto import tqdm

from dynnet.atomic import atomic_path
from dynnet.errors import DynnetError
from dynnet.paper.data.pictures import PictureError

# Part of every cache name: raise it when the squares made from the same files would differ.
_CACHE_VERSION = 3
_WORKERS = 2
_CHUNK = 64
_DIGEST = 16  # bytes of a square's hash
_NAMED = 200  # unreadable files that an error names

_log = logging.getLogger(__name__)

Reader = Callable[[Path, int], np.ndarray]
_Decoded = tuple[str, np.ndarray | None]


@dataclass(frozen=True)
class Squares:
    """N squares of pictures.

    Attributes:
        pixels: uint8 (N, S, S, 3), a memory map.
        digests: uint8 (N, 16), a hash of each square.
        skipped: the names of the files that could not be read and are left out.
    """

    pixels: np.ndarray
    digests: np.ndarray
    skipped: tuple[str, ...]


def digest(square: np.ndarray) -> np.ndarray:
    """A hash of a square's pixels, uint8 (16,)."""
    content = np.ascontiguousarray(square).tobytes()
    return np.frombuffer(hashlib.blake2b(content, digest_size=_DIGEST).digest(), np.uint8)


def load_squares(
    paths: Sequence[Path], names: Sequence[str], read: Reader, size: int, cache: Path, kind: str
) -> Squares:
    """The squares of files, in their order.

    `read(path, size)` makes a square of a file or raises `PictureError`, which is logged. The files are decoded once;
    the squares are kept in the folder `cache` under a name that begins with `kind` and changes with `size` and with the
    files' `names`, sizes and times, and are found again next time. Times are those of the last change, too, which no
    program can set: a file that is replaced by another of its size and age is noticed.

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
            files.append([name, status.st_size, status.st_mtime_ns, status.st_ctime_ns])
        except OSError:  # decoding will report it
            files.append([name])
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
    """Writes a .npy file square by square, and what is known of the squares beside it."""
    skipped: list[str] = []
    digests: list[np.ndarray] = []
    with atomic_path(file) as temporary, temporary.open("wb") as output, contextlib.closing(decoded):
        _write_header(output, total, size)
        for name, square in decoded:
            if square is not None:
                output.write(square.tobytes())
                digests.append(digest(square))
                continue
            skipped.append(name)
            if len(skipped) > max(_NAMED, total / 100):
                break  # no use to go on
        if len(skipped) > max(1, total / 100) or len(skipped) == total:
            raise _unreadable(skipped, total)
        # NumPy pads its header so that a smaller count fits into the same bytes.
        output.seek(0)
        _write_header(output, total - len(skipped), size)
        # In place before the array is: an array without it is never used.
        with atomic_path(_facts(file)) as beside:
            facts = {"skipped": skipped, "digests": b"".join(map(bytes, digests)).hex()}
            beside.write_text(json.dumps(facts), encoding="utf-8")


def _unreadable(skipped: Sequence[str], total: int) -> DynnetError:
    """Names all of them, so that they can be replaced in one go; of very many the first."""
    more = "" if len(skipped) <= _NAMED else f" and {len(skipped) - _NAMED:,} more"
    named = ", ".join(name if name.isprintable() else repr(name) for name in skipped[:_NAMED])
    return DynnetError(
        f"expected {total:,} readable pictures, got {len(skipped):,} files that cannot be read: {named}{more}; "
        "replace them or move them away"
    )


def _write_header(output: BinaryIO, count: int, size: int) -> None:
    np.lib.format.write_array_header_1_0(
        output, {"descr": "|u1", "fortran_order": False, "shape": (count, size, size, 3)}
    )


def _open_cache(file: Path, size: int, total: int) -> Squares | None:
    """What is in the cache, or None when there is nothing or a damaged file: it is made again."""
    try:
        facts = json.loads(_facts(file).read_text(encoding="utf-8"))
        skipped, digests = tuple(facts["skipped"]), np.frombuffer(bytes.fromhex(facts["digests"]), np.uint8)
        pixels = np.load(file, mmap_mode="r")
    except (OSError, ValueError, EOFError, KeyError, TypeError):
        return None
    count = total - len(skipped)
    whole = pixels.dtype == np.uint8 and pixels.shape == (count, size, size, 3) and digests.size == count * _DIGEST
    return Squares(pixels, digests.reshape(count, _DIGEST), skipped) if whole else None


def _facts(file: Path) -> Path:
    return file.with_suffix(".json")
